//! The command line: one file a command.
#![allow(clippy::disallowed_methods)]

mod batch;
mod commands;
mod comparison;
mod exit;
mod flags;
mod glob;
mod messages;
mod name;
mod output;
mod panic;
mod paths;
mod reads;
mod targets;

use anyhow::anyhow;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches as _};

use flags::booleans;
use messages::report::Reporter;

pub use exit::Code;

const AFTER_HELP: &str = "\
Examples:
  boutique render overlays/dev                         print the manifests of an overlay
  boutique render overlays/dev | kubectl apply -f -    apply them
  boutique render overlays/dev -o out/                 write one file per resource
  boutique explain overlays/dev deploy/web             where each line of a resource comes from
  boutique diff overlays/prod --since main             what this branch changes
  boutique lint                                        what often is a mistake

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
            after_help: commands::$module::AFTER_HELP,
            flags: with_flags::<commands::$module::Arguments>,
            run: |matches| Ok(commands::$module::run(&commands::$module::Arguments::from_arg_matches(matches)?)),
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
    "render" => render, "Print the manifests of a kustomization";
    "build" => render, "Print the manifests of a kustomization (the same as `render`, as kustomize spells it)";
    "explain" => explain, "Tell where a value comes from";
    "diff" => diff, "Show what differs between two renders";
    "lint" => lint, "Find what often is a mistake, in all targets of a tree";
    "snapshot" => snapshot, "Keep the manifests of all targets in the repository, and check that they are up to date";
    "tree" => tree, "Show which kustomization includes what";
    "graph" => graph, "Draw what a kustomization includes, or how its objects refer to each other";
    "create" => create, "Write a kustomization file for this directory";
    "edit" => edit, "Change a kustomization file, and leave the rest of it as it is";
    "localize" => localize, "Copy a kustomization with all that it refers to, remote content too";
    "inputs" => inputs, "List what a render reads: files, directories and remotes";
    "affected" => affected, "List the targets whose inputs changed since a git revision";
    "openapi" => openapi, "Print the Kubernetes schema that is built in, or that of a cluster";
    "version" => version, "Print the version, and that of the kustomize that it follows";
    "completion" => completion, "Print a script that lets a shell complete command lines";
    "man" => man, "Print or write manual pages";
};

/// The commands that kustomize has, too. Called by its name, the program has no others.
const COMMANDS_OF_KUSTOMIZE: &[&str] = &["build", "create", "edit", "localize", "openapi", "version", "completion"];

/// The commands of kustomize that this program does not have.
const REFUSED: &[&str] = &["cfg", "fn"];

/// Runs the command line of this process.
pub fn run() -> Code {
    panic::set_hook();
    let arguments = booleans::normalize(std::env::args_os().collect(), command);
    if let Some(refused) = REFUSED.iter().find(|name| arguments.get(1).is_some_and(|argument| argument == **name)) {
        let message = "is about manifests in general, not about kustomizations, and no part of this program";
        return Reporter::for_stderr().fail(&anyhow!("`kustomize {refused}` {message}"));
    }
    let ran = command().try_get_matches_from(arguments).and_then(|matches| {
        let (name, matches) = matches.subcommand().expect("a command is required");
        let entry = COMMANDS.iter().find(|entry| entry.name == name).expect("only these are known");
        (entry.run)(matches)
    });
    ran.unwrap_or_else(|error| {
        let code = match error.use_stderr() {
            false => Code::Success,
            // kustomize has one code for all that is wrong.
            true if name::is_kustomize() => Code::Failure,
            true => Code::Usage,
        };
        // Nothing can be done if even this cannot be printed.
        let _ = error.print();
        code
    })
}

/// Returns the command line of the program.
pub fn command() -> Command {
    let is_kustomize = name::is_kustomize();
    let commands = COMMANDS
        .iter()
        .filter(|entry| !is_kustomize || COMMANDS_OF_KUSTOMIZE.contains(&entry.name))
        .map(|entry| Command::new(entry.name).about(entry.about).after_help(entry.after_help).defer(entry.flags));
    Command::new(name::program())
        .version(env!("CARGO_PKG_VERSION"))
        .about("Renders kustomization trees exactly as kustomize does, only faster, and says where it hurts")
        .after_help(if is_kustomize { "" } else { AFTER_HELP })
        .max_term_width(100)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(commands)
}
