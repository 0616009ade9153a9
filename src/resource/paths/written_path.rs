//! Paths to fields in kustomization files.

use std::borrow::Cow;

use crate::yaml::{NodeId, Tree};

/// Splits a path at a delimiter, which a backslash escapes. A leading delimiter is ignored.
pub fn split_path(path: &str, delimiter: char) -> Vec<String> {
    let mut rest = Some(path.strip_prefix(delimiter).unwrap_or(path));
    let mut names = Vec::new();
    while let Some(path) = rest {
        let (name, more) = split_first(path, delimiter);
        names.push(name.into_owned());
        rest = more;
    }
    names
}

/// Splits the first name off a path, see [`split_path`].
pub fn split_first(path: &str, delimiter: char) -> (Cow<'_, str>, Option<&str>) {
    let mut escaped = String::new();
    let mut rest = path;
    while let Some((part, after)) = rest.split_once(delimiter) {
        rest = after;
        match part.strip_suffix('\\') {
            Some(part) => {
                escaped.push_str(part);
                escaped.push(delimiter);
            }
            None if escaped.is_empty() => return (Cow::Borrowed(part), Some(after)),
            None => return (Cow::Owned(escaped + part), Some(after)),
        }
    }
    (if escaped.is_empty() { Cow::Borrowed(rest) } else { Cow::Owned(escaped + rest) }, None)
}

/// Splits a dotted path, but not at dots inside brackets: `spec.[name=a.b].x`. `[a.b]` is a name with a dot.
pub fn split_dotted_path(path: &str) -> Vec<String> {
    let mut result = Vec::new();
    let mut parts = split_path(path, '.').into_iter();
    while let Some(part) = parts.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            result.push(part);
            continue;
        }
        let mut bracketed = part;
        for part in parts.by_ref() {
            bracketed.push('.');
            bracketed.push_str(&part);
            if part.ends_with(']') {
                break;
            }
        }
        if bracketed.contains('=') {
            result.push(bracketed);
        } else {
            result.push(bracketed.trim_matches(['[', ']']).to_string());
        }
    }
    result
}

/// Follows one part of a path: a field name, an index, `-` for the last element, or `[field=value]`.
pub fn lookup_part(tree: &Tree, node: NodeId, part: &str) -> Option<NodeId> {
    let part = part.trim();
    if part.is_empty() {
        return Some(node);
    }
    if let Ok(index) = part.parse::<usize>() {
        return tree.elements(node).nth(index);
    }
    if part == "-" {
        return tree.elements(node).last();
    }
    if part == "*" {
        // It does not select a single element (fixture `replacements/source-with-an-asterisk`).
        return None;
    }
    if let Some((field, value)) = element_selector(part) {
        return tree.elements(node).find(|&element| match field {
            "" => tree.text(element) == value,
            field => tree.get(element, field).is_some_and(|found| tree.text(found) == value),
        });
    }
    tree.get(node, part)
}

/// Returns whether a part of a path selects elements of a list instead of a field.
pub fn selects_elements(part: &str) -> bool {
    // Most parts are names, which a look at the first character suffices to recognize.
    !part.starts_with(|c: char| c.is_ascii_alphabetic()) && is_element_part(part)
}

fn is_element_part(part: &str) -> bool {
    matches!(part, "-" | "*") || part.starts_with('[') && part.ends_with(']') || part.parse::<i64>().is_ok()
}

/// Splits `[field=value]`, which selects elements of a list.
pub fn element_selector(part: &str) -> Option<(&str, &str)> {
    part.strip_prefix('[')?.strip_suffix(']')?.split_once('=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_split_as_in_kustomize() {
        assert_eq!(split_path("a/b\\/c/d", '/'), ["a", "b/c", "d"]);
        assert_eq!(split_path("/a/b", '/'), ["a", "b"]);
        assert_eq!(split_path("a\\/b\\/", '/'), ["a/b/"]);
        assert_eq!(split_path("a//b/", '/'), ["a", "", "b", ""]);
        assert_eq!(split_path("/", '/'), [""]);
        assert_eq!(split_dotted_path("spec.[name=a.b].x"), ["spec", "[name=a.b]", "x"]);
        assert_eq!(split_dotted_path("metadata.annotations.[a.b/c]"), ["metadata", "annotations", "a.b/c"]);
    }
}
