//! Boxes, lines, and what they are laid out as.

/// Width and height of a box.
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

/// Where everything is.
#[derive(Debug, Default)]
pub struct Layout {
    pub boxes: Vec<Rectangle>,
    /// The points that each line goes through, from box to box.
    pub routes: Vec<Vec<Point>>,
    pub width: f64,
    pub height: f64,
}

/// The side at which boxes are lined up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Boxes that no line leads to are in the first column.
    Left,
    /// Boxes are as far to the right as they can be, but for those that no line leads from: these are next to where
    /// lines to them come from.
    Right,
}

/// Space between columns.
pub(super) const COLUMN_GAP: f64 = 72.0;
/// Space between boxes of a column.
pub(super) const GAP: f64 = 14.0;
/// Space for a line that passes a column.
pub(super) const LANE: f64 = 10.0;
/// Space between parts that are not connected.
pub(super) const PART_GAP: f64 = 26.0;
/// How much wider than high the whole may be.
pub(super) const ASPECT: f64 = 1.7;
/// Lines over more columns than this are not led around the boxes.
pub(super) const MOST_COLUMNS_PASSED: usize = 12;

/// A place in a column: of a box, or of a line that passes.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// The box; `None` for a line.
    pub(super) node: Option<usize>,
    pub(super) layer: usize,
    pub(super) height: f64,
    /// Connected cells in the column to the left and to the right.
    pub(super) left: Vec<usize>,
    pub(super) right: Vec<usize>,
    /// The middle.
    pub(super) y: f64,
}

/// A part that is not connected with the others.
pub(super) struct Component {
    pub(super) cells: Vec<Cell>,
    /// The first column that it takes part in.
    pub(super) first_layer: usize,
    /// The cells of each column from that one on, from top to bottom.
    pub(super) columns: Vec<Vec<usize>>,
    /// For the lines, by their number, the cells they pass from left to right.
    pub(super) lines: Vec<(usize, Vec<usize>)>,
    pub(super) height: f64,
}

impl Component {
    /// Returns a part without cells, with room for boxes in these columns.
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
