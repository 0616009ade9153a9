//! `boutique lint`: checks all targets of a directory for common problems.

mod check;
mod configuration;
mod fields;
mod file_diff;
mod fix;
mod git_ignored;
mod linter;
mod neighbors;
mod patterns;
mod policies;
mod rules;
pub mod search;

use std::path::{Path, PathBuf};

use crate::policy::Policy;
use crate::{Options, parallel};
use clap::Args;

use crate::cli::exit::Code;
use crate::cli::flags::policy::{PolicyFlags, code, not_an_error};
use crate::cli::flags::render::RenderFlags;
use crate::cli::flags::schemas::ValidationFlags;
use crate::cli::messages::report::{Format, Reporter};
use crate::cli::messages::style::style_of;
use crate::cli::output;
use crate::cli::streams::print_error;
use crate::cli::targets::AllowEmpty;
use crate::message::Message;

use fix::Fixed;
use linter::{Linter, Report};
use search::{ConfigurationFlags, Configurations, Failure, configured_schemas};

pub const AFTER_HELP: &str = "\
Targets are the kustomizations that no other kustomization includes, as with `render --all`. To explain a diagnostic, run \
`boutique explain CODE`.

To suppress a diagnostic, add the comment `# boutique: allow(CODE)` at the end of the line, on the line before it, or at the \
top of the file.

A fix is safe if the output of every target stays the same, or if the target did not render before. Unsafe fixes change \
the output, or are guesses. Only files below ROOT are changed.

Settings are read from the file `boutique.toml` in ROOT or above, up to the top of the repository. Files that `.gitignore` \
excludes are not checked.

Examples:
  boutique lint                                      Check all targets of the current directory
  boutique lint base/web.yaml                        Report only what concerns this file
  boutique lint --strict --allow overwritten-key     Fail on warnings, except this one
  boutique lint --format github                      Annotate a pull request
  boutique lint --format sarif > boutique.sarif      Write a log for code scanning
  boutique lint --statistics                         Count the diagnostics by code
  boutique lint --rules                              List all codes
  boutique lint --fix                                Apply the fixes that are safe
  boutique lint --diff --unsafe-fixes                Show what all fixes would change

Exit codes:
  0  No errors
  1  Errors that remain, or no targets; with --strict, also warnings; with --diff, also changes
  2  Usage error, or an invalid boutique.toml";

/// The command line of `lint`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The directories to search for targets, or files: then only what concerns these files is reported
    #[arg(value_name = "ROOT", default_value = ".")]
    roots: Vec<PathBuf>,

    #[command(flatten)]
    policy: PolicyFlags,

    #[command(flatten)]
    validation: ValidationFlags,

    /// Report advice, too: what is worth a look, but often intended
    #[arg(long, help_heading = "Diagnostics")]
    advice: bool,

    /// Report only diagnostics with these codes, whatever their level
    #[arg(long, value_name = "CODES", value_parser = code, value_delimiter = ',', help_heading = "Diagnostics")]
    select: Vec<crate::Code>,

    /// Do not report diagnostics with these codes
    #[arg(long, value_name = "CODES", value_parser = not_an_error, value_delimiter = ',', help_heading = "Diagnostics")]
    ignore: Vec<crate::Code>,

    #[command(flatten)]
    configuration: ConfigurationFlags,

    /// Apply the safe fixes to the files
    #[arg(long, help_heading = "Fixes", conflicts_with_all = ["rules", "print_config_schema"])]
    fix: bool,

    /// Print what the fixes would change as a unified diff, and change nothing
    #[arg(long, help_heading = "Fixes", conflicts_with_all = ["rules", "print_config_schema", "statistics"])]
    diff: bool,

    /// With --fix or --diff, include fixes that change the output or are guesses
    #[arg(long, help_heading = "Fixes")]
    unsafe_fixes: bool,

    /// Print the number of diagnostics for each code instead of the diagnostics
    #[arg(long, help_heading = "Diagnostics")]
    statistics: bool,

    /// List all codes with their levels, and do not check anything
    #[arg(long, help_heading = "Diagnostics", conflicts_with_all = ["statistics", "print_config_schema"])]
    rules: bool,

    /// Print the JSON schema of `boutique.toml`, and do not check anything
    #[arg(long, help_heading = "Diagnostics", conflicts_with = "statistics")]
    print_config_schema: bool,

    /// Set the output format
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", help_heading = "Diagnostics")]
    format: Format,

    #[command(flatten)]
    allow_empty: AllowEmpty,

    /// Do not print a summary
    #[arg(short, long)]
    quiet: bool,

    #[command(flatten)]
    render_flags: RenderFlags,
}

impl Arguments {
    fn policy(&self) -> Policy {
        let mut policy = self.policy.policy();
        policy.has_lint = true;
        policy.has_advice = self.advice;
        policy.selected = (!self.select.is_empty()).then(|| self.select.iter().copied().collect());
        policy.allowed.extend(&self.ignore);
        policy
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let is_table = matches!(arguments.format, Format::Text | Format::Json);
    if (arguments.rules || arguments.statistics) && !is_table {
        Reporter::for_stderr().error("tables are printed as text or JSON: use --format text or --format json");
        return Code::Usage;
    }
    let result = match (arguments.print_config_schema, arguments.rules) {
        (true, _) => output::print(&format!("{:#}\n", fields::schema())).map(|_| Code::Success),
        (_, true) if arguments.format == Format::Json => output::print(&rules::json()).map(|_| Code::Success),
        (_, true) => output::print(&rules::table()).map(|_| Code::Success),
        _ => match parallel::with_large_stack(|| lint(arguments)) {
            Err(Failure::Configuration(messages)) => {
                let reporter = Reporter::for_stderr();
                messages.into_iter().for_each(|message| reporter.raw(&reporter.message_text(message)));
                return Code::Usage;
            }
            Err(Failure::Other(error)) => Err(error),
            Ok(code) => Ok(code),
        },
    };
    result.unwrap_or_else(|error| Reporter::for_stderr().fail(&error))
}

fn lint(arguments: &Arguments) -> Result<Code, Failure> {
    let host = arguments.render_flags.host(&arguments.roots);
    let options = Options { lint: true, ..arguments.render_flags.options() };
    let configurations = Configurations::new(&host, &arguments.configuration);
    let searches = configurations.searches(&arguments.roots, &arguments.policy())?;
    let is_fixing = arguments.fix || arguments.diff;
    let roots: Vec<&Path> = searches.iter().map(|search| search.root.as_path()).collect();
    let configured = configured_schemas(&searches);
    let validation = arguments.validation.validation(&roots, &configured, &host, options.limits)?;
    let linter = Linter { configurations, searches, options, has_outputs: is_fixing, validation };
    let report = linter.lint(&host)?;
    let is_found = arguments.allow_empty.check(&report.found, &arguments.roots, &Reporter::for_stderr());
    let fixed = match is_fixing {
        true => fix::fix(&linter, &host, report, arguments.unsafe_fixes)?,
        false => Fixed::nothing(report),
    };
    let is_changed = arguments.diff && !fixed.changes.is_empty();
    let has_errors = fixed.report.messages.iter().any(Message::is_error);
    match arguments.diff {
        true => drop(output::show(&file_diff::text(&fixed.changes, style_of(&std::io::stdout())))?),
        false => fixed.write()?,
    }
    print_report(arguments, fixed)?;
    Ok(if has_errors || is_changed || !is_found { Code::Failure } else { Code::Success })
}

/// Prints the messages, unless the differences were printed, and the summary.
fn print_report(arguments: &Arguments, fixed: Fixed) -> anyhow::Result<()> {
    let summary = (arguments.format == Format::Text && !arguments.quiet).then(|| {
        let fixes = fix::summary(&fixed, arguments.fix, arguments.diff, arguments.unsafe_fixes);
        format!("{}{fixes}", summary(&fixed.report.messages, fixed.report.outputs.len()))
    });
    let Fixed { report: Report { messages, found, left_out, .. }, .. } = fixed;
    if !arguments.diff {
        report(arguments, messages)?;
    }
    if arguments.quiet {
        return Ok(());
    }
    print_error(&summary.iter().map(String::as_str).collect::<String>());
    let reporter = Reporter::for_stderr();
    if summary.is_some() {
        found.left_out().iter().for_each(|line| reporter.info(line));
    }
    left_out.iter().for_each(|line| reporter.info(line));
    Ok(())
}

/// Prints the messages, or their statistics. Returns whether anybody reads them, as [`output::print`] does.
fn report(arguments: &Arguments, messages: Vec<Message>) -> anyhow::Result<bool> {
    let reporter = Reporter::new(style_of(&std::io::stdout()), arguments.format);
    let text: String = match (arguments.statistics, arguments.format) {
        (true, Format::Json) => rules::counts_as_json(&rules::counts(&messages)),
        (true, _) => rules::counts_as_text(&rules::counts(&messages)),
        (false, _) => messages.into_iter().map(|message| reporter.message_text(message)).collect(),
    };
    output::print(&(text + &reporter.collected_text()))
}

fn summary(messages: &[Message], targets: usize) -> String {
    let plural = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let errors = messages.iter().filter(|message| message.is_error()).count();
    let (errors, warnings) = (plural(errors, "error"), plural(messages.len() - errors, "warning"));
    format!("checked {}: {errors}, {warnings}\n", plural(targets, "target"))
}
