//! Which column each box is in.

use super::Align;

/// The columns of the boxes.
pub struct Layers {
    pub layer_of: Vec<usize>,
    /// Lines that lead back to the left.
    pub is_reversed: Vec<bool>,
}

/// Assigns columns: each line leads at least one column to the right, but for those that close a circle.
pub fn assign(count: usize, edges: &[(usize, usize)], align: Align) -> Layers {
    let is_reversed = closing(count, edges);
    let mut forward: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut open = vec![0_usize; count];
    for (&(from, to), &is_reversed) in edges.iter().zip(&is_reversed) {
        let (mut start, mut end) = if is_reversed { (to, from) } else { (from, to) };
        if align == Align::Right {
            // The distance from the last column is found in the same way as that from the first one.
            std::mem::swap(&mut start, &mut end);
        }
        if start != end {
            forward[start].push(end);
            open[end] += 1;
        }
    }
    let mut distance = vec![0_usize; count];
    let mut ready: Vec<usize> = (0..count).filter(|&node| open[node] == 0).collect();
    while let Some(node) = ready.pop() {
        for &next in &forward[node] {
            distance[next] = distance[next].max(distance[node] + 1);
            open[next] -= 1;
            if open[next] == 0 {
                ready.push(next);
            }
        }
    }
    let last = distance.iter().copied().max().unwrap_or_default();
    let layer_of = match align {
        Align::Left => distance,
        Align::Right => distance.into_iter().map(|distance| last - distance).collect(),
    };
    Layers { layer_of, is_reversed }
}

/// Returns which lines close a circle, when all lines are followed from where none leads to.
fn closing(count: usize, edges: &[(usize, usize)]) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut from_node: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut is_entered = vec![false; count];
    for (edge, &(from, to)) in edges.iter().enumerate() {
        from_node[from].push(edge);
        is_entered[to] = true;
    }
    let mut closing = vec![false; edges.len()];
    let mut states = vec![State::New; count];
    let (roots, others): (Vec<usize>, Vec<usize>) = (0..count).partition(|&node| !is_entered[node]);
    for root in roots.into_iter().chain(others) {
        if states[root] != State::New {
            continue;
        }
        states[root] = State::Open;
        let mut path = vec![(root, 0)];
        while let Some((node, at)) = path.pop() {
            let Some(&edge) = from_node[node].get(at) else {
                states[node] = State::Done;
                continue;
            };
            path.push((node, at + 1));
            let next = edges[edge].1;
            match states[next] {
                State::New => {
                    states[next] = State::Open;
                    path.push((next, 0));
                }
                State::Open => closing[edge] = true,
                State::Done => {}
            }
        }
    }
    closing
}
