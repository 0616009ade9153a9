//! `boutique completion`: scripts that let a shell complete command lines.

use clap::Args;
use clap_complete::Shell;

use crate::cli::command;
use crate::cli::exit::Code;
use crate::cli::messages::report::Reporter;
use crate::cli::name;
use crate::cli::output;

pub const AFTER_HELP: &str = "\
Examples:
  source <(boutique completion bash)                                       for this shell
  boutique completion zsh > \"${fpath[1]}/_boutique\"                        for all of zsh
  boutique completion fish > ~/.config/fish/completions/boutique.fish      for all of fish
  boutique completion powershell | Out-String | Invoke-Expression          for this PowerShell";

/// The command line of `completion`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn run(arguments: &Arguments) -> Code {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(), name::program(), &mut script);
    let printed = output::print(&String::from_utf8_lossy(&script));
    printed.map_or_else(|error| Reporter::for_stderr().fail(&error), |_| Code::Success)
}
