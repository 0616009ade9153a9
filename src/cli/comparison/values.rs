//! Conversion of values and resources to text.

use std::sync::Arc;

use crate::diff::ResourceDiff;
use crate::resource::Resource;
use crate::yaml::{self, FileId, ParseLimits};
use serde_json::Value;

/// Returns a value as the lines of its YAML.
pub fn lines(value: &Value) -> Vec<String> {
    let json = value.to_string();
    let mut text = String::new();
    let tree = yaml::parse_value(&Arc::new(json.clone()), FileId::NONE, ParseLimits::default());
    let is_written = tree.ok().flatten().is_some_and(|tree| yaml::write(&tree, &mut text).is_ok());
    // A value that cannot be written as YAML is shown as JSON.
    let text = if is_written { text } else { json };
    text.lines().map(ToString::to_string).collect()
}

/// Returns both sides of a resource as YAML; a side that does not exist is empty. References that only follow a new hash are
/// made equal, as they are reported with the renamed resource.
pub fn texts(resource: &ResourceDiff) -> (String, String) {
    (text(resource.before_with_new_references().as_ref()), text(resource.after.as_ref()))
}

fn text(resource: Option<&Resource>) -> String {
    let Some(resource) = resource else { return String::new() };
    let mut text = String::new();
    match yaml::write(resource.tree(), &mut text) {
        Ok(()) => text,
        Err(error) => format!("# {}\n", error.message),
    }
}
