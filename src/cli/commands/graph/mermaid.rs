//! Output of graphs as Mermaid diagrams.

use std::fmt::Write as _;

use crate::cli::commands::graph::model::{Graph, LineStyle, Node, NodeKind, Shape, truncate_middle};
use crate::cli::messages::style::printable;

/// The maximum length of a line in a box, in characters.
const MAX_LINE_LENGTH: usize = 60;

/// Returns a diagram with a legend.
pub fn text(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    for (at, Node { kind, label, caption, .. }) in graph.nodes.iter().enumerate() {
        let caption = if caption.is_empty() { String::new() } else { format!("<br/>{}", escaped(caption)) };
        box_line(&mut text, "  ", &format!("n{at}"), *kind, &format!("{}{caption}", escaped(label)));
    }
    for edge in &graph.edges {
        // Mermaid has only one kind of broken line.
        let arrow = if edge.line == LineStyle::Solid { "-->" } else { "-.->" };
        let label = if edge.label.is_empty() { String::new() } else { format!("|\"{}\"|", escaped(&edge.label)) };
        writeln!(text, "  n{} {arrow}{label} n{}", edge.from, edge.to).expect("writing to a string");
    }
    text.push_str("  subgraph legend[\"Legend\"]\n    direction LR\n");
    for kind in graph.kinds() {
        box_line(&mut text, "    ", &legend_id(kind), kind, kind.name());
    }
    // Invisible lines put the boxes of the legend in a row.
    let ids: Vec<String> = graph.kinds().into_iter().map(legend_id).collect();
    if ids.len() > 1 {
        writeln!(text, "    {}", ids.join(" ~~~ ")).expect("writing to a string");
    }
    text.push_str("  end\n");
    for kind in graph.kinds() {
        let (fill, stroke) = kind.hue().light();
        writeln!(text, "  classDef {} fill:{fill},stroke:{stroke},color:#1c2128", kind.class())
            .expect("writing to a string");
    }
    text
}

fn legend_id(kind: NodeKind) -> String {
    format!("legend_{}", kind.class())
}

fn box_line(text: &mut String, indent: &str, id: &str, kind: NodeKind, label: &str) {
    let (open, close) = match kind.shape() {
        Shape::Rectangle => ("[", "]"),
        Shape::Rounded => ("(", ")"),
        Shape::Pill => ("([", "])"),
        Shape::Hexagon => ("{{", "}}"),
        Shape::Sheet => ("[/", "/]"),
    };
    writeln!(text, "{indent}{id}{open}\"{label}\"{close}:::{}", kind.class()).expect("writing to a string");
}

/// Escapes a text for Mermaid, Markdown and HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in truncate_middle(&printable(text), MAX_LINE_LENGTH).chars() {
        match c {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' | '*' | '_' | ';' | '[' | ']' | '{' | '}' | '|' | '%' | '$' => {
                write!(escaped, "#{};", c as u32).expect("writing to a string");
            }
            c => escaped.push(c),
        }
    }
    escaped
}
