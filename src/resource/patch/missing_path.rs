//! Hints for operations of JSON patches whose paths do not exist.

use crate::diagnostic::{flow_text, nearest};
use crate::yaml::{NodeId, Tree};

/// Mappings whose keys often contain slashes.
const MAPS_OF_NAMES: [&str; 4] = ["labels", "annotations", "matchLabels", "nodeSelector"];

/// The minimum length of a key that is suggested. Shorter ones are similar to every other short one.
const MIN_SIMILAR_LENGTH: usize = 3;

/// Returns a hint for an operation at a path that does not exist in a document. `value` is the text of the value to add.
pub fn hint(tree: &Tree, path: &str, operation: &str, value: &str) -> Option<String> {
    let Some(rest) = path.strip_prefix('/') else {
        return Some(format!("a path starts with `/`: `/{}`", path.replace('.', "/")));
    };
    let parts: Vec<&str> = rest.split('/').collect();
    let mut node = tree.root();
    for (at, part) in parts.iter().enumerate() {
        let found = child(tree, node, &decode_part(part));
        match found.filter(|&found| at + 1 == parts.len() || !tree.is_scalar(found)) {
            Some(child) => node = child,
            None => return missing_part(tree, (node, found), &parts, at, (operation, value)),
        }
    }
    None
}

/// Returns a hint for the first part that is missing, that of the child of `node` at the index `at`.
fn missing_part(
    tree: &Tree,
    (node, found): (NodeId, Option<NodeId>),
    parts: &[&str],
    at: usize,
    (operation, value): (&str, &str),
) -> Option<String> {
    let before: String = parts[..at].iter().map(|part| format!("/{part}")).collect();
    let missing = format!("{before}/{}", parts[at]);
    if let Some(key) = key_with_slashes(tree, node, parts, at) {
        return Some(format!("in a key, `/` is written `~1`: `{before}/{key}`"));
    }
    let what = match found {
        Some(found) if tree.is_null(found) => format!("`{missing}` is null"),
        Some(_) => return Some(format!("`{missing}` is a single value, and contains no other fields")),
        None if tree.is_sequence(node) => return Some(missing_element(tree, node, &before, parts[at])),
        None => format!("`{missing}` does not exist"),
    };
    let keys = tree.entries(node).map(|(key, _)| tree.text(key)).filter(|key| key.len() >= MIN_SIMILAR_LENGTH);
    if found.is_none()
        && let Some(similar) = nearest(&decode_part(parts[at]), keys)
    {
        return Some(format!("{what}; did you mean `{before}/{}`?", encode_part(similar)));
    }
    let nested = parts[at + 1..].iter().rev().fold(value.to_string(), |inner, part| match *part {
        "-" | "0" => format!("[{inner}]"),
        part => format!("{{{}: {inner}}}", flow_text(&decode_part(part))),
    });
    Some(match operation {
        "add" if at + 1 < parts.len() => format!(
            "{what}, and `add` creates only the last part: add `{missing}` with the value `{nested}`, or use a strategic merge patch"
        ),
        _ => what,
    })
}

/// Returns a hint for an element that a list does not have.
fn missing_element(tree: &Tree, list: NodeId, path: &str, part: &str) -> String {
    let named =
        tree.elements(list).position(|element| tree.get(element, "name").is_some_and(|name| tree.is_text(name, part)));
    match (named, part.parse::<i64>()) {
        (Some(index), _) => format!("`{path}` is a list, whose elements have indexes: `{path}/{index}`"),
        (None, Err(_)) => format!("`{path}` is a list, whose elements have indexes: `{path}/0`"),
        (None, Ok(_)) => match tree.len(list) {
            1 => format!("`{path}` has 1 element, and the first index is 0"),
            len => format!("`{path}` has {len} elements, and the first index is 0"),
        },
    }
}

/// Returns the encoded key that the parts of a path from an index on spell with slashes that are not escaped.
fn key_with_slashes(tree: &Tree, mapping: NodeId, parts: &[&str], at: usize) -> Option<String> {
    let joined = |end: usize| parts[at..end].join("/");
    let known = (at + 2..=parts.len()).find(|&end| tree.get(mapping, &decode_part(&joined(end))).is_some());
    let is_map_of_names = at > 0 && MAPS_OF_NAMES.contains(&parts[at - 1]);
    let is_domain = is_map_of_names && parts[at].contains('.') && parts.len() == at + 2;
    let end = known.or_else(|| is_domain.then_some(parts.len()))?;
    let rest: String = parts[end..].iter().map(|part| format!("/{part}")).collect();
    Some(parts[at..end].join("~1") + &rest)
}

fn child(tree: &Tree, node: NodeId, part: &str) -> Option<NodeId> {
    if !tree.is_sequence(node) {
        return tree.get(node, part);
    }
    let index = part.parse::<i64>().ok()?;
    let index = if index < 0 { index + tree.len(node) as i64 } else { index };
    tree.elements(node).nth(usize::try_from(index).ok()?)
}

/// Returns a part of a path without escapes.
pub(super) fn decode_part(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

fn encode_part(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
