//! Edits of `patches`.

use serde_yaml::{Mapping, Value};

use super::{fields, lists};

/// The fields of a target, in the order in which kustomize writes them.
const TARGET_FIELDS: [&str; 7] =
    ["annotationSelector", "group", "kind", "labelSelector", "name", "namespace", "version"];

/// A patch and its target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchEntry {
    pub path: String,
    pub patch: String,
    /// The values of the target's fields by name. An empty value means that the field is not set.
    pub target: Vec<(&'static str, String)>,
}

impl PatchEntry {
    /// Adds the patch. Returns false if it already exists.
    pub fn add(&self, data: &mut Mapping) -> bool {
        let entries = fields::get(data, "patches").and_then(Value::as_sequence);
        if entries.into_iter().flatten().any(|entry| self.is_same(entry)) {
            return false;
        }
        let mut entry = Mapping::new();
        lists::set_text(&mut entry, "patch", &self.patch);
        lists::set_text(&mut entry, "path", &self.path);
        let mut target = Mapping::new();
        for field in TARGET_FIELDS {
            lists::set_text(&mut target, field, self.target_field(field));
        }
        if !target.is_empty() {
            entry.insert("target".into(), target.into());
        }
        lists::push(data, "patches", entry.into());
        true
    }

    /// Removes the patch. Returns whether it existed.
    pub fn remove(&self, data: &mut Mapping) -> bool {
        lists::retain(data, "patches", |entry| !self.is_same(entry)) > 0
    }

    fn target_field(&self, field: &str) -> &str {
        self.target.iter().find(|(name, _)| *name == field).map_or("", |(_, value)| value)
    }

    /// Returns whether an entry is this patch: its fields have the same values, and it has no options.
    fn is_same(&self, entry: &Value) -> bool {
        let Some(entry) = entry.as_mapping() else { return false };
        let empty = Mapping::new();
        let target = fields::get(entry, "target").and_then(Value::as_mapping).unwrap_or(&empty);
        fields::text(entry, "path") == self.path
            && fields::text(entry, "patch") == self.patch
            && fields::get(entry, "options").is_none_or(Value::is_null)
            && TARGET_FIELDS.iter().all(|field| fields::text(target, field) == self.target_field(field))
    }
}
