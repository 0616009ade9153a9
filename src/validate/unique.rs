//! Keys of mappings, and lists whose elements are unique.

use std::collections::HashSet;

use serde_json::Value as Json;

use super::report::{Path, Report};
use super::schema::{List, Schema};
use super::value::{Value, json};
use crate::diagnostic::Code;
use crate::yaml::{Context, Scalar, Tree, typed};

/// Reports the keys that a mapping has twice, anywhere in an object. Programs that read YAML refuse it, or ignore one of the values.
///
/// The path of the finding is empty, since the object may be nested deeply, and it is the same for both values.
pub fn check_keys(tree: &Tree, report: &mut Report) {
    let mut open = vec![tree.root()];
    while let Some(node) = open.pop() {
        let mut seen = HashSet::new();
        for (key, _) in tree.entries(node) {
            let text = tree.text(key);
            // Of numbers, kustomize keeps the last one.
            if !seen.insert(text) && matches!(typed(tree, key, Context::Key), Ok(Scalar::Str(_))) {
                let message = format!("mapping key `{text}` is already defined");
                report.key_error(Code::DuplicateElement, key, &Path::Root, message);
            }
        }
        open.extend(tree.children(node));
    }
}

/// Reports the elements of a set or a map that occur twice.
pub fn check(list: &List, items: Option<&Schema>, tree: &Tree, value: Value<'_>, report: &mut Report) {
    let List::Map(keys) = list else { return check_values(tree, value, report) };
    let mut seen = HashSet::new();
    for (index, element) in tree.elements(value.node).enumerate() {
        let key = |name: &str| tree.get(element, name).map_or(Json::Null, |node| json(tree, node, value.in_flow));
        let has_default = |name: &str| items.and_then(|items| items.field(name)).is_some_and(|field| field.has_default);
        // The value of a default is not known here.
        if !tree.is_mapping(element) || keys.iter().any(|name| has_default(name) && key(name).is_null()) {
            continue;
        }
        let values: Vec<Json> = keys.iter().map(|name| key(name)).collect();
        if !seen.insert(Json::Array(values).to_string()) {
            let message = format!("has the same {} as an element before it", names(keys));
            report.error(Code::DuplicateElement, element, &Path::Index(value.path, index), message);
        }
    }
}

/// Reports the elements of a list that have the value of another one.
pub fn check_values(tree: &Tree, value: Value<'_>, report: &mut Report) {
    let mut seen = HashSet::new();
    for (index, element) in tree.elements(value.node).enumerate() {
        if !seen.insert(json(tree, element, value.in_flow).to_string()) {
            let message = "is the same as an element before it";
            report.error(Code::DuplicateElement, element, &Path::Index(value.path, index), message);
        }
    }
}

fn names(keys: &[Box<str>]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and ")
}
