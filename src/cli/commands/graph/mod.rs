//! `boutique graph`: what a kustomization includes, or how the objects that it renders refer to each other, as a drawing.

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
Without --resources, the graph shows the same as `boutique tree`: no program is run, and nothing is fetched unless you ask
for it. With --resources, the kustomization is rendered, and the graph shows how its objects refer to each other: by the
fields that hold names, by label selectors, and by the addresses of services in the environment of pods.

Examples:
  boutique graph overlays/dev                                  for a code block in Markdown
  boutique graph overlays/dev --resources -o shop.svg          a drawing; light and dark
  boutique graph overlays/dev --resources -o shop.html         a page to search and to zoom
  boutique graph overlays/dev --format dot | dot -Tpdf -o dev.pdf";

/// The command line of `graph`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    survey: SurveyArguments,

    /// Draw the rendered objects, and how they refer to each other
    #[arg(long)]
    resources: bool,

    /// How to draw the graph  [default: what the ending of PATH says, or mermaid]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,

    /// Write to this file
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,

    #[command(flatten)]
    render_flags: RenderFlags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A diagram for Markdown (.mmd)
    Mermaid,
    /// A graph for Graphviz (.dot, .gv)
    Dot,
    /// A drawing (.svg)
    Svg,
    /// A page to search and to zoom, which needs no network (.html)
    Html,
}

impl Format {
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

/// Draws the graph.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    parallel::on_a_large_stack(|| draw(arguments, &reporter)).unwrap_or_else(|error| reporter.fail(&error))
}

fn draw(arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Code> {
    let (graph, diagnostics, inputs) =
        if arguments.resources { of_objects(arguments)? } else { of_kustomizations(arguments)? };
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

/// A graph, unless there were mistakes; errors and warnings; and the files that they are about.
type Drawn = (Option<Graph>, Vec<Diagnostic>, Inputs);

fn of_kustomizations(arguments: &Arguments) -> anyhow::Result<Drawn> {
    let here = working_directory()?;
    let flags = &arguments.render_flags;
    let Outcome { result, inputs } = arguments.survey.survey(&flags.host(), &flags.options())?;
    Ok(match result {
        Ok(structure) => (Some(kustomizations::graph(&structure, &here)), structure.problems, inputs),
        Err(diagnostics) => (None, diagnostics, inputs),
    })
}

fn of_objects(arguments: &Arguments) -> anyhow::Result<Drawn> {
    let directory = &arguments.survey.directory;
    let (host, options) = (arguments.render_flags.host(), arguments.render_flags.options());
    let Outcome { result, inputs } = io::render(&host, &paths::absolute_or_url(directory)?, &options);
    Ok(match result {
        Ok(rendered) => {
            let graph = objects::graph(&rendered, directory.display().to_string());
            (Some(graph), rendered.warnings().to_vec(), inputs)
        }
        Err(diagnostics) => (None, diagnostics, inputs),
    })
}
