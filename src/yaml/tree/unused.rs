//! Nodes and texts that no longer belong to the document.

use super::{Kind, NodeId, OWN, Tree};

/// The number of nodes from which a tree is searched for unused ones.
const WORTHWHILE: usize = 4096;

impl Tree {
    /// Forgets the latest nodes that are not in the document, from the node with the number `first` on. They must not have
    /// been in the document of an earlier state.
    pub(crate) fn forget_unused_nodes(&mut self, first: usize) {
        if self.nodes.len() < WORTHWHILE.max(first + 1) {
            return;
        }
        let mut used = first;
        let mut open = vec![self.root];
        while let Some(node) = open.pop() {
            used = used.max(node.index() + 1);
            open.extend(self.children(node));
        }
        self.nodes.truncate(used);
        if let Some(next) = u32::try_from(used).ok().map(NodeId) {
            self.json_comments.split_off(&next);
        }
        let own = self.nodes.iter().filter(|node| node.kind == Kind::Scalar && node.flags & OWN != 0);
        let end = own.map(|node| node.a as usize + node.b as usize).max().unwrap_or(0);
        self.own.truncate(end);
        self.own_in_use = self.own_in_use.min(end);
    }
}
