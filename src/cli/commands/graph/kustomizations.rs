//! The graph of the kustomizations and files that a kustomization includes.

use crate::survey::{Include, Part, PartKind, Structure};

use crate::cli::commands::graph::layout::Align;
use crate::cli::commands::graph::model::{Edge, Edges, Graph, LineStyle, Node, NodeKind};
use crate::cli::commands::tree::{setting_text, shown_name};

/// The legend of the lines.
const LINES: &[(LineStyle, &str)] =
    &[(LineStyle::Solid, "includes"), (LineStyle::Dashed, "transforms with"), (LineStyle::Dotted, "reads")];

/// Returns the graph. Paths are shown relative to the directory `here`.
pub fn graph(structure: &Structure, here: &str) -> Graph {
    // The caption of a file is the first field that refers to it.
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
                tooltip: vec![format!("{}: {}", include.field, include.written)],
            });
        }
    }
    let nodes = structure.parts.iter().zip(fields).map(|(part, field)| node(part, field, here)).collect();
    let title = shown_name(&structure.parts[0], here);
    Graph { title, nodes, edges: edges.into_list(), align: Align::Left, lines: LINES }
}

fn node(part: &Part, field: &str, here: &str) -> Node {
    let tooltip: Vec<String> = part.settings.iter().map(setting_text).collect();
    let caption = match part.kind {
        PartKind::Missing => "not found".to_string(),
        PartKind::Unreadable => "unreadable".to_string(),
        kind if kind.is_kustomization() => tooltip.join(", "),
        PartKind::Manifest | PartKind::Repository | PartKind::RemoteFile => String::new(),
        _ => field.to_string(),
    };
    Node { kind: node_kind(part.kind), label: shown_name(part, here), caption, tooltip }
}

fn node_kind(kind: PartKind) -> NodeKind {
    match kind {
        PartKind::Kustomization => NodeKind::Kustomization,
        PartKind::Component => NodeKind::Component,
        PartKind::Repository | PartKind::RemoteFile => NodeKind::Remote,
        PartKind::Manifest => NodeKind::Manifest,
        PartKind::Generator => NodeKind::Generator,
        PartKind::Chart => NodeKind::Chart,
        PartKind::Patch | PartKind::Replacement => NodeKind::Patch,
        PartKind::Plugin => NodeKind::Plugin,
        PartKind::Configuration => NodeKind::Configuration,
        PartKind::Data => NodeKind::Data,
        PartKind::Missing | PartKind::Unreadable => NodeKind::Missing,
    }
}

fn line(include: &Include) -> LineStyle {
    match include.field {
        "files" | "envs" | "valuesFile" | "additionalValuesFiles" | "configurations" | "crds" | "openapi" => {
            LineStyle::Dotted
        }
        "resources" | "configMapGenerator" | "secretGenerator" | "helmCharts" | "generators" => LineStyle::Solid,
        _ => LineStyle::Dashed,
    }
}
