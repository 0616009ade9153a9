//! Layered graph layout (Sugiyama method), from left to right.
//!
//! 1. [`layers`]: assigns a column to each box, so that lines lead to the right. Lines that close a cycle lead to the left.
//! 2. [`order`]: orders the boxes in each column to reduce crossings.
//! 3. [`coordinates`]: moves boxes up and down to straighten lines, without overlaps.
//!
//! Each connected component is laid out separately. All steps take O(n log n) time, as graphs may have many thousands of
//! boxes. That is why no crate is used: the ports of dagre on crates.io assign columns with the network simplex method, whose
//! time has no such bound.

mod coordinates;
mod geometry;
mod layers;
mod order;

use geometry::{ASPECT_RATIO, COLUMN_GAP, COMPONENT_GAP, Cell, Component, GAP};

pub use geometry::{Align, Layout, Point, Rectangle, Size};

/// Lays out a graph of boxes and of lines between them.
pub fn layout(sizes: &[Size], edges: &[(usize, usize)], align: Align) -> Layout {
    let layers = layers::assign(sizes.len(), edges, align);
    let count = layers.layer_of.iter().map(|layer| layer + 1).max().unwrap_or_default();
    let mut widths = vec![0.0_f64; count];
    for (size, &layer) in sizes.iter().zip(&layers.layer_of) {
        widths[layer] = widths[layer].max(size.width);
    }
    let (mut components, isolated) = order::components(sizes, edges, &layers);
    for component in &mut components {
        order::sort(component);
        coordinates::assign(component);
    }
    assemble(sizes, edges, &layers, &widths, &components, &isolated)
}

/// Arranges the components in strips, with the isolated boxes below them.
fn assemble(
    sizes: &[Size],
    edges: &[(usize, usize)],
    layers: &layers::Layers,
    widths: &[f64],
    components: &[Component],
    isolated: &[usize],
) -> Layout {
    let mut layout = Layout {
        boxes: vec![Rectangle::default(); sizes.len()],
        routes: vec![Vec::new(); edges.len()],
        width: 0.0,
        height: 0.0,
    };
    // Columns with only isolated boxes take no space.
    let mut used = vec![false; widths.len()];
    components.iter().flat_map(|component| &component.cells).for_each(|cell| used[cell.layer] = true);
    let mut starts = Vec::with_capacity(widths.len());
    let mut strip_width = 0.0;
    for (width, used) in widths.iter().zip(used) {
        starts.push(strip_width);
        strip_width += if used { width + COLUMN_GAP } else { 0.0 };
    }
    let total: f64 = components.iter().map(|component| component.height + COMPONENT_GAP).sum();
    let strips = (ASPECT_RATIO * total / strip_width.max(1.0)).max(1.0).sqrt().round().max(1.0);
    let strip_height = total / strips;
    let mut corner = Point::default();
    for component in components {
        if corner.y > 0.0 && corner.y + component.height / 2.0 > strip_height {
            corner = Point { x: corner.x + strip_width, y: 0.0 };
        }
        for cell in &component.cells {
            if let Some(node) = cell.node {
                layout.boxes[node] = Rectangle {
                    x: corner.x + starts[cell.layer],
                    y: corner.y + cell.y - cell.height / 2.0,
                    width: widths[cell.layer],
                    height: cell.height,
                };
            }
        }
        for (edge, cells) in &component.lines {
            let middle = &cells[1..cells.len() - 1];
            let first = right_of(&layout.boxes[component.cells[cells[0]].node.unwrap_or_default()]);
            let last = left_of(&layout.boxes[component.cells[cells[cells.len() - 1]].node.unwrap_or_default()]);
            let passed = middle.iter().flat_map(|&cell| {
                let Cell { layer, y, .. } = component.cells[cell];
                let (x, y) = (corner.x + starts[layer], corner.y + y);
                [Point { x, y }, Point { x: x + widths[layer], y }]
            });
            let mut route: Vec<Point> = [first].into_iter().chain(passed).chain([last]).collect();
            if layers.is_reversed[*edge] {
                route.reverse();
            }
            layout.routes[*edge] = route;
        }
        corner.y += component.height + COMPONENT_GAP;
        layout.width = layout.width.max(corner.x + strip_width - COLUMN_GAP);
        layout.height = layout.height.max(corner.y - COMPONENT_GAP);
    }
    add_isolated(&mut layout, sizes, isolated);
    for (&(from, to), route) in edges.iter().zip(&mut layout.routes) {
        if from == to {
            *route = loop_at(&layout.boxes[from]);
        }
    }
    layout
}

/// Adds isolated boxes in rows below everything else.
fn add_isolated(layout: &mut Layout, sizes: &[Size], isolated: &[usize]) {
    let width = isolated.iter().map(|&node| sizes[node].width).fold(0.0, f64::max);
    let height = isolated.iter().map(|&node| sizes[node].height).fold(0.0, f64::max);
    let square = (ASPECT_RATIO * isolated.len() as f64 * (height + GAP) * (width + GAP)).sqrt();
    let columns = ((layout.width.max(square) + GAP) / (width + GAP)).floor().max(1.0) as usize;
    let top = if layout.height > 0.0 { layout.height + COMPONENT_GAP } else { 0.0 };
    for (at, &node) in isolated.iter().enumerate() {
        let x = (at % columns) as f64 * (width + GAP);
        let y = top + (at / columns) as f64 * (height + GAP);
        layout.boxes[node] = Rectangle { x, y, width, height };
        layout.width = layout.width.max(x + width);
        layout.height = layout.height.max(y + height);
    }
}

fn right_of(rectangle: &Rectangle) -> Point {
    Point { x: rectangle.x + rectangle.width, y: rectangle.y + rectangle.height / 2.0 }
}

fn left_of(rectangle: &Rectangle) -> Point {
    Point { x: rectangle.x, y: rectangle.y + rectangle.height / 2.0 }
}

/// Returns the route of a line from a box to itself.
fn loop_at(rectangle: &Rectangle) -> Vec<Point> {
    let Point { x, y } = right_of(rectangle);
    let (out, quarter) = (COLUMN_GAP / 3.0, rectangle.height / 4.0);
    [(x, y - quarter), (x + out, y - quarter), (x + out, y + quarter), (x, y + quarter)]
        .map(|(x, y)| Point { x, y })
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(count: usize, edges: &[(usize, usize)]) -> Layout {
        let sizes = vec![Size { width: 100.0, height: 40.0 }; count];
        let layout = layout(&sizes, edges, Align::Right);
        let on_border = |point: &Point, node: usize| {
            let Rectangle { x, y, width, height } = layout.boxes[node];
            (point.x == x || point.x == x + width) && (y..=y + height).contains(&point.y)
        };
        for (&(from, to), route) in edges.iter().zip(&layout.routes) {
            assert!(on_border(&route[0], from) && on_border(&route[route.len() - 1], to), "{from} to {to}: {route:?}");
        }
        layout
    }

    fn overlap(layout: &Layout) -> bool {
        let mut boxes = layout.boxes.clone();
        boxes.sort_by(|a, b| (a.x, a.y).partial_cmp(&(b.x, b.y)).expect("numbers"));
        boxes.windows(2).any(|pair| pair[0].x == pair[1].x && pair[0].y + pair[0].height > pair[1].y)
    }

    #[test]
    fn boxes_do_not_overlap_and_lines_end_at_boxes() {
        for edges in [
            &[(0, 1), (1, 2), (0, 2), (3, 1)][..],
            &[(0, 1), (1, 0)],
            &[(0, 0), (0, 1)],
            &[(0, 1), (1, 2), (2, 3), (3, 0), (1, 3)],
            &[],
        ] {
            assert!(!overlap(&check(6, edges)), "{edges:?}");
        }
    }

    #[test]
    fn large_graphs_are_laid_out() {
        const COUNT: usize = 10_000;
        let tree: Vec<(usize, usize)> = (1..COUNT).map(|node| (node / 3, node)).collect();
        let chain: Vec<(usize, usize)> = (1..COUNT).map(|node| (node - 1, node)).collect();
        let dense: Vec<(usize, usize)> = (0..COUNT).map(|n| (n * 7919 % COUNT, n * 104_729 % 500)).collect();
        for edges in [tree, chain, dense, Vec::new()] {
            assert!(!overlap(&check(COUNT, &edges)));
        }
    }
}
