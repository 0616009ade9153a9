//! Crossing reduction: the order of the boxes in each column.

use super::geometry::{Cell, Component, GAP, LANE, MAX_ROUTED_COLUMNS, Size};
use crate::cli::commands::graph::layout::layers::Layers;

/// The number of sweeps over the columns, alternately to the right and to the left.
const SWEEPS: usize = 12;

/// Splits the graph into its connected components, in the order of their first boxes, and its isolated boxes.
pub fn components(sizes: &[Size], edges: &[(usize, usize)], layers: &Layers) -> (Vec<Component>, Vec<usize>) {
    let mut neighbors: Vec<Vec<usize>> = vec![Vec::new(); sizes.len()];
    for &(from, to) in edges.iter().filter(|(from, to)| from != to) {
        neighbors[from].push(to);
        neighbors[to].push(from);
    }
    let mut component_of = vec![usize::MAX; sizes.len()];
    let mut cell_of = vec![0; sizes.len()];
    let mut components: Vec<Component> = Vec::new();
    let mut isolated = Vec::new();
    for start in 0..sizes.len() {
        if component_of[start] != usize::MAX {
            continue;
        }
        if neighbors[start].is_empty() {
            isolated.push(start);
            continue;
        }
        let mut nodes = Vec::new();
        let mut to_visit = vec![start];
        // Depth first, so that connected boxes are close to each other.
        while let Some(node) = to_visit.pop() {
            if component_of[node] == usize::MAX {
                component_of[node] = components.len();
                nodes.push(node);
                to_visit.extend(neighbors[node].iter().rev().filter(|&&next| component_of[next] == usize::MAX));
            }
        }
        let mut component = Component::new(nodes.iter().map(|&node| layers.layer_of[node]));
        for node in nodes {
            cell_of[node] = component.add_cell(Some(node), layers.layer_of[node], sizes[node].height);
        }
        components.push(component);
    }
    for (edge, &(from, to)) in edges.iter().enumerate().filter(|(_, (from, to))| from != to) {
        let component = &mut components[component_of[from]];
        let (left, right) = if layers.is_reversed[edge] { (to, from) } else { (from, to) };
        let mut line = vec![cell_of[left]];
        let (start, end) = (layers.layer_of[left], layers.layer_of[right]);
        if end - start <= MAX_ROUTED_COLUMNS {
            line.extend((start + 1..end).map(|layer| component.add_cell(None, layer, LANE)));
        }
        line.push(cell_of[right]);
        for pair in line.windows(2) {
            component.cells[pair[0]].right.push(pair[1]);
            component.cells[pair[1]].left.push(pair[0]);
        }
        component.lines.push((edge, line));
    }
    (components, isolated)
}

/// Sorts each column by the barycenters of its cells' neighbors, and keeps the order with the fewest crossings.
pub fn sort(component: &mut Component) {
    let mut best = (crossings(component), component.columns.clone());
    for sweep in 0..SWEEPS {
        if best.0 == 0 {
            break;
        }
        sweep_columns(component, sweep % 2 == 0);
        let count = crossings(component);
        if count < best.0 {
            best = (count, component.columns.clone());
        }
    }
    component.columns = best.1;
}

fn sweep_columns(component: &mut Component, to_the_right: bool) {
    let mut rank = ranks(component);
    let count = component.columns.len();
    for step in 0..count {
        let layer = if to_the_right { step } else { count - 1 - step };
        let mut column = std::mem::take(&mut component.columns[layer]);
        column.sort_by_cached_key(|&cell| {
            let neighbors = if to_the_right { &component.cells[cell].left } else { &component.cells[cell].right };
            // In thousandths, as an integer that can be compared.
            match neighbors.len() as u64 {
                0 => rank[cell] * 1000,
                count => neighbors.iter().map(|&next| rank[next] * 1000).sum::<u64>() / count,
            }
        });
        let len = column.len().max(1) as u64;
        for (at, &cell) in column.iter().enumerate() {
            rank[cell] = at as u64 * RANKS / len;
        }
        component.columns[layer] = column;
    }
}

/// Ranks are scaled to this number of cells, so that columns of different lengths can be compared.
const RANKS: u64 = 1 << 20;

fn ranks(component: &Component) -> Vec<u64> {
    let mut ranks = vec![0; component.cells.len()];
    for column in &component.columns {
        for (at, &cell) in column.iter().enumerate() {
            ranks[cell] = at as u64 * RANKS / column.len() as u64;
        }
    }
    ranks
}

/// Counts the crossings of lines between adjacent columns, by counting inversions with a Fenwick tree.
fn crossings(component: &Component) -> usize {
    let mut position = vec![0; component.cells.len()];
    for column in &component.columns {
        column.iter().enumerate().for_each(|(at, &cell)| position[cell] = at);
    }
    let mut total = 0;
    for pair in component.columns.windows(2) {
        let mut counts = vec![0_usize; pair[1].len() + 1];
        let mut seen = 0;
        for &cell in &pair[0] {
            // Lines that are not routed around boxes do not count.
            let layer = component.cells[cell].layer + 1;
            let next = component.cells[cell].right.iter().filter(|&&next| component.cells[next].layer == layer);
            let mut ends: Vec<usize> = next.map(|&next| position[next]).collect();
            ends.sort_unstable();
            for &end in &ends {
                total += seen - sum(&counts, end + 1);
            }
            for end in ends {
                seen += 1;
                let mut at = end + 1;
                while at < counts.len() {
                    counts[at] += 1;
                    at += at & at.wrapping_neg();
                }
            }
        }
    }
    total
}

/// Returns the sum of the first `count` entries of a Fenwick tree.
fn sum(counts: &[usize], count: usize) -> usize {
    let (mut at, mut total) = (count, 0);
    while at > 0 {
        total += counts[at];
        at -= at & at.wrapping_neg();
    }
    total
}

/// Returns the minimum distance between the centers of two cells.
pub fn distance(above: &Cell, below: &Cell) -> f64 {
    let gap = if above.node.is_some() && below.node.is_some() { GAP } else { GAP / 2.0 };
    (above.height + below.height) / 2.0 + gap
}
