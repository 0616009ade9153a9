//! `boutique diff`: shows the differences between two renders.

use std::path::{Path, PathBuf};

use crate::io::{Host, Revision, Workspace};
use crate::parallel;
use anyhow::{bail, ensure};
use clap::Args;

use crate::cli::comparison::report::{Comparison, Report, Side, collect};
use crate::cli::comparison::side::{Read, read_saved, render};
use crate::cli::comparison::view::ViewFlags;
use crate::cli::exit::Code;
use crate::cli::flags::render::RenderFlags;
use crate::cli::messages::report::Reporter;
use crate::cli::paths;
use crate::cli::targets;
use crate::cli::targets::{Jobs, Targets};

pub const AFTER_HELP: &str = "\
A and B are kustomization directories, files written by `render -o FILE`, directories written by `render -o DIR`, or - \
for standard input. The order of documents and of mapping keys is ignored. Names that differ only in their content hash \
are treated as equal.

Examples:
  boutique diff overlays/dev overlays/prod              Compare two overlays
  boutique diff overlays/prod --since main              Show what the current branch changes in prod
  boutique diff --all --since main --format markdown    Compare all targets for a pull request
  boutique diff out.yaml overlays/prod --explain        Show the source of each new value
  git show main:out.yaml | boutique diff - overlays/prod

Exit codes:
  0  No differences
  1  Differences found
  2  Error: invalid input or usage";

/// The command line of `diff`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The old side; with --since, the directory to compare with its past; with --all, the directory to search for targets
    #[arg(value_name = "A", required_unless_present = "all")]
    before: Option<PathBuf>,

    /// The new side
    #[arg(value_name = "B", required_unless_present = "since", conflicts_with = "since")]
    after: Option<PathBuf>,

    /// Compare the working tree with this git revision
    #[arg(long, value_name = "REVISION")]
    since: Option<String>,

    /// Compare every kustomization below A that no other kustomization includes
    #[arg(long, requires = "since")]
    all: bool,

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
        let shown = compare(arguments, &reporter).and_then(|report| {
            arguments.view.show(&report)?;
            Ok(report.code())
        });
        shown.unwrap_or_else(|error| {
            reporter.fail(&error);
            Code::COMPARISON_FAILED
        })
    })
}

fn compare(arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Report> {
    let before = arguments.before.as_deref().unwrap_or(Path::new("."));
    match (&arguments.since, &arguments.after) {
        (Some(revision), _) => compare_with_revision(before, revision, arguments, reporter),
        (None, Some(after)) => compare_two(before, after, arguments, reporter),
        // clap requires one of them.
        (None, None) => bail!("B or --since is required"),
    }
}

fn compare_two(before: &Path, after: &Path, arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Report> {
    let host = arguments.render_flags.host(&[before, after]);
    let workspace = Workspace::new(&host, arguments.render_flags.options());
    let read = |path: &Path| read(path, &workspace, arguments, reporter);
    let name = |path: &Path| path.display().to_string();
    let comparison = Comparison::new(
        None,
        Side::new(&name(before), Some(read(before))),
        Side::new(&name(after), Some(read(after))),
        arguments.view.detail(),
    );
    Ok(collect(vec![comparison]))
}

/// Reads a side: renders a kustomization, or reads saved manifests.
fn read(path: &Path, workspace: &Workspace<'_>, arguments: &Arguments, reporter: &Reporter) -> Read {
    let is_saved = path == Path::new("-") || path.is_file() || path.is_dir() && !targets::is_kustomization(path);
    if is_saved {
        return read_saved(path, reporter);
    }
    match paths::absolute_or_url(path) {
        Ok(target) => render(&target, workspace, arguments.view.explains(), reporter),
        Err(error) => Err(reporter.error_text(&error)),
    }
}

fn compare_with_revision(
    directory: &Path,
    revision: &str,
    arguments: &Arguments,
    reporter: &Reporter,
) -> anyhow::Result<Report> {
    let root = real_path(directory)?;
    let existing = root.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("/"));
    let host = arguments.render_flags.host(&[&root]);
    let export = Revision::export(existing, revision, &host.options).map_err(anyhow::Error::msg)?;
    let old_host = export.host(arguments.render_flags.host::<&Path>(&[]));
    let options = arguments.render_flags.options();
    let workspace = Workspace::new(&host, options.clone());
    let old_workspace = Workspace::new(&old_host, options.clone());
    let root_text = paths::absolute_or_url(&root)?;
    let old_root = old_host.real_path(&root_text);
    let find = |root: &str, host: &dyn Host| match (Path::new(root), arguments.all) {
        (root, true) if root.is_dir() => targets::find(root, false, host, &options),
        (path, false) if targets::is_kustomization(path) => Ok(Targets::of(root)),
        _ => Ok(Targets::default()),
    };
    let old = find(&old_root, &old_host)?;
    let found = find(&root_text, &host)?;
    let unreadable: Vec<String> = old.unreadable.into_iter().chain(found.unreadable.iter().cloned()).collect();
    let old: Vec<String> = old.directories.iter().map(|target| old_host.shown_path(target)).collect();
    found.left_out().iter().for_each(|line| reporter.info(line));
    let new = found.directories;
    ensure!(
        arguments.all || !old.is_empty() || !new.is_empty(),
        "{} has no kustomization, neither in the working tree nor at {revision}",
        directory.display()
    );
    let mut all: Vec<&String> = old.iter().chain(&new).collect();
    all.sort();
    all.dedup();
    let jobs = arguments.jobs.count();
    let mut comparisons = parallel::map(&all, jobs, |target| {
        let name = targets::name(target, &root, directory);
        let is_in = |list: &[String]| list.binary_search(target).is_ok();
        let before = is_in(&old).then(|| render(target, &old_workspace, arguments.view.explains(), reporter));
        let after = is_in(&new).then(|| render(target, &workspace, arguments.view.explains(), reporter));
        Comparison::new(
            arguments.all.then(|| name.clone()),
            Side::new(&format!("{name} at {revision}"), before),
            Side::new(&name, after),
            arguments.view.detail(),
        )
    });
    comparisons.extend(unreadable.into_iter().map(|error| Err(reporter.error_text(&anyhow::Error::msg(error)))));
    Ok(collect(comparisons))
}

/// Returns a path with symbolic links resolved, as far as it exists.
fn real_path(path: &Path) -> anyhow::Result<PathBuf> {
    let absolute = PathBuf::from(paths::absolute_or_url(path)?);
    let existing = absolute.ancestors().find_map(|ancestor| Some((ancestor, ancestor.canonicalize().ok()?)));
    let Some((ancestor, real)) = existing else { return Ok(absolute) };
    let rest = absolute.strip_prefix(ancestor)?;
    Ok(if rest.as_os_str().is_empty() { real } else { real.join(rest) })
}
