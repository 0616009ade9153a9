//! Output of graphs in the DOT language of Graphviz.

use std::fmt::Write as _;

use crate::cli::commands::graph::model::{Graph, LineStyle, Node, NodeKind, Shape};
use crate::cli::messages::style::printable;

/// Returns a graph with a legend in the DOT language.
pub fn text(graph: &Graph) -> String {
    let mut text = format!(
        "digraph {} {{\n  rankdir=LR\n  node [fontname=\"Helvetica,Arial,sans-serif\", fontsize=11, fontcolor=\"#1c2128\"]\n  \
         edge [fontname=\"Helvetica,Arial,sans-serif\", fontsize=9, color=\"#6b7482\", arrowsize=0.7]\n",
        quoted(&[&graph.title])
    );
    for (at, Node { kind, label, caption, .. }) in graph.nodes.iter().enumerate() {
        box_line(&mut text, "  ", &format!("n{at}"), *kind, &[label, caption]);
    }
    for edge in &graph.edges {
        let style = match edge.line {
            LineStyle::Solid => "solid",
            LineStyle::Dashed => "dashed",
            LineStyle::Dotted => "dotted",
        };
        writeln!(text, "  n{} -> n{} [label={}, style={style}]", edge.from, edge.to, quoted(&[&edge.label]))
            .expect("writing to a string");
    }
    text.push_str("  subgraph cluster_legend {\n    label=\"Legend\"\n    fontname=\"Helvetica,Arial,sans-serif\"\n    color=\"#6b7482\"\n");
    for kind in graph.kinds() {
        box_line(&mut text, "    ", &format!("legend_{}", kind.class()), kind, &[kind.name()]);
    }
    text.push_str("  }\n}\n");
    text
}

fn box_line(text: &mut String, indent: &str, id: &str, kind: NodeKind, lines: &[&str]) {
    let (shape, style) = match kind.shape() {
        Shape::Rectangle => ("box", "filled"),
        Shape::Rounded => ("box", "rounded,filled"),
        Shape::Pill => ("ellipse", "filled"),
        Shape::Hexagon => ("hexagon", "filled"),
        Shape::Sheet => ("note", "filled"),
    };
    let (fill, stroke) = kind.hue().light();
    let label = quoted(lines);
    writeln!(
        text,
        "{indent}{id} [label={label}, shape={shape}, style=\"{style}\", fillcolor=\"{fill}\", color=\"{stroke}\"]"
    )
    .expect("writing to a string");
}

/// Joins lines to a quoted string, with special characters escaped.
fn quoted(lines: &[&str]) -> String {
    let mut quoted = String::from("\"");
    for (at, line) in lines.iter().filter(|line| !line.is_empty()).enumerate() {
        if at > 0 {
            quoted.push_str("\\n");
        }
        for c in printable(line).chars() {
            match c {
                '"' => quoted.push_str("\\\""),
                '\\' => quoted.push_str("\\\\"),
                // Graphviz decodes HTML entities.
                '&' => quoted.push_str("&amp;"),
                c => quoted.push(c),
            }
        }
    }
    quoted.push('"');
    quoted
}
