//! Which column each box is in.

use super::geometry::Align;

/// The columns of the boxes.
pub struct Layers {
    pub layer_of: Vec<usize>,
    /// Lines that lead back to the left.
    pub is_reversed: Vec<bool>,
}

/// Assigns columns: each line leads at least one column to the right, but for those that close a circle.
pub fn assign(count: usize, edges: &[(usize, usize)], align: Align) -> Layers {
    let is_reversed = closing(count, edges);
    let oriented = edges.iter().zip(&is_reversed).filter(|((from, to), _)| from != to);
    let oriented: Vec<(usize, usize)> =
        oriented.map(|(&(from, to), &is_reversed)| if is_reversed { (to, from) } else { (from, to) }).collect();
    let layer_of = match align {
        Align::Left => distances(count, oriented.iter().copied()),
        Align::Right => {
            let to_the_end = distances(count, oriented.iter().map(|&(from, to)| (to, from)));
            let last = to_the_end.iter().copied().max().unwrap_or_default();
            let mut layer_of: Vec<usize> = to_the_end.into_iter().map(|distance| last - distance).collect();
            pull_ends(&mut layer_of, &oriented);
            layer_of
        }
    };
    Layers { layer_of, is_reversed }
}

/// Moves boxes that no line leads from next to the last of those that lead to them.
fn pull_ends(layer_of: &mut [usize], edges: &[(usize, usize)]) {
    let mut nearest = vec![0; layer_of.len()];
    let mut is_end = vec![true; layer_of.len()];
    for &(from, to) in edges {
        nearest[to] = nearest[to].max(layer_of[from] + 1);
        is_end[from] = false;
    }
    for ((layer, nearest), is_end) in layer_of.iter_mut().zip(nearest).zip(is_end) {
        if is_end && nearest > 0 {
            *layer = nearest;
        }
    }
}

/// Returns how many lines there are on the longest way that leads to each box. The lines make no circle.
fn distances(count: usize, edges: impl Iterator<Item = (usize, usize)>) -> Vec<usize> {
    let mut next_of: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut open = vec![0_usize; count];
    for (from, to) in edges {
        next_of[from].push(to);
        open[to] += 1;
    }
    let mut distance = vec![0_usize; count];
    let mut ready: Vec<usize> = (0..count).filter(|&node| open[node] == 0).collect();
    while let Some(node) = ready.pop() {
        for &next in &next_of[node] {
            distance[next] = distance[next].max(distance[node] + 1);
            open[next] -= 1;
            if open[next] == 0 {
                ready.push(next);
            }
        }
    }
    distance
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
