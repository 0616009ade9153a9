//! `boutique edit`: changes of a kustomization file that leave the rest of it as it is.

mod add;
mod arguments;
mod file;
mod fix;
mod generate;
mod remove;
mod set;
pub mod sources;

use crate::parallel;
use clap::{Args, Subcommand};

use crate::cli::exit::Code;
use crate::cli::messages::report::Reporter;
use crate::cli::output;

pub const AFTER_HELP: &str = "\
The kustomization file of the working directory is changed: only the lines that must change do; comments, order and quotes \
stay.

Examples:
  boutique edit add resource deployment.yaml 'services/*.yaml'
  boutique edit set image nginx=example.com/nginx:1.27
  boutique edit remove label team
  boutique edit fix                replace the deprecated fields";

/// The command line of `edit`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    edit: Edit,
}

#[derive(Debug, Subcommand)]
enum Edit {
    /// Add something to the kustomization file
    #[command(subcommand, after_help = add::AFTER_HELP)]
    Add(add::Add),
    /// Set the values of fields
    #[command(subcommand, after_help = set::AFTER_HELP)]
    Set(set::Set),
    /// Take something out of the kustomization file
    #[command(subcommand, after_help = remove::AFTER_HELP)]
    Remove(remove::Remove),
    /// Replace deprecated fields, if that changes nothing in what is rendered
    #[command(after_help = fix::AFTER_HELP)]
    Fix(Box<fix::Arguments>),
    /// List the plugins that are built in
    AlphaListBuiltinPlugin,
}

/// Edits.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    parallel::on_a_large_stack(|| {
        let done = match &arguments.edit {
            Edit::Fix(arguments) => return fix::run(arguments),
            Edit::Add(add) => add.run(&reporter),
            Edit::Set(set) => set.run(),
            Edit::Remove(remove) => remove.run(&reporter),
            Edit::AlphaListBuiltinPlugin => list_plugins(),
        };
        done.map_or_else(|error| reporter.fail(&error), |()| Code::Success)
    })
}

fn list_plugins() -> anyhow::Result<()> {
    let names = crate::plugins::built_in_kinds().map(|kind| format!(" * {kind}\n"));
    output::print(&format!("Builtin plugins:\n\n{}", names.collect::<String>())).map(drop)
}
