//! `boutique edit`: edits a kustomization file, preserving comments and formatting.

mod add;
mod arguments;
mod configuration;
mod file;
mod fix;
mod generate;
mod remove;
mod set;
pub mod sources;
mod unmatched;

use crate::parallel;
use clap::{Args, Subcommand};

use crate::cli::exit::Code;
use crate::cli::messages::report::Reporter;
use crate::cli::output;

pub const AFTER_HELP: &str = "\
The command edits the kustomization file in the current directory. Only affected lines are changed; comments, order, and \
quotes are preserved.

Examples:
  boutique edit add resource deployment.yaml 'services/*.yaml'
  boutique edit set image nginx=example.com/nginx:1.27
  boutique edit remove label team
  boutique edit fix

Exit codes:
  0  Success
  1  The file could not be edited
  2  Usage error";

/// The command line of `edit`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    edit: Edit,
}

#[derive(Debug, Subcommand)]
enum Edit {
    /// Add entries to the kustomization file
    #[command(subcommand, after_help = add::AFTER_HELP)]
    Add(add::Add),
    /// Set fields of the kustomization file
    #[command(subcommand, after_help = set::AFTER_HELP)]
    Set(set::Set),
    /// Remove entries from the kustomization file
    #[command(subcommand, after_help = remove::AFTER_HELP)]
    Remove(remove::Remove),
    /// Replace deprecated fields, if the rendered output stays the same
    #[command(after_help = fix::AFTER_HELP)]
    Fix(Box<fix::Arguments>),
    /// List the built-in plugins
    AlphaListBuiltinPlugin,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    parallel::with_large_stack(|| {
        let result = match &arguments.edit {
            Edit::Fix(arguments) => return fix::run(arguments),
            Edit::Add(add) => add.run(&reporter),
            Edit::Set(set) => set.run(&reporter),
            Edit::Remove(remove) => remove.run(&reporter),
            Edit::AlphaListBuiltinPlugin => list_plugins(),
        };
        result.map_or_else(|error| reporter.fail(&error), |()| Code::Success)
    })
}

fn list_plugins() -> anyhow::Result<()> {
    let names = crate::plugins::built_in_kinds().map(|kind| format!(" * {kind}\n"));
    output::print(&format!("Builtin plugins:\n\n{}", names.collect::<String>())).map(drop)
}
