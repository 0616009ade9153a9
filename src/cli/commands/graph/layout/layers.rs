//! Layer assignment: the column of each box.

use super::geometry::Align;

/// The columns of the boxes.
pub struct Layers {
    pub layer_of: Vec<usize>,
    /// Whether each line leads to the left.
    pub is_reversed: Vec<bool>,
}

/// Assigns columns so that each line leads at least one column to the right, except lines that close a cycle.
pub fn assign(count: usize, edges: &[(usize, usize)], align: Align) -> Layers {
    let is_reversed = back_edges(count, edges);
    let oriented = edges.iter().zip(&is_reversed).filter(|((from, to), _)| from != to);
    let oriented: Vec<(usize, usize)> =
        oriented.map(|(&(from, to), &is_reversed)| if is_reversed { (to, from) } else { (from, to) }).collect();
    let layer_of = match align {
        Align::Left => distances(count, oriented.iter().copied()),
        Align::Right => {
            let distance_to_end = distances(count, oriented.iter().map(|&(from, to)| (to, from)));
            let last = distance_to_end.iter().copied().max().unwrap_or_default();
            let mut layer_of: Vec<usize> = distance_to_end.into_iter().map(|distance| last - distance).collect();
            pull_sinks(&mut layer_of, &oriented);
            layer_of
        }
    };
    Layers { layer_of, is_reversed }
}

/// Moves boxes without outgoing lines next to the rightmost box that leads to them.
fn pull_sinks(layer_of: &mut [usize], edges: &[(usize, usize)]) {
    let mut nearest = vec![0; layer_of.len()];
    let mut is_sink = vec![true; layer_of.len()];
    for &(from, to) in edges {
        nearest[to] = nearest[to].max(layer_of[from] + 1);
        is_sink[from] = false;
    }
    for ((layer, nearest), is_sink) in layer_of.iter_mut().zip(nearest).zip(is_sink) {
        if is_sink && nearest > 0 {
            *layer = nearest;
        }
    }
}

/// Returns the length of the longest path to each box. The graph must be acyclic.
fn distances(count: usize, edges: impl Iterator<Item = (usize, usize)>) -> Vec<usize> {
    let mut next_of: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut pending = vec![0_usize; count];
    for (from, to) in edges {
        next_of[from].push(to);
        pending[to] += 1;
    }
    let mut distance = vec![0_usize; count];
    let mut ready: Vec<usize> = (0..count).filter(|&node| pending[node] == 0).collect();
    while let Some(node) = ready.pop() {
        for &next in &next_of[node] {
            distance[next] = distance[next].max(distance[node] + 1);
            pending[next] -= 1;
            if pending[next] == 0 {
                ready.push(next);
            }
        }
    }
    distance
}

/// Returns which edges close a cycle in a depth-first search that starts at the nodes without incoming edges.
fn back_edges(count: usize, edges: &[(usize, usize)]) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut from_node: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut has_incoming = vec![false; count];
    for (edge, &(from, to)) in edges.iter().enumerate() {
        from_node[from].push(edge);
        has_incoming[to] = true;
    }
    let mut is_back_edge = vec![false; edges.len()];
    let mut states = vec![State::New; count];
    let (roots, others): (Vec<usize>, Vec<usize>) = (0..count).partition(|&node| !has_incoming[node]);
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
                State::Open => is_back_edge[edge] = true,
                State::Done => {}
            }
        }
    }
    is_back_edge
}
