//! The states of a resource, and how the nodes of each became those of the next.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::resource::paths::{FieldPath, Segment};
use crate::resource::{Copied, Resource, State, Step};
use crate::yaml::{NodeId, Position, Tree};

use super::event::{Event, Occurrence, Value};
use super::pairing::{Document, EarlierNodes, Places};

/// The states of a resource, oldest first.
pub struct Lineage {
    states: Vec<Arc<State>>,
    places: Vec<Rc<Places>>,
    /// For each state but the first, its nodes in the previous state.
    earlier: Vec<EarlierNodes>,
    /// For each state, what was copied into its nodes, by their indexes.
    copied: Vec<HashMap<NodeId, Vec<usize>>>,
}

impl Lineage {
    pub fn new(resource: &Resource) -> Lineage {
        let states = resource.history().to_vec();
        let mut places: Vec<Rc<Places>> = Vec::with_capacity(states.len());
        let mut earlier = Vec::with_capacity(states.len());
        for (at, state) in states.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| (&states[before].tree, places[before].clone()));
            places.push(match &before {
                Some((old, old_places)) if state.tree.has_nodes_of(old) => old_places.clone(),
                _ => Rc::new(Places::new(&state.tree)),
            });
            if let Some((old, old_places)) = before {
                let new = Document { tree: &state.tree, places: &places[at] };
                earlier.push(EarlierNodes::new(new, Document { tree: old, places: &old_places }));
            }
        }
        let copied = states.iter().map(|state| copied_into_nodes(state)).collect();
        Lineage { states, places, earlier, copied }
    }

    pub fn len(&self) -> usize {
        self.states.len()
    }

    pub fn step(&self, state: usize) -> Step {
        self.states[state].step
    }

    /// Returns the newest of the first `count` states that has a field.
    pub fn newest(&self, path: &FieldPath, count: usize) -> Option<Occurrence> {
        let mut states = self.states.iter().enumerate().take(count).rev();
        states.find_map(|(state, known)| Some(Occurrence { state, node: path.find(&known.tree)? }))
    }

    fn tree(&self, at: Occurrence) -> &Tree {
        &self.states[at.state].tree
    }

    /// Returns the node in the previous state.
    fn before(&self, at: Occurrence) -> Option<Occurrence> {
        let state = at.state.checked_sub(1)?;
        Some(Occurrence { state, node: self.earlier[state].of(at.node)? })
    }

    pub fn path(&self, at: Occurrence) -> FieldPath {
        self.places[at.state].path(self.tree(at), at.node)
    }

    pub fn position(&self, at: Occurrence) -> Position {
        self.places[at.state].position(self.tree(at), at.node)
    }

    pub fn value(&self, at: Occurrence) -> Value {
        let key = self.places[at.state].key(at.node);
        Value { tree: self.states[at.state].tree.clone(), node: at.node, key }
    }

    /// Returns the state in which a value became what it is, with its key. Entries and elements do not count.
    pub fn set_in(&self, at: Occurrence) -> Occurrence {
        let mut at = at;
        let is_same = |before, at| self.is_same(before, at) && self.has_same_key(before, at);
        while let Some(before) = self.before(at).filter(|&before| is_same(before, at)) {
            at = before;
        }
        at
    }

    fn has_same_key(&self, one: Occurrence, other: Occurrence) -> bool {
        let key = |at: Occurrence| self.places[at.state].key(at.node);
        match (key(one), key(other)) {
            (Some(key), Some(other_key)) => self.tree(one).has_text_of(key, self.tree(other), other_key),
            (None, None) => true,
            _ => false,
        }
    }

    /// Returns whether a value has the same kind, position and text in both states.
    fn is_same(&self, one: Occurrence, other: Occurrence) -> bool {
        let (one_tree, other_tree) = (self.tree(one), self.tree(other));
        one_tree.kind(one.node) == other_tree.kind(other.node)
            && self.position(one) == self.position(other)
            && one_tree.has_text_of(one.node, other_tree, other.node)
    }

    /// Returns whether a collection has the same children as in the previous state, and a list has them in the same order.
    fn has_same_children(&self, before: Occurrence, at: Occurrence) -> bool {
        let (tree, old_tree) = (self.tree(at), self.tree(before));
        let earlier = |node: NodeId| self.earlier[before.state].of(node);
        if tree.is_sequence(at.node) {
            return tree.elements(at.node).map(earlier).eq(old_tree.elements(before.node).map(Some));
        }
        let is_of_parent = |node: NodeId| self.places[before.state].parent(node) == Some(before.node);
        tree.len(at.node) == old_tree.len(before.node)
            && tree.entries(at.node).all(|(_, value)| earlier(value).is_some_and(is_of_parent))
    }

    /// Returns the position of the first child that a collection did not have in the previous state.
    fn added_child(&self, before: Occurrence, at: Occurrence) -> Option<Position> {
        let tree = self.tree(at);
        let is_added = |node: &NodeId| {
            let earlier = self.earlier[before.state].of(*node);
            earlier.is_none_or(|earlier| self.places[before.state].parent(earlier) != Some(before.node))
        };
        let mut children = tree.entries(at.node).map(|(_, value)| value).chain(tree.elements(at.node));
        children.find(is_added).map(|node| self.position(Occurrence { state: at.state, node }))
    }

    fn is_unchanged(&self, before: Occurrence, at: Occurrence) -> bool {
        self.is_same(before, at)
            && self.has_same_children(before, at)
            && is_same_place(&self.path(before), &self.path(at))
    }

    /// Returns the changes to a field, newest first.
    pub fn history(&self, path: &FieldPath) -> Vec<Event> {
        let Some(newest) = self.newest(path, self.len()) else { return Vec::new() };
        let is_removed = newest.state + 1 < self.len();
        let removal = is_removed.then(|| self.removal(newest));
        removal.into_iter().chain(self.events(newest)).collect()
    }

    /// Returns the changes to a field until a state, newest first.
    pub fn events(&self, newest: Occurrence) -> Vec<Event> {
        let mut events = Vec::new();
        let mut at = newest;
        loop {
            let before = self.before(at);
            if before.is_none_or(|before| !self.is_unchanged(before, at)) {
                events.push(self.event(before, at));
            }
            let Some(earlier) = before.or_else(|| self.removed_before(at)) else { return events };
            if before.is_none() {
                events.push(self.removal(earlier));
            }
            at = earlier;
        }
    }

    /// Returns the last occurrence of a field that was removed before it was added again.
    fn removed_before(&self, at: Occurrence) -> Option<Occurrence> {
        let path = self.path(at);
        // The element at an index may be any other.
        let is_stable = path.segments().iter().all(|segment| !matches!(segment, Segment::Index(_)));
        self.newest(&path, at.state).filter(|removed| is_stable && removed.state + 1 < at.state)
    }

    fn event(&self, before: Option<Occurrence>, at: Occurrence) -> Event {
        let step = self.step(at.state);
        let path = self.path(at);
        let is_same = before.is_some_and(|before| self.is_same(before, at));
        let moved_from =
            before.map(|before| self.path(before)).filter(|before| is_same && !is_same_place(before, &path));
        let source = match before {
            // The definition of the change removed or moved something.
            Some(before) if is_same => self.added_child(before, at).unwrap_or(step.source),
            _ => self.position(at),
        };
        let before = before.map(|before| self.value(before));
        Event { step, before, after: Some(self.value(at)), source, path, moved_from, occurrence: at }
    }

    /// Returns the removal of a field after its last occurrence. The next state lacks it.
    fn removal(&self, last: Occurrence) -> Event {
        let step = self.step(last.state + 1);
        let before = Some(self.value(last));
        let path = self.path(last);
        Event { step, before, after: None, source: step.source, path, moved_from: None, occurrence: last }
    }

    /// Returns the previous value if parts of it remain in a value.
    pub fn extended(&self, at: Occurrence) -> Option<Occurrence> {
        let is_extended = KEEPS_THE_VALUE.contains(&self.step(at.state).field);
        let is_part = is_extended || self.copied(at).iter().any(|(copied, _)| copied.is_part);
        self.before(at).filter(|_| is_part && self.tree(at).is_scalar(at.node))
    }

    /// Returns whether the step of a state copied anything.
    pub fn has_copies(&self, at: Occurrence) -> bool {
        !self.states[at.state].copied.is_empty()
    }

    /// Returns what was copied into a value when it became what it is, and the paths from there.
    pub fn copied(&self, at: Occurrence) -> Vec<(&Copied, FieldPath)> {
        if !self.has_copies(at) {
            return Vec::new();
        }
        let state = &self.states[at.state];
        let ancestors = std::iter::successors(Some(at.node), |&node| self.places[at.state].parent(node));
        let mut found = Vec::new();
        for (depth, ancestor) in ancestors.enumerate() {
            for &copied in self.copied[at.state].get(&ancestor).into_iter().flatten() {
                let path = self.path(at);
                let start = path.segments().len() - depth;
                found.push((&state.copied[copied], FieldPath::new(path.segments()[start..].to_vec())));
            }
        }
        found
    }

    /// Returns the occurrence of a node of a document from which a value was copied after `count` states.
    pub fn occurrence(&self, tree: &Tree, node: NodeId, count: usize) -> Option<Occurrence> {
        let state = count.min(self.len()).checked_sub(1)?;
        let known = &self.states[state].tree;
        if known.is_copy_of(tree) && self.places[state].contains(node) {
            return Some(Occurrence { state, node });
        }
        let path = Places::new(tree).path(tree, node);
        Some(Occurrence { state, node: path.find(known)? })
    }
}

fn copied_into_nodes(state: &State) -> HashMap<NodeId, Vec<usize>> {
    let mut by_node: HashMap<NodeId, Vec<usize>> = HashMap::new();
    for (at, copied) in state.copied.iter().enumerate() {
        by_node.entry(copied.node).or_default().push(at);
    }
    by_node
}

/// Returns whether two paths are the same except for the names of elements, which may change.
fn is_same_place(one: &FieldPath, other: &FieldPath) -> bool {
    let is_same = |(one, other): (&Segment, &Segment)| match (one, other) {
        (Segment::Selector(_), Segment::Selector(_)) => true,
        _ => one == other,
    };
    one.segments().len() == other.segments().len() && one.segments().iter().zip(other.segments()).all(is_same)
}

/// The steps after which a text contains the previous one.
const KEEPS_THE_VALUE: [&str; 4] = ["namePrefix", "nameSuffix", "images", Step::NAME_HASH];
