//! What a kustomization includes, as a graph.

use crate::survey::{Include, Part, PartKind, Structure};

use crate::cli::commands::graph::layout::Align;
use crate::cli::commands::graph::model::{Edge, Edges, Graph, Line, Look, Node};
use crate::cli::commands::tree::{remark_text, shown_name};

/// What the lines mean.
const LINES: &[(Line, &str)] = &[(Line::Solid, "includes"), (Line::Dashed, "changes with"), (Line::Dotted, "reads")];

/// Returns the graph. Paths are shown as seen from the working directory.
pub fn graph(structure: &Structure, here: &str) -> Graph {
    // What a file is for is told by the field that names it first.
    let mut fields = vec![""; structure.parts.len()];
    let mut edges = Edges::default();
    for (from, part) in structure.parts.iter().enumerate() {
        for include in &part.includes {
            if fields[include.part].is_empty() {
                fields[include.part] = include.field;
            }
            edges.add(Edge {
                from,
                to: include.part,
                label: if include.field == "resources" { String::new() } else { include.field.to_string() },
                line: line(include),
                notes: vec![format!("{}: {}", include.field, include.written)],
            });
        }
    }
    let nodes = structure.parts.iter().zip(fields).map(|(part, field)| node(part, field, here)).collect();
    let title = shown_name(&structure.parts[0], here);
    Graph { title, nodes, edges: edges.into_list(), align: Align::Left, lines: LINES }
}

fn node(part: &Part, field: &str, here: &str) -> Node {
    let notes: Vec<String> = part.notes.iter().map(remark_text).collect();
    let caption = match part.kind {
        PartKind::Missing => "not found".to_string(),
        PartKind::Unreadable => "cannot be read".to_string(),
        kind if kind.is_kustomization() => notes.join(", "),
        PartKind::Manifest | PartKind::Repository | PartKind::RemoteFile => String::new(),
        _ => field.to_string(),
    };
    Node { look: look(part.kind), label: shown_name(part, here), caption, notes }
}

fn look(kind: PartKind) -> Look {
    match kind {
        PartKind::Kustomization => Look::Kustomization,
        PartKind::Component => Look::Component,
        PartKind::Repository | PartKind::RemoteFile => Look::Remote,
        PartKind::Manifest => Look::Manifest,
        PartKind::Generator => Look::Generator,
        PartKind::Chart => Look::Chart,
        PartKind::Patch | PartKind::Replacement => Look::Patch,
        PartKind::Plugin => Look::Plugin,
        PartKind::Configuration => Look::Configuration,
        PartKind::Data => Look::Data,
        PartKind::Missing | PartKind::Unreadable => Look::Missing,
    }
}

fn line(include: &Include) -> Line {
    match include.field {
        "files" | "envs" | "valuesFile" | "additionalValuesFiles" | "configurations" | "crds" | "openapi" => {
            Line::Dotted
        }
        "resources" | "configMapGenerator" | "secretGenerator" | "helmCharts" | "generators" => Line::Solid,
        _ => Line::Dashed,
    }
}
