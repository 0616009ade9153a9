//! Numbers and booleans where Kubernetes accepts only strings.

use crate::diagnostic::{Code, Diagnostic};
use crate::references::pod_template;
use crate::resource::Resource;
use crate::yaml::{NodeId, Span, Style, Tag, Tree, resolves_to_non_string};

use super::walk::elements_at;

/// Returns a warning for each number or boolean in a field that is a string in every cluster.
pub fn not_strings(resource: &Resource) -> Vec<Diagnostic> {
    let tree = resource.tree();
    let root = resource.root();
    let mut found = Vec::new();
    found.extend(entries(tree, root, &["metadata", "labels"]));
    let is_core = resource.api_version() == "v1";
    let is_secret = is_core && resource.kind() == "Secret";
    if is_core && matches!(resource.kind(), "ConfigMap" | "Secret") {
        found.extend(["data", "stringData"].iter().flat_map(|field| entries(tree, root, &[field])));
    }
    found.extend(entries(tree, root, &["spec", "selector", "matchLabels"]));
    if is_core && resource.kind() == "Service" {
        found.extend(entries(tree, root, &["spec", "selector"]));
    }
    if let Some((template, path)) = pod_template(tree) {
        let of_template = |fields: &[&str]| {
            let prefix = if path.is_empty() { String::new() } else { format!("{}.", path.join(".")) };
            entries(tree, template, fields).into_iter().map(move |(field, node)| (format!("{prefix}{field}"), node))
        };
        if !path.is_empty() {
            found.extend(of_template(&["metadata", "labels"]));
            found.extend(of_template(&["metadata", "annotations"]));
        }
        found.extend(of_template(&["spec", "nodeSelector"]));
        found.extend(environment(tree, template));
    }
    let check = |(field, node): (String, NodeId)| {
        let kind = match tree.tag(node) {
            Tag::Int | Tag::Float => "number",
            Tag::Bool => "boolean",
            // The value of a replacement has no tag.
            Tag::None if is_resolved(tree, node) => match tree.text(node).bytes().any(|b| b.is_ascii_digit()) {
                true => "number",
                false => "boolean",
            },
            _ => return None,
        };
        let text = tree.text(node);
        let shown = if is_secret || tree.is_marked_secret(node) { String::new() } else { format!(" {text}") };
        let message = format!("`{field}` of {} is the {kind}{shown}, but must be a string", resource.label());
        let warning = Diagnostic::warning(Code::NotAString, message)
            .at(Span::new(tree.position(node), text.len()), "sets this value")
            .hint("quote the value; a replacement needs a string to replace, so add the field with a quoted value");
        Some(*warning)
    };
    found.into_iter().filter_map(check).collect()
}

/// Returns whether a value without a tag is read as a number or a boolean.
fn is_resolved(tree: &Tree, node: NodeId) -> bool {
    let text = tree.text(node);
    let is_plain = tree.is_scalar(node) && tree.style(node) == Style::Plain;
    is_plain && resolves_to_non_string(text) && !matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Returns the values of a mapping with their paths.
fn entries(tree: &Tree, node: NodeId, path: &[&str]) -> Vec<(String, NodeId)> {
    let Some(map) = tree.get_path(node, path) else { return Vec::new() };
    tree.entries(map).map(|(key, value)| (format!("{}[{}]", path.join("."), tree.text(key)), value)).collect()
}

/// Returns the values of the environment variables of all containers, with their paths.
fn environment(tree: &Tree, template: NodeId) -> Vec<(String, NodeId)> {
    let mut found = Vec::new();
    let name = |node| tree.get(node, "name").map_or("", |name| tree.text(name));
    for list in ["containers", "initContainers"] {
        for container in elements_at(tree, template, &["spec", list]) {
            for variable in elements_at(tree, container, &["env"]) {
                let Some(value) = tree.get(variable, "value") else { continue };
                found.push((format!("{list}[{}].env[{}].value", name(container), name(variable)), value));
            }
        }
    }
    found
}
