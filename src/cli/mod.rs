//! The command line: one file a command.
#![allow(clippy::disallowed_methods)]

mod affected;
mod build;
mod diff;
pub mod exit;
mod explain;
mod github;
mod graph;
mod inputs;
mod lint;
mod many;
mod message;
mod output;
mod policy;
mod reads;
mod report;
mod sarif;
mod settings;
mod snapshot;
mod style;
mod targets;
mod tree;

use clap::{ArgMatches, Args, Command, Error, FromArgMatches as _};

use exit::Code;

const AFTER_HELP: &str = "\
Examples:
  boutique render overlays/dev                         print the manifests of an overlay
  boutique render overlays/dev | kubectl apply -f -    apply them
  boutique render overlays/dev -o out/                 write one file per resource
  boutique diff overlays/prod --since main             what this branch changes

Exit codes:
  0  success    1  mistakes in the input    2  mistakes on the command line
  70  a mistake of boutique itself; `diff` and `snapshot` have codes of their own";

/// A command: its name, what its help says, and what it does.
struct Entry {
    name: &'static str,
    about: &'static str,
    after_help: &'static str,
    /// Adds its flags. Those of the other commands are never made.
    flags: fn(Command) -> Command,
    run: fn(&ArgMatches) -> Result<Code, Error>,
}

macro_rules! commands {
    ($($name:literal => $module:ident, $about:literal;)+) => {
        &[$(Entry {
            name: $name,
            about: $about,
            after_help: $module::AFTER_HELP,
            flags: with_flags::<$module::Arguments>,
            run: |matches| Ok($module::run(&$module::Arguments::from_arg_matches(matches)?)),
        },)+]
    };
}

/// Adds the flags of a type, whose documentation is not that of the command.
fn with_flags<A: Args>(command: Command) -> Command {
    let about = command.get_about().cloned().unwrap_or_default();
    A::augment_args(command).about(about)
}

/// All commands, in the order of the help.
const COMMANDS: &[Entry] = commands! {
    "render" => build, "Print the manifests of a kustomization";
    "build" => build, "Print the manifests of a kustomization (the same as `render`, as kustomize spells it)";
    "explain" => explain, "Tell where a value comes from";
    "diff" => diff, "Show what differs between two renders";
    "lint" => lint, "Find what often is a mistake, in all targets of a tree";
    "snapshot" => snapshot, "Keep the manifests of all targets in the repository, and check that they are up to date";
    "tree" => tree, "Show which kustomization includes what";
    "graph" => graph, "Draw what a kustomization includes, or how its objects refer to each other";
    "inputs" => inputs, "List what a render reads: files, directories and remotes";
    "affected" => affected, "List the targets whose inputs changed since a git revision";
};

/// Runs the command line of this process.
pub fn run() -> Code {
    let ran = command().try_get_matches().and_then(|matches| {
        let (name, matches) = matches.subcommand().expect("a command is required");
        let entry = COMMANDS.iter().find(|entry| entry.name == name).expect("only these are known");
        (entry.run)(matches)
    });
    ran.unwrap_or_else(|error| {
        let code = if error.use_stderr() { Code::Usage } else { Code::Success };
        // Nothing can be done if even this cannot be printed.
        let _ = error.print();
        code
    })
}

/// Returns the command line of the program.
fn command() -> Command {
    let commands = COMMANDS
        .iter()
        .map(|entry| Command::new(entry.name).about(entry.about).after_help(entry.after_help).defer(entry.flags));
    Command::new("boutique")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Renders kustomization trees exactly as kustomize does, only faster, and says where it hurts")
        .after_help(AFTER_HELP)
        .max_term_width(100)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(commands)
}
