//! Finds the nodes of a document in an earlier state of it.

use std::collections::{HashMap, HashSet};

use crate::resource::paths::{FieldPath, Segment, element_segment};
use crate::yaml::{NodeId, Position, Tree};

/// The place of a node in a document.
#[derive(Clone, Copy, Default)]
struct Place {
    /// Whether the node is part of the document. Keys are not.
    is_present: bool,
    parent: Option<NodeId>,
    key: Option<NodeId>,
}

/// The places of all nodes of a document, by index.
pub struct Places(Vec<Place>);

impl Places {
    pub fn new(tree: &Tree) -> Places {
        let mut places = vec![Place::default(); tree.node_count()];
        places[tree.root().index()].is_present = true;
        let mut open = vec![tree.root()];
        while let Some(parent) = open.pop() {
            let entries = tree.entries(parent).map(|(key, value)| (Some(key), value));
            for (key, node) in entries.chain(tree.elements(parent).map(|element| (None, element))) {
                places[node.index()] = Place { is_present: true, parent: Some(parent), key };
                open.push(node);
            }
        }
        Places(places)
    }

    /// Returns whether a node is part of the document.
    pub fn contains(&self, node: NodeId) -> bool {
        self.0.get(node.index()).is_some_and(|place| place.is_present)
    }

    pub fn key(&self, node: NodeId) -> Option<NodeId> {
        self.0[node.index()].key
    }

    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.0[node.index()].parent
    }

    /// Returns the path of a node.
    pub fn path(&self, tree: &Tree, node: NodeId) -> FieldPath {
        let mut segments = Vec::new();
        let mut node = node;
        while let Some(parent) = self.parent(node) {
            segments.push(match self.key(node) {
                Some(key) => Segment::Name(tree.text(key).to_string()),
                None => {
                    let index = tree.elements(parent).position(|element| element == node).unwrap_or_default();
                    let segment = element_segment(tree, node, index);
                    // Several elements may have the same name.
                    let is_unique = segment.find(tree, parent) == Some(node);
                    if is_unique { segment } else { Segment::Index(index) }
                }
            });
            node = parent;
        }
        segments.reverse();
        FieldPath::new(segments)
    }

    /// Returns the position of a value. That of a collection is the position of its key.
    pub fn position(&self, tree: &Tree, node: NodeId) -> Position {
        match self.key(node) {
            Some(key) if !tree.is_scalar(node) => tree.position(key),
            _ => tree.position(node),
        }
    }
}

/// A document with the places of its nodes.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    pub tree: &'a Tree,
    pub places: &'a Places,
}

/// The nodes of an earlier document that the nodes of a document were.
///
/// A changed copy of a document keeps the ids of the nodes that it still has, wherever they are now. Other nodes are found by
/// the entry of the mapping or the element of the list that they replace.
pub enum EarlierNodes {
    /// All nodes were there.
    Same,
    /// By index; `None` for nodes that are new.
    Changed(Vec<Option<NodeId>>),
}

impl EarlierNodes {
    /// Compares a document with an earlier one.
    pub fn new(new: Document<'_>, old: Document<'_>) -> EarlierNodes {
        if std::ptr::eq(new.places, old.places) {
            EarlierNodes::Same
        } else {
            EarlierNodes::Changed(earlier_nodes(new, old))
        }
    }

    /// Returns the earlier node of a node; `None` if it is new.
    pub fn of(&self, node: NodeId) -> Option<NodeId> {
        match self {
            EarlierNodes::Same => Some(node),
            EarlierNodes::Changed(earlier) => earlier[node.index()],
        }
    }
}

fn earlier_nodes(new: Document<'_>, old: Document<'_>) -> Vec<Option<NodeId>> {
    let mut earlier = vec![None; new.tree.node_count()];
    let is_copy = new.tree.is_copy_of(old.tree);
    let is_kept = |node: NodeId| is_copy && old.places.contains(node);
    // The nodes that are still there cannot have been replaced.
    let is_replaced = |node: NodeId| !(is_copy && new.places.contains(node));
    earlier[new.tree.root().index()] = Some(old.tree.root());
    let mut open = vec![new.tree.root()];
    while let Some(parent) = open.pop() {
        let old_parent = earlier[parent.index()];
        for child in children(new.tree, parent) {
            open.push(child);
            earlier[child.index()] = Some(child).filter(|&child| is_kept(child));
        }
        let Some(old_parent) = old_parent else { continue };
        if children(new.tree, parent).all(|child| earlier[child.index()].is_some()) {
            continue;
        }
        if new.tree.is_mapping(parent) {
            let mut values = HashMap::new();
            for (key, value) in old.tree.entries(old_parent).filter(|&(_, value)| is_replaced(value)) {
                values.entry(old.tree.text(key)).or_insert(value);
            }
            for (key, value) in new.tree.entries(parent) {
                let earlier = &mut earlier[value.index()];
                *earlier = earlier.or_else(|| values.get(new.tree.text(key)).copied());
            }
        } else {
            pair_elements((new.tree, parent), (old.tree, old_parent), &is_replaced, &mut earlier);
        }
    }
    earlier
}

fn children(tree: &Tree, node: NodeId) -> impl Iterator<Item = NodeId> {
    tree.entries(node).map(|(_, value)| value).chain(tree.elements(node))
}

/// Finds the elements of an earlier list that the new elements of a list replace.
fn pair_elements(
    (new, list): (&Tree, NodeId),
    (old, old_list): (&Tree, NodeId),
    is_replaced: &impl Fn(NodeId) -> bool,
    earlier: &mut [Option<NodeId>],
) {
    let is_whole = old.elements(old_list).all(is_replaced);
    let mut left: Vec<NodeId> = old.elements(old_list).filter(|&element| is_replaced(element)).collect();
    let by_position: IdentityOf = |tree, element| {
        let position = tree.position(element);
        (position != Position::NONE).then_some(Identity::Position(position))
    };
    let by_name: IdentityOf = |tree, element| name(tree, element).map(Identity::Text);
    let by_text: IdentityOf = |tree, element| tree.is_scalar(element).then(|| Identity::Text(tree.text(element)));
    for identity in [by_position, by_name, by_text] {
        let mut known: HashMap<Identity<'_>, Vec<NodeId>> = HashMap::new();
        for &element in left.iter().rev() {
            if let Some(identity) = identity(old, element) {
                known.entry(identity).or_default().push(element);
            }
        }
        for element in new.elements(list) {
            let earlier = &mut earlier[element.index()];
            if earlier.is_none() {
                *earlier = identity(new, element).and_then(|identity| known.get_mut(&identity)?.pop());
            }
        }
        let found: HashSet<NodeId> = new.elements(list).filter_map(|element| earlier[element.index()]).collect();
        left.retain(|element| !found.contains(element));
    }
    // In a list that was replaced, an element without a name replaces the one at its index.
    let left: HashSet<NodeId> = left.into_iter().filter(|_| is_whole).collect();
    for (element, replaced) in new.elements(list).zip(old.elements(old_list)) {
        if earlier[element.index()].is_none() && name(new, element).is_none() && left.contains(&replaced) {
            earlier[element.index()] = Some(replaced);
        }
    }
}

/// What identifies an element of a list.
#[derive(PartialEq, Eq, Hash)]
enum Identity<'a> {
    Position(Position),
    Text(&'a str),
}

type IdentityOf = for<'a> fn(&'a Tree, NodeId) -> Option<Identity<'a>>;

fn name(tree: &Tree, element: NodeId) -> Option<&str> {
    tree.get(element, "name").map(|name| tree.text(name))
}
