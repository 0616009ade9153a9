//! Edits of `commonLabels`, `commonAnnotations` and `labels`.

use serde_yaml::{Mapping, Value};

use super::{fields, lists};

/// A kind of metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metadata {
    Label,
    Annotation,
}

impl Metadata {
    pub fn name(self) -> &'static str {
        match self {
            Metadata::Label => "label",
            Metadata::Annotation => "annotation",
        }
    }

    pub fn field(self) -> &'static str {
        match self {
            Metadata::Label => "commonLabels",
            Metadata::Annotation => "commonAnnotations",
        }
    }
}

/// Adds pairs to `commonLabels` or `commonAnnotations`.
///
/// # Errors
/// Fails on an existing key, unless `force` is set.
pub fn add(data: &mut Mapping, kind: Metadata, pairs: &[(String, String)], force: bool) -> Result<(), String> {
    if fields::get(data, kind.field()).and_then(Value::as_mapping).is_none() {
        fields::set(data, kind.field(), Mapping::new());
    }
    let map = fields::get_mut(data, kind.field()).and_then(Value::as_mapping_mut);
    map.map_or(Ok(()), |map| put_all(map, kind, pairs, force))
}

/// Adds labels to the entry of `labels` that does not include selectors, or to a new one.
///
/// # Errors
/// Fails on an existing key, unless `force` is set.
pub fn add_without_selectors(
    data: &mut Mapping,
    pairs: &[(String, String)],
    include_templates: bool,
    force: bool,
) -> Result<(), String> {
    let matches = |entry: &Value| {
        let flag = |name| entry.as_mapping().and_then(|entry| fields::get(entry, name)).and_then(Value::as_bool);
        !flag("includeSelectors").unwrap_or(false) && flag("includeTemplates").unwrap_or(false) == include_templates
    };
    let entries = fields::get_mut(data, "labels").and_then(Value::as_sequence_mut);
    let found = entries.and_then(|entries| entries.iter_mut().find(|entry| matches(entry)));
    if let Some(entry) = found.and_then(Value::as_mapping_mut) {
        if fields::get(entry, "pairs").and_then(Value::as_mapping).is_none() {
            fields::set(entry, "pairs", Mapping::new());
        }
        let map = fields::get_mut(entry, "pairs").and_then(Value::as_mapping_mut);
        return map.map_or(Ok(()), |map| put_all(map, Metadata::Label, pairs, force));
    }
    let mut map = Mapping::new();
    put_all(&mut map, Metadata::Label, pairs, force)?;
    let mut entry = Mapping::new();
    if include_templates {
        entry.insert("includeTemplates".into(), true.into());
    }
    entry.insert("pairs".into(), map.into());
    lists::push(data, "labels", entry.into());
    Ok(())
}

fn put_all(map: &mut Mapping, kind: Metadata, pairs: &[(String, String)], force: bool) -> Result<(), String> {
    for (key, value) in pairs {
        if map.contains_key(key.as_str()) && !force {
            return Err(format!("{} {key} is already in the kustomization file", kind.name()));
        }
        map.insert(key.as_str().into(), value.as_str().into());
    }
    Ok(())
}

/// Removes keys from `commonLabels` or `commonAnnotations`.
///
/// # Errors
/// Fails on a missing key, unless `ignores_missing` is set.
pub fn remove(data: &mut Mapping, kind: Metadata, keys: &[String], ignores_missing: bool) -> Result<(), String> {
    let field = kind.field();
    let Some(map) = fields::get_mut(data, field).and_then(Value::as_mapping_mut) else {
        return if ignores_missing { Ok(()) } else { Err(format!("{field} is not in the kustomization file")) };
    };
    for key in keys {
        if map.shift_remove(key.as_str()).is_none() && !ignores_missing {
            return Err(format!("{} {key} is not in the kustomization file", kind.name()));
        }
    }
    if map.is_empty() {
        fields::take(data, field);
    }
    Ok(())
}

/// Parses arguments of the form `KEY:VALUE`. The value may be quoted or missing. The last value of a key counts.
///
/// # Errors
/// Fails if the key is missing.
pub fn pairs(arguments: &[String], kind: Metadata) -> Result<Vec<(String, String)>, String> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for argument in arguments {
        let (key, value) = argument.split_once(':').unwrap_or((argument, ""));
        if key.is_empty() && argument.starts_with(':') {
            return Err(format!("invalid {}: '{argument}' (need k:v pair where v may be quoted)", kind.name()));
        }
        let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        pairs.retain(|(known, _)| known != key);
        pairs.push((key.to_string(), unquoted.unwrap_or(value).to_string()));
    }
    Ok(pairs)
}

/// Returns whether a text is a valid annotation key: a name of at most 63 characters, with an optional DNS prefix.
pub fn is_annotation_key(key: &str) -> bool {
    let is_word = |text: &str, max_length: usize, others: &str| {
        let is_inner = |b: u8| b.is_ascii_alphanumeric() || others.as_bytes().contains(&b);
        let bytes = text.as_bytes();
        let ends = bytes.first().zip(bytes.last());
        ends.is_some_and(|(first, last)| first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric())
            && bytes.len() <= max_length
            && bytes.iter().all(|&b| is_inner(b))
    };
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let is_prefix = |prefix: &str| prefix.starts_with(|c: char| c.is_ascii_alphabetic()) && is_word(prefix, 253, "-.");
    prefix.is_none_or(is_prefix) && is_word(name, 63, "-_.")
}
