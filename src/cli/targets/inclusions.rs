//! Which kustomizations are targets, given which kustomization includes which.

use std::collections::HashSet;

/// A kustomization in a search for targets.
pub struct Node {
    /// The indexes of the kustomizations that it includes.
    pub includes: Vec<usize>,
    /// Whether it is rendered by itself if nothing includes it.
    pub may_be_target: bool,
}

/// The part of a kustomization in a search for targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nothing includes it, or only kustomizations that it includes itself.
    Target,
    /// A target includes it, possibly through others.
    Included,
    /// It may not be a target, and no target includes it.
    Unused,
}

/// Returns the role of each kustomization. Every kustomization that may be a target is one, or is included by one: of a
/// cycle that nothing outside includes, all are targets.
pub fn roles(nodes: &[Node]) -> Vec<Role> {
    let order = finishing_order(nodes);
    let includers = includers(nodes, &order);
    let mut roles = vec![Role::Unused; nodes.len()];
    for &node in order.iter().rev() {
        if roles[node] != Role::Unused {
            continue;
        }
        // The last node to finish is in a cycle that nothing outside includes: what includes it is the cycle.
        let cycle = reachable(node, |node| &includers[node]);
        mark_included(node, nodes, &mut roles);
        for node in cycle.into_iter().filter(|&node| nodes[node].may_be_target) {
            roles[node] = Role::Target;
        }
    }
    roles
}

/// Returns the nodes that a depth-first search from all possible targets visits, in the order in which it leaves them.
fn finishing_order(nodes: &[Node]) -> Vec<usize> {
    let mut is_visited = vec![false; nodes.len()];
    let mut order = Vec::new();
    for start in (0..nodes.len()).filter(|&node| nodes[node].may_be_target) {
        let mut open: Vec<(usize, usize)> = Vec::new();
        if !std::mem::replace(&mut is_visited[start], true) {
            open.push((start, 0));
        }
        while let Some((node, next)) = open.last_mut() {
            match nodes[*node].includes.get(*next) {
                Some(&included) => {
                    *next += 1;
                    if !std::mem::replace(&mut is_visited[included], true) {
                        open.push((included, 0));
                    }
                }
                None => {
                    order.push(*node);
                    open.pop();
                }
            }
        }
    }
    order
}

/// Returns the includers of each node. An includer that the search did not visit does not count.
fn includers(nodes: &[Node], visited: &[usize]) -> Vec<Vec<usize>> {
    let mut includers = vec![Vec::new(); nodes.len()];
    for &node in visited {
        for &included in &nodes[node].includes {
            includers[included].push(node);
        }
    }
    includers
}

/// Returns a node and all that can be reached from it.
fn reachable<'a>(start: usize, next: impl Fn(usize) -> &'a [usize]) -> Vec<usize> {
    let mut reached = HashSet::from([start]);
    let mut found = vec![start];
    let mut at = 0;
    while let Some(&node) = found.get(at) {
        found.extend(next(node).iter().filter(|&&next| reached.insert(next)));
        at += 1;
    }
    found
}

/// Marks a node and everything that it includes.
fn mark_included(start: usize, nodes: &[Node], roles: &mut [Role]) {
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        if roles[node] == Role::Unused {
            roles[node] = Role::Included;
            open.extend(&nodes[node].includes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAY_BE_TARGET: bool = true;
    const COMPONENT: bool = false;

    fn roles_of(nodes: &[(&[usize], bool)]) -> Vec<Role> {
        let nodes: Vec<Node> = nodes
            .iter()
            .map(|(includes, may_be_target)| Node { includes: includes.to_vec(), may_be_target: *may_be_target })
            .collect();
        roles(&nodes)
    }

    #[test]
    fn what_nothing_includes_is_a_target() {
        use Role::{Included, Target};
        let nodes = [(&[1, 2][..], MAY_BE_TARGET), (&[2], MAY_BE_TARGET), (&[], MAY_BE_TARGET), (&[2], MAY_BE_TARGET)];
        assert_eq!(roles_of(&nodes), [Target, Included, Included, Target]);
    }

    #[test]
    fn each_member_of_a_cycle_that_nothing_includes_is_a_target() {
        use Role::{Included, Target};
        assert_eq!(roles_of(&[(&[0], MAY_BE_TARGET)]), [Target]);
        // A cycle of three, which includes a cycle of two.
        let nodes = [
            (&[1][..], MAY_BE_TARGET),
            (&[2], MAY_BE_TARGET),
            (&[0, 3], MAY_BE_TARGET),
            (&[4], MAY_BE_TARGET),
            (&[3], MAY_BE_TARGET),
        ];
        assert_eq!(roles_of(&nodes), [Target, Target, Target, Included, Included]);
        // A cycle with a component.
        assert_eq!(roles_of(&[(&[1], MAY_BE_TARGET), (&[0], COMPONENT)]), [Target, Included]);
    }

    #[test]
    fn unused_components_do_not_include_anything() {
        use Role::{Target, Unused};
        assert_eq!(roles_of(&[(&[1], COMPONENT), (&[], MAY_BE_TARGET)]), [Unused, Target]);
        assert_eq!(roles_of(&[(&[1], COMPONENT), (&[0], COMPONENT)]), [Unused, Unused]);
    }

    #[test]
    fn long_chains_and_long_cycles_are_searched_without_recursion() {
        let count = 200_000;
        let chain: Vec<Node> =
            (1..=count).map(|next| Node { includes: vec![next % count], may_be_target: true }).collect();
        assert!(roles(&chain).iter().all(|role| *role == Role::Target));
    }
}
