//! Values that another program replaces before an API server gets the object.

use crate::yaml::{NodeId, Tree};

/// Returns whether a value, or a key, is not what an API server gets: a text with a variable, which Flux or envsubst substitutes, or
/// one that SOPS has encrypted, with the field that says how.
pub fn is_replaced(tree: &Tree, node: NodeId) -> bool {
    let text = tree.text(node);
    has_variable(text) || text.starts_with("ENC[") || is_encryption(tree, node)
}

/// Returns whether a text has a variable such as `${NAME}` or `${NAME:-default}`.
fn has_variable(text: &str) -> bool {
    text.match_indices("${").any(|(at, start)| {
        let inside = &text[at + start.len()..];
        inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && inside.contains('}')
    })
}

/// Returns whether a node is the key of the field in which SOPS describes the encryption of an object.
fn is_encryption(tree: &Tree, node: NodeId) -> bool {
    let mut fields = tree.entries(tree.root());
    fields.any(|(key, value)| key == node && tree.is_text(key, "sops") && tree.get(value, "mac").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_recognized() {
        for (text, expected) in [
            ("${A}", true),
            ("a-${A_1:-${B}}-b", true),
            ("${a/./-}", true),
            ("$A", false),
            ("${}", false),
            ("${A", false),
            ("${1}", false),
        ] {
            assert_eq!(has_variable(text), expected, "{text}");
        }
    }
}
