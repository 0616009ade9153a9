//! `boutique localize`: copies a kustomization, with remote content replaced by local files.

mod write;

use std::fs;
use std::path::{Path, PathBuf};

use crate::inputs::Found;
use crate::io::{OsHost, Outcome, Workspace};
use crate::localize::{self, Bounds, LocalCopy, check_git_ref, layout, load_options};
use crate::path::{is_within, join, relative};
use crate::remote::{self, RepoSpec, without_credentials};
use crate::target::Target;
use crate::{Inputs, parallel};
use anyhow::{Context as _, bail, ensure};
use clap::Args;

use crate::cli::comparison::side::render;
use crate::cli::comparison::terminal::first_difference;
use crate::cli::exit::Code;
use crate::cli::flags::render::RenderFlags;
use crate::cli::messages::report::Reporter;
use crate::cli::output;
use crate::cli::paths;
use write::write_copy;

pub const AFTER_HELP: &str = "\
The copy contains all files that the kustomization refers to. Remote directories and files are fetched to a directory \
`localized-files` next to the kustomization that refers to them, and the references are updated. The rest of the files is \
copied unchanged. URLs of remote directories require a `?ref=`. Chart directories are copied, but charts are not pulled.

The command then renders the original and the copy, and fails if the output differs.

Examples:
  boutique localize                                 Copy this directory to localized-DIR
  boutique localize apps/shop vendored --scope .    Include bases outside of apps/shop
  boutique localize 'https://github.com/org/repo//app?ref=v1.0.0'

Exit codes:
  0  Success
  1  The copy could not be created, or renders differently
  2  Usage error";

/// The command line of `localize`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The kustomization directory, or its URL with a `?ref=`
    #[arg(value_name = "TARGET", default_value = ".")]
    target: PathBuf,

    /// The directory to create  [default: localized-TARGET, or localized-TARGET-REF for a URL]
    #[arg(value_name = "NEW_DIR")]
    new_directory: Option<PathBuf>,

    /// Allow local references only inside of this directory  [default: TARGET, or the repository of a URL]
    #[arg(long, value_name = "DIR")]
    scope: Option<PathBuf>,

    /// Do not verify the copy by rendering
    #[arg(long)]
    no_verify: bool,

    #[command(flatten, next_help_heading = "Render options")]
    render_flags: RenderFlags,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    parallel::with_large_stack(|| run_localize(arguments, &reporter)).unwrap_or_else(|error| reporter.fail(&error))
}

fn run_localize(arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Code> {
    let url = paths::absolute_or_url(&arguments.target)?;
    let shown = without_credentials(&arguments.target.display().to_string());
    let spec = remote::parse(&url);
    if let Some(spec) = &spec
        && let Err(diagnostic) = check_git_ref(spec)
    {
        reporter.print(&[*diagnostic], &Inputs::new());
        return Ok(Code::Failure);
    }
    let host = arguments.render_flags.host(&[&arguments.target]);
    let workspace = Workspace::new(&host, load_options(arguments.render_flags.options()));
    let Outcome { result, mut inputs } = workspace.load(&url);
    let target = match result {
        Ok(target) => target,
        Err(diagnostics) => {
            workspace.add_shared_files(&mut inputs);
            reporter.print(&diagnostics, &inputs);
            return Ok(Code::Failure);
        }
    };
    let scope = scope(arguments, &target, spec.as_ref(), &inputs)?;
    let new_directory = new_directory(arguments, &target, spec.as_ref(), &scope)?;
    let bounds = Bounds { scope, new_directory };
    let copy = match localize::copy(&target, &inputs, &host, &bounds) {
        Ok(copy) => copy,
        Err(diagnostic) => {
            workspace.add_shared_files(&mut inputs);
            reporter.print(&[*diagnostic], &inputs);
            return Ok(Code::Failure);
        }
    };
    write(&copy, &bounds, spec.is_none(), &host)?;
    let new_target = join(&bounds.new_directory, &relative(&target.directory, &bounds.scope));
    let shown_directory = paths::shown(&bounds.new_directory);
    if !arguments.no_verify {
        verify(arguments, (&url, &shown), (&new_target, &shown_directory), &host, reporter)?;
    }
    reporter.info(&format!("localized {shown} to {shown_directory}"));
    Ok(Code::Success)
}

/// Returns the scope: the directory that contains all local references.
fn scope(arguments: &Arguments, target: &Target, spec: Option<&RepoSpec>, inputs: &Inputs) -> anyhow::Result<String> {
    match (&arguments.scope, spec) {
        (Some(scope), Some(_)) => bail!("invalid localize scope {}: the target is remote", scope.display()),
        (None, Some(spec)) => match inputs.found(&spec.request()) {
            Some(Found::Directory { real }) => Ok(real.clone()),
            _ => Ok(target.directory.clone()),
        },
        (None, None) => Ok(target.directory.clone()),
        (Some(scope), None) => {
            let real = scope.canonicalize().with_context(|| format!("invalid localize scope {}", scope.display()))?;
            let real = paths::absolute_or_url(&real)?;
            let contains = is_within(&target.directory, &real);
            ensure!(contains, "localize scope {} does not contain the target {}", scope.display(), target.directory);
            Ok(real)
        }
    }
}

/// Returns the real path of the directory to create, which must not exist.
fn new_directory(
    arguments: &Arguments,
    target: &Target,
    spec: Option<&RepoSpec>,
    scope: &str,
) -> anyhow::Result<String> {
    let default = || PathBuf::from(layout::default_name(&target.directory, spec, target.directory == scope));
    let given = arguments.new_directory.clone().unwrap_or_else(default);
    let shown = given.display();
    ensure!(given.symlink_metadata().is_err(), "localize destination {shown} already exists");
    let absolute = PathBuf::from(paths::absolute_or_url(&given)?);
    let (parent, name) = absolute.parent().zip(absolute.file_name()).context("the localize destination has no name")?;
    let parent = parent.canonicalize().with_context(|| format!("invalid localize destination {shown}"))?;
    paths::absolute_or_url(&parent.join(name))
}

/// Writes the copy to a temporary directory, and renames it when it is complete. After an error, the temporary directory is
/// removed.
fn write(copy: &LocalCopy, bounds: &Bounds, is_local: bool, host: &OsHost) -> anyhow::Result<()> {
    let root = Path::new(&bounds.new_directory);
    let scope = is_local.then(|| Path::new(&bounds.scope));
    let context = || format!("cannot create {}", root.display());
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    if is_local {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    }
    // The directory was created by this run, so it can be removed.
    let temporary = output::temporary_beside(root, |path| builder.create(path)).with_context(context)?.1;
    let result = write_copy(copy, &temporary, scope, host).and_then(|()| {
        // `rename` would replace an empty directory.
        ensure!(root.symlink_metadata().is_err(), "localize destination {} already exists", root.display());
        fs::rename(&temporary, root).with_context(context)
    });
    if result.is_err() {
        // The original error is more useful than an error of the cleanup.
        let _ = fs::remove_dir_all(&temporary);
    }
    result
}

/// Checks that the original and the copy render to the same output. Each is given with its name for messages.
fn verify(
    arguments: &Arguments,
    (original, original_name): (&str, &str),
    (copy, copy_name): (&str, &str),
    host: &OsHost,
    reporter: &Reporter,
) -> anyhow::Result<()> {
    let workspace = Workspace::new(host, arguments.render_flags.options());
    let rendered = |target: &str, name: &str| {
        render(target, &workspace, true, reporter).map_err(|messages| {
            reporter.raw(&messages);
            reporter.hint("pass the flags that are required to render it, or use --no-verify");
            anyhow::anyhow!("created {copy_name}, but could not verify it: {name} does not render")
        })
    };
    let (before, after) = (rendered(original, original_name)?, rendered(copy, copy_name)?);
    if let Some(difference) = first_difference((original_name, &before), (copy_name, &after)) {
        reporter.raw(&difference);
        bail!("created {copy_name}, but it renders differently from {original_name}");
    }
    Ok(())
}
