//! `boutique graph`: draws the dependency graph of a kustomization or of its resources.

mod dot;
mod html;
mod kustomizations;
mod layout;
mod mermaid;
mod model;
mod objects;
mod svg;

use std::path::{Path, PathBuf};

use crate::io::Outcome;
use crate::{Diagnostic, Inputs, io, parallel};
use clap::{Args, ValueEnum};

use crate::cli::commands::tree::SurveyArguments;
use crate::cli::exit::Code;
use crate::cli::flags::render::RenderFlags;
use crate::cli::messages::report::Reporter;
use crate::cli::output;
use crate::cli::paths;
use crate::cli::paths::working_directory;
use model::Graph;

pub const AFTER_HELP: &str = "\
By default, the graph shows the same dependencies as `boutique tree`. Remote content is fetched only with --fetch.

With --resources, the command renders the kustomization, and the graph shows how the resources refer to each other: by name, \
by label selectors, and by service addresses in environment variables.

Examples:
  boutique graph overlays/dev                             Print a Mermaid diagram for Markdown
  boutique graph overlays/dev --resources -o shop.svg     Draw an SVG image
  boutique graph overlays/dev --resources -o shop.html    Write an HTML page with search and zoom
  boutique graph overlays/dev --format dot | dot -Tpdf -o dev.pdf

Exit codes:
  0  Success
  1  The input is invalid, or a file is missing
  2  Usage error";

/// The command line of `graph`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    survey: SurveyArguments,

    /// Draw the rendered resources and their references
    #[arg(long)]
    resources: bool,

    /// Set the output format  [default: from the extension of PATH, or mermaid]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,

    /// Write the output to this file
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,

    #[command(flatten)]
    render_flags: RenderFlags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Mermaid diagram for Markdown (.mmd)
    Mermaid,
    /// DOT for Graphviz (.dot, .gv)
    Dot,
    /// SVG image (.svg)
    Svg,
    /// Self-contained HTML page with search and zoom (.html)
    Html,
}

impl Format {
    /// Returns the format for the extension of a path.
    fn of_path(path: &Path) -> Option<Format> {
        match path.extension()?.to_str()? {
            "mmd" => Some(Format::Mermaid),
            "dot" | "gv" => Some(Format::Dot),
            "svg" => Some(Format::Svg),
            "html" | "htm" => Some(Format::Html),
            _ => None,
        }
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    parallel::with_large_stack(|| draw(arguments, &reporter)).unwrap_or_else(|error| reporter.fail(&error))
}

fn draw(arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Code> {
    let (graph, diagnostics, inputs) =
        if arguments.resources { of_resources(arguments)? } else { of_kustomizations(arguments)? };
    if let Some(graph) = graph {
        let of_path = arguments.output.as_deref().and_then(Format::of_path);
        let text = match arguments.format.or(of_path).unwrap_or(Format::Mermaid) {
            Format::Mermaid => mermaid::text(&graph),
            Format::Dot => dot::text(&graph),
            Format::Svg => svg::text(&graph),
            Format::Html => html::text(&graph),
        };
        match &arguments.output {
            Some(path) => output::write_file(path, &text)?,
            None => {
                output::show(&text)?;
            }
        }
    }
    reporter.print(&diagnostics, &inputs);
    Ok(if diagnostics.iter().any(Diagnostic::is_error) { Code::Failure } else { Code::Success })
}

/// A graph, `None` after errors; the diagnostics; and the inputs that they refer to.
type Drawn = (Option<Graph>, Vec<Diagnostic>, Inputs);

fn of_kustomizations(arguments: &Arguments) -> anyhow::Result<Drawn> {
    let here = working_directory()?;
    let flags = &arguments.render_flags;
    let Outcome { result, inputs } =
        arguments.survey.survey(&flags.host(&[&arguments.survey.directory]), &flags.options())?;
    Ok(match result {
        Ok(structure) => (Some(kustomizations::graph(&structure, &here)), structure.problems, inputs),
        Err(diagnostics) => (None, diagnostics, inputs),
    })
}

fn of_resources(arguments: &Arguments) -> anyhow::Result<Drawn> {
    let directory = &arguments.survey.directory;
    let (host, options) = (arguments.render_flags.host(&[directory]), arguments.render_flags.options());
    let Outcome { result, inputs } = io::render(&host, &paths::absolute_or_url(directory)?, &options);
    Ok(match result {
        Ok(rendered) => {
            let mut diagnostics = rendered.warnings().to_vec();
            let graph = objects::graph(&rendered, directory.display().to_string());
            let graph = graph.map_err(|error| diagnostics.push(*error)).ok();
            (graph, diagnostics, inputs)
        }
        Err(diagnostics) => (None, diagnostics, inputs),
    })
}
