//! Paths to fields: as people write them, and as they lead through a certain document.

use std::fmt;

use crate::yaml::{NodeId, Position, Tree};

/// A path to a field, in any of the ways in which people write them:
///
/// - `spec.template.spec.containers[name=server].image`, `spec.template.spec.containers[server].image`,
///   `spec.template.spec.containers.0.image`, `spec.template.spec.containers[0].image`
/// - `metadata.annotations[example.com/team]`, `metadata.annotations.example\.com/team`
/// - `/spec/template/spec/containers/0/image`, with `~1` for a slash in a name
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldPath {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// The key of a mapping, or the index or the `name` of an element.
    Name(String),
    /// The elements with a certain field.
    Selector { field: String, value: String },
}

impl FieldPath {
    /// Reads a path.
    ///
    /// # Errors
    /// Fails on brackets without an end, and on empty names.
    pub fn parse(text: &str) -> Result<FieldPath, String> {
        if let Some(pointer) = text.strip_prefix('/') {
            let names = pointer.split('/').map(|name| Part::Name(name.replace("~1", "/").replace("~0", "~")));
            return Ok(FieldPath { parts: names.collect() });
        }
        let mut parts = Vec::new();
        let mut rest = text.strip_prefix('.').unwrap_or(text);
        while !rest.is_empty() {
            if let Some(bracketed) = rest.strip_prefix('[') {
                let (inner, after) =
                    bracketed.split_once(']').ok_or_else(|| format!("`{text}` has a bracket without an end"))?;
                parts.push(match inner.split_once('=') {
                    Some((field, value)) => Part::Selector { field: field.to_string(), value: value.to_string() },
                    None => Part::Name(inner.trim_matches(['"', '\'']).to_string()),
                });
                rest = after.strip_prefix('.').unwrap_or(after);
                continue;
            }
            let (name, after) = split_name(rest);
            if name.is_empty() {
                return Err(format!("`{text}` has an empty name"));
            }
            parts.push(Part::Name(name));
            rest = after;
        }
        Ok(FieldPath { parts })
    }

    /// Follows the path through a document.
    pub fn find(&self, tree: &Tree) -> Option<(Trail, NodeId)> {
        let mut trail = Trail::default();
        let mut node = tree.root();
        for part in &self.parts {
            let next = part.find(tree, node)?;
            trail.parts.push(trail_part(tree, node, next, part)?);
            node = next;
        }
        Some((trail, node))
    }

    /// Returns how many parts of the path lead to something, and the names that there are behind them.
    pub fn nearest(&self, tree: &Tree) -> (usize, Vec<String>) {
        let mut node = tree.root();
        let mut followed = 0;
        for part in &self.parts {
            let Some(next) = part.find(tree, node) else { break };
            node = next;
            followed += 1;
        }
        let keys = tree.entries(node).map(|(key, _)| tree.text(key).to_string());
        let elements = tree.elements(node).enumerate().map(|(at, element)| match element_name(tree, element) {
            Some(name) => name.to_string(),
            None => at.to_string(),
        });
        (followed, keys.chain(elements).collect())
    }

    /// Returns the last part that leads nowhere, to compare with what there is.
    pub fn part(&self, at: usize) -> &str {
        match self.parts.get(at) {
            Some(Part::Name(name)) => name,
            Some(Part::Selector { value, .. }) => value,
            None => "",
        }
    }
}

/// Splits a name off a dotted path; a backslash takes the next character as it is.
fn split_name(path: &str) -> (String, &str) {
    let mut name = String::new();
    let mut chars = path.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '.' => return (name, &path[at + 1..]),
            '[' => return (name, &path[at..]),
            '\\' => name.extend(chars.next().map(|(_, c)| c)),
            c => name.push(c),
        }
    }
    (name, "")
}

impl Part {
    fn find(&self, tree: &Tree, node: NodeId) -> Option<NodeId> {
        match self {
            Part::Name(name) if tree.is_sequence(node) => match name.parse() {
                Ok(index) => tree.elements(node).nth(index),
                Err(_) => tree.elements(node).find(|&element| element_name(tree, element) == Some(name)),
            },
            Part::Name(name) => tree.get(node, name),
            Part::Selector { field, value } => tree
                .elements(node)
                .find(|&element| tree.get(element, field).is_some_and(|found| tree.text(found) == value)),
        }
    }
}

fn element_name(tree: &Tree, element: NodeId) -> Option<&str> {
    tree.get(element, "name").map(|name| tree.text(name))
}

/// The way to a node of a document, so that the same field can be found in another state of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    parts: Vec<TrailPart>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum TrailPart {
    Key(String),
    /// An element. Where it was written tells it from others even when it gets another name or another place.
    Element {
        index: usize,
        name: Option<String>,
        position: Position,
    },
}

impl Trail {
    /// Follows the way through another state of the document. Returns the way there, too.
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

    /// Leads on to the value of a key.
    pub(super) fn enter_key(&mut self, key: &str) {
        self.parts.push(TrailPart::Key(key.to_string()));
    }

    /// Leads on to an element.
    pub(super) fn enter_element(&mut self, tree: &Tree, element: NodeId, index: usize) {
        self.parts.push(element_part(tree, element, index));
    }

    /// Leads back to where it was before the last part.
    pub(super) fn leave(&mut self) {
        self.parts.pop();
    }

    /// Returns the path that leads the same way.
    pub fn to_path(&self) -> FieldPath {
        let parts = self.parts.iter().map(|part| match part {
            TrailPart::Key(key) => Part::Name(key.clone()),
            TrailPart::Element { name: Some(name), .. } => {
                Part::Selector { field: "name".to_string(), value: name.clone() }
            }
            TrailPart::Element { index, .. } => Part::Name(index.to_string()),
        });
        FieldPath { parts: parts.collect() }
    }
}

impl fmt::Display for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                TrailPart::Key(key) if key.contains(['.', '[', ']']) => write!(f, "[{key}]")?,
                TrailPart::Key(key) => write!(f, "{}{key}", if at == 0 { "" } else { "." })?,
                TrailPart::Element { name: Some(name), .. } => write!(f, "[name={name}]")?,
                TrailPart::Element { index, .. } => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Returns the part of a trail for what a part of a path has led to.
fn trail_part(tree: &Tree, parent: NodeId, node: NodeId, part: &Part) -> Option<TrailPart> {
    match part {
        Part::Name(name) if tree.is_mapping(parent) => Some(TrailPart::Key(name.clone())),
        _ => {
            let index = tree.elements(parent).position(|element| element == node)?;
            Some(element_part(tree, node, index))
        }
    }
}

fn element_part(tree: &Tree, element: NodeId, index: usize) -> TrailPart {
    let name = element_name(tree, element).map(ToString::to_string);
    TrailPart::Element { index, name, position: tree.position(element) }
}

impl TrailPart {
    /// Returns the node that the part leads to, and the part as it is there.
    fn follow(&self, tree: &Tree, node: NodeId) -> Option<(NodeId, TrailPart)> {
        let (index, name, position) = match self {
            TrailPart::Key(key) => return Some((tree.get(node, key)?, self.clone())),
            TrailPart::Element { index, name, position } => (*index, name.as_deref(), *position),
        };
        let elements: Vec<NodeId> = tree.elements(node).collect();
        let is_written_there = |&element: &NodeId| position != Position::NONE && tree.position(element) == position;
        let has_name = |&element: &NodeId| name.is_some() && element_name(tree, element) == name;
        let found = elements
            .iter()
            .position(|element| is_written_there(element) && has_name(element))
            .or_else(|| elements.iter().position(is_written_there))
            .or_else(|| elements.iter().position(has_name))
            // What has no name is what its place says.
            .or_else(|| (name.is_none() && index < elements.len()).then_some(index))?;
        Some((elements[found], element_part(tree, elements[found], found)))
    }
}

/// Returns the way to the first node that is wanted.
pub fn trail_of(tree: &Tree, is_wanted: &mut impl FnMut(NodeId, &Trail) -> bool) -> Option<Trail> {
    let mut trail = Trail::default();
    search(tree, tree.root(), &mut trail, is_wanted).then_some(trail)
}

fn search(tree: &Tree, node: NodeId, trail: &mut Trail, is_wanted: &mut impl FnMut(NodeId, &Trail) -> bool) -> bool {
    if is_wanted(node, trail) {
        return true;
    }
    for (key, value) in tree.entries(node) {
        trail.enter_key(tree.text(key));
        if search(tree, value, trail, is_wanted) {
            return true;
        }
        trail.leave();
    }
    for (at, element) in tree.elements(node).enumerate() {
        trail.enter_element(tree, element, at);
        if search(tree, element, trail, is_wanted) {
            return true;
        }
        trail.leave();
    }
    false
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::yaml::{FileId, ParseLimits, parse_single};

    fn tree(text: &str) -> Tree {
        let source = Arc::new(text.to_string());
        parse_single(&source, FileId(1), ParseLimits::default()).expect("it is YAML").expect("it is not empty")
    }

    #[test]
    fn paths_are_read_in_many_notations() {
        let tree = tree("{spec: {list: [{name: a.b, x: 1}, {name: c, x: 2}]}, notes: {a.b/c: 3}}");
        for (path, text) in [
            ("spec.list.1.x", "2"),
            ("spec.list[1].x", "2"),
            ("spec.list[name=a.b].x", "1"),
            ("spec.list.[name=a.b].x", "1"),
            ("spec.list[a.b].x", "1"),
            ("spec.list.c.x", "2"),
            ("/spec/list/0/x", "1"),
            ("/notes/a.b~1c", "3"),
            ("notes[a.b/c]", "3"),
            ("notes.[a.b/c]", "3"),
            ("notes['a.b/c']", "3"),
            ("notes.a\\.b/c", "3"),
            (".spec.list[c].name", "c"),
        ] {
            let (trail, node) = FieldPath::parse(path).unwrap().find(&tree).expect(path);
            assert_eq!(tree.text(node), text, "{path}");
            // What is shown leads back to it.
            assert_eq!(FieldPath::parse(&trail.to_string()).unwrap().find(&tree), Some((trail, node)), "{path}");
        }
        for path in ["spec..list", "spec.list[0"] {
            assert!(FieldPath::parse(path).is_err(), "{path}");
        }
        assert_eq!(FieldPath::parse("spec.lst").unwrap().find(&tree), None);
    }
}
