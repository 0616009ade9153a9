//! Mutated corpora for every property, without a fuzzer and its toolchain.
//!
//! `cargo test --test main fuzz_all -- --ignored --nocapture` takes a minute for each target. `BOUTIQUE_FUZZ_SECONDS` sets
//! another time of CPU, `BOUTIQUE_FUZZ_TARGET` selects a target, and `BOUTIQUE_FUZZ_SEED` other mutations.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use boutique::properties::PropertyResult;

use crate::corpora::TARGETS;
use crate::random::Random;

/// The maximum size of an input in bytes.
const MAX_SIZE: usize = 8192;

/// An input that takes longer is shown: it is small, so something grows too fast.
const SLOW: Duration = Duration::from_secs(5);

/// The targets whose inputs are trees. They share the corpus of `render`.
const TREES: [&str; 3] = ["diff", "explain", "lint"];

#[test]
#[ignore = "takes a minute for each target"]
fn fuzz_all() {
    let variable = |name: &str| std::env::var(name).ok();
    let seconds = variable("BOUTIQUE_FUZZ_SECONDS").map_or(60.0, |text| text.parse().expect("a number of seconds"));
    let seed = variable("BOUTIQUE_FUZZ_SEED").map_or(1, |text| text.parse().expect("a number"));
    let wanted = variable("BOUTIQUE_FUZZ_TARGET");
    let mut failed = Vec::new();
    for (name, property) in
        TARGETS.into_iter().filter(|(name, _)| wanted.as_deref().is_none_or(|wanted| wanted == *name))
    {
        // A deep document needs more stack than a thread of the test runner has.
        let run = std::thread::Builder::new().stack_size(1 << 28).spawn(move || fuzz(name, property, seconds, seed));
        let outcome = run.expect("a thread can be started").join().expect("panics are caught");
        println!("{outcome}");
        failed.extend((!outcome.violations.is_empty()).then_some(name));
    }
    assert!(failed.is_empty(), "violated: {failed:?}");
}

/// The result of fuzzing a target.
struct Outcome {
    name: &'static str,
    inputs: usize,
    seconds: f64,
    slowest: Duration,
    /// What is violated, each once, with the path of an input.
    violations: BTreeSet<String>,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Outcome { name, inputs, seconds, slowest, violations } = self;
        write!(f, "{name}: {inputs} inputs in {seconds:.0} s, the slowest {:.2} s", slowest.as_secs_f64())?;
        violations.iter().try_for_each(|violation| write!(f, "\n  {violation}"))
    }
}

fn fuzz(name: &'static str, property: fn(&[u8]) -> PropertyResult, seconds: f64, seed: u64) -> Outcome {
    let mut seeds = corpus(name);
    if TREES.contains(&name) {
        seeds.extend(corpus("render"));
    }
    let words = words();
    let mut random = Random(seed);
    let mut outcome = Outcome { name, inputs: 0, seconds: 0.0, slowest: Duration::ZERO, violations: BTreeSet::new() };
    let start = cpu_seconds();
    while outcome.seconds < seconds {
        let input = mutated(&seeds, &words, &mut random);
        let begin = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| property(&input)));
        let elapsed = begin.elapsed();
        outcome.slowest = outcome.slowest.max(elapsed);
        outcome.inputs += 1;
        let violation = match result {
            Err(panic) => {
                let message = panic.downcast_ref::<String>().cloned();
                Some(message.unwrap_or_else(|| (*panic.downcast_ref::<&str>().unwrap_or(&"panic")).to_string()))
            }
            Ok(Err(difference)) => Some(difference),
            Ok(Ok(())) => (elapsed > SLOW).then(|| format!("takes {:.0} s", elapsed.as_secs_f64())),
        };
        if let Some(violation) = violation {
            let path = keep(name, outcome.inputs, &input);
            let first = violation.lines().next().unwrap_or_default();
            outcome.violations.insert(format!("{path}: {}", first.chars().take(200).collect::<String>()));
            if outcome.violations.len() >= 5 {
                break;
            }
        }
        outcome.seconds = cpu_seconds() - start;
    }
    outcome
}

/// Returns the inputs of a corpus.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let directory = format!("{}/fuzz/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = fs::read_dir(directory)
        .expect("there is a corpus")
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("it can be read")).collect()
}

/// Returns the words of the dictionary, without escape sequences.
fn words() -> Vec<String> {
    let text = include_str!("../../fuzz/words.dict");
    let quoted = text.lines().filter_map(|line| Some(line.split_once('"')?.1.rsplit_once('"')?.0));
    quoted.filter(|word| !word.contains('\\')).map(ToString::to_string).collect()
}

/// Writes an input that violates a property to the directory of the fuzzer, and returns its path.
fn keep(name: &str, number: usize, input: &[u8]) -> String {
    let directory = format!("{}/fuzz/found/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(&directory).expect("it can be created");
    let path = format!("{directory}/violation-{number}");
    fs::write(&path, input).expect("it can be written");
    path
}

/// Returns a changed input of the corpus.
fn mutated(seeds: &[Vec<u8>], words: &[String], random: &mut Random) -> Vec<u8> {
    let mut input = choose(seeds, random).clone();
    for _ in 0..=random.below(6) {
        let at = random.below(input.len() + 1);
        match random.below(9) {
            0 if at < input.len() => input[at] = random.below(256) as u8,
            1 => {
                let end = (at + random.below(20)).min(input.len());
                input.drain(at..end);
            }
            2 => input.splice(at..at, choose(words, random).bytes()).for_each(drop),
            3 => {
                let end = (at + random.below(200)).min(input.len());
                let part = input[at..end].to_vec();
                input.splice(at..at, part).for_each(drop);
            }
            4 => {
                let other = choose(seeds, random);
                let from = random.below(other.len() + 1);
                let end = (from + random.below(200)).min(other.len());
                input.splice(at..at, other[from..end].iter().copied()).for_each(drop);
            }
            _ => change_line(&mut input, seeds, random),
        }
    }
    input.truncate(MAX_SIZE);
    input
}

fn choose<'a, T>(choices: &'a [T], random: &mut Random) -> &'a T {
    &choices[random.below(choices.len())]
}

/// Replaces, repeats, moves or removes a line, or gives it the value of another one. This keeps most of a document valid.
fn change_line(input: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let mut lines: Vec<Vec<u8>> = input.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    let other = choose(seeds, random);
    let others: Vec<&[u8]> = other.split(|&byte| byte == b'\n').collect();
    let (at, to) = (random.below(lines.len()), random.below(lines.len()));
    let value = |line: &[u8]| line.iter().position(|&byte| byte == b':').map(|colon| line[colon..].to_vec());
    match random.below(5) {
        0 => lines[at] = others[random.below(others.len())].to_vec(),
        1 => lines.insert(to, others[random.below(others.len())].to_vec()),
        2 => lines.swap(at, to),
        3 => _ = lines.remove(at),
        _ => {
            let new = if random.below(2) == 0 { value(&lines[to]) } else { value(others[random.below(others.len())]) };
            if let (Some(new), Some(colon)) = (new, lines[at].iter().position(|&byte| byte == b':')) {
                lines[at].truncate(colon);
                lines[at].extend(new);
            }
        }
    }
    *input = lines.join(&b'\n');
}

/// Returns the CPU time of this process in seconds, or a time that never ends a run earlier.
fn cpu_seconds() -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let status = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = status.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
    match (ticks(11), ticks(12)) {
        (Some(user), Some(system)) => (user + system) / TICKS_PER_SECOND,
        _ => std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64()),
    }
}
