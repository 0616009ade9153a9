//! The content hash in the name of a generated resource.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::resource::{Resource, Resources, Step};
use crate::yaml::{Position, Sink, Tree, json_string, node_to_json};

/// Appends the hash to the name of each resource that needs it.
///
/// For kinds other than ConfigMap and Secret, kustomize hashes the nodes of its parser, with comments, lines and columns. boutique
/// does not have them, and warns.
///
/// # Errors
/// Fails on content that cannot be represented in JSON.
pub fn add_hashes(resources: &mut Resources) -> Result<()> {
    let schema = resources.schema().clone();
    let mut warnings = Vec::new();
    for resource in resources.iter_mut().filter(|resource| resource.is_hash_enabled()) {
        if !matches!(resource.kind(), "ConfigMap" | "Secret") {
            resource.needs_hash = false;
            warnings.push(missing_hash(resource));
            continue;
        }
        let hash = hash(resource)?;
        resource.store_previous_id(&schema);
        let name = format!("{}-{hash}", resource.name());
        let position = resource.name_position();
        resource.set_name(&name, position)?;
    }
    resources.record(Step::new(Step::NAME_HASH, Position::NONE));
    warnings.into_iter().for_each(|warning| resources.warn(*warning));
    Ok(())
}

/// Returns the warning about a resource that should have a hash.
fn missing_hash(resource: &Resource) -> Box<Diagnostic> {
    let position = match resource.hash_annotation() {
        Some(annotation) => resource.tree().position(annotation),
        None => resource.position(),
    };
    let message = format!("the name of {} has no hash, unlike in kustomize", resource.label());
    Diagnostic::warning(Code::MissingNameHash, message)
        .at(position, "enables the hash, which is only supported for ConfigMaps and Secrets")
}

/// Returns the hash, which has ten characters.
fn hash(resource: &Resource) -> Result<String> {
    let mut sha = Sha256::new();
    write_content(resource, &mut |text| sha.update(text.as_bytes()))?;
    let mut hex = String::new();
    for byte in sha.finalize().iter().take(5) {
        write!(hex, "{byte:02x}").expect("writing to a string");
    }
    // Some characters are replaced so that the hash does not spell words.
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

/// Writes the content that is hashed as JSON.
fn write_content(resource: &Resource, out: Sink<'_>) -> Result<()> {
    let tree = resource.tree();
    let has_map = |field| tree.get(tree.root(), field).is_some_and(|node| !tree.is_scalar(node));
    out("{");
    if resource.kind() == "Secret" {
        out("\"data\":");
        write_field(tree, "data", out)?;
        out(",\"kind\":\"Secret\",\"name\":\"\"");
        if has_map("stringData") {
            out(",\"stringData\":");
            write_field(tree, "stringData", out)?;
        }
        out(",\"type\":");
        write_field(tree, "type", out)?;
    } else {
        if has_map("binaryData") {
            out("\"binaryData\":");
            write_field(tree, "binaryData", out)?;
            out(",");
        }
        out("\"data\":");
        write_field(tree, "data", out)?;
        out(",\"kind\":\"ConfigMap\",\"name\":\"\"");
    }
    out("}");
    Ok(())
}

/// Writes a field as in kustomize's hasher: a missing field is the empty string, a scalar is its text, and a list is null
/// (fixture `patches/hash-of-numbers-and-lists`).
fn write_field(tree: &Tree, field: &str, out: Sink<'_>) -> Result<()> {
    match tree.get(tree.root(), field) {
        None => out("\"\""),
        Some(node) if tree.is_scalar(node) => json_string(tree.text(node), out),
        Some(node) if tree.is_sequence(node) => out("null"),
        Some(node) => node_to_json(tree, node, out)
            .map_err(|message| Diagnostic::error(Code::Unwritable, message).at(tree.position(node), "in this field"))?,
    }
    Ok(())
}
