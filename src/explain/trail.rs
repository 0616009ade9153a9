//! The path of a node, with the positions of list elements.

use std::fmt;

use crate::resource::paths::{FieldPath, Segment};
use crate::yaml::{NodeId, Position, Tree};

/// The path of a node, by which the same field can be found in another state of the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    parts: Vec<TrailPart>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum TrailPart {
    Key(String),
    /// An element. Its position in a file identifies it even if its name or index changes.
    Element {
        index: usize,
        name: Option<String>,
        position: Position,
    },
}

impl Trail {
    /// Follows a path through a document, and returns its trail and its node.
    pub fn along(path: &FieldPath, tree: &Tree) -> Option<(Trail, NodeId)> {
        let mut trail = Trail::default();
        let mut node = tree.root();
        for segment in path.segments() {
            let next = segment.find(tree, node)?;
            match segment {
                Segment::Name(name) if tree.is_mapping(node) => trail.enter_key(name),
                _ => trail.enter_element(tree, next, tree.elements(node).position(|element| element == next)?),
            }
            node = next;
        }
        Some((trail, node))
    }

    /// Follows the trail through another state of the document. Returns the trail and the node in that state.
    pub fn follow(&self, tree: &Tree) -> Option<(Trail, NodeId)> {
        let mut trail = Trail::default();
        let mut node = tree.root();
        for part in &self.parts {
            let (next, part) = part.follow(tree, node)?;
            node = next;
            trail.parts.push(part);
        }
        Some((trail, node))
    }

    /// Appends a key.
    pub(super) fn enter_key(&mut self, key: &str) {
        self.parts.push(TrailPart::Key(key.to_string()));
    }

    /// Appends an element.
    pub(super) fn enter_element(&mut self, tree: &Tree, element: NodeId, index: usize) {
        self.parts.push(element_part(tree, element, index));
    }

    /// Removes the last part.
    pub(super) fn leave(&mut self) {
        self.parts.pop();
    }

    /// Returns the trail as a field path.
    pub fn to_path(&self) -> FieldPath {
        let segments = self.parts.iter().map(|part| match part {
            TrailPart::Key(key) => Segment::Name(key.clone()),
            TrailPart::Element { name: Some(name), .. } => Segment::Selector(vec![("name".to_string(), name.clone())]),
            TrailPart::Element { index, .. } => Segment::Index(*index),
        });
        FieldPath::new(segments.collect())
    }
}

impl fmt::Display for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_path().fmt(f)
    }
}

fn element_name(tree: &Tree, element: NodeId) -> Option<&str> {
    tree.get(element, "name").map(|name| tree.text(name))
}

fn element_part(tree: &Tree, element: NodeId, index: usize) -> TrailPart {
    let name = element_name(tree, element).map(ToString::to_string);
    TrailPart::Element { index, name, position: tree.position(element) }
}

impl TrailPart {
    /// Returns the child that the part identifies, and the part for that child.
    fn follow(&self, tree: &Tree, node: NodeId) -> Option<(NodeId, TrailPart)> {
        let (index, name, position) = match self {
            TrailPart::Key(key) => return Some((tree.get(node, key)?, self.clone())),
            TrailPart::Element { index, name, position } => (*index, name.as_deref(), *position),
        };
        let elements: Vec<NodeId> = tree.elements(node).collect();
        let has_position = |&element: &NodeId| position != Position::NONE && tree.position(element) == position;
        let has_name = |&element: &NodeId| name.is_some() && element_name(tree, element) == name;
        let found = elements
            .iter()
            .position(|element| has_position(element) && has_name(element))
            .or_else(|| elements.iter().position(has_position))
            .or_else(|| elements.iter().position(has_name))
            // An element without a name is identified by its index.
            .or_else(|| (name.is_none() && index < elements.len()).then_some(index))?;
        Some((elements[found], element_part(tree, elements[found], found)))
    }
}

/// Returns the trail of the first node that matches a predicate.
pub fn trail_of(tree: &Tree, matches: &mut impl FnMut(NodeId, &Trail) -> bool) -> Option<Trail> {
    let mut trail = Trail::default();
    search(tree, tree.root(), &mut trail, matches).then_some(trail)
}

fn search(tree: &Tree, node: NodeId, trail: &mut Trail, matches: &mut impl FnMut(NodeId, &Trail) -> bool) -> bool {
    if matches(node, trail) {
        return true;
    }
    for (key, value) in tree.entries(node) {
        trail.enter_key(tree.text(key));
        if search(tree, value, trail, matches) {
            return true;
        }
        trail.leave();
    }
    for (index, element) in tree.elements(node).enumerate() {
        trail.enter_element(tree, element, index);
        if search(tree, element, trail, matches) {
            return true;
        }
        trail.leave();
    }
    false
}
