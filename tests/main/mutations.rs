//! Broken trees: whatever happens to a tree, the program prints a result or an error.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cases::{self, Case};
use crate::random::Random;
use crate::sandbox::{PROGRAM, search_path};
use crate::scanner;

/// The seconds after which a run is killed, so that one that hangs fails. A run takes some milliseconds.
const SECONDS: &str = "20";
/// The address space of a run in kilobytes.
const KILOBYTES: &str = "1500000";

/// Changes a file of a tree.
type Mutation = fn(&Path, &mut Random) -> io::Result<()>;

/// The weight, name and function of each mutation. Changes of values and text are frequent: they leave most of a tree
/// readable.
const MUTATIONS: [(usize, &str, Mutation); 15] = [
    (12, "value", change_value),
    (4, "text", change_text),
    (2, "bytes", flip_bytes),
    (1, "cut", cut),
    (1, "empty", |file, _| fs::write(file, "")),
    (1, "removed", |file, _| fs::remove_file(file)),
    (1, "directory", |file, _| fs::remove_file(file).and_then(|()| fs::create_dir(file))),
    (1, "link to itself", |file, _| replace_with_link(file, file)),
    (1, "link to nothing", |file, _| replace_with_link(file, Path::new("nowhere"))),
    (1, "link to its directory", |file, _| replace_with_link(file, Path::new("."))),
    (1, "link out of the tree", |file, _| replace_with_link(file, Path::new("/proc/self/status"))),
    (1, "pipe", replace_with_pipe),
    (1, "huge", make_huge),
    (1, "socket", |file, _| fs::remove_file(file).and_then(|()| UnixListener::bind(file).map(drop))),
    // Root may read it anyway.
    (1, "unreadable", |file, _| fs::set_permissions(file, fs::Permissions::from_mode(0o000))),
];

/// Chooses a mutation by its weight.
fn choose(random: &mut Random) -> (&'static str, Mutation) {
    let all = MUTATIONS.iter().flat_map(|(weight, name, mutation)| std::iter::repeat_n((*name, *mutation), *weight));
    let all: Vec<(&str, Mutation)> = all.collect();
    all[random.below(all.len())]
}

/// Changes text in the ways in which YAML breaks.
fn change_text(file: &Path, random: &mut Random) -> io::Result<()> {
    let mut text = String::from_utf8_lossy(&fs::read(file)?).into_owned();
    for _ in 0..=random.below(2) {
        scanner::mutate(&mut text, random);
    }
    fs::write(file, text)
}

/// Gives a field another value. The error is found only after the YAML has been read.
fn change_value(file: &Path, random: &mut Random) -> io::Result<()> {
    const VALUES: [&str; 14] =
        ["1", "-1", "1.5", "\"\"", "''", "null", "~", "true", "[]", "{}", "[{}]", "{a: [b]}", "other", "../.."];
    let text = String::from_utf8_lossy(&fs::read(file)?).into_owned();
    let mut lines: Vec<&str> = text.lines().collect();
    let fields: Vec<usize> = (0..lines.len()).filter(|&line| lines[line].contains(": ")).collect();
    if fields.is_empty() {
        return Ok(());
    }
    let line = fields[random.below(fields.len())];
    let other = lines[fields[random.below(fields.len())]].split_once(": ").map_or("", |(_, value)| value);
    let value = if random.below(2) == 0 { other } else { random.choose(&VALUES) };
    let changed = lines[line].split_once(": ").map(|(name, _)| format!("{name}: {value}")).unwrap_or_default();
    lines[line] = &changed;
    fs::write(file, lines.join("\n") + "\n")
}

fn flip_bytes(file: &Path, random: &mut Random) -> io::Result<()> {
    let mut bytes = fs::read(file)?;
    for _ in 0..=random.below(8) {
        let length = bytes.len().max(1);
        if let Some(byte) = bytes.get_mut(random.below(length)) {
            *byte ^= 1 << random.below(8);
        }
    }
    fs::write(file, bytes)
}

fn cut(file: &Path, random: &mut Random) -> io::Result<()> {
    let bytes = fs::read(file)?;
    fs::write(file, &bytes[..random.below(bytes.len() + 1)])
}

fn replace_with_link(file: &Path, to: &Path) -> io::Result<()> {
    fs::remove_file(file)?;
    symlink(to, file)
}

/// Replaces a file with a pipe that is never written to.
fn replace_with_pipe(file: &Path, _: &mut Random) -> io::Result<()> {
    fs::remove_file(file)?;
    let made = Command::new("mkfifo").arg(file).status()?;
    made.success().then_some(()).ok_or_else(|| io::Error::other("mkfifo fails"))
}

/// Makes a file large by adding zeros, which take no space on the disk.
fn make_huge(file: &Path, random: &mut Random) -> io::Result<()> {
    let size = 1_u64 << [20, 22, 33, 40][random.below(4)];
    fs::File::options().write(true).open(file)?.set_len(size)
}

/// A directory to copy, and the directory in it to render.
struct Source {
    root: PathBuf,
    target: String,
}

/// Returns the trees of the fixtures, and the GitOps tree.
fn sources() -> Vec<Source> {
    let of_case = |case: Case| {
        let target = case.target.strip_prefix("input").unwrap_or(&case.target).trim_start_matches('/');
        Source { root: case.directory.join("input"), target: format!("./{target}") }
    };
    let mut sources: Vec<Source> = cases::all().map(of_case).collect();
    // Large trees take longer to copy than to render.
    sources.retain(|source| files(&source.root).len() < 40);
    for overlay in ["dev", "prod"] {
        sources.push(Source { root: PathBuf::from(env!("CARGO_MANIFEST_DIR")), target: format!("overlays/{overlay}") });
    }
    sources
}

/// Returns the paths of the files of a tree, relative to its root.
fn files(root: &Path) -> Vec<PathBuf> {
    let is_ours = root == Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_part = |path: &Path| !is_ours || path.starts_with("base") || path.starts_with("overlays");
    let entries = walkdir::WalkDir::new(root).sort_by_file_name().into_iter();
    entries
        .filter_entry(|entry| entry.depth() == 0 || is_part(entry.path().strip_prefix(root).unwrap_or(entry.path())))
        .filter_map(|entry| entry.ok().filter(|entry| entry.file_type().is_file()))
        .filter_map(|entry| Some(entry.path().strip_prefix(root).ok()?.to_path_buf()))
        .collect()
}

/// The outcome of a run.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Rendered,
    /// With the code of the first error.
    Refused(String),
}

/// Copies a source, changes the copy, and renders it.
///
/// # Errors
/// Fails if the program prints neither a result nor an error.
fn try_tree(index: usize, sources: &[Source]) -> Result<Outcome, String> {
    let mut random = Random((index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let source = &sources[random.below(sources.len())];
    let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
    let files = files(&source.root);
    for file in &files {
        let to = directory.path().join(file);
        fs::create_dir_all(to.parent().expect("it is in the directory")).map_err(|error| error.to_string())?;
        // Not `fs::copy`, which would copy the permissions of the fixture.
        fs::read(source.root.join(file)).and_then(|bytes| fs::write(to, bytes)).map_err(|error| error.to_string())?;
    }
    let mut done = Vec::new();
    for _ in 0..=random.below(2) {
        let file = &files[random.below(files.len())];
        let (name, mutation) = choose(&mut random);
        let path = directory.path().join(file);
        // Links, pipes and huge files are not changed again.
        if path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() < 1 << 20) {
            mutation(&path, &mut random).map_err(|error| format!("{name}: {error}"))?;
            done.push(format!("{name} {}", file.display()));
        }
    }
    let output = run(directory.path(), &source.target).map_err(|error| error.to_string())?;
    let messages = String::from_utf8_lossy(&output.stderr);
    let has_message = messages.starts_with("error") || messages.contains("\nerror");
    match output.status.code() {
        Some(0) => Ok(Outcome::Rendered),
        Some(1) if has_message && output.stdout.is_empty() && !messages.contains("panicked") => {
            Ok(Outcome::Refused(code_of(&messages)))
        }
        _ => Err(format!(
            "tree {index} of {} with {}: {}\n{messages}",
            source.root.join(&source.target).display(),
            done.join(", "),
            output.status
        )),
    }
}

fn code_of(messages: &str) -> String {
    let code = messages.split_once("error[").and_then(|(_, rest)| rest.split_once(']'));
    code.map_or("none", |(code, _)| code).to_string()
}

/// Runs the program with limits on time and memory.
fn run(directory: &Path, target: &str) -> io::Result<Output> {
    let limited = format!("ulimit -c 0; ulimit -v {KILOBYTES}; exec \"$0\" \"$@\"");
    let mut command = Command::new("timeout");
    command.args(["--signal=KILL", SECONDS, "sh", "-c", &limited, PROGRAM, "build", target]);
    command.current_dir(directory).env_clear().env("PATH", search_path()).env("HOME", directory).stdin(Stdio::null());
    command.output()
}

/// Tries this many trees, and prints the number of each outcome.
fn try_trees(count: usize) {
    let sources = sources();
    let (next, outcomes, failures) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                break;
            }
            match try_tree(index, &sources) {
                Ok(outcome) => *outcomes.lock().unwrap().entry(outcome).or_insert(0) += 1,
                Err(failure) => failures.lock().unwrap().push(failure),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let (outcomes, failures) = (outcomes.into_inner().unwrap(), failures.into_inner().unwrap());
    println!("{outcomes:#?} of {count} trees");
    assert!(failures.is_empty(), "{} of {count} trees:\n{}", failures.len(), failures.join("\n"));
    // Without trees that render and errors of many kinds, the test would show little.
    assert!(outcomes.contains_key(&Outcome::Rendered) && outcomes.len() > 10);
}

#[test]
fn broken_trees_are_rendered_or_refused() {
    try_trees(300);
}

/// The same with more trees: `cargo test --test main ten_thousand -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes"]
fn ten_thousand_broken_trees_are_rendered_or_refused() {
    try_trees(10_000);
}
