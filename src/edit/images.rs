//! Edits of `images` and `replicas`.

use serde_yaml::{Mapping, Value};

use super::{fields, lists};
use crate::transform::images::split;

/// A change of an image by `edit set image`. `*` keeps the existing value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageChange {
    pub name: String,
    pub new_name: String,
    pub new_tag: String,
    pub digest: String,
}

/// The forms of an image on the command line.
const FORMS: &str = "NAME=NEW_NAME[:TAG][@DIGEST], NAME:TAG, NAME@DIGEST or NAME:TAG@DIGEST";

impl ImageChange {
    /// Parses an argument of the form `NAME=NEW_NAME:TAG@DIGEST`, in which some parts may be missing.
    ///
    /// # Errors
    /// Fails on an argument with only a name.
    pub fn parse(argument: &str) -> Result<ImageChange, String> {
        let (key, value) = argument.split_once('=').map_or((None, argument), |(key, value)| (Some(key), value));
        let (name, tag, digest) = split(value);
        if name == argument {
            return Err(format!("`{argument}` does not specify a change; expected {FORMS}"));
        }
        let (name, new_name) = match key {
            Some(key) if !key.is_empty() => (key, name),
            _ => (name, ""),
        };
        Ok(ImageChange {
            name: name.to_string(),
            new_name: new_name.to_string(),
            new_tag: tag.to_string(),
            digest: digest.to_string(),
        })
    }

    /// Changes the entry of the image, or adds one.
    pub fn apply(&self, data: &mut Mapping) {
        let mut seen = false;
        // Duplicate entries for the image are removed.
        lists::retain(data, "images", |entry| !is_named(entry, &self.name) || !std::mem::replace(&mut seen, true));
        let entries = fields::get_mut(data, "images").and_then(Value::as_sequence_mut);
        let entry = entries.and_then(|entries| entries.iter_mut().find(|entry| is_named(entry, &self.name)));
        if let Some(entry) = entry.and_then(Value::as_mapping_mut) {
            self.set_parts(entry);
            return;
        }
        let mut entry = Mapping::from_iter([("name".into(), self.name.as_str().into())]);
        self.set_parts(&mut entry);
        lists::push(data, "images", entry.into());
    }

    fn set_parts(&self, entry: &mut Mapping) {
        for (field, value) in [("newName", &self.new_name), ("newTag", &self.new_tag), ("digest", &self.digest)] {
            if value != "*" {
                lists::set_text(entry, field, value);
            }
        }
        fields::take(entry, "tagSuffix");
    }
}

/// Sets the count of a replica entry, or adds one.
pub fn set_replicas(data: &mut Mapping, name: &str, count: i64) {
    let mut seen = false;
    lists::retain(data, "replicas", |entry| !is_named(entry, name) || !std::mem::replace(&mut seen, true));
    let entries = fields::get_mut(data, "replicas").and_then(Value::as_sequence_mut);
    let entry = entries.and_then(|entries| entries.iter_mut().find(|entry| is_named(entry, name)));
    match entry.and_then(Value::as_mapping_mut) {
        Some(entry) => fields::set(entry, "count", count),
        None => {
            let entry = Mapping::from_iter([("name".into(), name.into()), ("count".into(), count.into())]);
            lists::push(data, "replicas", entry.into());
        }
    }
}

/// Parses `NAME=COUNT`.
///
/// # Errors
/// Fails on an argument of another form.
pub fn parse_replicas(argument: &str) -> Result<(&str, i64), String> {
    let invalid = || format!("`{argument}` is not of the form NAME=COUNT");
    let (name, count) = argument.split_once('=').ok_or_else(invalid)?;
    Ok((name, count.parse().map_err(|_| invalid())?))
}

fn is_named(entry: &Value, name: &str) -> bool {
    entry.as_mapping().is_some_and(|entry| fields::text(entry, "name") == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_arguments_are_parsed() {
        for (argument, expected) in [
            ("nginx:1.2", ["nginx", "", "1.2", ""]),
            ("nginx@sha256:ab", ["nginx", "", "", "sha256:ab"]),
            ("nginx:1.2@sha256:ab", ["nginx", "", "1.2", "sha256:ab"]),
            ("nginx=web", ["nginx", "web", "", ""]),
            ("nginx=web:*", ["nginx", "web", "*", ""]),
            ("nginx=*:v2", ["nginx", "*", "v2", ""]),
            ("nginx=*@*", ["nginx", "*", "", "*"]),
            ("host:5000/a/b=other:443/c:v1@sha256:ab", ["host:5000/a/b", "other:443/c", "v1", "sha256:ab"]),
            ("host:5000/a/b:v1", ["host:5000/a/b", "", "v1", ""]),
        ] {
            let change = ImageChange::parse(argument).unwrap();
            assert_eq!([change.name, change.new_name, change.new_tag, change.digest], expected, "{argument}");
        }
        for argument in ["nginx", "host:5000/nginx", ""] {
            assert!(ImageChange::parse(argument).is_err(), "{argument}");
        }
    }
}
