//! JSON patches (RFC 6902) on trees, which preserve the positions of values in the patch.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::resource::limits::check_memory;
use crate::yaml::{
    Context, GoYaml, Kind, NodeId, Plain, Position, Scalar, Style, Tag, Tree, format_float, format_short_float,
    is_base60, json_float, one_line_style, resolve, typed, yaml_1_1_bool,
};

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
        let checked = check_memory(tree.memory(), max_memory);
        checked.map_err(|error| error.at(patch.position(operation), "in this operation"))?;
    }
    Ok(())
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
        normalize(tree, copy, false, Form::Yaml)?;
        Ok(Some(copy))
    }

    /// Returns the collection that contains the last part of a path, and that part.
    fn container(&self, tree: &Tree, field: &str) -> Result<(NodeId, String)> {
        let Some(path) = self.text(field) else {
            return Err(self.error(format!("the operation has no `{field}`"), "op"));
        };
        let missing = || self.error(format!("path `{path}` does not exist"), field);
        let mut parts: Vec<String> = path.split('/').skip(1).map(decode_part).collect();
        let last = parts.pop().ok_or_else(missing)?;
        let mut node = tree.root();
        for part in parts {
            node = self.get(tree, node, &part).ok().flatten().ok_or_else(missing)?;
            if tree.is_scalar(node) {
                return Err(missing());
            }
        }
        Ok((node, last))
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
            return Err(self.error(format!("cannot remove `{key}`: it does not exist"), "path"));
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

fn decode_part(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
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

/// Gives every value the type and the text that it has after kustomize's round trip through JSON: numbers are converted
/// to floats and back, dates become strings, and nodes are no longer linked.
///
/// # Errors
/// Fails on values that have no JSON form.
pub fn through_json(tree: &mut Tree) -> Result<()> {
    tree.unlink_all();
    normalize(tree, tree.root(), false, Form::Yaml)
}

/// Does the same for an item of a list, which kustomize converts to JSON without writing YAML first: strings get double
/// quotes, folded scalars become literal, an empty value is null even in flow style, and integers are preserved
/// (fixtures `resources/list-with-*`).
///
/// # Errors
/// Fails on values that have no JSON form.
pub fn list_item_through_json(tree: &mut Tree) -> Result<()> {
    for node in tree.node_ids() {
        match tree.style(node) {
            Style::Folded => tree.set_style(node, Style::Literal),
            _ if !tree.is_scalar(node) => tree.set_style(node, Style::Plain),
            _ => {}
        }
    }
    tree.unlink_all();
    normalize(tree, tree.root(), false, Form::Json)
}

/// Does the same for the configuration of a plugin, which kustomize converts to JSON and then to YAML: integers are
/// preserved (fixture `transformers/large-numbers`).
///
/// # Errors
/// Fails on values that have no JSON form.
pub fn through_json_as_yaml(tree: &mut Tree) -> Result<()> {
    tree.unlink_all();
    normalize(tree, tree.root(), false, Form::YamlOfJson)
}

/// The form from which kustomize parses a document again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// YAML that Go writes for decoded JSON: all numbers are floats, and `<<` has no quotes.
    Yaml,
    /// YAML that Go writes for JSON that it parsed as YAML: like `Yaml`, but integers are preserved.
    YamlOfJson,
    Json,
}

fn normalize(tree: &mut Tree, node: NodeId, in_flow: bool, form: Form) -> Result<()> {
    let in_flow = in_flow || tree.style(node) == Style::Flow;
    match tree.kind(node) {
        Kind::Scalar => return normalize_scalar(tree, node, in_flow, form),
        Kind::Sequence => {
            let elements: Vec<NodeId> = tree.children(node).collect();
            for element in elements {
                normalize(tree, element, in_flow, form)?;
            }
        }
        Kind::Mapping => {
            let entries: Vec<_> = tree.entries(node).collect();
            let mut keys = HashSet::new();
            if let Some((key, _)) = entries.iter().find(|(key, _)| !keys.insert(tree.text(*key))) {
                // (fixture `patches/json-duplicate-key-in-the-resource`)
                let message = format!("mapping key `{}` is already defined", tree.text(*key));
                return Err(Diagnostic::error(Code::Unwritable, message).at(tree.position(*key), "this key"));
            }
            for (key, value) in entries {
                if !tree.is_scalar(key) || tree.is_explicit_null(key) {
                    return Err(Diagnostic::error(Code::Unwritable, "a mapping key must be a string")
                        .at(tree.position(key), ""));
                }
                if node != tree.root() {
                    normalize_key(tree, key, in_flow)?;
                }
                normalize(tree, value, in_flow, form)?;
            }
        }
    }
    tree.set_style(node, Style::Plain);
    Ok(())
}

/// Converts an integer key to a string (fixture `patches/json-keys-become-strings`).
///
/// # Errors
/// Fails on keys of other types, which have no JSON form.
fn normalize_key(tree: &mut Tree, key: NodeId, in_flow: bool) -> Result<()> {
    let context = if in_flow { Context::Flow } else { Context::Key };
    let text = match typed(tree, key, context) {
        Ok(Scalar::Str(_)) => return Ok(()),
        Ok(Scalar::Int(value)) => value.to_string(),
        Ok(Scalar::Uint(value)) => value.to_string(),
        _ => {
            return Err(Diagnostic::error(Code::Unwritable, "a mapping key must be a string")
                .at(tree.position(key), "this key"));
        }
    };
    let scalar = tree.scalar(&text, Tag::Str, Style::DoubleQuoted, tree.position(key));
    tree.overwrite(key, scalar);
    Ok(())
}

fn normalize_scalar(tree: &mut Tree, node: NodeId, in_flow: bool, form: Form) -> Result<()> {
    let context = Context::of_value(in_flow);
    let position = tree.position(node);
    let value = typed(tree, node, context)
        .map_err(|message| Diagnostic::error(Code::Unwritable, message).at(position, "this value"))?;
    let (text, tag, style) = match value {
        Scalar::Str(text) => {
            let style = if form == Form::Json { Style::DoubleQuoted } else { marshalled_style(&text) };
            // Without quotes it is not a string for variables (fixture `vars/in-a-merge-key`).
            let tag = if form != Form::Json && text == "<<" { Tag::Merge } else { Tag::Str };
            let is_unchanged = matches!(text, Cow::Borrowed(_));
            if is_unchanged && tree.tag(node) == tag && !tree.is_tagged(node) {
                tree.set_style(node, style);
                return Ok(());
            }
            (text.into_owned(), tag, style)
        }
        Scalar::Null => ("null".to_string(), Tag::Null, Style::Plain),
        Scalar::Bool(value) => (value.to_string(), Tag::Bool, Style::Plain),
        Scalar::Int(value) if value.unsigned_abs() < MAX_EXACT_INTEGER && is_plain_number(tree, node) => {
            tree.set_style(node, Style::Plain);
            return Ok(());
        }
        Scalar::Float(value) if !value.is_finite() => {
            let message = "infinity and NaN have no JSON form";
            return Err(Diagnostic::error(Code::Unwritable, message).at(position, "this value"));
        }
        Scalar::Int(value) if form != Form::Yaml => number(value.to_string()),
        Scalar::Uint(value) if form != Form::Yaml => number(value.to_string()),
        Scalar::Float(value) if form != Form::Yaml => number(json_float(value)),
        Scalar::Int(value) => number(format_float(value as f64)),
        Scalar::Uint(value) => number(format_float(value as f64)),
        Scalar::Float(value) => number(format_float(value)),
    };
    let scalar = tree.scalar(&text, tag, style, position);
    tree.overwrite(node, scalar);
    Ok(())
}

/// Integers below this limit are exact as floating-point numbers, and are written without an exponent.
const MAX_EXACT_INTEGER: u64 = 1_000_000_000_000_000;

/// Returns whether an integer is written in its canonical form.
fn is_plain_number(tree: &Tree, node: NodeId) -> bool {
    let text = tree.text(node);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_decimal = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    (is_decimal || text == "0") && tree.tag(node) == Tag::Int && !tree.is_tagged(node)
}

fn number(text: String) -> (String, Tag, Style) {
    let tag = resolve(&text, GoYaml::V3).tag();
    (text, tag, Style::Plain)
}

/// Returns the style in which Go's yaml v3 writes a string.
fn marshalled_style(text: &str) -> Style {
    if text.contains('\n') {
        Style::Literal
    } else if resolve(text, GoYaml::V3) == Plain::Str && !is_base60(text) && yaml_1_1_bool(text).is_none() {
        one_line_style(text)
    } else {
        Style::DoubleQuoted
    }
}
