//! Coordinate assignment: the vertical positions of the boxes in each column.

use super::geometry::{Cell, Component};
use crate::cli::commands::graph::layout::order::distance;

/// The number of rounds in which all boxes move to straighten their lines.
const ROUNDS: usize = 10;

/// Assigns vertical positions to the cells of a component. The topmost box is at 0.
pub fn assign(component: &mut Component) {
    for column in &component.columns {
        let mut y = 0.0;
        for (at, &cell) in column.iter().enumerate() {
            if at > 0 {
                y += distance(&component.cells[column[at - 1]], &component.cells[cell]);
            }
            component.cells[cell].y = y;
        }
    }
    let count = component.columns.len();
    for round in 0..ROUNDS {
        for step in 0..count {
            let to_the_right = round % 2 == 0;
            let layer = if to_the_right { step } else { count - 1 - step };
            let ideal: Vec<f64> = component.columns[layer]
                .iter()
                .map(|&cell| ideal_position(&component.cells, cell, to_the_right, round + 2 >= ROUNDS))
                .collect();
            settle(component, layer, &ideal);
        }
    }
    let top = component.cells.iter().map(|cell| cell.y - cell.height / 2.0).fold(f64::INFINITY, f64::min);
    component.cells.iter_mut().for_each(|cell| cell.y -= top);
    component.height = component.cells.iter().map(|cell| cell.y + cell.height / 2.0).fold(0.0, f64::max);
}

/// The weight of keeping a line straight where it passes through columns.
const STRAIGHT: f64 = 6.0;

/// Returns the ideal position of a cell: the weighted mean of its neighbors on one side, or with `both` on both sides.
fn ideal_position(cells: &[Cell], cell: usize, from_the_left: bool, both: bool) -> f64 {
    let Cell { left, right, y, node, .. } = &cells[cell];
    let (first, second) = if from_the_left { (left, right) } else { (right, left) };
    let second: &[usize] = if both || first.is_empty() { second } else { &[] };
    let (mut sum, mut weights) = (0.0, 0.0);
    for &next in first.iter().chain(second) {
        let weight = if node.is_none() && cells[next].node.is_none() { STRAIGHT } else { 1.0 };
        sum += weight * cells[next].y;
        weights += weight;
    }
    if weights == 0.0 { *y } else { sum / weights }
}

/// Moves the cells of a column as close to their ideal positions as their order and heights allow. Cells that would overlap
/// form a block, which moves as a unit (isotonic regression).
fn settle(component: &mut Component, layer: usize, ideal: &[f64]) {
    let column = &component.columns[layer];
    // The minimum distances are subtracted, so that only the order remains as a constraint.
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(column.len());
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (at, &cell) in column.iter().enumerate() {
        if at > 0 {
            offset += distance(&component.cells[column[at - 1]], &component.cells[cell]);
        }
        offsets.push(offset);
        let mut block = (ideal[at] - offset, 1);
        while let Some(&(mean, size)) = blocks.last().filter(|last| last.0 > block.0) {
            blocks.pop();
            let total = size + block.1;
            block = ((mean * size as f64 + block.0 * block.1 as f64) / total as f64, total);
        }
        blocks.push(block);
    }
    let values = blocks.iter().flat_map(|&(mean, size)| std::iter::repeat_n(mean, size));
    for ((&cell, offset), value) in column.iter().zip(offsets).zip(values) {
        component.cells[cell].y = value + offset;
    }
}
