//! Rendering of multiple targets in one process.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::{fs, io};

use crate::diagnostic::Diagnostic;
use crate::io::{Outcome, Workspace, read_file};
use crate::parallel;
use crate::policy::Policy;
use anyhow::{Context as _, bail, ensure};

use crate::cli::exit::Code;
use crate::cli::flags::policy::diagnostics;
use crate::cli::messages::report::Reporter;
use crate::cli::output;

/// The number of targets per thread that are rendered before their output is written, in the requested order.
const TARGETS_PER_BATCH: usize = 32;

/// The file in an output directory that lists the files written there.
const FILE_LIST: &str = ".boutique-files";

/// The targets to render, and how to write them.
pub struct Plan<'a> {
    /// Absolute paths or URLs, in the order of the output.
    pub targets: Vec<String>,
    /// The targets of all shards.
    pub targets_of_all_shards: Vec<String>,
    /// Lines about the kustomizations that are not targets, for the summary.
    pub left_out: Vec<String>,
    /// Whether these are all targets, so that the files of other targets are stale.
    pub is_complete: bool,
    /// The directory that the names of the output files are relative to.
    pub root: String,
    pub output: Option<&'a Path>,
    /// Whether to remove files that an earlier run wrote and this one did not.
    pub prune: bool,
    pub jobs: usize,
    pub quiet: bool,
    /// The severities of warnings.
    pub policy: Policy,
}

/// The result for one target.
struct Rendering {
    /// The YAML; `None` after errors.
    yaml: Option<String>,
    resources: usize,
    /// Errors and warnings, as text.
    messages: String,
}

/// Counts for the summary line.
#[derive(Default)]
struct Summary {
    rendered: usize,
    failed: usize,
    resources: usize,
    bytes: usize,
    unchanged: usize,
}

/// Renders all targets. An error in one target does not stop the others.
///
/// # Errors
/// Fails when an output file cannot be written.
pub fn run(plan: &Plan<'_>, workspace: &Workspace<'_>, reporter: &Reporter) -> anyhow::Result<Code> {
    let start = Instant::now();
    let (names, names_of_all_shards) = match plan.output {
        Some(directory) => {
            check_output(directory, plan)?;
            (file_names(&plan.targets, &plan.root)?, file_names(&plan.targets_of_all_shards, &plan.root)?)
        }
        None => Default::default(),
    };
    let progress = Progress::new(plan.targets.len(), plan.quiet);
    let mut summary = Summary::default();
    for (chunk_at, chunk) in plan.targets.chunks(plan.jobs * TARGETS_PER_BATCH).enumerate() {
        let first = chunk_at * plan.jobs * TARGETS_PER_BATCH;
        let outcomes = parallel::map(chunk, plan.jobs, |target| {
            let outcome = render(target, workspace, &plan.policy, reporter);
            progress.step();
            outcome
        });
        progress.clear();
        for (at, outcome) in outcomes.into_iter().enumerate() {
            // If standard error is closed, there is nowhere to report it.
            let _ = io::stderr().write_all(outcome.messages.as_bytes());
            let Some(yaml) = outcome.yaml else {
                summary.failed += 1;
                continue;
            };
            match plan.output {
                Some(directory) => {
                    summary.unchanged += usize::from(!write_if_changed(directory, &names[first + at], &yaml)?);
                }
                None => {
                    let is_first = summary.bytes == 0;
                    let is_read = (is_first || yaml.is_empty() || output::print("---\n")?) && output::print(&yaml)?;
                    if !is_read {
                        return Ok(Code::Success);
                    }
                }
            }
            summary.rendered += 1;
            summary.resources += outcome.resources;
            summary.bytes += yaml.len();
        }
    }
    if let Some(directory) = plan.output {
        let stale = match (plan.prune, plan.is_complete) {
            // Which files are stale is known only if all targets were rendered.
            (true, _) if summary.failed == 0 => Stale::Remove,
            (_, true) => Stale::Warn,
            _ => Stale::Keep,
        };
        update_file_list(directory, names_of_all_shards, stale, reporter)?;
    }
    if !plan.quiet {
        reporter.info(&summary.text(plan.output.is_some(), start));
        plan.left_out.iter().for_each(|line| reporter.info(line));
    }
    Ok(if summary.failed == 0 { Code::Success } else { Code::Failure })
}

fn render(target: &str, workspace: &Workspace<'_>, policy: &Policy, reporter: &Reporter) -> Rendering {
    let Outcome { result, inputs } = workspace.render(target);
    let failed =
        |diagnostics: &[_]| Rendering { yaml: None, resources: 0, messages: reporter.text(diagnostics, &inputs) };
    match result {
        Ok(rendered) => {
            let warnings = policy.apply(diagnostics(&rendered, policy), &inputs);
            if warnings.iter().any(Diagnostic::is_error) {
                return failed(&warnings);
            }
            match rendered.to_yaml() {
                Ok(yaml) => Rendering {
                    yaml: Some(yaml),
                    resources: rendered.resources().len(),
                    messages: reporter.text(&warnings, &inputs),
                },
                Err(error) => failed(&[*error]),
            }
        }
        Err(diagnostics) => failed(&diagnostics),
    }
}

/// Checks that no target is in the output directory: the output would be read as input, or overwrite it.
fn check_output(directory: &Path, plan: &Plan<'_>) -> anyhow::Result<()> {
    // A directory that does not exist contains no targets.
    let Ok(real) = directory.canonicalize() else { return Ok(()) };
    match plan.targets.iter().find(|target| Path::new(target).starts_with(&real)) {
        Some(target) => bail!("the output directory {} contains the target {target}", directory.display()),
        None => Ok(()),
    }
}

/// Returns the name of the output file of each target: its path below the root.
///
/// # Errors
/// Fails when two targets would be written to the same file, and on names with line breaks, which the file list cannot hold.
pub fn file_names(targets: &[String], root: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    for target in targets {
        ensure!(!target.contains(['\n', '\r']), "cannot name a file after {target:?}, which contains a line break");
        let relative = Path::new(target).strip_prefix(root).unwrap_or(Path::new(target));
        let parts = relative.components().filter_map(|part| match part {
            Component::Normal(part) => Some(part),
            _ => None,
        });
        let mut name: PathBuf = parts.collect();
        if name.as_os_str().is_empty() {
            name.push(Path::new(target).file_name().context("cannot name a file after the root directory")?);
        }
        name.as_mut_os_string().push(".yaml");
        ensure!(seen.insert(name.clone()), "two targets would be written to `{}`", name.display());
        names.push(name);
    }
    Ok(names)
}

/// Writes a file in a directory unless it already has this content. Returns whether it was written.
fn write_if_changed(directory: &Path, name: &Path, text: &str) -> anyhow::Result<bool> {
    let path = output::inside(directory, name)?;
    if read_file(&path).is_ok_and(|current| current == text.as_bytes()) {
        return Ok(false);
    }
    output::write_inside(directory, name, text)?;
    Ok(true)
}

/// The treatment of stale files, which no longer belong to the output.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stale {
    Keep,
    Warn,
    Remove,
}

/// Writes the list of the output files, and reports or removes stale files.
fn update_file_list(directory: &Path, names: Vec<PathBuf>, stale: Stale, reporter: &Reporter) -> anyhow::Result<()> {
    let mut current = BTreeSet::new();
    for name in names {
        current.insert(name.into_os_string().into_string().ok().context("an output path is not valid UTF-8")?);
    }
    let mut kept = current.clone();
    for name in recorded(directory)? {
        let file = directory.join(&name);
        let Some(name) = name.to_str().filter(|name| !current.contains(*name)) else { continue };
        if stale == Stale::Remove {
            match fs::remove_file(&file) {
                // Another process has removed it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed.with_context(|| format!("cannot remove {}", file.display()))?,
            }
            continue;
        }
        if stale == Stale::Warn {
            reporter.warn(&format!("`{}` is stale; use --prune to remove it", file.display()));
        }
        kept.insert(name.to_string());
    }
    let text: String = kept.iter().map(|name| format!("{name}\n")).collect();
    if kept.is_empty() && !directory.is_dir() {
        return Ok(());
    }
    write_if_changed(directory, Path::new(FILE_LIST), &text)?;
    Ok(())
}

/// Returns the names of the files that earlier runs wrote to a directory and that still exist.
///
/// # Errors
/// Fails when the file list exists but cannot be read.
pub fn recorded(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let path = output::inside(directory, Path::new(FILE_LIST))?;
    let names = match read_file(&path) {
        Ok(names) => String::from_utf8_lossy(&names).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    // The list and the links in the directory are untrusted, so paths that lead out of the directory are ignored.
    let is_inside = |name: &Path| {
        name.components().all(|part| matches!(part, Component::Normal(_))) && output::inside(directory, name).is_ok()
    };
    let names = names.lines().filter(|name| name.ends_with(".yaml")).map(PathBuf::from);
    Ok(names.filter(|name| is_inside(name) && directory.join(name).is_file()).collect())
}

impl Summary {
    fn text(&self, to_files: bool, start: Instant) -> String {
        let plural = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
        let mut text = format!(
            "rendered {} with {} ({}) in {:.2} s",
            plural(self.rendered, "target"),
            plural(self.resources, "resource"),
            size(self.bytes),
            start.elapsed().as_secs_f64()
        );
        if to_files && self.unchanged > 0 {
            let _ = write!(text, ", {} unchanged", self.unchanged);
        }
        if self.failed > 0 {
            let _ = write!(text, ", {} failed", self.failed);
        }
        text
    }
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// A progress line on the terminal.
struct Progress {
    done: AtomicUsize,
    total: usize,
    is_shown: bool,
}

impl Progress {
    fn new(total: usize, quiet: bool) -> Progress {
        Progress { done: AtomicUsize::new(0), total, is_shown: !quiet && io::stderr().is_terminal() }
    }

    fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.is_shown && done.is_multiple_of(TARGETS_PER_BATCH) {
            let _ = write!(io::stderr(), "\r\x1b[Krendered {done} of {} targets", self.total);
        }
    }

    fn clear(&self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
