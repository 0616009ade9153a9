//! Fields by name. As in Go, the case of a name does not matter.

use serde_yaml::{Mapping, Value};

/// Returns the name of a field as the mapping spells it.
pub fn spelling(mapping: &Mapping, name: &str) -> Option<String> {
    let spellings = || mapping.keys().filter_map(Value::as_str);
    let exact = spellings().find(|key| *key == name);
    exact.or_else(|| spellings().find(|key| key.eq_ignore_ascii_case(name))).map(ToString::to_string)
}

/// Returns the value of a field.
pub fn get<'a>(mapping: &'a Mapping, name: &str) -> Option<&'a Value> {
    mapping.get(spelling(mapping, name)?)
}

/// Returns the value of a field, to change it.
pub fn get_mut<'a>(mapping: &'a mut Mapping, name: &str) -> Option<&'a mut Value> {
    let key = spelling(mapping, name)?;
    mapping.get_mut(key)
}

/// Returns the text of a field; the empty text if it has none.
pub fn text<'a>(mapping: &'a Mapping, name: &str) -> &'a str {
    get(mapping, name).and_then(Value::as_str).unwrap_or_default()
}

/// Takes a field out.
pub fn take(mapping: &mut Mapping, name: &str) -> Option<Value> {
    let key = spelling(mapping, name)?;
    mapping.shift_remove(key)
}

/// Gives a field a value, under the spelling that it has already.
pub fn set(mapping: &mut Mapping, name: &str, value: impl Into<Value>) {
    let key = spelling(mapping, name).unwrap_or_else(|| name.to_string());
    mapping.insert(key.into(), value.into());
}
