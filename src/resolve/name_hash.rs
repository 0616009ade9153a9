//! The hash of a generated resource's content in its name.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::resource::{Resource, Resources};
use crate::yaml::{Context, Kind, NodeId, Plain, Scalar, Tree, float_through_json, typed};

/// Appends the hash to the names of the resources that want it.
///
/// # Errors
/// Fails on contents that have no JSON form.
pub fn add_hashes(resources: &mut Resources) -> Result<()> {
    let schema = resources.schema().clone();
    for resource in resources.iter_mut().filter(|resource| resource.needs_hash) {
        let hash = hash(resource)?;
        resource.store_previous_id(&schema);
        let name = format!("{}-{hash}", resource.name());
        let position = resource.position();
        resource.set_name(&name, position)?;
    }
    Ok(())
}

/// Returns the ten characters of the hash.
fn hash(resource: &Resource) -> Result<String> {
    let tree = resource.tree();
    let root = tree.root();
    let json = match resource.kind() {
        "Secret" => {
            let mut json = format!("{{\"data\":{}", field_json(tree, "data")?);
            json.push_str(",\"kind\":\"Secret\",\"name\":\"\"");
            if tree.get(root, "stringData").is_some_and(|node| tree.is_mapping(node)) {
                write_str(&mut json, &format!(",\"stringData\":{}", field_json(tree, "stringData")?));
            }
            write_str(&mut json, &format!(",\"type\":{}}}", field_json(tree, "type")?));
            json
        }
        _ => {
            let mut json = "{".to_string();
            if tree.get(root, "binaryData").is_some_and(|node| tree.is_mapping(node)) {
                write_str(&mut json, &format!("\"binaryData\":{},", field_json(tree, "binaryData")?));
            }
            write_str(
                &mut json,
                &format!("\"data\":{},\"kind\":\"ConfigMap\",\"name\":\"\"}}", field_json(tree, "data")?),
            );
            json
        }
    };
    let digest = Sha256::digest(json.as_bytes());
    let mut hex = String::new();
    for byte in digest.iter().take(5) {
        write!(hex, "{byte:02x}").expect("writing to a string");
    }
    // Letters and digits that could spell words are replaced.
    Ok(hex
        .chars()
        .map(|c| match c {
            '0' => 'g',
            '1' => 'h',
            '3' => 'k',
            'a' => 'm',
            'e' => 't',
            c => c,
        })
        .collect())
}

fn write_str(json: &mut String, text: &str) {
    json.push_str(text);
}

/// Returns a field as the reference's hasher sees it: a missing one is the empty string, a scalar is its text.
fn field_json(tree: &Tree, field: &str) -> Result<String> {
    let mut json = String::new();
    match tree.get(tree.root(), field) {
        None => json.push_str("\"\""),
        Some(node) if tree.is_scalar(node) => write_string(&mut json, tree.text(node)),
        Some(node) => write_json(&mut json, tree, node)?,
    }
    Ok(json)
}

/// Writes a node as Go's encoding/json does.
pub fn write_json(json: &mut String, tree: &Tree, node: NodeId) -> Result<()> {
    match tree.kind(node) {
        Kind::Mapping => {
            let mut entries: Vec<(&str, NodeId)> =
                tree.entries(node).map(|(key, value)| (tree.text(key), value)).collect();
            entries.sort_by_key(|&(key, _)| key);
            json.push('{');
            for (at, (key, value)) in entries.into_iter().enumerate() {
                if at > 0 {
                    json.push(',');
                }
                write_string(json, key);
                json.push(':');
                write_json(json, tree, value)?;
            }
            json.push('}');
        }
        Kind::Sequence => {
            json.push('[');
            for (at, element) in tree.children(node).enumerate() {
                if at > 0 {
                    json.push(',');
                }
                write_json(json, tree, element)?;
            }
            json.push(']');
        }
        Kind::Scalar => {
            let value = typed(tree, node, Context::Block).map_err(|message| {
                Diagnostic::error(Code::Unwritable, message).at(tree.position(node), "this value")
            })?;
            match value {
                Scalar::Null => json.push_str("null"),
                Scalar::Bool(value) => json.push_str(if value { "true" } else { "false" }),
                Scalar::Int(value) => json.push_str(&value.to_string()),
                Scalar::Uint(value) => json.push_str(&value.to_string()),
                Scalar::Float(value) => json.push_str(&float_json(value)),
                Scalar::Str(text) => write_string(json, &text),
            }
        }
    }
    Ok(())
}

fn float_json(value: f64) -> String {
    match float_through_json(value) {
        Plain::Int(value) => value.to_string(),
        Plain::Uint(value) => value.to_string(),
        _ if value.abs() < 1e-6 || value.abs() >= 1e21 => {
            let text = format!("{value:e}");
            if text.contains("e-") { text } else { text.replace('e', "e+") }
        }
        _ => value.to_string(),
    }
}

/// Writes a string as Go's encoding/json does, with its escapes for HTML.
pub fn write_string(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                write!(json, "\\u{:04x}", c as u32).expect("writing to a string");
            }
            c => json.push(c),
        }
    }
    json.push('"');
}
