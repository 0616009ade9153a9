//! Masking of values of Secrets. Only the existence of a value, its length and whether it changed are shown.
//!
//! One rule holds for everything but renders: what was ever part of a Secret's data is masked.
//!
//! - `find` finds values in resources: in Secrets, in what looks like one, and in YAML and JSON inside of strings. A value that a
//!   patch, a replacement or a variable copies or moves has a mark, which stays with it (see [`Tree::mark_secret`]).
//! - `copies` masks the names of objects that contain such a copy.
//! - `lines` finds the values in source lines, which may be invalid YAML.
//! - `uses` finds the parts of a configuration that cannot contain values of Secrets, such as patches of other kinds.
//! - `text` masks in messages what source lines hide.

mod copies;
mod find;
mod line;
mod lines;
mod text;
mod uses;
mod words;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use base64::Engine as _;

use crate::resource::Resource;
use crate::yaml::{NodeId, Style, Tag, Tree};

pub use copies::Copies;
use find::{Found, Replace, ValueLocation, find, is_path_to_values, mask_json};
pub use find::{hidden_nodes, is_secret};
pub use lines::{hidden_values, shown_lengths};
pub use text::{MASK, mask_quotes, mask_values};
pub use uses::{PathUse, mentions_values, path_uses};
pub use words::mentions_secret;

/// Returns the text that is shown instead of a value: its length in bytes after decoding.
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

/// Marks the values of a Secret, so that copies of them are marked as well.
pub fn mark_values(resource: &mut Resource) {
    if is_secret(resource) {
        mark_values_of_secret(resource);
    }
}

fn mark_values_of_secret(resource: &mut Resource) {
    let tree = resource.tree();
    let found = hidden_nodes(resource, tree);
    if found.iter().all(|&node| tree.is_marked_secret(node)) {
        return;
    }
    let tree = resource.tree_mut();
    found.into_iter().for_each(|node| tree.mark_secret(node));
}

/// Marks the values of a Secret that a JSON patch will change, and returns the operations with marks on the values for a Secret: a
/// later operation may copy either of them elsewhere.
pub fn mark_before_patch<'a>(operations: &'a Tree, resource: &mut Resource) -> Cow<'a, Tree> {
    if !is_secret(resource) {
        return Cow::Borrowed(operations);
    }
    mark_values_of_secret(resource);
    let copies = |operation: NodeId| {
        let name = operations.get(operation, "op").map_or("", |name| operations.text(name));
        ["copy", "move"].contains(&name)
    };
    if !operations.elements(operations.root()).any(copies) {
        return Cow::Borrowed(operations);
    }
    let mut marked = operations.clone();
    for operation in operations.elements(operations.root()) {
        let path = operations.get(operation, "path").map_or("", |path| operations.text(path));
        let mut open: Vec<NodeId> = operations.get(operation, "value").into_iter().collect();
        open.retain(|_| is_path_to_values(path));
        while let Some(node) = open.pop() {
            if operations.is_scalar(node) {
                marked.mark_secret(node);
            }
            open.extend(operations.children(node));
        }
    }
    Cow::Owned(marked)
}

/// Masks the values of Secrets.
#[cfg(test)]
pub fn mask(resource: &mut Resource) {
    mask_with(resource, &BTreeSet::new(), &mut |location, text| label(location.field, text));
}

/// Masks two sides of one resource. A value that changed looks different from the old one, even if their lengths are
/// equal. A value that is marked on one side is masked on both, since the other side may come from a file without
/// marks.
pub fn mask_sides(before: Option<&mut Resource>, after: Option<&mut Resource>) {
    let paths = |side: &Option<&mut Resource>| side.as_ref().map_or_else(BTreeSet::new, |side| marked_paths(side));
    let (of_before, of_after) = (paths(&before), paths(&after));
    let mut known: HashMap<String, String> = HashMap::new();
    if let Some(before) = before {
        mask_with(before, &of_after, &mut |location, text| {
            known.insert(location.path.to_string(), text.to_string());
            label(location.field, text)
        });
    }
    if let Some(after) = after {
        mask_with(after, &of_before, &mut |location, text| match known.get(location.path) {
            Some(old) if old != text && label(location.field, old) == label(location.field, text) => {
                format!("(secret, {}, changed)", length(location.field, text))
            }
            _ => label(location.field, text),
        });
    }
}

/// Returns the paths of the values that are marked as secret.
fn marked_paths(resource: &Resource) -> BTreeSet<String> {
    let tree = resource.tree();
    // Most resources have none.
    if !tree.node_ids().any(|node| tree.is_marked_secret(node)) {
        return BTreeSet::new();
    }
    let found = find(resource, tree, &BTreeSet::new()).into_iter();
    found.filter(|found| tree.is_marked_secret(found.node)).map(|found| found.path).collect()
}

/// Masks the secret values, and the values at these paths.
fn mask_with(resource: &mut Resource, paths: &BTreeSet<String>, replace: Replace<'_>) {
    let found = find(resource, resource.tree(), paths);
    if found.is_empty() {
        return;
    }
    let tree = resource.tree_mut();
    // A value may be linked to a label.
    tree.unlink_all();
    for Found { node, path, field, json } in found {
        let text = match json {
            Some(json) => mask_json(json, &path, replace),
            None => replace(ValueLocation { path: &path, field }, tree.text(node)),
        };
        set(tree, node, &text);
    }
}

fn set(tree: &mut Tree, node: NodeId, text: &str) {
    let position = tree.position(node);
    tree.drop_tag(node);
    tree.set_text(node, text, position);
    tree.set_tag(node, Tag::Str);
    tree.set_style(node, Style::Plain);
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

    /// Returns the value of the annotation.
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
    fn all_values_are_masked() {
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
    fn secrets_are_found_inside_other_resources() {
        for text_before in [
            "kind: List\nitems:\n- {kind: Secret, apiVersion: v1, data: {a: hunter2}}",
            "kind: ConfigMap\ndata: {a: '{\"kind\": \"Secret\", \"data\": {\"b\": \"hunter2\"}}'}",
            "kind: A\nmetadata: {annotations: {a: '[{\"b\": {\"kind\": \"Secret\", \"stringData\": {\"b\": 1, \"c\": [\"hunter2\"]}}}]'}}",
        ] {
            let mut outer = resource(text_before);
            mask(&mut outer);
            assert!(!text(&outer).contains("hunter2") && text(&outer).contains("(secret, "), "{}", text(&outer));
        }
    }

    #[test]
    fn everything_but_names_and_types_is_masked() {
        for (text_before, is_masked) in [
            ("kind: Secret\nstringdata: {a: hunter2}", true),
            ("kind: Secret\nData: {a: hunter2}", true),
            ("kind: Secret\npassword: hunter2", true),
            ("kind: Secert\ndata: {a: hunter2}", true),
            ("kind: ConfigMap\nstringData: {a: hunter2}", true),
            ("kind: A\nspec: {template: {stringData: {a: hunter2}}}", true),
            ("kind: Secret\napiVersion: example.com/v1\ndata: {a: hunter2}", true),
            ("kind: Secret\nmetadata: {stringData: {a: hunter2}}", true),
            ("kind: Secret\nmetadata: {annotations: {data: {a: hunter2}}}", true),
            ("kind: SecretList\nitems: [{data: {a: hunter2}}, hunter2]", true),
            ("kind: A\nspec: {patches: [{kind: Secret, data: {a: hunter2}}]}", true),
            ("kind: ConfigMap\ndata: {a: \"kind: Secret\\nstringData: {b: hunter2}\"}", true),
            ("kind: ConfigMap\ndata: {a: \"secretGenerator: [{literals: [a=hunter2]}]\"}", true),
            (
                "kind: Secret\ntype: hunter2\nmetadata: {name: hunter2, labels: {a: hunter2}, annotations: {a: hunter2}}",
                false,
            ),
            ("kind: A\nspec: {ref: {kind: Secret, apiVersion: v1, name: hunter2}}", false),
            ("kind: ConfigMap\ndata: {a: 'the kind: Secret has hunter2'}", false),
        ] {
            let mut secret = resource(text_before);
            mask(&mut secret);
            assert_eq!(!text(&secret).contains("hunter2"), is_masked, "{}", text(&secret));
        }
    }

    #[test]
    fn marked_values_are_masked_on_both_sides() {
        let pod = "kind: Pod\nspec: {containers: [{env: [{name: a, value: hunter2}]}]}\n";
        let (mut before, mut after) = (resource(pod), resource(&pod.replace("hunter2", "hunter3")));
        let tree = after.tree_mut();
        let value = tree.node_ids().find(|&node| tree.is_text(node, "hunter3")).unwrap();
        tree.mark_secret(value);
        mask_sides(Some(&mut before), Some(&mut after));
        assert!(text(&before).contains("value: (secret, 7 bytes)"), "{}", text(&before));
        assert!(text(&after).contains("value: (secret, 7 bytes, changed)"), "{}", text(&after));
    }

    #[test]
    fn changed_values_look_different() {
        let (mut before, mut after) = (resource(SECRET), resource(&SECRET.replace("aHVudGVy", "aHVudGVz")));
        mask_sides(Some(&mut before), Some(&mut after));
        assert!(text(&after).contains("a: (secret, 6 bytes, changed)"), "{}", text(&after));
        assert!(copy(&after).contains(r#""a":"(secret, 6 bytes, changed)""#), "{}", copy(&after));
        assert!(text(&after).contains("b: (secret, 9 bytes)"), "{}", text(&after));
    }

    #[test]
    fn an_annotation_that_is_not_json_is_masked_completely() {
        let mut secret = resource(&SECRET.replace(r#"'{"data""#, r#"'{"data"#));
        mask(&mut secret);
        assert!(!text(&secret).contains("aHVudGVy"), "{}", text(&secret));
    }

    #[test]
    fn other_resources_are_unchanged() {
        let text_before = SECRET.replace("kind: Secret", "kind: ConfigMap").replace("\"Secret\"", "\"ConfigMap\"");
        let text_before = text_before.replace("stringData", "binaryData");
        let mut map = resource(&text_before);
        mask(&mut map);
        assert_eq!(text(&map), text(&resource(&text_before)));
    }
}
