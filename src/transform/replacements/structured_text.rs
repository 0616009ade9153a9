//! Values inside scalars that contain JSON or YAML.

use std::sync::Arc;

use crate::diagnostic::{Result, invalid_yaml};
use crate::kustomization::FieldOptions;
use crate::resource::limits::check_memory;
use crate::resource::paths::path_matcher::{self, Part};
use crate::resource::paths::written_path::lookup_part;
use crate::yaml::{
    FileId, Kind, NodeId, ParseLimits, Position, Presentation, Tree, parse_presented, parse_value, to_json,
    to_text_with,
};

use super::field_value::set_value;

/// Sets a value inside a scalar that contains JSON or YAML, and returns the scalar; `None` if the path does not lead into one.
///
/// # Errors
/// Fails if a part of a list or a mapping is to be set (fixture `replacements/delimiter-in-structured-text`), and if the document
/// gets too large.
pub fn set_in_structured_text(
    tree: &mut Tree,
    value: &Tree,
    parts: &[Part],
    create: Option<Kind>,
    options: Option<&FieldOptions>,
    limit: usize,
) -> Result<Option<NodeId>> {
    let Some((field, rest)) = structured_field(tree, parts) else { return Ok(None) };
    let text = tree.text(field).to_string();
    let is_json = is_json(&text);
    let Ok(Some((mut inner, mut presentation))) = parse_text(&text) else { return Ok(None) };
    let root = inner.root();
    let Ok(found) = path_matcher::find(&mut inner, root, rest, create, Position::NONE) else { return Ok(None) };
    if found.nodes.is_empty() && !found.inside_text || presentation.has_filled_alias(&inner) {
        return Ok(None);
    }
    found.nodes.into_iter().try_for_each(|node| {
        if !inner.is_scalar(node) {
            presentation.remove(node);
        }
        set_value(&mut inner, node, value, options).map_err(|error| error.at(tree.position(field), "in this text"))?;
        check_memory(inner.memory(), limit)
    })?;
    let written = if is_json {
        let pretty = text.contains('\n') && text.contains("  ");
        let Ok(written) = to_json(&inner, pretty) else { return Ok(None) };
        written
    } else {
        to_text_with(&inner, root, &presentation)
    };
    tree.set_text(field, written.trim(), value.position(value.root()));
    if inner.node_ids().any(|node| inner.is_marked_secret(node)) {
        tree.mark_secret(field);
    }
    Ok(Some(field))
}

/// Finds the scalar on a path, and the part of the path that continues inside it.
fn structured_field<'a>(tree: &Tree, parts: &'a [Part]) -> Option<(NodeId, &'a [Part])> {
    for at in 1..parts.len() {
        let mut names = parts[..at].iter().map(|part| part.text.as_str());
        let found =
            names.try_fold(tree.root(), |node, name| if name == "*" { None } else { lookup_part(tree, node, name) });
        let Some(node) = found else { continue };
        if tree.is_scalar(node) && parse_text(tree.text(node)).is_ok() {
            return Some((node, &parts[at..]));
        }
    }
    None
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Parses a text inside of a value. JSON is written without its presentation.
fn parse_text(text: &str) -> Result<Option<(Tree, Presentation)>> {
    let parsed = if is_json(text) {
        let source = Arc::new(text.to_string());
        let tree = parse_value(&source, FileId::NONE, ParseLimits::default());
        tree.map(|tree| tree.map(|tree| (tree, Presentation::default())))
    } else {
        parse_presented(text)
    };
    parsed.map_err(invalid_yaml)
}
