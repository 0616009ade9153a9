//! The values of a chart as trees.

use std::collections::BTreeMap;

use serde_yaml::Value;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::resource::patch::strategic_merge::{NewElements, merge};
use crate::resource::{Schema, Work};
use crate::yaml::{GoYaml, NodeId, Position, Style, Tag, Tree, format_float, plain_tag};

/// Returns `valuesInline` as a tree. As in kustomize, all numbers become floating-point numbers.
///
/// # Errors
/// Fails on keys that are not strings, numbers or booleans.
pub(super) fn inline_values(values: &BTreeMap<String, Value>, position: Position) -> Result<Tree> {
    let mut tree = Tree::new_mapping(position);
    let root = tree.root();
    for (key, value) in values {
        let value = add_value(&mut tree, value, position)?;
        append_string_entry(&mut tree, root, key, value);
    }
    Ok(tree)
}

fn append_string_entry(tree: &mut Tree, mapping: NodeId, key: &str, value: NodeId) {
    let key = tree.scalar(key, Tag::Str, Style::DoubleQuoted, tree.position(value));
    tree.append(mapping, key);
    tree.append(mapping, value);
}

fn add_value(tree: &mut Tree, value: &Value, position: Position) -> Result<NodeId> {
    Ok(match value {
        Value::Null => tree.scalar("null", Tag::Null, Style::Plain, position),
        Value::Bool(value) => tree.scalar(&value.to_string(), Tag::Bool, Style::Plain, position),
        Value::Number(number) => {
            let text = format_float(number.as_f64().unwrap_or(f64::NAN));
            tree.scalar(&text, plain_tag(&text, GoYaml::V3), Style::Plain, position)
        }
        Value::String(text) => tree.scalar(text, Tag::Str, Style::DoubleQuoted, position),
        Value::Sequence(elements) => {
            let sequence = tree.sequence(position);
            for element in elements {
                let element = add_value(tree, element, position)?;
                tree.append(sequence, element);
            }
            sequence
        }
        Value::Mapping(entries) => {
            let mapping = tree.mapping(position);
            for (key, value) in entries {
                let key = match key {
                    Value::String(text) => text.clone(),
                    Value::Bool(value) => value.to_string(),
                    Value::Number(number) if number.is_f64() => format_float(number.as_f64().unwrap_or(f64::NAN)),
                    Value::Number(number) => number.to_string(),
                    _ => {
                        return Err(Diagnostic::error(Code::WrongType, "a key in `valuesInline` is not a string")
                            .at(position, "in this chart"));
                    }
                };
                let value = add_value(tree, value, position)?;
                append_string_entry(tree, mapping, &key, value);
            }
            mapping
        }
        Value::Tagged(tagged) => add_value(tree, &tagged.value, position)?,
    })
}

/// Merges values. `$patch` directives are supported, and null removes a field.
///
/// # Errors
/// Fails if a mapping would be merged with a value that is not a mapping.
pub(super) fn merge_values(values: &Tree, patch: &Tree) -> Result<Tree> {
    // The merge supports null and removal only for field values, so each root becomes the value of a field.
    const FIELD: &str = "values";
    let as_field = |values: &Tree| {
        let position = values.position(values.root());
        let mut tree = Tree::new_mapping(position);
        let root = tree.root();
        let values = tree.copy_from(values, values.root());
        tree.append_entry(root, FIELD, values);
        tree
    };
    let mut merged = as_field(values);
    merge(&mut merged, &as_field(patch), &Schema::default(), NewElements::Last, &mut Work::default())?;
    let root = match merged.get(merged.root(), FIELD) {
        Some(root) => root,
        None => merged.mapping(patch.position(patch.root())),
    };
    merged.set_root(root);
    plain_styles(&mut merged, root);
    Ok(merged)
}

pub(super) fn null(position: Position) -> Tree {
    let mut tree = Tree::new_mapping(position);
    let null = tree.scalar("null", Tag::Null, Style::Plain, position);
    tree.set_root(null);
    tree
}

/// Resets all styles to plain. Unlike for resources, kustomize does not write and reread values, so only tags determine the
/// types of scalars.
fn plain_styles(tree: &mut Tree, node: NodeId) {
    tree.set_style(node, Style::Plain);
    let children: Vec<NodeId> = tree.children(node).collect();
    for child in children {
        plain_styles(tree, child);
    }
}

/// Removes values that are aliases, and fields added by merge keys with aliases: kustomize's merge ignores both. It keeps
/// aliases in lists, since it does not merge lists.
///
/// The parser has already expanded aliases, but the copies have their original positions: before the key, or before the
/// mapping. Positions do not distinguish a merge key with a list of aliases, which kustomize keeps, from one with an alias.
pub(super) fn remove_aliases(tree: &mut Tree, mapping: NodeId) {
    let start = tree.position(mapping).offset;
    let entries: Vec<(NodeId, NodeId)> = tree.entries(mapping).collect();
    let is_own = |&(key, value): &(NodeId, NodeId)| {
        let key = tree.position(key).offset;
        key >= start && tree.position(value).offset >= key
    };
    let (own, aliases): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_own);
    if !aliases.is_empty() {
        let children: Vec<NodeId> = own.iter().flat_map(|&(key, value)| [key, value]).collect();
        tree.set_children(mapping, &children);
    }
    for (_, value) in own {
        remove_aliases(tree, value);
    }
}
