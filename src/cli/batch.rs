//! Rendering of multiple targets in one process.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::diagnostic::Diagnostic;
use crate::io::{Outcome, Workspace};
use crate::parallel;
use crate::policy::Policy;
use anyhow::bail;

use crate::cli::exit::Code;
use crate::cli::flags::policy::diagnostics;
use crate::cli::flags::schemas::Validation;
use crate::cli::messages::report::Reporter;
use crate::cli::output;
use crate::cli::output_directory::{OutputDirectory, Stale, file_names};
use crate::cli::streams::print_error;

/// The number of targets per thread that are rendered before their output is written, in the requested order.
const TARGETS_PER_BATCH: usize = 32;

/// The targets to render, and how to write them.
pub struct Plan<'a> {
    /// Absolute paths or URLs, in the order of the output.
    pub targets: Vec<String>,
    /// The targets of all shards.
    pub targets_of_all_shards: Vec<String>,
    /// Lines about the kustomizations that are not targets, for the summary.
    pub left_out: Vec<String>,
    /// Errors of the search for targets.
    pub unreadable: Vec<String>,
    /// Whether these are all targets, so that the files of other targets are stale.
    pub is_complete: bool,
    /// The directory that the names of the output files are relative to.
    pub root: String,
    pub output: Option<OutputDirectory<'a>>,
    /// Whether to remove files that an earlier run wrote and this one did not.
    pub prune: bool,
    pub jobs: usize,
    pub quiet: bool,
    /// The severities of warnings.
    pub policy: Policy,
    /// What objects are checked against.
    pub validation: Option<Validation>,
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
    /// The number of paths that the search for targets could not read.
    unreadable: usize,
    resources: usize,
    bytes: usize,
    unchanged: usize,
}

/// Renders all targets. An error in one target does not stop the others.
///
/// # Errors
/// Fails when two targets would be written to the same file, and when the list of files cannot be written.
pub fn run(plan: &Plan<'_>, workspace: &Workspace<'_>, reporter: &Reporter) -> anyhow::Result<Code> {
    let start = Instant::now();
    let (names, names_of_all_shards) = match &plan.output {
        Some(directory) => {
            check_output(directory.path(), plan)?;
            (file_names(&plan.targets, &plan.root)?, file_names(&plan.targets_of_all_shards, &plan.root)?)
        }
        None => Default::default(),
    };
    let progress = Progress::new(plan.targets.len(), plan.quiet);
    plan.unreadable.iter().for_each(|error| reporter.error(error));
    let mut summary = Summary { unreadable: plan.unreadable.len(), ..Summary::default() };
    for (chunk_at, chunk) in plan.targets.chunks(plan.jobs * TARGETS_PER_BATCH).enumerate() {
        let first = chunk_at * plan.jobs * TARGETS_PER_BATCH;
        let outcomes = parallel::map(chunk, plan.jobs, |target| {
            let outcome = render(target, workspace, plan, reporter);
            progress.step();
            outcome
        });
        progress.clear();
        for (at, outcome) in outcomes.into_iter().enumerate() {
            print_error(&outcome.messages);
            let Some(yaml) = outcome.yaml else {
                summary.failed += 1;
                continue;
            };
            match &plan.output {
                Some(directory) => match directory.write_target(&chunk[at], names[first + at].as_deref(), &yaml) {
                    Ok(is_written) => summary.unchanged += usize::from(!is_written),
                    Err(error) => {
                        reporter.fail(&error);
                        summary.failed += 1;
                        continue;
                    }
                },
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
    // If nothing was written, the list is still right.
    let wrote_nothing = summary.rendered == 0 && summary.failed > 0;
    if let Some(directory) = plan.output.as_ref().filter(|_| !wrote_nothing) {
        let stale = match (plan.prune, plan.is_complete) {
            // Which files are stale is known only if all targets were rendered.
            (true, _) if summary.is_success() => Stale::Remove,
            (_, true) => Stale::Warn,
            _ => Stale::Keep,
        };
        directory.update_list(names_of_all_shards, stale, reporter)?;
    }
    if !plan.quiet {
        reporter.info(&summary.text(plan.output.is_some(), start));
        plan.left_out.iter().for_each(|line| reporter.info(line));
    }
    Ok(if summary.is_success() { Code::Success } else { Code::Failure })
}

fn render(target: &str, workspace: &Workspace<'_>, plan: &Plan<'_>, reporter: &Reporter) -> Rendering {
    let Outcome { result, inputs } = workspace.render(target);
    let failed =
        |diagnostics: &[_]| Rendering { yaml: None, resources: 0, messages: reporter.text(diagnostics, &inputs) };
    match result {
        Ok(rendered) => {
            let diagnostics = diagnostics(&rendered, &plan.policy, plan.validation.as_ref());
            let warnings = plan.policy.apply(diagnostics, &inputs);
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

impl Summary {
    fn is_success(&self) -> bool {
        self.failed == 0 && self.unreadable == 0
    }

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
        if self.unreadable > 0 {
            let _ = write!(text, ", {} unreadable", plural(self.unreadable, "path"));
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
