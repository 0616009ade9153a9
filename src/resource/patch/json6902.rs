//! JSON patches (RFC 6902) on trees, which preserve the positions of values in the patch.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Result, check_depth, flow_text};
use crate::resource::limits::check_memory;
use crate::yaml::{
    Context, GoYaml, Kind, NodeId, Plain, Position, Scalar, Style, Tag, Tree, format_short_float, json_float, resolve,
    typed,
};

use super::json_round_trip::{check_readable, marshalled_style, through_json, value_through_json};
use super::missing_path;

/// The maximum length of a value in a message.
const MAX_SHOWN_VALUE: usize = 40;

/// Applies the operations of `patch`, whose root is a sequence, to `tree`.
///
/// # Errors
/// Fails like kustomize's library: on paths that do not exist, failed tests and unknown operations. The state of the
/// tree is unspecified in this case. Also fails if the tree exceeds `max_memory` bytes, since each `copy` can double
/// its size.
pub fn apply(tree: &mut Tree, patch: &Tree, max_memory: usize) -> Result<()> {
    through_json(tree)?;
    for operation in patch.children(patch.root()) {
        Operation { patch, node: operation }.apply(tree)?;
        let checked = check_memory(tree.memory(), max_memory).and_then(|()| check_depth(tree));
        checked.map_err(|error| error.at(patch.position(operation), "in this operation"))?;
    }
    check_readable(tree)
}

/// Returns whether a document is a list of operations for kustomize's decoder.
pub fn is_operations(patch: &Tree) -> bool {
    let root = patch.root();
    patch.is_sequence(root)
        && patch.children(root).all(|operation| patch.is_mapping(operation) || patch.is_null(operation))
}

/// Returns whether a patch consists of tests only.
pub fn is_test(patch: &Tree) -> bool {
    patch.elements(patch.root()).all(|operation| patch.get(operation, "op").is_some_and(|op| patch.is_text(op, "test")))
}

/// Returns whether a patch was written in JSON. The root of other patches is in block style, see [`read_as_yaml_1_1`].
fn is_json(patch: &Tree) -> bool {
    patch.style(patch.root()) == Style::Flow
}

/// Gives plain scalars the types of YAML 1.1, as which kustomize parses JSON patches: `no` is false. Keys become the
/// text of their values, and folded scalars become literal.
pub fn read_as_yaml_1_1(patch: &mut Tree) {
    patch.set_style(patch.root(), Style::Plain);
    for node in patch.node_ids() {
        if patch.style(node) == Style::Folded {
            patch.set_style(node, Style::Literal);
        }
        if let Some(Plain::Bool(value)) = plain_value(patch, node) {
            let scalar = patch.scalar(&value.to_string(), Tag::Bool, Style::Plain, patch.position(node));
            patch.overwrite(node, scalar);
        }
        let keys: Vec<NodeId> = patch.entries(node).map(|(key, _)| key).collect();
        for key in keys {
            let text = match plain_value(patch, key) {
                Some(Plain::Bool(value)) => value.to_string(),
                Some(Plain::Int(value)) => value.to_string(),
                Some(Plain::Uint(value)) => value.to_string(),
                Some(Plain::Float(value)) => format_short_float(value),
                Some(Plain::Str | Plain::Timestamp(_)) => patch.text(key).to_string(),
                Some(Plain::Null) | None => continue,
            };
            let scalar = patch.scalar(&text, Tag::Str, Style::DoubleQuoted, patch.position(key));
            patch.overwrite(key, scalar);
        }
    }
}

/// Keeps only the last of duplicate keys, as Go's maps do (fixture `patches/json-duplicate-keys`).
pub fn keep_last_of_equal_keys(patch: &mut Tree) {
    for node in patch.node_ids() {
        let entries: Vec<_> = patch.entries(node).collect();
        let indexes: HashMap<&str, usize> =
            entries.iter().enumerate().map(|(at, &(key, _))| (patch.text(key), at)).collect();
        if indexes.len() < entries.len() {
            let mut last: Vec<usize> = indexes.into_values().collect();
            last.sort_unstable();
            let children: Vec<NodeId> = last.into_iter().flat_map(|at| [entries[at].0, entries[at].1]).collect();
            patch.set_children(node, &children);
        }
    }
}

/// Returns the value of a plain scalar without a tag in YAML 1.1; `None` for other nodes.
fn plain_value(tree: &Tree, node: NodeId) -> Option<Plain> {
    let is_plain =
        tree.is_scalar(node) && !tree.is_tagged(node) && matches!(tree.style(node), Style::Plain | Style::Flow);
    is_plain.then(|| resolve(tree.text(node), GoYaml::V2))
}

struct Operation<'a> {
    patch: &'a Tree,
    node: NodeId,
}

/// A value from the document or the patch; `None` for both null and a missing value.
type Value = Option<NodeId>;

impl Operation<'_> {
    fn apply(&self, tree: &mut Tree) -> Result<()> {
        match self.text("op").unwrap_or("unknown") {
            "add" => {
                let value = self.copy_value(tree)?;
                self.add(tree, value, None)
            }
            "remove" => {
                let (container, key) = self.container(tree, "path")?;
                self.remove(tree, container, &key)
            }
            "replace" => self.replace(tree),
            "move" => {
                let (container, key) = self.container(tree, "from")?;
                let written = tree.key(container, &key).map(|key| tree.position(key));
                let value = self.get(tree, container, &key)?;
                self.remove(tree, container, &key)?;
                self.add(tree, value, written)
            }
            "copy" => {
                let (container, key) = self.container(tree, "from")?;
                let written = tree.key(container, &key).map(|key| tree.position(key));
                let value = self.get(tree, container, &key)?.map(|value| tree.copy(value));
                self.add(tree, value, written)
            }
            "test" => self.test(tree),
            other => Err(self.error(format!("unknown operation `{other}`"), "op")),
        }
    }

    fn text(&self, field: &str) -> Option<&str> {
        let value = self.patch.get(self.node, field)?;
        matches!(typed(self.patch, value, Context::Flow), Ok(Scalar::Str(_))).then(|| self.patch.text(value))
    }

    fn error(&self, message: String, field: &str) -> Box<Diagnostic> {
        let node = self.patch.get(self.node, field).unwrap_or(self.node);
        Diagnostic::error(Code::InvalidPatch, message).at(self.patch.position(node), "in this operation")
    }

    /// Returns the error about a path that does not exist in a document.
    fn missing(&self, tree: &Tree, path: &str, field: &str) -> Box<Diagnostic> {
        let error = self.error(format!("path `{path}` does not exist"), field);
        let operation = if field == "path" { self.text("op").unwrap_or_default() } else { "" };
        match missing_path::hint(tree, path, operation, &self.shown_value()) {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    /// Returns the text of the value for a message: an ellipsis unless it is short and cannot be secret.
    fn shown_value(&self) -> String {
        let value = self.patch.get(self.node, "value").filter(|&value| {
            let text = self.patch.text(value);
            let is_short = self.patch.is_scalar(value) && text.len() <= MAX_SHOWN_VALUE && !text.contains('\n');
            let is_label = self.text("path").is_some_and(|path| path.contains("/labels/"));
            let is_public = is_label || matches!(self.patch.tag(value), Tag::Bool | Tag::Null);
            is_short && is_public && !self.patch.is_marked_secret(value)
        });
        match value {
            Some(value) if self.patch.tag(value) == Tag::Str => flow_text(self.patch.text(value)),
            Some(value) => self.patch.text(value).to_string(),
            None => "...".to_string(),
        }
    }

    fn position(&self) -> Position {
        self.patch.position(self.node)
    }

    /// Copies the value of the operation into the document, with the types that it has in JSON.
    fn copy_value(&self, tree: &mut Tree) -> Result<Value> {
        let Some(value) = self.patch.get(self.node, "value") else { return Ok(None) };
        let copy = tree.copy_from(self.patch, value);
        // A collection is written where its key is.
        if let Some(key) = self.patch.key(self.node, "value").filter(|_| !tree.is_scalar(copy)) {
            tree.set_position(copy, self.patch.position(key));
        }
        value_through_json(tree, copy)?;
        Ok(Some(copy))
    }

    /// Returns the collection that contains the last part of a path, and that part.
    fn container(&self, tree: &Tree, field: &str) -> Result<(NodeId, String)> {
        let Some(path) = self.text(field) else {
            return Err(self.error(format!("the operation has no `{field}`"), "op"));
        };
        let missing = || self.missing(tree, path, field);
        let mut parts: Vec<String> = path.split('/').skip(1).map(missing_path::decode_part).collect();
        let last = parts.pop().ok_or_else(missing)?;
        let mut node = tree.root();
        for part in parts {
            node = self.get(tree, node, &part).ok().flatten().ok_or_else(missing)?;
        }
        // A scalar has no values at any path.
        if tree.is_scalar(node) { Err(missing()) } else { Ok((node, last)) }
    }

    fn index(&self, key: &str, len: usize) -> Result<usize> {
        let index = key.parse::<i64>().map_err(|_| self.error(format!("`{key}` is not a list index"), "path"))?;
        let resolved = if index < 0 { index + len as i64 } else { index };
        usize::try_from(resolved)
            .ok()
            .filter(|&at| at < len)
            .ok_or_else(|| self.error(format!("index {index} is out of range"), "path"))
    }

    fn get(&self, tree: &Tree, container: NodeId, key: &str) -> Result<Value> {
        let value = match tree.kind(container) {
            Kind::Sequence => {
                let at = self.index(key, tree.len(container))?;
                tree.children(container).nth(at)
            }
            _ => tree.get(container, key),
        };
        Ok(value.filter(|&value| !tree.is_null(value)))
    }

    fn remove(&self, tree: &mut Tree, container: NodeId, key: &str) -> Result<()> {
        if tree.is_sequence(container) {
            let mut elements: Vec<NodeId> = tree.children(container).collect();
            let at = self.index(key, elements.len())?;
            elements.remove(at);
            tree.set_children(container, &elements);
        } else if tree.remove(container, key).is_none() {
            let error = self.error(format!("cannot remove `{key}`: it does not exist"), "path");
            let hint = self.text("path").and_then(|path| missing_path::hint(tree, path, "remove", ""));
            return Err(match hint {
                Some(hint) => error.hint(hint),
                None => error,
            });
        }
        Ok(())
    }

    fn or_null(&self, tree: &mut Tree, value: Value) -> NodeId {
        value.unwrap_or_else(|| tree.scalar("null", Tag::Null, Style::Plain, self.position()))
    }

    /// Adds a value. A collection that was part of the document has its key at `written`.
    fn add(&self, tree: &mut Tree, value: Value, written: Option<Position>) -> Result<()> {
        let (container, key) = self.container(tree, "path")?;
        let value = self.or_null(tree, value);
        if tree.is_sequence(container) {
            let mut elements: Vec<NodeId> = tree.children(container).collect();
            let at = match key.as_str() {
                "-" => elements.len(),
                key => self.index(key, elements.len() + 1)?,
            };
            elements.insert(at, value);
            tree.set_children(container, &elements);
        } else {
            self.put(tree, container, &key, value, written);
        }
        Ok(())
    }

    fn put(&self, tree: &mut Tree, mapping: NodeId, key: &str, value: NodeId, written: Option<Position>) {
        let written = written.unwrap_or(tree.position(value));
        let key = match tree.entries(mapping).find(|&(known, _)| tree.is_text(known, key)) {
            Some((known, field)) => {
                tree.overwrite(field, value);
                known
            }
            None => tree.append_string_entry(mapping, key, marshalled_style(key), value),
        };
        tree.set_position(key, written);
    }

    fn replace(&self, tree: &mut Tree) -> Result<()> {
        if self.text("path") == Some("") {
            let value = self.copy_value(tree)?.filter(|&value| !tree.is_scalar(value));
            let Some(value) = value else {
                return Err(
                    self.error("the document can only be replaced with a mapping or a list".to_string(), "value")
                );
            };
            let root = tree.root();
            tree.overwrite(root, value);
            return Ok(());
        }
        let (container, key) = self.container(tree, "path")?;
        let value = self.copy_value(tree)?;
        let value = self.or_null(tree, value);
        if tree.is_sequence(container) {
            let at = self.index(&key, tree.len(container))?;
            let element = tree.children(container).nth(at).expect("the index is in range");
            tree.overwrite(element, value);
        } else {
            self.put(tree, container, &key, value, None);
        }
        Ok(())
    }

    fn test(&self, tree: &Tree) -> Result<()> {
        let actual = match self.text("path") {
            Some("") => Some(tree.root()),
            _ => {
                let (container, key) = self.container(tree, "path")?;
                self.get(tree, container, &key)?
            }
        };
        let expected = self.patch.get(self.node, "value").filter(|&value| !self.patch.is_null(value));
        let equal = match (actual, expected) {
            (None, None) => true,
            (Some(actual), Some(expected)) => self.equal(tree, actual, expected),
            _ => false,
        };
        if equal {
            return Ok(());
        }
        Err(self.error(format!("the test of `{}` failed", self.text("path").unwrap_or_default()), "value"))
    }

    /// Returns whether a value in the document equals one in the patch.
    ///
    /// kustomize compares them as JSON texts, and uses the text of a patch in JSON unchanged: there `1.0` is not 1, and
    /// a character that Go's encoder escapes never matches (fixture `patches/json-test-of-an-escaped-character`).
    fn equal(&self, tree: &Tree, actual: NodeId, expected: NodeId) -> bool {
        let patch = self.patch;
        match (tree.kind(actual), patch.kind(expected)) {
            (Kind::Scalar, Kind::Scalar) => {
                let values = (typed(tree, actual, Context::Flow), typed(patch, expected, Context::Flow));
                let (Ok(x), Ok(y)) = values else { return false };
                let is_same = match (as_float(&x), as_float(&y)) {
                    (Some(x), Some(y)) => x == y,
                    _ => x == y,
                };
                is_same && (!is_json(patch) || is_written_as_by_go(patch.text(expected), &y))
            }
            (Kind::Sequence, Kind::Sequence) => {
                tree.len(actual) == patch.len(expected)
                    && tree.children(actual).zip(patch.children(expected)).all(|(x, y)| self.equal(tree, x, y))
            }
            (Kind::Mapping, Kind::Mapping) => {
                let is_same = |(key, x)| patch.get(expected, tree.text(key)).is_some_and(|y| self.equal(tree, x, y));
                tree.len(actual) == patch.len(expected) && tree.entries(actual).all(is_same)
            }
            _ => false,
        }
    }
}

/// Returns the value of a number. JSON has a single number type.
fn as_float(value: &Scalar<'_>) -> Option<f64> {
    match *value {
        Scalar::Int(value) => Some(value as f64),
        Scalar::Uint(value) => Some(value as f64),
        Scalar::Float(value) => Some(value),
        _ => None,
    }
}

/// Returns whether Go's encoding/json writes a value like the given text. The original text of a string is not known,
/// so a string that contains characters that Go escapes does not count.
fn is_written_as_by_go(text: &str, value: &Scalar<'_>) -> bool {
    match value {
        Scalar::Float(value) => text == json_float(*value),
        Scalar::Str(value) => !value.contains(['<', '>', '&', '\u{2028}', '\u{2029}']),
        _ => true,
    }
}
