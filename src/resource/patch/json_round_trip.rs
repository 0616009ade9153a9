//! The round trip of documents through JSON, after which values may have other types, texts and styles.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic, Result, SAME_KEY};
use crate::yaml::{
    Context, GoYaml, Kind, NEXT_LINE, NEXT_LINE_IN_A_KEY, NodeId, Plain, Scalar, Style, Tag, Tree, UNREADABLE_BLOCK,
    format_float, is_base60, is_unreadable_block, json_float, multi_line_style, one_line_style, read_from_json,
    resolve, typed, yaml_1_1_bool,
};

/// Gives every value the type and the text that it has after kustomize's round trip through JSON: numbers are converted
/// to floats and back, dates become strings, and nodes are no longer linked.
///
/// # Errors
/// Fails on values that have no JSON form.
pub fn through_json(tree: &mut Tree) -> Result<()> {
    tree.unlink_all();
    normalize(tree, tree.root(), false, Form::Yaml)
}

/// Does the same for one value of a document.
///
/// # Errors
/// Fails on values that have no JSON form.
pub(super) fn value_through_json(tree: &mut Tree, value: NodeId) -> Result<()> {
    normalize(tree, value, false, Form::Yaml)
}

/// Checks that kustomize can parse a patched document again, which it writes as YAML (fixture
/// `patches/json-text-that-starts-with-a-tab`).
///
/// # Errors
/// Fails on block scalars that start with a tab.
pub(super) fn check_readable(tree: &Tree) -> Result<()> {
    let mut nodes = vec![tree.root()];
    while let Some(node) = nodes.pop() {
        nodes.extend(tree.children(node));
        check_block(tree, node)?;
    }
    Ok(())
}

/// Checks that a key is on one line when kustomize reads JSON as YAML (fixture `resources/list-with-next-line-in-a-key`).
fn check_line(tree: &Tree, key: NodeId) -> Result<()> {
    match tree.text(key).contains(NEXT_LINE) {
        true => Err(Diagnostic::error(Code::Unwritable, NEXT_LINE_IN_A_KEY).at(tree.position(key), "this key")),
        false => Ok(()),
    }
}

fn check_block(tree: &Tree, node: NodeId) -> Result<()> {
    let is_unreadable = tree.is_scalar(node) && is_unreadable_block(tree.text(node), tree.style(node));
    if !is_unreadable {
        return Ok(());
    }
    Err(Diagnostic::error(Code::Unwritable, UNREADABLE_BLOCK).at(tree.position(node), "this value"))
}

/// Does the same as [`through_json`] for an item of a list, which kustomize converts to JSON without writing YAML first: strings get double
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
                let first = entries.iter().find(|(other, _)| tree.text(*other) == tree.text(*key));
                let error = Diagnostic::error(Code::Unwritable, message).at(tree.position(*key), "this key");
                return Err(match first {
                    Some((first, _)) => error.at(tree.position(*first), "the same key").hint(SAME_KEY),
                    None => error,
                });
            }
            for (key, value) in entries {
                if !tree.is_scalar(key) || tree.is_explicit_null(key) {
                    return Err(Diagnostic::error(Code::Unwritable, "a mapping key must be a string")
                        .at(tree.position(key), ""));
                }
                if node != tree.root() {
                    normalize_key(tree, key, in_flow)?;
                    if form != Form::Yaml {
                        check_line(tree, key)?;
                    }
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
    if form == Form::Yaml && !in_flow {
        check_block(tree, node)?;
    }
    let context = Context::of_value(in_flow);
    let position = tree.position(node);
    let value = typed(tree, node, context)
        .map_err(|message| Diagnostic::error(Code::Unwritable, message).at(position, "this value"))?;
    let (text, tag, style) = match value {
        Scalar::Str(text) => {
            let is_read = form != Form::Yaml && text.contains(NEXT_LINE);
            let text = if is_read { Cow::Owned(read_from_json(&text).into_owned()) } else { text };
            let style = if form == Form::Json { Style::DoubleQuoted } else { marshalled_style(&text) };
            // Without quotes it is not a string for variables (fixture `vars/in-a-merge-key`).
            let tag = if form != Form::Json && text == "<<" { Tag::Merge } else { Tag::Str };
            let is_unchanged = text == tree.text(node);
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
    if tree.is_marked_secret(node) {
        tree.mark_secret(scalar);
    }
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
pub(super) fn marshalled_style(text: &str) -> Style {
    if text.contains('\n') {
        multi_line_style(text)
    } else if resolve(text, GoYaml::V3) == Plain::Str && !is_base60(text) && yaml_1_1_bool(text).is_none() {
        one_line_style(text)
    } else {
        Style::DoubleQuoted
    }
}
