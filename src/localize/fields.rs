//! Changes entries of fields in the data of a file.

use serde_yaml::{Mapping, Value};

use crate::diagnostic::Result;
use crate::edit::{self, fields};

/// Replaces each entry of a field with the result of `change_entry`.
///
/// # Errors
/// Fails with the first error of `change_entry`.
pub fn change(value: &mut Value, path: &[&str], change_entry: &mut dyn FnMut(&str) -> Result<String>) -> Result<()> {
    match (value, path) {
        (Value::Sequence(elements), _) => {
            elements.iter_mut().try_for_each(|element| change(element, path, change_entry))
        }
        (Value::Mapping(mapping), [name, rest @ ..]) => match fields::get_mut(mapping, name) {
            Some(value) => change(value, rest, change_entry),
            None => Ok(()),
        },
        (Value::String(text), []) if !text.is_empty() => {
            *text = change_entry(text)?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Changes the data of each document in a text, and preserves its format. Documents that are not mappings are not changed.
///
/// # Errors
/// Fails if `change` does.
pub fn change_documents(text: &str, change: &mut dyn FnMut(&mut Mapping) -> Result<()>) -> Result<String> {
    let mut changed = String::with_capacity(text.len());
    for document in documents(text) {
        let Ok(old) = edit::read(document) else {
            changed.push_str(document);
            continue;
        };
        let mut new = old.clone();
        change(&mut new)?;
        changed.push_str(&updated(document, &old, &new));
    }
    Ok(changed)
}

/// Returns a text with new data. A text that cannot be edited in place is rewritten, since a correct copy matters more than
/// its format.
pub fn updated(text: &str, old: &Mapping, new: &Mapping) -> String {
    if old == new {
        return text.to_string();
    }
    let written = || edit::update("", new).unwrap_or_default();
    edit::update(text, new)
        .unwrap_or_else(|_| if text.starts_with("---") { format!("---\n{}", written()) } else { written() })
}

/// Splits a text before each line that starts a document.
fn documents(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let (mut start, mut offset) = (0, 0);
    for line in text.split_inclusive('\n') {
        if offset > start
            && line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
        {
            documents.push(&text[start..offset]);
            start = offset;
        }
        offset += line.len();
    }
    documents.push(&text[start..]);
    documents
}
