//! `boutique snapshot`: checks or updates the rendered manifests in the repository, which show the effect of a change in
//! reviews.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::io::{Workspace, read_file};
use crate::parallel::{self, Threads};
use crate::policy::Policy;
use clap::Args;

use crate::cli::batch;
use crate::cli::comparison::report::{Comparison, Side, collect};
use crate::cli::comparison::side::{read_saved, render};
use crate::cli::comparison::view::ViewFlags;
use crate::cli::exit::Code;
use crate::cli::flags::render::RenderFlags;
use crate::cli::messages::report::Reporter;
use crate::cli::output;
use crate::cli::output_directory::{OutputDirectory, file_names, recorded, required_name};
use crate::cli::paths;
use crate::cli::targets;
use crate::cli::targets::{AllowEmpty, Jobs, Targets};

pub const AFTER_HELP: &str = "\
A snapshot is a file with the rendered manifests of a target, named after its directory. Targets are the kustomizations \
below ROOT that no other kustomization includes. The values of Secrets are not masked.

Examples:
  boutique snapshot --update              Write the snapshots of all targets
  boutique snapshot                       Check that the snapshots are up to date
  boutique snapshot clusters --dir out    Use other directories for targets and snapshots

Exit codes:
  0  The snapshots are up to date
  1  The snapshots are not up to date, or there are no targets
  2  Error: invalid input or usage";

/// The command line of `snapshot`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The directories to search for targets
    #[arg(value_name = "ROOT", default_value = ".")]
    roots: Vec<PathBuf>,

    /// Check that the snapshots are up to date (the default)
    #[arg(long, conflicts_with = "update")]
    check: bool,

    /// Write the snapshots, and remove stale ones
    #[arg(long)]
    update: bool,

    /// Set the directory of the snapshots
    #[arg(long, value_name = "DIR", default_value = "snapshots")]
    dir: PathBuf,

    #[command(flatten)]
    allow_empty: AllowEmpty,

    #[command(flatten)]
    jobs: Jobs,

    #[command(flatten)]
    view: ViewFlags,

    #[command(flatten, next_help_heading = "Render options")]
    render_flags: RenderFlags,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    parallel::with_large_stack(|| {
        snapshot(arguments, &reporter).unwrap_or_else(|error| {
            reporter.fail(&error);
            Code::COMPARISON_FAILED
        })
    })
}

fn snapshot(arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Code> {
    let (host, options) = (arguments.render_flags.host(&arguments.roots), arguments.render_flags.options());
    let mut targets = Targets::default();
    for root in &arguments.roots {
        targets.extend(targets::find(root, false, &host, &options)?);
    }
    if !arguments.allow_empty.check(&targets, &arguments.roots, reporter) {
        targets.left_out().iter().for_each(|line| reporter.info(line));
        return Ok(Code::Failure);
    }
    let plan = plan(arguments, targets)?;
    let workspace = Workspace::new(&host, options);
    if arguments.update {
        let code = batch::run(&plan, &workspace, reporter)?;
        return Ok(if code == Code::Success { Code::SAME } else { Code::COMPARISON_FAILED });
    }
    check(arguments, &plan, &workspace, reporter)
}

/// Returns the plan for rendering the targets.
fn plan(arguments: &Arguments, targets: Targets) -> anyhow::Result<batch::Plan<'_>> {
    // A path below the working directory, such as the default, may be a link in an untrusted tree.
    let is_confined = arguments.dir.components().all(|part| matches!(part, Component::Normal(_)));
    if is_confined {
        output::inside(Path::new("."), &arguments.dir)?;
    }
    let directory = if is_confined { OutputDirectory::confined } else { OutputDirectory::named };
    Ok(batch::Plan {
        left_out: targets.left_out(),
        unreadable: targets.unreadable,
        targets_of_all_shards: targets.directories.clone(),
        targets: targets.directories,
        is_complete: true,
        root: paths::root(&arguments.roots, true)?,
        output: Some(directory(&arguments.dir)),
        prune: true,
        jobs: arguments.jobs.count(),
        quiet: false,
        policy: Policy::default(),
        validation: None,
    })
}

fn check(
    arguments: &Arguments,
    plan: &batch::Plan<'_>,
    workspace: &Workspace<'_>,
    reporter: &Reporter,
) -> anyhow::Result<Code> {
    let names = file_names(&plan.targets, &plan.root)?;
    let pairs: Vec<(&String, &Option<PathBuf>)> = plan.targets.iter().zip(&names).collect();
    let mut comparisons = parallel::map(&pairs, plan.jobs, |(target, name)| {
        let failed = |error| reporter.error_text(&error);
        let name = required_name(target, name.as_deref()).map_err(failed)?;
        let path = output::inside(&arguments.dir, name).map_err(failed)?;
        check_target(target, &name.with_extension("").display().to_string(), &path, workspace, arguments, reporter)
    });
    let current: BTreeSet<&PathBuf> = names.iter().flatten().collect();
    // The targets of other snapshots may be in directories that cannot be read.
    let recorded = if plan.unreadable.is_empty() { recorded(&arguments.dir)? } else { Vec::new() };
    for name in recorded.iter().filter(|name| !current.contains(name)) {
        comparisons.push(stale(&arguments.dir.join(name), arguments, reporter));
    }
    comparisons
        .extend(plan.unreadable.iter().map(|error| Err(reporter.error_text(&anyhow::Error::msg(error.clone())))));
    let report = collect(comparisons);
    arguments.view.show(&report)?;
    plan.left_out.iter().for_each(|line| reporter.info(line));
    if report.differing().next().is_some() {
        reporter.hint("to accept the changes, run `boutique snapshot --update` with the same arguments");
    }
    Ok(report.code())
}

/// Compares a target with its snapshot.
fn check_target(
    target: &str,
    name: &str,
    path: &Path,
    workspace: &Workspace<'_>,
    arguments: &Arguments,
    reporter: &Reporter,
) -> Result<Comparison, String> {
    let failed = |error: anyhow::Error| reporter.error_text(&error);
    let rendered = render(target, workspace, arguments.view.explains(), reporter)?;
    let text = crate::emit::to_yaml(&rendered.resources, Threads::default())
        .map_err(|diagnostic| reporter.text(&[*diagnostic], &rendered.inputs))?;
    let snapshot = path.display().to_string();
    let saved = match read_file(path) {
        Ok(saved) => Some(saved),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(anyhow::Error::new(error).context(format!("cannot read {snapshot}")))),
    };
    let is_same = saved.as_ref().is_some_and(|saved| saved == text.as_bytes());
    // Identical text needs no comparison.
    let before = match saved {
        Some(_) if is_same => return Ok(Comparison::same(name, &snapshot, rendered.resources.len())),
        Some(_) => Some(read_saved(path, reporter)),
        None => None,
    };
    let is_missing = before.is_none();
    let sides = (Side::new(&snapshot, before), Side::new(name, Some(Ok(rendered))));
    let mut comparison = Comparison::new(Some(name.to_string()), sides.0, sides.1, arguments.view.detail())?;
    if is_missing {
        comparison.remark = Some(format!("the snapshot {snapshot} does not exist"));
    } else if comparison.diff.is_empty() {
        comparison.remark = Some(format!("{snapshot} differs only in order or formatting"));
    }
    Ok(comparison)
}

/// Returns the comparison for a stale snapshot, which has no target.
fn stale(path: &Path, arguments: &Arguments, reporter: &Reporter) -> Result<Comparison, String> {
    let snapshot = path.display().to_string();
    let before = Side::new(&snapshot, Some(read_saved(path, reporter)));
    let mut comparison = Comparison::new(Some(snapshot.clone()), before, Side::new("", None), arguments.view.detail())?;
    comparison.remark = Some("the target of this snapshot does not exist".to_string());
    Ok(comparison)
}
