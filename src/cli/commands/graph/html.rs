//! Output of graphs as a self-contained HTML page with search and zoom.

use crate::cli::commands::graph::model::Graph;
use crate::cli::commands::graph::svg;
use crate::cli::messages::style::{escaped, printable};

/// The template of the page, with placeholders for the title and the drawing.
const PAGE: &str = include_str!("page.html");

/// Returns the page.
pub fn text(graph: &Graph) -> String {
    let (before_title, rest) = PAGE.split_once("{{title}}").unwrap_or((PAGE, ""));
    let (before_drawing, after) = rest.split_once("{{drawing}}").unwrap_or((rest, ""));
    [before_title, &escaped(&printable(&graph.title)), before_drawing, &svg::text(graph), after].concat()
}
