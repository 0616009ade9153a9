//! `boutique validate`: checks objects as an API server does.

mod chain;
mod check;
mod formats;
mod sources;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::Options;
use crate::message::Message;
use crate::parallel;
use crate::validate::{Table, Validator};
use crate::yaml::Tree;

use super::lint::search::{ConfigurationFlags, Configurations, Failure, configured_schemas};
use crate::cli::exit::Code;
use crate::cli::flags::policy::PolicyFlags;
use crate::cli::flags::render::RenderFlags;
use crate::cli::flags::schemas::{SchemaFlags, minors};
use crate::cli::messages::report::{self, Reporter};
use crate::cli::messages::style::style_of;
use crate::cli::output;
use crate::cli::streams::print_error;
use crate::cli::targets::AllowEmpty;

use check::{Checked, Status};
use sources::{Source, Sources};

pub const AFTER_HELP: &str = "\
A directory is searched for targets, as with `lint`, and every object that they render is checked. Files and `-`, the standard \
input, are plain manifests. Objects are checked against the schemas of Kubernetes, which are built in, and against the \
CustomResourceDefinitions in the output, anywhere below ROOT, and given by --crds.

To suppress a diagnostic, add the comment `# boutique: allow(CODE)` at the end of the line, on the line before it, or at the \
top of the file. To explain one, run `boutique explain CODE`.

Examples:
  boutique validate                                      Check all targets of the current directory
  boutique validate overlays/prod                        Check the targets below a directory
  boutique validate --kubernetes-version 1.34,1.37       Check what an upgrade breaks
  boutique validate --crds crds/ --strict                Fail on kinds without a schema, too
  helm template web ./chart | boutique validate -        Check manifests of another program
  boutique validate --format junit > report.xml          Write a report for a CI system

Exit codes:
  0  No errors
  1  Errors, or no targets; with --strict, also warnings and unknown kinds
  2  Usage error, or an invalid boutique.toml";

/// The command line of `validate`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The directories to search for targets, manifest files, or `-` for the standard input
    #[arg(value_name = "ROOT", default_value = ".")]
    roots: Vec<PathBuf>,

    #[command(flatten)]
    schemas: SchemaFlags,

    #[command(flatten)]
    policy: PolicyFlags,

    #[command(flatten)]
    configuration: ConfigurationFlags,

    /// Set the output format
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", help_heading = "Diagnostics")]
    format: Format,

    /// List the objects that are valid or skipped, too
    #[arg(short, long, help_heading = "Diagnostics")]
    verbose: bool,

    #[command(flatten)]
    allow_empty: AllowEmpty,

    /// Do not print a summary
    #[arg(short, long)]
    quiet: bool,

    #[command(flatten)]
    render_flags: RenderFlags,
}

/// The format of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Human-readable text with source excerpts
    Text,
    /// One JSON object per line
    Json,
    /// GitHub Actions workflow commands, shown as annotations
    Github,
    /// A SARIF 2.1.0 log for code scanning and editors
    Sarif,
    /// A JUnit report with a test for each object
    Junit,
    /// A Test Anything Protocol stream with a test for each object
    Tap,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    match parallel::with_large_stack(|| validate(arguments)) {
        Ok(code) => code,
        Err(Failure::Configuration(messages)) => {
            let reporter = Reporter::for_stderr();
            messages.into_iter().for_each(|message| reporter.raw(&reporter.message_text(message)));
            Code::Usage
        }
        Err(Failure::Other(error)) => Reporter::for_stderr().fail(&error),
    }
}

fn validate(arguments: &Arguments) -> Result<Code, Failure> {
    let (stdin, paths): (Vec<PathBuf>, Vec<PathBuf>) =
        arguments.roots.iter().cloned().partition(|root| root.as_os_str() == "-");
    let (directories, files): (Vec<PathBuf>, Vec<PathBuf>) = paths.into_iter().partition(|root| !root.is_file());
    let host = arguments.render_flags.host(&arguments.roots);
    let options: Options = arguments.render_flags.options();
    let configurations = Configurations::new(&host, &arguments.configuration);
    let policy = arguments.policy.policy();
    let searches = configurations.searches(&directories, &policy)?;
    let sources = Sources { searches, configurations, files, has_stdin: !stdin.is_empty(), options, policy };
    let collected = sources.collect(&host)?;
    let is_found = !collected.has_no_targets(&directories)
        || arguments.allow_empty.check(&collected.targets, &directories, &Reporter::for_stderr());
    let configured = configured_schemas(&sources.searches);
    let given = match arguments.schemas.kubernetes_version.is_empty() {
        true => &configured.kubernetes_versions,
        false => &arguments.schemas.kubernetes_version,
    };
    let objects: Vec<&Tree> = collected.sources.iter().flat_map(Source::trees).collect();
    let roots: Vec<&Path> = sources.searches.iter().map(|search| search.root.as_path()).collect();
    let custom = arguments.schemas.custom_kinds(&objects, &roots, &configured, &host, sources.options.limits)?;
    let table = Table::read();
    let validator = Validator::new(&table, &minors(given), vec![&custom]);
    let checked = check::check(&collected, &sources, &validator, sources.policy.is_strict);
    print(arguments, &checked)?;
    Ok(if checked.has_errors() || !is_found { Code::Failure } else { Code::Success })
}

/// Prints the messages and the summary.
fn print(arguments: &Arguments, checked: &Checked) -> anyhow::Result<()> {
    let format = match arguments.format {
        Format::Junit => return show(arguments, checked, &formats::junit(checked)),
        Format::Tap => return show(arguments, checked, &formats::tap(checked)),
        Format::Text => report::Format::Text,
        Format::Json => report::Format::Json,
        Format::Github => report::Format::Github,
        Format::Sarif => report::Format::Sarif,
    };
    let reporter = Reporter::new(style_of(&std::io::stdout()), format);
    let mut messages: Vec<Message> = checked.messages().cloned().collect();
    messages.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    messages.dedup_by(|a, b| a.sort_key() == b.sort_key());
    let text: String = messages.into_iter().map(|message| reporter.message_text(message)).collect();
    show(arguments, checked, &(text + &reporter.collected_text()))
}

/// Prints the output, and what is for people to standard error.
fn show(arguments: &Arguments, checked: &Checked, text: &str) -> anyhow::Result<()> {
    output::print(text)?;
    if arguments.quiet {
        return Ok(());
    }
    let stderr = Reporter::for_stderr();
    if arguments.verbose {
        let listed = checked.objects.iter().filter(|object| object.status != Status::Invalid);
        listed.for_each(|object| {
            stderr.info(&format!("{}: {} in {}", object.status.word(), object.label, object.source))
        });
    }
    print_error(&checked.summary());
    checked.notes.iter().for_each(|note| stderr.info(note));
    Ok(())
}
