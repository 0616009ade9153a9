//! `boutique man`: generates manual pages.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Command};
use clap_mangen::Man;

use crate::cli::command;
use crate::cli::exit::Code;
use crate::cli::messages::report::Reporter;
use crate::cli::output;
use crate::io::check_not_of_git;

pub const AFTER_HELP: &str = "\
Examples:
  boutique man | man -l -                 Read the manual page
  boutique man ~/.local/share/man/man1    Install the manual pages of all commands";

/// The command line of `man`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Write a page per command to this directory, instead of printing the main page
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let mut command = command();
    command.build();
    let result = match &arguments.directory {
        Some(directory) => write_all(&command, "", directory),
        None => page(&command).and_then(|text| output::print(&text).map(drop)),
    };
    result.map_or_else(|error| Reporter::for_stderr().fail(&error), |()| Code::Success)
}

/// Writes the pages of a command and its subcommands, with names such as `boutique-edit-add.1`.
fn write_all(command: &Command, parent: &str, directory: &Path) -> anyhow::Result<()> {
    check_not_of_git(directory)
        .and_then(|()| fs::create_dir_all(directory))
        .with_context(|| format!("cannot create {}", directory.display()))?;
    let name = format!("{parent}{}", command.get_name());
    output::write_file(&directory.join(format!("{name}.1")), &page(command)?)?;
    let subcommands = command.get_subcommands().filter(|command| command.get_name() != "help");
    subcommands.into_iter().try_for_each(|command| write_all(command, &format!("{name}-"), directory))
}

fn page(command: &Command) -> anyhow::Result<String> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    Ok(String::from_utf8(page)?)
}
