//! `boutique completion`: generates shell completion scripts.

use clap::Args;
use clap_complete::Shell;

use crate::cli::command;
use crate::cli::exit::Code;
use crate::cli::messages::report::Reporter;
use crate::cli::name;
use crate::cli::output;

pub const AFTER_HELP: &str = "\
Examples:
  source <(boutique completion bash)                                     Current bash session
  boutique completion zsh > \"${fpath[1]}/_boutique\"                      All zsh sessions
  boutique completion fish > ~/.config/fish/completions/boutique.fish    All fish sessions
  boutique completion powershell | Out-String | Invoke-Expression        Current PowerShell session";

/// The command line of `completion`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell to generate the script for
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(), name::program(), &mut script);
    let printed = output::print(&String::from_utf8_lossy(&script));
    printed.map_or_else(|error| Reporter::for_stderr().fail(&error), |_| Code::Success)
}
