//! Objects to check, and reading their fields as the API server decodes them.

use std::borrow::Cow;

use super::report::{Path, Report};
use super::value;
use crate::diagnostic::Code;
use crate::yaml::{NodeId, Scalar, Style, Tree};

/// An object to check.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// The document.
    pub tree: &'a Tree,
    /// The API group; empty for the core group.
    pub group: &'a str,
    /// The API version without the group.
    pub version: &'a str,
    /// The kind.
    pub kind: &'a str,
    /// The minor version of Kubernetes that is to accept the object.
    pub minor: u8,
}

impl<'a> Object<'a> {
    /// Returns the root of the object.
    pub fn root(&self) -> Field<'a> {
        let root = self.tree.root();
        Field { tree: self.tree, node: Some(root), place: root, in_flow: false, minor: self.minor, path: Path::Root }
    }
}

/// A value of an object, which may be absent.
///
/// As in the API server, null is the same as no value. The value of an absent field is the empty value of its type, and a value of
/// another type has none: schemas report it, and rules skip it.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    tree: &'a Tree,
    node: Option<NodeId>,
    /// The node, or the innermost one around the absent value.
    place: NodeId,
    in_flow: bool,
    minor: u8,
    path: Path<'a>,
}

impl<'a> Field<'a> {
    fn child(&self, node: Option<NodeId>, parent: NodeId, path: Path<'a>) -> Field<'a> {
        let in_flow = self.in_flow || self.tree.style(parent) == Style::Flow;
        let is_null = |&node: &NodeId| value::of(self.tree, node, in_flow) == Some(Scalar::Null);
        let place = node.unwrap_or(parent);
        Field { node: node.filter(|node| !is_null(node)), place, in_flow, path, ..*self }
    }

    /// Returns the value of a field. The name may have several parts: `template.spec`.
    pub fn at(&'a self, fields: &'a str) -> Field<'a> {
        let path = Path::Field(&self.path, fields);
        let mut current = Field { path, ..*self };
        for name in fields.split('.') {
            current = match current.node {
                Some(node) => current.child(self.tree.get(node, name), node, path),
                None => current,
            };
        }
        current
    }

    /// Returns the value of an entry of a map.
    pub fn entry(&'a self, key: &'a str) -> Field<'a> {
        let path = Path::Key(&self.path, key);
        self.node.map_or(Field { path, ..*self }, |node| self.child(self.tree.get(node, key), node, path))
    }

    /// Iterates over the elements of a list. Other values have none.
    pub fn elements(&'a self) -> impl Iterator<Item = Field<'a>> {
        self.node.into_iter().flat_map(move |list| {
            let elements = self.tree.elements(list).enumerate();
            elements.map(move |(index, node)| self.child(Some(node), list, Path::Index(&self.path, index)))
        })
    }

    /// Iterates over the entries of a map: the key, the node of the key, and the value. Other values have none.
    pub fn entries(&'a self) -> impl Iterator<Item = (&'a str, NodeId, Field<'a>)> {
        self.node.into_iter().flat_map(move |map| {
            self.tree.entries(map).map(move |(key, value)| {
                let text = self.tree.text(key);
                (text, key, self.child(Some(value), map, Path::Key(&self.path, text)))
            })
        })
    }

    /// Returns the number of elements or entries.
    pub fn count(&self) -> usize {
        self.node.map_or(0, |node| self.tree.len(node))
    }

    /// Returns whether the version of Kubernetes is a minor version or a later one, for rules that are younger than others.
    pub fn is_since(&self, minor: u8) -> bool {
        self.minor >= minor
    }

    /// Returns whether there is a value, which may be empty.
    pub fn is_set(&self) -> bool {
        self.node.is_some()
    }

    /// Returns whether there is a list or a map with nothing in it, or no value.
    pub fn is_empty(&self) -> bool {
        self.node.is_none_or(|node| !self.tree.is_scalar(node) && self.tree.is_empty(node))
    }

    /// Returns the value of a scalar; `None` for other values and for no value.
    pub fn scalar(&self) -> Option<Scalar<'a>> {
        value::of(self.tree, self.node?, self.in_flow)
    }

    /// Returns a string; empty for no value, and `None` for a value that is not a string.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        match self.node {
            None => Some("".into()),
            Some(_) => match self.scalar()? {
                Scalar::Str(text) => Some(text),
                _ => None,
            },
        }
    }

    /// Returns a string that is set and not empty.
    pub fn nonempty_text(&self) -> Option<Cow<'a, str>> {
        self.text().filter(|text| !text.is_empty())
    }

    /// Returns whether the value is a string that equals `text`. An absent value equals the empty string.
    pub fn is(&self, text: &str) -> bool {
        self.text().is_some_and(|value| value == text)
    }

    /// Returns an integer; 0 for no value, and `None` for a value that is not an integer.
    pub fn integer(&self) -> Option<i64> {
        match self.node {
            None => Some(0),
            Some(_) => match self.scalar()? {
                Scalar::Int(value) => Some(value),
                Scalar::Uint(value) => Some(i64::try_from(value).unwrap_or(i64::MAX)),
                _ => None,
            },
        }
    }

    /// Returns an integer that is set.
    pub fn set_integer(&self) -> Option<i64> {
        self.integer().filter(|_| self.is_set())
    }

    /// Returns whether the value is `true`.
    pub fn is_true(&self) -> bool {
        self.scalar() == Some(Scalar::Bool(true))
    }

    /// Returns whether the value is `false`.
    pub fn is_false(&self) -> bool {
        self.scalar() == Some(Scalar::Bool(false))
    }

    /// Returns whether the value is from a Secret, so that messages must not show it.
    pub fn is_secret(&self) -> bool {
        self.node.is_some_and(|node| self.tree.is_marked_secret(node))
    }

    /// Returns the same value with the path of another, for values that the API server reports at their map.
    pub fn with_path_of(&self, other: &Field<'a>) -> Field<'a> {
        Field { path: other.path, ..*self }
    }

    /// Returns the text of a scalar as it is written, unless it is null; empty for no value.
    pub fn written(&self) -> Option<Cow<'a, str>> {
        match self.node {
            None => Some("".into()),
            Some(node) => match self.scalar()? {
                Scalar::Str(text) => Some(text),
                _ => Some(self.tree.text(node).into()),
            },
        }
    }

    /// Returns the path of the value.
    pub fn path(&'a self) -> &'a Path<'a> {
        &self.path
    }

    /// Reports an error at the value, or at the innermost value around it if it is absent.
    pub fn error(&self, report: &mut Report, code: Code, message: impl Into<String>) {
        report.error(code, self.place, &self.path, message);
    }

    /// Reports an error at a key of the map.
    pub fn key_error(&self, report: &mut Report, key: NodeId, code: Code, message: impl Into<String>) {
        report.key_error(code, key, &self.path, message);
    }

    /// Reports a value that breaks a rule.
    pub fn invalid(&self, report: &mut Report, message: impl Into<String>) {
        self.error(report, Code::InvalidObject, message);
    }

    /// Reports a missing value, unless a value around it is missing, too.
    pub fn missing(&self, report: &mut Report, reason: &str) {
        if report.misses(self.place, &self.path) {
            return;
        }
        let separator = if reason.is_empty() { "" } else { ": " };
        self.error(report, Code::MissingApiField, format!("is required{separator}{reason}"));
    }

    /// Reports a value that occurs twice.
    pub fn duplicate(&self, report: &mut Report, value: &str) {
        let value = if self.is_secret() { "value" } else { value };
        self.error(report, Code::DuplicateElement, format!("duplicate value `{value}`"));
    }
}
