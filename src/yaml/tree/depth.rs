//! The depth of a tree. It is limited where nodes are attached, so that no walk is deeper than the stack allows, whatever
//! operation makes a tree deeper.

use super::{Depth, Kind, NONE, NodeId, Style, Tag, Tree};

/// The number of nodes that are visited to measure a collection that is attached. A larger one counts as deep as the tree.
const MEASURED_NODES: usize = 64;

impl Tree {
    /// Sets the depth of a parsed document, and the limit for changes.
    pub(in crate::yaml) fn set_parsed_depth(&mut self, depth: usize, limit: usize) {
        self.depth = Depth { bound: depth, limit, is_exceeded: false };
    }

    /// Lowers the depth that changes may lead to.
    pub(crate) fn limit_depth(&mut self, limit: usize) {
        self.depth.limit = self.depth.limit.min(limit);
    }

    /// Returns the depth that changes may lead to.
    pub(crate) fn depth_limit(&self) -> usize {
        self.depth.limit
    }

    /// Returns whether nodes were dropped because the tree would have been too deep with them. Such a tree is an error.
    pub(crate) fn is_too_deep(&self) -> bool {
        self.depth.is_exceeded
    }

    /// Takes the depth of another tree into account, a part of which is copied.
    pub(super) fn admit_depth_of(&mut self, other: &Tree) {
        let Depth { bound, limit, is_exceeded } = other.depth;
        self.depth.bound = self.depth.bound.max(bound);
        self.depth.limit = self.depth.limit.min(limit);
        self.depth.is_exceeded |= is_exceeded;
    }

    /// Checks the depth after `changed` was attached or got other children, which are this deep. If the tree is too deep,
    /// `changed` becomes null.
    pub(super) fn check_depth(&mut self, changed: NodeId, height: usize) {
        if height == 0 {
            return;
        }
        self.depth.bound += height;
        if self.depth.bound <= self.depth.limit {
            return;
        }
        if !self.depth.is_exceeded {
            self.depth.bound = self.exact_depth();
            self.depth.is_exceeded = self.depth.bound > self.depth.limit;
        }
        if self.depth.is_exceeded {
            self.depth.bound = self.depth.limit;
            let node = self.node_mut(changed);
            (node.kind, node.tag, node.style) = (Kind::Scalar, Tag::Null, Style::Plain);
            (node.a, node.b) = (0, 0);
        }
    }

    /// Returns an upper bound of the number of nested collections in a node.
    pub(super) fn height(&self, id: NodeId) -> usize {
        let mut left = MEASURED_NODES;
        self.measured_height(id, &mut left).unwrap_or(self.depth.bound)
    }

    fn measured_height(&self, id: NodeId, left: &mut usize) -> Option<usize> {
        if self.is_scalar(id) {
            return Some(0);
        }
        let mut height = 0;
        for child in self.children(id) {
            *left = left.checked_sub(1)?;
            height = height.max(self.measured_height(child, left)?);
        }
        Some(height + 1)
    }

    /// Returns the depth of all nodes, attached or not.
    fn exact_depth(&self) -> usize {
        /// A collection that is being measured: its next child, and the height of its highest child so far.
        struct Open {
            id: NodeId,
            next: u32,
            height: u32,
        }
        let mut heights = vec![0; self.nodes.len()];
        let mut open: Vec<Open> = Vec::new();
        for top in self.node_ids().filter(|&id| !self.is_scalar(id)) {
            if heights[top.index()] > 0 {
                continue;
            }
            open.push(Open { id: top, next: self.node(top).a, height: 0 });
            while let Some(last) = open.last_mut() {
                if last.next == NONE {
                    let height = last.height + 1;
                    heights[last.id.index()] = height;
                    open.pop();
                    if let Some(parent) = open.last_mut() {
                        parent.height = parent.height.max(height);
                    }
                    continue;
                }
                let child = NodeId(last.next);
                last.next = self.node(child).next;
                let known = heights[child.index()];
                if known > 0 {
                    last.height = last.height.max(known);
                } else if !self.is_scalar(child) {
                    open.push(Open { id: child, next: self.node(child).a, height: 0 });
                }
            }
        }
        heights.into_iter().max().unwrap_or(0) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Position;

    fn tree(limit: usize) -> Tree {
        let mut tree = Tree::new_mapping(Position::NONE);
        tree.limit_depth(limit);
        tree
    }

    #[test]
    fn a_chain_ends_at_the_limit() {
        let mut tree = tree(100);
        let mut node = tree.root();
        for _ in 1..100 {
            let child = tree.mapping(Position::NONE);
            tree.append_entry(node, "a", child);
            node = child;
        }
        assert!(!tree.is_too_deep());
        let child = tree.sequence(Position::NONE);
        tree.append_entry(node, "a", child);
        assert!(tree.is_too_deep() && tree.is_null(child));
        assert_eq!(tree.exact_depth(), 100);
    }

    #[test]
    fn copies_into_themselves_end_at_the_limit() {
        let mut tree = tree(1000);
        let mut leaf = tree.root();
        while !tree.is_too_deep() {
            let copy = tree.copy(tree.root());
            tree.append_entry(leaf, "a", copy);
            while let Some(inner) = tree.get(leaf, "a") {
                leaf = inner;
            }
        }
        assert!(tree.is_too_deep());
        assert!(tree.exact_depth() <= 1000);
    }

    #[test]
    fn wide_documents_are_not_deep() {
        let mut tree = tree(20);
        let root = tree.root();
        for _ in 0..1000 {
            let inner = tree.mapping(Position::NONE);
            tree.append_entry(root, "a", inner);
            let list = tree.sequence(Position::NONE);
            tree.append_entry(inner, "b", list);
            let children: Vec<NodeId> = tree.children(root).collect();
            tree.set_children(root, &children);
        }
        assert!(!tree.is_too_deep());
        assert_eq!(tree.exact_depth(), 3);
    }

    #[test]
    fn overwritten_nodes_end_at_the_limit() {
        let mut tree = tree(10);
        for _ in 0..20 {
            let list = tree.sequence(Position::NONE);
            let copy = tree.copy(tree.root());
            tree.append(list, copy);
            tree.overwrite(tree.root(), list);
        }
        assert!(tree.is_too_deep());
        assert!(tree.exact_depth() <= 10);
    }
}
