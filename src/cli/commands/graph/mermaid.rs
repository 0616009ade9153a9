//! Graphs as Mermaid diagrams.

use std::fmt::Write as _;

use crate::cli::commands::graph::model::{Graph, Line, Look, Node, Shape, shortened};
use crate::cli::messages::style::printable;

/// The longest line in a box, in characters.
const LONGEST: usize = 60;

/// Returns a diagram, with a legend.
pub fn text(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    for (at, Node { look, label, caption, .. }) in graph.nodes.iter().enumerate() {
        let caption = if caption.is_empty() { String::new() } else { format!("<br/>{}", escaped(caption)) };
        box_line(&mut text, "  ", &format!("n{at}"), *look, &format!("{}{caption}", escaped(label)));
    }
    for edge in &graph.edges {
        // There is one kind of broken line.
        let arrow = if edge.line == Line::Solid { "-->" } else { "-.->" };
        let label = if edge.label.is_empty() { String::new() } else { format!("|\"{}\"|", escaped(&edge.label)) };
        writeln!(text, "  n{} {arrow}{label} n{}", edge.from, edge.to).expect("writing to a string");
    }
    text.push_str("  subgraph legend[\"Legend\"]\n    direction LR\n");
    for look in graph.looks() {
        box_line(&mut text, "    ", &legend_id(look), look, look.name());
    }
    // Lines that are not seen put the boxes of the legend in a row.
    let ids: Vec<String> = graph.looks().into_iter().map(legend_id).collect();
    if ids.len() > 1 {
        writeln!(text, "    {}", ids.join(" ~~~ ")).expect("writing to a string");
    }
    text.push_str("  end\n");
    for look in graph.looks() {
        let (fill, stroke) = look.hue().light();
        writeln!(text, "  classDef {} fill:{fill},stroke:{stroke},color:#1c2128", look.class())
            .expect("writing to a string");
    }
    text
}

fn legend_id(look: Look) -> String {
    format!("legend_{}", look.class())
}

fn box_line(text: &mut String, indent: &str, id: &str, look: Look, label: &str) {
    let (open, close) = match look.shape() {
        Shape::Rectangle => ("[", "]"),
        Shape::Rounded => ("(", ")"),
        Shape::Pill => ("([", "])"),
        Shape::Hexagon => ("{{", "}}"),
        Shape::Sheet => ("[/", "/]"),
    };
    writeln!(text, "{indent}{id}{open}\"{label}\"{close}:::{}", look.class()).expect("writing to a string");
}

/// Returns a text in which nothing has a meaning to Mermaid, to Markdown or to HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in shortened(&printable(text), LONGEST).chars() {
        match c {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' | '*' | '_' | ';' | '[' | ']' | '{' | '}' | '|' | '%' | '$' => {
                write!(escaped, "#{};", c as u32).expect("writing to a string");
            }
            c => escaped.push(c),
        }
    }
    escaped
}
