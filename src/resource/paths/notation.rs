//! Hints for paths whose keys contain dots, which need a notation of their own.

use crate::diagnostic::nearest;
use crate::yaml::{NodeId, Tree};

use super::written_path::{lookup_part, split_dotted_path};

/// Mappings whose keys often contain dots.
const MAPS_OF_NAMES: [&str; 6] = ["labels", "annotations", "matchLabels", "nodeSelector", "data", "stringData"];

/// The minimum length of a key that is suggested. Shorter ones are similar to every other short one.
const MIN_SIMILAR_LENGTH: usize = 3;

/// A notation of keys with dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// `labels.[app.kubernetes.io/name]`, as in `replacements`.
    Brackets,
    /// `labels.app\.kubernetes\.io/name`, as in `vars`.
    Backslashes,
}

impl Notation {
    fn write(self, key: &str) -> String {
        match self {
            _ if !key.contains('.') => key.to_string(),
            Notation::Brackets => format!("[{key}]"),
            Notation::Backslashes => key.replace('.', "\\."),
        }
    }
}

/// Returns a hint for a path that does not exist in a document: the notation of a key with dots, or the missing part.
pub fn hint(tree: &Tree, path: &str, notation: Notation) -> Option<String> {
    if let Some(path) = with_separate_brackets(path, notation).or_else(|| with_quoted_key(tree, path, notation)) {
        return Some(format!("write `{path}`"));
    }
    let parts = split_dotted_path(path);
    let mut node = tree.root();
    for (at, part) in parts.iter().enumerate() {
        let Some(child) = lookup_part(tree, node, part) else {
            let before: String = parts[..at].iter().map(|part| notation.write(part) + ".").collect();
            let missing = format!("`{before}{}` does not exist", notation.write(part));
            let keys = tree.entries(node).map(|(key, _)| tree.text(key)).filter(|key| key.len() >= MIN_SIMILAR_LENGTH);
            return Some(match nearest(part, keys) {
                Some(similar) => format!("{missing}; did you mean `{before}{}`?", notation.write(similar)),
                None => missing,
            });
        };
        node = child;
    }
    None
}

/// Returns the path with each part in brackets separated by a dot and without quotes; `None` if it is written so already.
fn with_separate_brackets(path: &str, notation: Notation) -> Option<String> {
    let mut result = String::new();
    let mut rest = path;
    let mut is_changed = false;
    while let Some(open) = rest.find('[') {
        let length = rest[open..].find(']')?;
        let before = &rest[..open];
        let inner = &rest[open + 1..open + length];
        let key = inner.trim_matches(['"', '\'']);
        result.push_str(before);
        let is_index = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
        let is_separate = result.is_empty() || result.ends_with('.');
        if is_index && !is_separate && notation == Notation::Backslashes {
            result.push_str(&rest[open..=open + length]);
        } else {
            is_changed |= !is_separate || key != inner;
            if !is_separate {
                result.push('.');
            }
            match key {
                key if is_index => result.push_str(key),
                key if key.contains('=') => result.push_str(&format!("[{key}]")),
                key => result.push_str(&notation.write(key)),
            }
        }
        rest = &rest[open + length + 1..];
    }
    is_changed.then(|| result + rest)
}

/// Returns the path with a key quoted whose dots separate parts; `None` if there is no such key.
fn with_quoted_key(tree: &Tree, path: &str, notation: Notation) -> Option<String> {
    let parts = split_dotted_path(path);
    let mut node = tree.root();
    for (at, part) in parts.iter().enumerate() {
        if let Some(child) = lookup_part(tree, node, part) {
            node = child;
            continue;
        }
        let end = end_of_key(tree, node, &parts, at)?;
        let mut written: Vec<String> = parts[..at].iter().map(|part| notation.write(part)).collect();
        written.push(notation.write(&parts[at..end].join(".")));
        written.extend(parts[end..].iter().map(|part| notation.write(part)));
        return Some(written.join("."));
    }
    None
}

/// Returns the index after the parts of a key with dots.
fn end_of_key(tree: &Tree, mapping: NodeId, parts: &[String], at: usize) -> Option<usize> {
    let known = (at + 2..=parts.len()).rev().find(|&end| tree.get(mapping, &parts[at..end].join(".")).is_some());
    let is_map_of_names = at > 0 && MAPS_OF_NAMES.contains(&parts[at - 1].as_str());
    known.or_else(|| (is_map_of_names && parts.len() > at + 1).then_some(parts.len()))
}

#[cfg(test)]
mod tests {
    use super::{Notation, with_separate_brackets};

    #[test]
    fn brackets_are_separated_by_dots() {
        let brackets = |path| with_separate_brackets(path, Notation::Brackets);
        assert_eq!(brackets("metadata.labels[\"a.b/c\"]").as_deref(), Some("metadata.labels.[a.b/c]"));
        assert_eq!(brackets("spec.containers[name=web].image").as_deref(), Some("spec.containers.[name=web].image"));
        assert_eq!(brackets("spec.containers[0].image").as_deref(), Some("spec.containers.0.image"));
        assert_eq!(brackets("metadata.labels.[a.b/c]"), None);
        let backslashes = |path| with_separate_brackets(path, Notation::Backslashes);
        assert_eq!(backslashes("metadata.labels[a.b/c]").as_deref(), Some("metadata.labels.a\\.b/c"));
        assert_eq!(backslashes("spec.ports[0].port"), None);
    }
}
