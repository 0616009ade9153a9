//! A graph to draw, independent of the output format.

use std::collections::HashMap;

use crate::cli::commands::graph::layout::Align;

/// A graph of boxes and of lines between them.
#[derive(Debug)]
pub struct Graph {
    pub title: String,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    pub align: Align,
    /// The legend of the lines.
    pub lines: &'static [(LineStyle, &'static str)],
}

/// A box.
#[derive(Clone, Debug)]
pub struct Node {
    pub kind: NodeKind,
    pub label: String,
    /// A second, smaller line; may be empty.
    pub caption: String,
    /// Further lines, for formats with tooltips.
    pub tooltip: Vec<String>,
}

/// A line from one box to another.
#[derive(Clone, Debug)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    /// The label; empty for the default relation.
    pub label: String,
    pub line: LineStyle,
    pub tooltip: Vec<String>,
}

/// The style of a line. Of multiple lines between two boxes, the first style in this order is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineStyle {
    Solid,
    Dashed,
    Dotted,
}

/// The outline of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Rectangle,
    Rounded,
    /// A rectangle with round ends.
    Pill,
    Hexagon,
    /// A sheet of paper with a folded corner.
    Sheet,
}

/// The hue of a box. Its colors depend on the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hue {
    Blue,
    Violet,
    Teal,
    Green,
    Amber,
    Orange,
    Gray,
    Red,
}

macro_rules! node_kinds {
    ($($(#[doc = $doc:literal])* $kind:ident = $name:literal, $class:literal, $shape:ident, $hue:ident;)+) => {
        /// The kind of object that a box represents.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum NodeKind { $($(#[doc = $doc])* $kind,)+ }

        impl NodeKind {
            /// Returns the name in the legend.
            pub fn name(self) -> &'static str {
                match self { $(NodeKind::$kind => $name,)+ }
            }

            /// Returns the class name for style sheets.
            pub fn class(self) -> &'static str {
                match self { $(NodeKind::$kind => $class,)+ }
            }

            pub fn shape(self) -> Shape {
                match self { $(NodeKind::$kind => Shape::$shape,)+ }
            }

            pub fn hue(self) -> Hue {
                match self { $(NodeKind::$kind => Hue::$hue,)+ }
            }
        }
    };
}

node_kinds! {
    Kustomization = "kustomization", "kustomization", Rounded, Blue;
    Component = "component", "component", Hexagon, Violet;
    Remote = "remote", "remote", Pill, Teal;
    Manifest = "manifest", "manifest", Sheet, Gray;
    Generator = "generator", "generator", Hexagon, Green;
    Chart = "Helm chart", "chart", Pill, Green;
    Data = "data", "data", Sheet, Green;
    Patch = "patch", "patch", Sheet, Orange;
    Plugin = "plugin", "plugin", Hexagon, Amber;
    Configuration = "configuration", "configuration", Sheet, Amber;
    /// Services, and objects that route to them.
    Network = "network", "network", Pill, Green;
    Workload = "workload", "workload", Rounded, Blue;
    Settings = "ConfigMap or Secret", "settings", Sheet, Amber;
    Storage = "storage", "storage", Sheet, Teal;
    /// Service accounts, roles and bindings.
    Access = "access", "access", Hexagon, Violet;
    /// Objects that concern other objects: disruption budgets, scalers, network policies, monitors.
    Policy = "policy", "policy", Rectangle, Orange;
    Other = "other", "other", Rectangle, Gray;
    BuiltIn = "built-in", "builtin", Pill, Gray;
    Selection = "selected objects", "selection", Pill, Gray;
    Missing = "missing", "missing", Rectangle, Red;
}

/// Collects lines, and merges those between the same boxes.
#[derive(Debug, Default)]
pub struct Edges {
    edges: Vec<Edge>,
    by_ends: HashMap<(usize, usize), usize>,
}

impl Edges {
    pub fn add(&mut self, edge: Edge) {
        let index = *self.by_ends.entry((edge.from, edge.to)).or_insert(self.edges.len());
        let Some(existing) = self.edges.get_mut(index) else {
            self.edges.push(edge);
            return;
        };
        if existing.label.is_empty() {
            existing.label = edge.label;
        } else if !edge.label.is_empty() && !existing.label.split(", ").any(|label| label == edge.label) {
            existing.label = format!("{}, {}", existing.label, edge.label);
        }
        existing.line = existing.line.min(edge.line);
        existing.tooltip.extend(edge.tooltip);
    }

    pub fn into_list(self) -> Vec<Edge> {
        self.edges
    }
}

impl Graph {
    /// Returns the kinds of the nodes, sorted and without duplicates.
    pub fn kinds(&self) -> Vec<NodeKind> {
        let mut kinds: Vec<NodeKind> = self.nodes.iter().map(|node| node.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// Returns the legend entries of the line styles in use.
    pub fn used_lines(&self) -> Vec<(LineStyle, &'static str)> {
        self.lines.iter().copied().filter(|(line, _)| self.edges.iter().any(|edge| edge.line == *line)).collect()
    }
}

impl Hue {
    /// Returns the fill and stroke colors for a light background.
    pub fn light(self) -> (&'static str, &'static str) {
        match self {
            Hue::Blue => ("#e3edfc", "#2f6fd0"),
            Hue::Violet => ("#efe7fb", "#7b4fc9"),
            Hue::Teal => ("#dcf3f2", "#1a8a86"),
            Hue::Green => ("#e2f4e4", "#2e8b3d"),
            Hue::Amber => ("#fdf2d2", "#b07d00"),
            Hue::Orange => ("#fde8d9", "#cc5f12"),
            Hue::Gray => ("#eef0f3", "#6b7482"),
            Hue::Red => ("#fde4e4", "#c8302f"),
        }
    }

    /// Returns the fill and stroke colors for a dark background.
    pub fn dark(self) -> (&'static str, &'static str) {
        match self {
            Hue::Blue => ("#16294a", "#6ea3f5"),
            Hue::Violet => ("#2b1f45", "#b08cf0"),
            Hue::Teal => ("#0f3433", "#4cc4bf"),
            Hue::Green => ("#15331c", "#63c474"),
            Hue::Amber => ("#3a2d0a", "#e0b03c"),
            Hue::Orange => ("#3f2311", "#f0945a"),
            Hue::Gray => ("#262b33", "#98a2b1"),
            Hue::Red => ("#431a1c", "#f27a78"),
        }
    }
}

/// Truncates a text to at most `max` characters, with an ellipsis in the middle.
pub fn truncate_middle(text: &str, max: usize) -> String {
    let count = text.chars().count();
    if count <= max {
        return text.to_string();
    }
    let (start, end) = (max / 2, max - max / 2 - 1);
    text.chars().take(start).chain(['…']).chain(text.chars().skip(count - end)).collect()
}

/// Truncates a text to at most `max` characters, with an ellipsis at the end.
pub fn truncate_end(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some(_) => text.chars().take(max - 1).chain(['…']).collect(),
        None => text.to_string(),
    }
}
