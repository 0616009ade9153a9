//! The value of one field that a replacement sets.

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::FieldOptions;
use crate::yaml::{NodeId, Tree};

/// Sets one field. A scalar keeps its type: only its text changes.
///
/// # Errors
/// Fails if a part of a list or a mapping is to be set.
pub fn set_value(tree: &mut Tree, node: NodeId, value: &Tree, options: Option<&FieldOptions>) -> Result<()> {
    let root = value.root();
    let mut text = value.text(root).to_string();
    if let Some(options) = options.filter(|options| !options.delimiter.is_empty()) {
        if !tree.is_scalar(node) {
            return Err(Diagnostic::error(
                Code::InvalidReplacement,
                "delimiter option can only be used with scalar nodes",
            )
            .at(tree.position(node), "not a scalar"));
        }
        let mut parts: Vec<&str> = tree.text(node).split(options.delimiter.as_str()).collect();
        match usize::try_from(options.index) {
            Err(_) => parts.insert(0, &text),
            Ok(index) if index >= parts.len() => parts.push(&text),
            Ok(index) => parts[index] = &text,
        }
        text = parts.join(&options.delimiter);
    }
    if tree.is_scalar(node) {
        tree.set_text(node, &text, value.position(root));
        if value.is_marked_secret(root) {
            tree.mark_secret(node);
        }
    } else {
        let copy = tree.copy_from(value, root);
        if value.is_scalar(root) {
            tree.set_text(copy, &text, value.position(root));
        }
        tree.overwrite(node, copy);
    }
    Ok(())
}
