//! Differential tester: renders random trees with boutique and a reference renderer, and compares the outputs.
//!
//! ```text
//! cargo run --release --example differential -- --reference 'CMD' [options]
//!
//!   --reference CMD    the command that starts the reference renderer, with words separated by spaces
//!   --seed N           the seed of the run [default: 1]; a seed and an index identify a tree
//!   --first N          the index of the first tree [default: 0]
//!   --count N          the number of trees [default: 1000]
//!   --keep DIR         save differences, each in a directory: the tree, both outputs, and the diff
//!   --only G,..        enable only these feature groups of the generator
//!   --with G,..        enable these feature groups
//!   --without G,..     disable these feature groups; an unknown group lists all
//!   --jobs N           the number of reference renderers to run in parallel [default: 1]
//!   --stop-after N     stop after this number of distinct differences [default: 50]
//!   --no-shrink        do not shrink the trees of differences
//!   --errors           print the reference renderer's errors for trees on which both fail
//!   --show             print (and save) the trees instead of comparing them
//! ```
//!
//! Two renders agree if both succeed with the same bytes, or if both fail. The tree of a difference is shrunk: files,
//! documents, fields, entries, styles and scalars are removed or simplified as long as a difference of the same kind
//! remains. Differences that are similar after shrinking are shown once. The exit code is 0 without differences, 1 with
//! differences, and 2 on errors. The release profile aborts on panics; add `--config 'profile.release.panic="unwind"'`
//! to report and shrink them like other differences.
//!
//! # The reference renderer
//! A process that reads requests from its standard input and writes the answers in order to its standard output:
//!
//! ```text
//! request:  DIRECTORY<tab>OPTION=VALUE..<newline>      the option is reorder=unspecified|legacy|none
//! answer:   ok LENGTH<newline>                         followed by LENGTH bytes of YAML
//!       or  error LENGTH<newline>                      followed by LENGTH bytes of the error message
//! ```
//!
//! `.ci/serve-reference.py` is an example.
//!
//! If the reference renderer crashes or does not answer within 20 seconds, it is restarted, and the tree is skipped.
//! Trees for which its answers vary are skipped, too, also those for which they vary with the offset of a byte order mark
//! inside of a file. Some feature groups are disabled by default: `openapi` affects
//! later renders in the same process; `generated-kind-changes` and `null-labels` lead to known differences.
//!
//! # Modules
//! [`generate`] creates a [`tree`] of [`document`]s from a [`random`] seed and the enabled [`features`]. [`compare`]
//! renders it with the library and the [`reference`]. [`shrink`] reduces the tree of a difference, and [`report`] shows
//! it.
#![allow(clippy::disallowed_methods)]

mod compare;
mod document;
mod features;
mod flatten;
mod generate;
mod random;
mod reference;
mod report;
mod shrink;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;
use std::{env, fs};

use compare::{Comparer, Outcome};
use features::Features;
use reference::Reference;
use report::Report;

/// The command-line arguments.
struct Arguments {
    reference: String,
    seed: u64,
    first: u64,
    count: u64,
    keep: Option<PathBuf>,
    features: Features,
    jobs: u64,
    stop_after: usize,
    shrink: bool,
    errors: bool,
    show: bool,
}

fn main() -> ExitCode {
    let arguments = match parse_arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    if arguments.show {
        for index in arguments.first..arguments.first + arguments.count {
            let tree = generate::generate(arguments.seed, index, &arguments.features);
            println!("{}", tree.show());
            let Some(keep) = &arguments.keep else { continue };
            if let Err(error) = tree.write(&keep.join(format!("{}-{index}", arguments.seed))) {
                eprintln!("error: cannot save to `{}`: {error}", keep.display());
                return ExitCode::from(2);
            }
        }
        return ExitCode::SUCCESS;
    }
    match run(&arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn parse_arguments() -> Result<Arguments, String> {
    let mut parsed = Arguments {
        reference: String::new(),
        seed: 1,
        first: 0,
        count: 1000,
        keep: None,
        features: Features::default(),
        jobs: 1,
        stop_after: 50,
        shrink: true,
        errors: false,
        show: false,
    };
    let mut arguments = env::args().skip(1);
    while let Some(name) = arguments.next() {
        match name.as_str() {
            "--no-shrink" => parsed.shrink = false,
            "--errors" => parsed.errors = true,
            "--show" => parsed.show = true,
            _ => {
                let value = arguments.next().ok_or_else(|| format!("`{name}` is unknown or has no value"))?;
                let number = || value.parse::<u64>().map_err(|_| format!("`{name}` requires a number, not `{value}`"));
                match name.as_str() {
                    "--reference" => parsed.reference = value,
                    "--seed" => parsed.seed = number()?,
                    "--first" => parsed.first = number()?,
                    "--count" => parsed.count = number()?,
                    "--keep" => parsed.keep = Some(PathBuf::from(value)),
                    "--only" => parsed.features.only(&value)?,
                    "--with" => parsed.features.with(&value)?,
                    "--without" => parsed.features.without(&value)?,
                    "--jobs" => parsed.jobs = number()?.max(1),
                    "--stop-after" => parsed.stop_after = number()? as usize,
                    _ => return Err(format!("unknown option `{name}`")),
                }
            }
        }
    }
    if parsed.reference.is_empty() && !parsed.show {
        return Err("`--reference` is missing".to_string());
    }
    Ok(parsed)
}

/// Compares all trees, and returns the number of differences.
fn run(arguments: &Arguments) -> Result<u64, String> {
    let scratch = env::temp_dir().join(format!("boutique-differential-{}", std::process::id()));
    fs::create_dir_all(&scratch).map_err(|error| format!("cannot create `{}`: {error}", scratch.display()))?;
    let real = fs::canonicalize(&scratch).map_err(|error| format!("cannot find `{}`: {error}", scratch.display()))?;
    let started = Instant::now();
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let report = Mutex::new(Report::new(arguments.keep.clone()));
    let work = |job: u64| -> Result<(), String> {
        let mut comparer = Comparer::new(Reference::new(&arguments.reference), real.join(job.to_string()));
        while !stop.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= arguments.count {
                break;
            }
            let index = arguments.first + index;
            let tree = generate::generate(arguments.seed, index, &arguments.features);
            let outcome = comparer.compare(&tree)?;
            let shrunk = match &outcome {
                Outcome::Different(difference) if arguments.shrink => {
                    Some(shrink::shrink(&mut comparer, &tree, difference)?)
                }
                Outcome::Different(difference) => Some((tree.clone(), (**difference).clone())),
                _ => None,
            };
            let mut report = report.lock().map_err(|_| "another job panicked".to_string())?;
            report.add(arguments.seed, index, &tree, &outcome, shrunk)?;
            if report.distinct() >= arguments.stop_after {
                stop.store(true, Ordering::Relaxed);
            }
        }
        Ok(())
    };
    let results: Vec<Result<(), String>> = thread::scope(|scope| {
        let jobs: Vec<_> = (0..arguments.jobs).map(|job| scope.spawn(move || (work)(job))).collect();
        jobs.into_iter().map(|job| job.join().unwrap_or_else(|_| Err("a job panicked".to_string()))).collect()
    });
    // A failure to remove the scratch directory does not matter.
    let _ = fs::remove_dir_all(&real);
    let report = report.into_inner().map_err(|_| "a job panicked".to_string())?;
    if arguments.errors {
        print!("{}", report.errors());
    }
    print!("{}", report.summary(started.elapsed()));
    results.into_iter().collect::<Result<Vec<()>, String>>()?;
    Ok(report.different())
}
