//! Warnings about nulls in labels and annotations that become texts.

use crate::diagnostic::{Code, Diagnostic};
use crate::resource::Resource;

/// Returns a warning for each null in labels or annotations that are about to be converted to strings.
pub fn nulls_as_text(resource: &Resource, fields: &[&str]) -> Vec<Diagnostic> {
    let tree = resource.tree();
    let mut warnings = Vec::new();
    for field in fields {
        let Some(map) = tree.get_path(resource.root(), &["metadata", field]) else { continue };
        for (key, value) in tree.entries(map).filter(|&(_, value)| tree.is_scalar(value) && tree.is_null(value)) {
            let (key_text, text) = (tree.text(key), tree.text(value));
            let message = format!("kustomize sets `metadata.{field}.{key_text}` to the text \"{text}\" here");
            let pointer = key_text.replace('~', "~0").replace('/', "~1");
            let warning = Diagnostic::warning(Code::NullAsText, message)
                .at(tree.position(key), "does not remove the key")
                .hint(format!("remove it with a JSON patch: `- {{op: remove, path: /metadata/{field}/{pointer}}}`"));
            warnings.push(*warning);
        }
    }
    warnings
}
