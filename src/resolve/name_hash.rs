//! The hash of a generated resource's content in its name.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::resource::{Resource, Resources};
use crate::yaml::{Tree, json_string, node_to_json};

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
            if tree.get(root, "stringData").is_some_and(|node| !tree.is_scalar(node)) {
                json.push_str(&format!(",\"stringData\":{}", field_json(tree, "stringData")?));
            }
            json.push_str(&format!(",\"type\":{}}}", field_json(tree, "type")?));
            json
        }
        _ => {
            let mut json = "{".to_string();
            if tree.get(root, "binaryData").is_some_and(|node| !tree.is_scalar(node)) {
                json.push_str(&format!("\"binaryData\":{},", field_json(tree, "binaryData")?));
            }
            json.push_str(&format!("\"data\":{},\"kind\":\"ConfigMap\",\"name\":\"\"}}", field_json(tree, "data")?));
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

/// Returns a field as the reference's hasher sees it: a missing one is the empty string, a scalar is its text, a list is
/// null (fixture `patches/hash-of-odd-data`).
fn field_json(tree: &Tree, field: &str) -> Result<String> {
    let mut json = String::new();
    match tree.get(tree.root(), field) {
        None => json.push_str("\"\""),
        Some(node) if tree.is_scalar(node) => json_string(&mut json, tree.text(node)),
        Some(node) if tree.is_sequence(node) => json.push_str("null"),
        Some(node) => {
            json = node_to_json(tree, node).map_err(|message| {
                Diagnostic::error(Code::Unwritable, message).at(tree.position(node), "in this field")
            })?;
        }
    }
    Ok(json)
}
