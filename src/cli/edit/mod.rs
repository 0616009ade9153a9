//! `boutique edit`: changes of a kustomization file that leave the rest of it as it is.

mod fix;

use clap::{Args, Subcommand};

use super::exit::Code;

pub const AFTER_HELP: &str = "\
Examples:
  boutique edit fix                replace the deprecated fields of the kustomization in this directory
  boutique edit fix --vars         replace `vars` by `replacements`, too";

/// The command line of `edit`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    edit: Edit,
}

#[derive(Debug, Subcommand)]
enum Edit {
    /// Replace deprecated fields, if that changes nothing in what is rendered
    #[command(after_help = fix::AFTER_HELP)]
    Fix(fix::Arguments),
}

/// Edits.
pub fn run(arguments: &Arguments) -> Code {
    match &arguments.edit {
        Edit::Fix(arguments) => fix::run(arguments),
    }
}
