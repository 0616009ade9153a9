//! The command line: one file a command.
#![allow(clippy::disallowed_methods)]

mod affected;
mod build;
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
mod style;
mod targets;
mod tree;

use clap::{Parser, Subcommand};

use exit::Code;

const AFTER_HELP: &str = "\
Examples:
  boutique render overlays/dev                         print the manifests of an overlay
  boutique render overlays/dev | kubectl apply -f -    apply them
  boutique render overlays/dev -o out/                 write one file per resource

Exit codes:
  0  success    1  mistakes in the input    2  mistakes on the command line
  70  a mistake of boutique itself";

/// Renders kustomization trees exactly as kustomize does, only faster, and says where it hurts.
#[derive(Debug, Parser)]
#[command(name = "boutique", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the manifests of a kustomization
    #[command(after_help = build::AFTER_HELP)]
    Render(build::Arguments),
    /// Print the manifests of a kustomization (the same as `render`, as kustomize spells it)
    #[command(after_help = build::AFTER_HELP)]
    Build(build::Arguments),
    /// Find what often is a mistake, in all targets of a tree
    #[command(after_help = lint::AFTER_HELP)]
    Lint(lint::Arguments),
    /// List the targets whose inputs changed since a git revision
    #[command(after_help = affected::AFTER_HELP)]
    Affected(affected::Arguments),
    /// Tell where a value comes from
    #[command(after_help = explain::AFTER_HELP)]
    Explain(explain::Arguments),
    /// Show which kustomization includes what
    #[command(after_help = tree::AFTER_HELP)]
    Tree(tree::Arguments),
    /// Draw what a kustomization includes, or how its objects refer to each other
    #[command(after_help = graph::AFTER_HELP)]
    Graph(graph::Arguments),
    /// List what a render reads: files, directories and remotes
    #[command(after_help = inputs::AFTER_HELP)]
    Inputs(inputs::Arguments),
}

/// Runs the command line of this process.
pub fn run() -> Code {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { Code::Usage } else { Code::Success };
            // Nothing can be done if even this cannot be printed.
            let _ = error.print();
            return code;
        }
    };
    match arguments.command {
        Command::Render(arguments) | Command::Build(arguments) => build::run(&arguments),
        Command::Lint(arguments) => lint::run(&arguments),
        Command::Affected(arguments) => affected::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Tree(arguments) => tree::run(&arguments),
        Command::Graph(arguments) => graph::run(&arguments),
        Command::Inputs(arguments) => inputs::run(&arguments),
    }
}
