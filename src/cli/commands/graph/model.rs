//! A graph as it is drawn, in whatever format.

use std::collections::HashMap;

use crate::cli::commands::graph::layout::Align;

/// Boxes, and lines between them.
#[derive(Debug)]
pub struct Graph {
    pub title: String,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    pub align: Align,
    /// What the lines mean.
    pub lines: &'static [(Line, &'static str)],
}

/// A box.
#[derive(Clone, Debug)]
pub struct Node {
    pub look: Look,
    pub label: String,
    /// A second, smaller line; may be empty.
    pub caption: String,
    /// More to tell, where there is room for it.
    pub notes: Vec<String>,
}

/// A line from one box to another.
#[derive(Clone, Debug)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    /// May be empty where it goes without saying.
    pub label: String,
    pub line: Line,
    pub notes: Vec<String>,
}

/// How a line is drawn. Of several between two boxes, the first one in this order is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    Solid,
    Dashed,
    Dotted,
}

/// The outline of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Rectangle,
    Rounded,
    /// With round ends.
    Pill,
    /// With corners cut off.
    Hexagon,
    /// A sheet with a folded corner.
    Sheet,
}

/// The hue of a box; the formats have their own colors for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hue {
    Blue,
    Violet,
    Teal,
    Green,
    Amber,
    Orange,
    Grey,
    Red,
}

macro_rules! looks {
    ($($(#[doc = $doc:literal])* $look:ident = $name:literal, $class:literal, $shape:ident, $hue:ident;)+) => {
        /// What a box stands for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Look { $($(#[doc = $doc])* $look,)+ }

        impl Look {
            /// Returns what the legend says.
            pub fn name(self) -> &'static str {
                match self { $(Look::$look => $name,)+ }
            }

            /// Returns a word for style sheets.
            pub fn class(self) -> &'static str {
                match self { $(Look::$look => $class,)+ }
            }

            pub fn shape(self) -> Shape {
                match self { $(Look::$look => Shape::$shape,)+ }
            }

            pub fn hue(self) -> Hue {
                match self { $(Look::$look => Hue::$hue,)+ }
            }
        }
    };
}

looks! {
    Kustomization = "kustomization", "kustomization", Rounded, Blue;
    Component = "component", "component", Hexagon, Violet;
    Remote = "remote", "remote", Pill, Teal;
    Manifest = "manifest", "manifest", Sheet, Grey;
    Generator = "generator", "generator", Hexagon, Green;
    Chart = "Helm chart", "chart", Pill, Green;
    Data = "data", "data", Sheet, Green;
    Patch = "patch", "patch", Sheet, Orange;
    Plugin = "plugin", "plugin", Hexagon, Amber;
    Configuration = "configuration", "configuration", Sheet, Amber;
    /// Services, and what routes to them.
    Network = "network", "network", Pill, Green;
    Workload = "workload", "workload", Rounded, Blue;
    Settings = "ConfigMap or Secret", "settings", Sheet, Amber;
    Storage = "storage", "storage", Sheet, Teal;
    /// Service accounts, roles and bindings.
    Access = "access", "access", Hexagon, Violet;
    /// What is about other objects: disruption budgets, scalers, network policies, monitors.
    Policy = "policy", "policy", Rectangle, Orange;
    Other = "other", "other", Rectangle, Grey;
    Elsewhere = "in every cluster", "elsewhere", Pill, Grey;
    Selection = "what a selector selects", "selection", Pill, Grey;
    Missing = "missing", "missing", Rectangle, Red;
}

/// Collects boxes and lines; those between the same boxes become one.
#[derive(Debug, Default)]
pub struct Edges {
    edges: Vec<Edge>,
    by_ends: HashMap<(usize, usize), usize>,
}

impl Edges {
    pub fn add(&mut self, edge: Edge) {
        let place = *self.by_ends.entry((edge.from, edge.to)).or_insert(self.edges.len());
        let Some(known) = self.edges.get_mut(place) else {
            self.edges.push(edge);
            return;
        };
        if known.label.is_empty() {
            known.label = edge.label;
        } else if !edge.label.is_empty() && !known.label.split(", ").any(|label| label == edge.label) {
            known.label = format!("{}, {}", known.label, edge.label);
        }
        known.line = known.line.min(edge.line);
        known.notes.extend(edge.notes);
    }

    pub fn into_list(self) -> Vec<Edge> {
        self.edges
    }
}

impl Graph {
    /// Returns the looks that occur, in their order.
    pub fn looks(&self) -> Vec<Look> {
        let mut looks: Vec<Look> = self.nodes.iter().map(|node| node.look).collect();
        looks.sort_unstable();
        looks.dedup();
        looks
    }

    /// Returns the lines that occur, with what they mean.
    pub fn used_lines(&self) -> Vec<(Line, &'static str)> {
        self.lines.iter().copied().filter(|(line, _)| self.edges.iter().any(|edge| edge.line == *line)).collect()
    }
}

impl Hue {
    /// Returns the colors of the inside and of the outline, on a light background.
    pub fn light(self) -> (&'static str, &'static str) {
        match self {
            Hue::Blue => ("#e3edfc", "#2f6fd0"),
            Hue::Violet => ("#efe7fb", "#7b4fc9"),
            Hue::Teal => ("#dcf3f2", "#1a8a86"),
            Hue::Green => ("#e2f4e4", "#2e8b3d"),
            Hue::Amber => ("#fdf2d2", "#b07d00"),
            Hue::Orange => ("#fde8d9", "#cc5f12"),
            Hue::Grey => ("#eef0f3", "#6b7482"),
            Hue::Red => ("#fde4e4", "#c8302f"),
        }
    }

    /// Returns the colors on a dark background.
    pub fn dark(self) -> (&'static str, &'static str) {
        match self {
            Hue::Blue => ("#16294a", "#6ea3f5"),
            Hue::Violet => ("#2b1f45", "#b08cf0"),
            Hue::Teal => ("#0f3433", "#4cc4bf"),
            Hue::Green => ("#15331c", "#63c474"),
            Hue::Amber => ("#3a2d0a", "#e0b03c"),
            Hue::Orange => ("#3f2311", "#f0945a"),
            Hue::Grey => ("#262b33", "#98a2b1"),
            Hue::Red => ("#431a1c", "#f27a78"),
        }
    }
}

/// Returns a text with an ellipsis in its middle if it is longer than so many characters.
pub fn shortened(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_string();
    }
    let (start, end) = (most / 2, most - most / 2 - 1);
    text.chars().take(start).chain(['…']).chain(text.chars().skip(count - end)).collect()
}

/// Returns a text with an ellipsis at its end if it is longer than so many characters.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
        None => text.to_string(),
    }
}
