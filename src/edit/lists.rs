//! Fields that are lists of texts: `resources`, `components`, `buildMetadata` and others.

use serde_yaml::{Mapping, Value};

use super::fields;

/// Returns the texts of a list; nothing if the field is missing.
pub fn texts(data: &Mapping, field: &str) -> Vec<String> {
    let elements = fields::get(data, field).and_then(Value::as_sequence);
    elements.into_iter().flatten().filter_map(Value::as_str).map(ToString::to_string).collect()
}

/// Adds texts that a list does not have. Returns those that it has already.
pub fn add(data: &mut Mapping, field: &str, added: &[String]) -> Vec<String> {
    let mut known = texts(data, field);
    let mut repeated = Vec::new();
    for text in added {
        if known.contains(text) {
            repeated.push(text.clone());
        } else {
            known.push(text.clone());
            push(data, field, text.as_str().into());
        }
    }
    repeated
}

/// Adds an element at the end of a list, which is created where there is none.
pub fn push(data: &mut Mapping, field: &str, element: Value) {
    match fields::get_mut(data, field).and_then(Value::as_sequence_mut) {
        Some(elements) => elements.push(element),
        None => fields::set(data, field, vec![element]),
    }
}

/// Keeps the elements for which `keep` holds. A list without elements goes away. Returns how many are gone.
pub fn retain(data: &mut Mapping, field: &str, mut keep: impl FnMut(&Value) -> bool) -> usize {
    let Some(elements) = fields::get_mut(data, field).and_then(Value::as_sequence_mut) else { return 0 };
    let before = elements.len();
    elements.retain(|element| keep(element));
    let gone = before - elements.len();
    if gone == before {
        fields::take(data, field);
    }
    gone
}

/// Replaces a list by texts.
pub fn set(data: &mut Mapping, field: &str, new: &[String]) {
    fields::set(data, field, new.iter().map(|text| Value::from(text.as_str())).collect::<Vec<_>>());
}

/// Sets a text, or takes the field out for the empty text, as kustomize does not write that.
pub fn set_text(data: &mut Mapping, field: &str, text: &str) {
    if text.is_empty() {
        fields::take(data, field);
    } else {
        fields::set(data, field, text);
    }
}
