//! `boutique render` and its alias `boutique build`: render kustomizations.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use crate::Options;
use crate::io::{self, OsHost, Outcome, Workspace};
use crate::parallel;
use crate::yaml::ParseLimits;
use anyhow::{anyhow, ensure};
use clap::Args;

use crate::cli::batch;
use crate::cli::exit::Code;
use crate::cli::flags::policy::{PolicyFlags, diagnostics};
use crate::cli::flags::render::RenderFlags;
use crate::cli::flags::schemas::{ConfiguredSchemas, ValidationFlags};
use crate::cli::messages::report::{Format, Reporter};
use crate::cli::messages::style::style_of;
use crate::cli::name;
use crate::cli::output;
use crate::cli::output_directory::OutputDirectory;
use crate::cli::paths;
use crate::cli::targets;
use crate::cli::targets::{AllowEmpty, Jobs, Shard, Targets};

pub const AFTER_HELP: &str = "\
Examples:
  boutique render                                      Render the current directory
  boutique render overlays/prod | kubectl diff -f -    Show what would change in the cluster
  boutique render overlays/prod -o prod.yaml           Write to a file
  boutique render --strict overlays/prod               Fail on warnings
  boutique render --all --output-dir out               Write every target to its own file
  boutique render --all clusters --shard 2/8           Render the second of eight shards
  boutique build --load-restrictor LoadRestrictionsNone overlays/prod

Exit codes:
  0  Success
  1  The input is invalid, or a file could not be read or written
  2  Usage error";

/// The maximum nesting depth of documents that are rendered on the main thread, whose stack may be as small as 1 MB.
const NESTING_ON_MAIN_THREAD: usize = 200;

/// The command line of `render` and `build`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The kustomization directories; with --all, the directories to search for targets
    #[arg(value_name = "DIR", default_value = ".")]
    directories: Vec<PathBuf>,

    /// Write the output to this file, or to one file per resource if it is a directory or ends with `/`
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,

    #[command(flatten)]
    render_flags: RenderFlags,

    #[command(flatten)]
    policy: PolicyFlags,

    #[command(flatten)]
    validation: ValidationFlags,

    /// Set the format of errors and warnings
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", help_heading = "Diagnostics")]
    message_format: Format,

    #[command(flatten)]
    batch: BatchFlags,
}

impl Arguments {
    /// Returns the options of a render.
    fn options(&self) -> Options {
        // The files of all places that a diagnostic may name are needed, as for lint.
        let lint = self.policy.policy().wants_lint() || self.validation.validate;
        Options { lint, ..self.render_flags.options() }
    }
}

/// The flags for rendering multiple targets.
#[derive(Debug, Args)]
#[command(next_help_heading = "Multiple targets")]
struct BatchFlags {
    /// Render every kustomization below DIR that no other kustomization includes
    #[arg(long)]
    all: bool,

    /// Also render kustomizations that other kustomizations include
    #[arg(long, requires = "all")]
    include_bases: bool,

    /// Write each target to a file in this directory, named after the target's directory
    #[arg(long, value_name = "OUT", conflicts_with = "output")]
    output_dir: Option<PathBuf>,

    /// Remove files from OUT that earlier runs wrote for other targets
    #[arg(long, requires = "output_dir")]
    prune: bool,

    /// Render only shard I of N shards of about equal cost
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,

    #[command(flatten)]
    allow_empty: AllowEmpty,

    #[command(flatten)]
    jobs: Jobs,

    /// Do not print progress and the summary
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::new(style_of(&std::io::stderr()), arguments.message_format);
    let batch = &arguments.batch;
    arguments.render_flags.warn_about_deprecated_flags(&reporter);
    if name::is_kustomize() && arguments.directories.len() > 1 {
        return reporter.fail(&anyhow!("specify one path to kustomization.yaml"));
    }
    let result = match &arguments.directories[..] {
        [directory] if !batch.all && batch.output_dir.is_none() && batch.shard.is_none() => {
            run_one(directory, arguments, &reporter)
        }
        _ => parallel::with_large_stack(|| run_many(arguments, &reporter)),
    };
    let code = result.unwrap_or_else(|error| reporter.fail(&error));
    reporter.finish();
    code
}

fn run_one(directory: &Path, arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Code> {
    let threads = arguments.batch.jobs.threads();
    let target = paths::absolute_or_url(directory)?;
    let options = Options { threads, ..arguments.options() };
    let host = arguments.render_flags.host(&[&target]);
    // Deep documents are rare, and starting a thread takes as long as a small render.
    if options.limits.nesting > NESTING_ON_MAIN_THREAD {
        let shallow = ParseLimits { nesting: NESTING_ON_MAIN_THREAD, ..options.limits };
        if let Some(code) =
            try_one(&host, &target, &Options { limits: shallow, ..options.clone() }, true, arguments, reporter)?
        {
            return Ok(code);
        }
    }
    let code = parallel::with_large_stack(|| try_one(&host, &target, &options, false, arguments, reporter))?;
    Ok(code.unwrap_or(Code::Failure))
}

/// Renders one target. With `is_shallow`, returns `None` if a document exceeds the nesting limit, which is then lower than
/// that of the user.
fn try_one(
    host: &OsHost,
    target: &str,
    options: &Options,
    is_shallow: bool,
    arguments: &Arguments,
    reporter: &Reporter,
) -> anyhow::Result<Option<Code>> {
    let Outcome { result, inputs } = io::render(host, target, options);
    // The memory is released when the process exits, which is faster.
    let inputs = ManuallyDrop::new(inputs);
    let rendered = match result {
        Ok(rendered) => ManuallyDrop::new(rendered),
        Err(diagnostics) => {
            let is_too_deep = diagnostics.iter().any(|diagnostic| diagnostic.code == crate::Code::TooDeep);
            if is_too_deep && is_shallow {
                return Ok(None);
            }
            reporter.print(&diagnostics, &inputs);
            return Ok(Some(Code::Failure));
        }
    };
    let policy = arguments.policy.policy();
    let validation = arguments.validation.validation(&[], &ConfiguredSchemas::default(), host, options.limits)?;
    let warnings = policy.apply(diagnostics(&rendered, &policy, validation.as_ref()), &inputs);
    reporter.print(&warnings, &inputs);
    if warnings.iter().any(crate::Diagnostic::is_error) {
        return Ok(Some(Code::Failure));
    }
    let written = match &arguments.output {
        Some(path) if output::is_directory(path) => output::write_files(rendered.resources(), path),
        destination => match rendered.to_parts() {
            Ok(parts) => output::write(&parts, destination.as_deref()),
            Err(error) => Err(output::Error::Input(error)),
        },
    };
    match written {
        Ok(()) => Ok(Some(Code::Success)),
        Err(output::Error::Input(diagnostic)) => {
            reporter.print(&[*diagnostic], &inputs);
            Ok(Some(Code::Failure))
        }
        Err(output::Error::Io(error)) => Err(error),
    }
}

fn run_many(arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Code> {
    let flags = &arguments.batch;
    ensure!(arguments.output.is_none(), "--output supports only a single target; use --output-dir");
    let (host, options) = (arguments.render_flags.host(&arguments.directories), arguments.options());
    let limits = options.limits;
    let mut found = Targets::default();
    for directory in &arguments.directories {
        match flags.all {
            true => found.extend(targets::find(directory, flags.include_bases, &host, &options)?),
            false => found.directories.push(paths::absolute_or_url(directory)?),
        }
    }
    let (left_out, unreadable) = (found.left_out(), std::mem::take(&mut found.unreadable));
    if !flags.allow_empty.check(&found, &arguments.directories, reporter) {
        left_out.iter().for_each(|line| reporter.info(line));
        return Ok(Code::Failure);
    }
    let mut targets = found.directories;
    let root = paths::root(&arguments.directories, flags.all)?;
    let workspace = Workspace::new(&host, options);
    let jobs = flags.jobs.count();
    let targets_of_all_shards = targets.clone();
    if let Some(shard) = flags.shard {
        let costs = parallel::map(&targets, jobs, |target| targets::cost(&workspace.load(target).inputs));
        targets = shard.select(targets, &costs);
    }
    let plan = batch::Plan {
        targets,
        targets_of_all_shards,
        left_out,
        unreadable,
        is_complete: flags.all,
        root,
        output: flags.output_dir.as_deref().map(OutputDirectory::named),
        prune: flags.prune,
        jobs,
        quiet: flags.quiet || arguments.message_format != Format::Text,
        policy: arguments.policy.policy(),
        validation: arguments.validation.validation(&[], &ConfiguredSchemas::default(), &host, limits)?,
    };
    batch::run(&plan, &workspace, reporter)
}
