//! Geometry types of the layout.

/// The width and height of a box.
#[derive(Clone, Copy, Debug, Default)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

/// A box: its upper left corner and its size.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rectangle {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// The positions of all boxes and lines.
#[derive(Debug, Default)]
pub struct Layout {
    pub boxes: Vec<Rectangle>,
    /// The points of each line, from box to box.
    pub routes: Vec<Vec<Point>>,
    pub width: f64,
    pub height: f64,
}

/// The side to which boxes are aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Boxes without incoming lines are in the first column.
    Left,
    /// Boxes are as far to the right as possible, except boxes without outgoing lines, which are next to the boxes that their
    /// lines come from.
    Right,
}

/// The space between columns.
pub(super) const COLUMN_GAP: f64 = 72.0;
/// The space between the boxes of a column.
pub(super) const GAP: f64 = 14.0;
/// The space for a line that passes through a column.
pub(super) const LANE: f64 = 10.0;
/// The space between connected components.
pub(super) const COMPONENT_GAP: f64 = 26.0;
/// The target ratio of width to height of the drawing.
pub(super) const ASPECT_RATIO: f64 = 1.7;
/// The maximum number of columns that a line spans to be routed around boxes.
pub(super) const MAX_ROUTED_COLUMNS: usize = 12;

/// A position in a column: of a box, or of a line that passes through.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// The box; `None` for a line.
    pub(super) node: Option<usize>,
    pub(super) layer: usize,
    pub(super) height: f64,
    /// Connected cells in the column to the left and to the right.
    pub(super) left: Vec<usize>,
    pub(super) right: Vec<usize>,
    /// The vertical center.
    pub(super) y: f64,
}

/// A connected component of the graph.
pub(super) struct Component {
    pub(super) cells: Vec<Cell>,
    /// The first column with cells of the component.
    pub(super) first_layer: usize,
    /// The cells of each column, starting at that one, from top to bottom.
    pub(super) columns: Vec<Vec<usize>>,
    /// The lines by their index, with their cells from left to right.
    pub(super) lines: Vec<(usize, Vec<usize>)>,
    pub(super) height: f64,
}

impl Component {
    /// Returns a component without cells that spans the columns of `layers`.
    pub(super) fn new(layers: impl Iterator<Item = usize> + Clone) -> Component {
        let first_layer = layers.clone().min().unwrap_or_default();
        let columns = layers.max().map_or(0, |last| last - first_layer + 1);
        Component { cells: Vec::new(), first_layer, columns: vec![Vec::new(); columns], lines: Vec::new(), height: 0.0 }
    }

    /// Adds a cell at the bottom of a column.
    pub(super) fn add_cell(&mut self, node: Option<usize>, layer: usize, height: f64) -> usize {
        let cell = self.cells.len();
        self.cells.push(Cell { node, layer, height, left: Vec::new(), right: Vec::new(), y: 0.0 });
        self.columns[layer - self.first_layer].push(cell);
        cell
    }
}
