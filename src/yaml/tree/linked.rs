//! Nodes that are a single node in kustomize: a change of one of them changes all.

use super::{LINKED, NONE, Node, NodeId, Tree};

impl Tree {
    /// Creates a copy of a node that is linked to it: a change of one of them changes both.
    ///
    /// kustomize uses the same node in several fields when it sets a label or an annotation, so that a later patch of
    /// one field changes the others (fixture `labels/patched-later`).
    pub(crate) fn linked_copy(&mut self, id: NodeId) -> NodeId {
        let copy = self.push(Node { next: NONE, ..*self.node(id) });
        match self.group_of(id) {
            Some(group) => self.links[group].push(copy),
            None => self.links.push(vec![id, copy]),
        }
        self.node_mut(id).flags |= LINKED;
        self.node_mut(copy).flags |= LINKED;
        copy
    }

    /// Creates a copy of a subtree whose scalars are linked to the original ones.
    ///
    /// A merge may put the same node of kustomize into a list twice, where it is changed twice (fixture
    /// `vars/in-an-element-that-is-in-a-list-twice`).
    pub(crate) fn linked_subtree(&mut self, id: NodeId) -> NodeId {
        self.copy_with(id, Tree::linked_copy)
    }

    /// Returns whether a node is linked to others.
    pub(crate) fn is_linked(&self, id: NodeId) -> bool {
        self.node(id).flags & LINKED != 0
    }

    /// Makes all nodes independent of each other.
    pub(crate) fn unlink_all(&mut self) {
        for id in std::mem::take(&mut self.links).into_iter().flatten() {
            self.node_mut(id).flags &= !LINKED;
        }
    }

    /// Returns the index of the group of linked nodes that contains a node.
    fn group_of(&self, id: NodeId) -> Option<usize> {
        if !self.is_linked(id) {
            return None;
        }
        // The groups of labels and annotations are in the order in which they were created. Those of subtrees are not.
        let last = self.links.partition_point(|group| group[0] <= id).checked_sub(1);
        let contains = |&group: &usize| self.links[group].binary_search(&id).is_ok();
        last.filter(contains).or_else(|| (0..self.links.len()).find(contains))
    }

    /// Repeats a change of a node in those that are linked to it.
    pub(super) fn update_linked(&mut self, id: NodeId) {
        let Some(group) = self.group_of(id) else { return };
        let changed = *self.node(id);
        for linked in self.links[group].clone() {
            let next = self.node(linked).next;
            *self.node_mut(linked) = Node { next, ..changed };
        }
    }
}
