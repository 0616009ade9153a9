//! Access to fields by name. As in Go, names are not case-sensitive.

use serde_yaml::{Mapping, Value};

/// Returns the name of a field as it is spelled in the mapping.
pub fn spelling(mapping: &Mapping, name: &str) -> Option<String> {
    let spellings = || mapping.keys().filter_map(Value::as_str);
    let exact = spellings().find(|key| *key == name);
    exact.or_else(|| spellings().find(|key| key.eq_ignore_ascii_case(name))).map(ToString::to_string)
}

/// Returns the value of a field.
pub fn get<'a>(mapping: &'a Mapping, name: &str) -> Option<&'a Value> {
    mapping.get(spelling(mapping, name)?)
}

/// Returns the value of a field for modification.
pub fn get_mut<'a>(mapping: &'a mut Mapping, name: &str) -> Option<&'a mut Value> {
    let key = spelling(mapping, name)?;
    mapping.get_mut(key)
}

/// Returns the string in a field; the empty string if there is none.
pub fn text<'a>(mapping: &'a Mapping, name: &str) -> &'a str {
    get(mapping, name).and_then(Value::as_str).unwrap_or_default()
}

/// Removes a field, and returns its value.
pub fn take(mapping: &mut Mapping, name: &str) -> Option<Value> {
    let key = spelling(mapping, name)?;
    mapping.shift_remove(key)
}

/// Sets the value of a field, whose existing spelling is preserved.
pub fn set(mapping: &mut Mapping, name: &str, value: impl Into<Value>) {
    let key = spelling(mapping, name).unwrap_or_else(|| name.to_string());
    mapping.insert(key.into(), value.into());
}
