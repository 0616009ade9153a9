//! Edits of lists of strings: `resources`, `components`, `buildMetadata` and others.

use serde_yaml::{Mapping, Value};

use super::fields;

/// Returns the strings of a list; none if the field is missing.
pub fn strings(data: &Mapping, field: &str) -> Vec<String> {
    let elements = fields::get(data, field).and_then(Value::as_sequence);
    elements.into_iter().flatten().filter_map(Value::as_str).map(ToString::to_string).collect()
}

/// Adds strings that a list does not contain. Returns those that it already contains.
pub fn add(data: &mut Mapping, field: &str, added: &[String]) -> Vec<String> {
    let mut existing = strings(data, field);
    let mut duplicates = Vec::new();
    for string in added {
        if existing.contains(string) {
            duplicates.push(string.clone());
        } else {
            existing.push(string.clone());
            push(data, field, string.as_str().into());
        }
    }
    duplicates
}

/// Appends an element to a list, which is created if it does not exist.
pub fn push(data: &mut Mapping, field: &str, element: Value) {
    match fields::get_mut(data, field).and_then(Value::as_sequence_mut) {
        Some(elements) => elements.push(element),
        None => fields::set(data, field, vec![element]),
    }
}

/// Removes the elements for which `keep` returns false, and the list if it is empty then. Returns the number of removed
/// elements.
pub fn retain(data: &mut Mapping, field: &str, mut keep: impl FnMut(&Value) -> bool) -> usize {
    let Some(elements) = fields::get_mut(data, field).and_then(Value::as_sequence_mut) else { return 0 };
    let before = elements.len();
    elements.retain(|element| keep(element));
    let removed = before - elements.len();
    if removed == before {
        fields::take(data, field);
    }
    removed
}

/// Replaces a list with strings.
pub fn set(data: &mut Mapping, field: &str, new: &[String]) {
    fields::set(data, field, new.iter().map(|string| Value::from(string.as_str())).collect::<Vec<_>>());
}

/// Sets a field to a string, or removes it for the empty string, which kustomize does not write.
pub fn set_text(data: &mut Mapping, field: &str, text: &str) {
    if text.is_empty() {
        fields::take(data, field);
    } else {
        fields::set(data, field, text);
    }
}
