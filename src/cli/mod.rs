//! The command line: one file per command.
#![allow(clippy::disallowed_methods)]

mod allowance;
mod batch;
mod commands;
mod comparison;
mod exit;
mod flags;
mod glob;
mod guard;
mod messages;
mod name;
mod output;
mod output_directory;
mod panic;
mod paths;
mod reads;
mod streams;
mod targets;

use std::ffi::OsString;

use anyhow::anyhow;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches as _};

use flags::booleans;
use messages::report::Reporter;

pub use exit::Code;

const AFTER_HELP: &str = "\
Examples:
  boutique render overlays/dev                         Print the manifests of an overlay
  boutique render overlays/dev | kubectl apply -f -    Apply the manifests
  boutique render overlays/dev -o out/                 Write one file per resource
  boutique explain overlays/dev deploy/web             Show the source of each line of a resource
  boutique diff overlays/prod --since main             Show the changes of the current branch
  boutique lint                                        Check all targets of this directory
  boutique validate --kubernetes-version 1.34          Check what an API server would refuse

Exit codes:
  0   Success
  1   The input is invalid, or a file could not be read or written
  2   Usage error
  70  Internal error

`diff` and `snapshot` have their own exit codes; see their help.";

/// A command: its name, its help, and its implementation.
struct Entry {
    name: &'static str,
    about: &'static str,
    after_help: &'static str,
    /// Adds its flags. Only the flags of the invoked command are built.
    flags: fn(Command) -> Command,
    run: fn(&ArgMatches) -> Result<Code, Error>,
}

macro_rules! commands {
    ($($name:literal => $module:ident, $about:literal;)+) => {
        &[$(Entry {
            name: $name,
            about: $about,
            after_help: commands::$module::AFTER_HELP,
            flags: with_flags::<commands::$module::Arguments>,
            run: |matches| Ok(commands::$module::run(&commands::$module::Arguments::from_arg_matches(matches)?)),
        },)+]
    };
}

/// Adds the flags of a type, but keeps the description of the command: clap would replace it with the type's doc comment.
fn with_flags<A: Args>(command: Command) -> Command {
    let about = command.get_about().cloned().unwrap_or_default();
    A::augment_args(command).about(about)
}

/// All commands, in the order of the help.
const COMMANDS: &[Entry] = commands! {
    "render" => render, "Render a kustomization";
    "build" => render, "Render a kustomization (alias of `render`)";
    "explain" => explain, "Explain where a value comes from, or what a diagnostic code means";
    "diff" => diff, "Show the differences between two renders";
    "lint" => lint, "Check all targets of a directory for common problems";
    "validate" => validate, "Check the objects of all targets of a directory as an API server does";
    "snapshot" => snapshot, "Check or update the rendered manifests in the repository";
    "tree" => tree, "Show the dependency tree of a kustomization";
    "graph" => graph, "Draw the dependency graph of a kustomization or of its resources";
    "create" => create, "Create a kustomization file in the current directory";
    "edit" => edit, "Edit a kustomization file, preserving comments and formatting";
    "localize" => localize, "Copy a kustomization and everything it refers to, including remote content";
    "inputs" => inputs, "List the files and remote sources that a render reads";
    "affected" => affected, "List the targets affected by changes since a git revision";
    "openapi" => openapi, "Show the built-in Kubernetes schema, or fetch the schema of a cluster";
    "version" => version, "Print version information";
    "completion" => completion, "Generate a shell completion script";
    "man" => man, "Generate manual pages";
};

/// The commands that kustomize has as well. Invoked as `kustomize`, the program has only these.
const KUSTOMIZE_COMMANDS: &[&str] = &["build", "create", "edit", "localize", "openapi", "version", "completion"];

/// Other names of commands, which kustomize accepts.
const ALIASES: &[(&str, &str)] = &[("create", "init")];

/// The commands of kustomize that are deliberately not supported.
const UNSUPPORTED: &[&str] = &["cfg", "fn"];

/// Runs the command line of this process.
pub fn run() -> Code {
    panic::set_hook();
    let arguments = booleans::normalize(std::env::args_os().collect(), command);
    if let Some(name) = UNSUPPORTED.iter().find(|name| arguments.get(1).is_some_and(|argument| argument == **name)) {
        let message = "is not supported: it works on plain manifests, not on kustomizations";
        return Reporter::for_stderr().fail(&anyhow!("`kustomize {name}` {message}"));
    }
    let result = command().try_get_matches_from(&arguments).and_then(|matches| {
        let (name, matches) = matches.subcommand().expect("a command is required");
        let entry = COMMANDS.iter().find(|entry| entry.name == name).expect("clap accepts only these names");
        guard::start(name, matches);
        (entry.run)(matches)
    });
    result.unwrap_or_else(|error| report(&error, &arguments))
}

/// Prints an error of the command line, or the help that it asks for.
fn report(error: &Error, arguments: &[OsString]) -> Code {
    if let Some(help) = help_instead(error, arguments) {
        return output::print(&help).map_or_else(|error| Reporter::for_stderr().fail(&error), |_| Code::Success);
    }
    let code = match error.use_stderr() {
        false => Code::Success,
        // kustomize has a single code for all errors.
        true if name::is_kustomize() => Code::Failure,
        true => Code::Usage,
    };
    // If this cannot be printed, there is nowhere to report it.
    let _ = error.print();
    code
}

/// Returns the help that kustomize prints instead of an error: for a command without its subcommand, and for an unknown
/// subcommand of a command. The latter is likely a typing error, so it is an error unless the program is `kustomize`.
fn help_instead(error: &Error, arguments: &[OsString]) -> Option<String> {
    match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Some(error.render().to_string()),
        ErrorKind::InvalidSubcommand if name::is_kustomize() => {
            let mut command = command();
            command.build();
            let mut found = None;
            for argument in &arguments[1..] {
                let Some(subcommand) = found.as_ref().unwrap_or(&command).find_subcommand(argument) else { break };
                found = Some(subcommand.clone());
            }
            found.map(|mut command| command.render_help().to_string())
        }
        _ => None,
    }
}

/// Returns the flag with which kustomize shows where in its code an error comes from.
fn ignored_flag() -> Arg {
    Arg::new("stack-trace").long("stack-trace").global(true).hide(true).action(ArgAction::SetTrue)
}

/// Returns the command line of the program.
pub fn command() -> Command {
    let is_kustomize = name::is_kustomize();
    let commands =
        COMMANDS.iter().filter(|entry| !is_kustomize || KUSTOMIZE_COMMANDS.contains(&entry.name)).map(|entry| {
            let aliases = ALIASES.iter().filter(|(name, _)| *name == entry.name).map(|(_, alias)| *alias);
            let command = Command::new(entry.name).about(entry.about).after_help(entry.after_help);
            command.aliases(aliases).defer(entry.flags)
        });
    Command::new(name::program())
        .version(env!("CARGO_PKG_VERSION"))
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .after_help(if is_kustomize { "" } else { AFTER_HELP })
        .max_term_width(100)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(ignored_flag())
        .args(guard::flags())
        .subcommands(commands)
}
