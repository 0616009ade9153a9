//! Values of Secrets, and what may be shown of them: that there is one, how long it is, and whether it changed.

mod lines;

use std::collections::HashMap;

use base64::Engine as _;
use serde_json::Value;

use crate::resource::Resource;
use crate::yaml::{NodeId, Style, Tag, Tree};

pub use lines::shown_line;

/// The annotation in which `kubectl apply` keeps the whole resource once more.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The fields of a Secret that hold values.
const FIELDS: [&str; 2] = ["data", "stringData"];

/// Returns what is shown in place of a value: the number of its bytes, after decoding.
pub fn label(field: &str, text: &str) -> String {
    format!("(secret, {})", length(field, text))
}

fn length(field: &str, text: &str) -> String {
    let packed: String = text.split_ascii_whitespace().collect();
    let decoded = base64::engine::general_purpose::STANDARD.decode(packed);
    let bytes = match decoded {
        Ok(bytes) if field == "data" => bytes.len(),
        _ => text.len(),
    };
    format!("{bytes} byte{}", if bytes == 1 { "" } else { "s" })
}

/// Returns whether a resource holds values that are not shown.
pub fn is_secret(resource: &Resource) -> bool {
    resource.group_and_kind() == ("", "Secret")
}

/// Returns whether the keys of a path lead to such a value, or to several of them.
pub fn is_value(path: &[&str]) -> bool {
    match path {
        [field, ..] if FIELDS.contains(field) => true,
        ["metadata", "annotations", key] => *key == LAST_APPLIED,
        _ => false,
    }
}

/// Replaces the values of a Secret by what may be shown; other resources stay as they are.
pub fn mask(resource: &mut Resource) {
    mask_with(resource, &mut |place, text| label(place.field, text));
}

/// Masks two sides of one resource. A value that changed looks different from the old one, even if it is as long.
pub fn mask_sides(before: Option<&mut Resource>, after: Option<&mut Resource>) {
    let mut known: HashMap<String, String> = HashMap::new();
    if let Some(before) = before {
        mask_with(before, &mut |place, text| {
            known.insert(place.to_string(), text.to_string());
            label(place.field, text)
        });
    }
    if let Some(after) = after {
        mask_with(after, &mut |place, text| match known.get(&place.to_string()) {
            Some(old) if old != text && label(place.field, old) == label(place.field, text) => {
                format!("(secret, {}, another value)", length(place.field, text))
            }
            _ => label(place.field, text),
        });
    }
}

/// Where a value is.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// It is the copy in the annotation.
    is_copy: bool,
    field: &'a str,
    key: &'a str,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.is_copy, self.field, self.key)
    }
}

/// Returns the text for the value at a place.
type Replace<'a> = &'a mut dyn FnMut(Place<'_>, &str) -> String;

fn mask_with(resource: &mut Resource, replace: Replace<'_>) {
    if !is_secret(resource) {
        return;
    }
    let tree = resource.tree_mut();
    // A value may be one with a label.
    tree.separate_twins();
    let root = tree.root();
    for (key, value) in tree.entries(root).collect::<Vec<_>>() {
        let field = tree.text(key).to_string();
        if FIELDS.contains(&field.as_str()) {
            mask_node(tree, value, &field, "", false, replace);
        }
    }
    let Some(annotations) = tree.get_path(root, &["metadata", "annotations"]) else { return };
    for (key, value) in tree.entries(annotations).collect::<Vec<_>>() {
        if tree.is_text(key, LAST_APPLIED) {
            let text = mask_json(tree.text(value), replace);
            set(tree, value, &text);
        }
    }
}

/// Masks all scalars in a node: what is no mapping of texts is a mistake, but a secret one.
fn mask_node(tree: &mut Tree, node: NodeId, field: &str, key: &str, is_copy: bool, replace: Replace<'_>) {
    if tree.is_scalar(node) {
        if !tree.is_null(node) {
            let text = replace(Place { is_copy, field, key }, tree.text(node));
            set(tree, node, &text);
        }
        return;
    }
    for (entry_key, value) in tree.entries(node).collect::<Vec<_>>() {
        let key = format!("{key}/{}", tree.text(entry_key));
        mask_node(tree, value, field, &key, is_copy, replace);
    }
    for (at, element) in tree.elements(node).collect::<Vec<_>>().into_iter().enumerate() {
        mask_node(tree, element, field, &format!("{key}/{at}"), is_copy, replace);
    }
}

fn set(tree: &mut Tree, node: NodeId, text: &str) {
    let position = tree.position(node);
    tree.drop_tag(node);
    tree.set_text(node, text, position);
    tree.set_tag(node, Tag::Str);
    tree.set_style(node, Style::Plain);
}

/// Masks the values in a Secret that is JSON text.
fn mask_json(text: &str, replace: Replace<'_>) -> String {
    let Ok(Value::Object(mut secret)) = serde_json::from_str::<Value>(text) else {
        return replace(Place { is_copy: true, field: "", key: "" }, text);
    };
    for field in FIELDS {
        match secret.get_mut(field) {
            Some(Value::Object(values)) => {
                for (key, value) in values {
                    let text = value.as_str().map_or_else(|| value.to_string(), ToString::to_string);
                    *value = replace(Place { is_copy: true, field, key }, &text).into();
                }
            }
            Some(value) if !value.is_null() => {
                *value = replace(Place { is_copy: true, field, key: "" }, &value.to_string()).into();
            }
            _ => {}
        }
    }
    Value::Object(secret).to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::yaml::{FileId, ParseLimits, parse_single, write};

    fn resource(text: &str) -> Resource {
        let tree = parse_single(&Arc::new(text.to_string()), FileId::NONE, ParseLimits::default()).unwrap().unwrap();
        Resource::new(Arc::new(tree))
    }

    fn text(resource: &Resource) -> String {
        let mut text = String::new();
        write(resource.tree(), &mut text).unwrap();
        text
    }

    /// Returns what the annotation holds.
    fn copy(resource: &Resource) -> &str {
        resource.metadata_map("annotations")[0].1
    }

    const SECRET: &str = r#"
apiVersion: v1
kind: Secret
metadata:
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"data":{"a":"aHVudGVy"},"kind":"Secret","stringData":{"b":"pw"}}'
  name: s
data: {a: aHVudGVy, empty: "", nothing: null, odd: [aHVudGVy, {deep: 12345678}]}
stringData: {b: password1}
"#;

    #[test]
    fn no_value_is_left() {
        let mut secret = resource(SECRET);
        mask(&mut secret);
        let text = text(&secret);
        for value in ["aHVudGVy", "hunter", "pw", "password1", "12345678"] {
            assert!(!text.contains(value), "`{value}` is in:\n{text}");
        }
        assert!(text.contains("a: (secret, 6 bytes)") && text.contains("b: (secret, 9 bytes)"), "{text}");
        assert!(copy(&secret).contains(r#""b":"(secret, 2 bytes)""#), "{text}");
    }

    #[test]
    fn values_are_known_by_their_paths() {
        assert!(is_value(&["data"]) && is_value(&["stringData", "a"]));
        assert!(is_value(&["metadata", "annotations", LAST_APPLIED]));
        assert!(!is_value(&["metadata", "name"]) && !is_value(&["metadata", "annotations", "a"]));
    }

    #[test]
    fn what_changed_looks_different() {
        let (mut before, mut after) = (resource(SECRET), resource(&SECRET.replace("aHVudGVy", "aHVudGVz")));
        mask_sides(Some(&mut before), Some(&mut after));
        assert!(text(&after).contains("a: (secret, 6 bytes, another value)"), "{}", text(&after));
        assert!(copy(&after).contains(r#""a":"(secret, 6 bytes, another value)""#), "{}", copy(&after));
        assert!(text(&after).contains("b: (secret, 9 bytes)"), "{}", text(&after));
    }

    #[test]
    fn an_annotation_that_is_no_json_is_masked_as_a_whole() {
        let mut secret = resource(&SECRET.replace(r#"'{"data""#, r#"'{"data"#));
        mask(&mut secret);
        assert!(!text(&secret).contains("aHVudGVy"), "{}", text(&secret));
    }

    #[test]
    fn other_resources_stay() {
        let text_before = SECRET.replace("kind: Secret", "kind: ConfigMap");
        let mut map = resource(&text_before);
        mask(&mut map);
        assert_eq!(text(&map), text(&resource(&text_before)));
    }
}
