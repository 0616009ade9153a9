//! Hints about values in fields that a transformer does not change, since no field spec lists them.

use crate::resource::{Resource, Resources};
use crate::yaml::{NodeId, Tree};

/// The maximum number of nodes that are searched for a hint.
const MAX_NODES: usize = 100_000;

/// A field that a field spec could list.
pub(super) struct UnlistedField {
    /// The kind and name of the resource.
    pub resource: String,
    /// The kind of the resource.
    kind: String,
    /// The path as in a field spec.
    path: String,
    /// Whether the mapping of the field has a field `tag`.
    pub has_tag: bool,
}

impl UnlistedField {
    /// Returns a hint with the entry that lists the field under a field of a transformer configuration.
    pub(super) fn hint(&self, transformer: &str) -> String {
        let UnlistedField { resource, kind, path, .. } = self;
        format!(
            "{resource} has it in `{}`, where kustomize does not look; add \
             `{transformer}: [{{path: {path}, kind: {kind}}}]` to a file of `configurations`",
            path.replace("[]", "").replace('/', ".")
        )
    }
}

/// The kinds that are not searched: definitions describe fields, and the values of Secrets are not to be shown.
const SKIPPED_KINDS: [&str; 2] = ["CustomResourceDefinition", "Secret"];

fn is_of_image(key: &str) -> bool {
    key.as_bytes().windows(5).any(|part| part.eq_ignore_ascii_case(b"image"))
}

/// Finds an image whose name matches in the fields of custom resources and others.
pub(super) fn find_image(resources: &Resources, matches: &dyn Fn(&str) -> bool) -> Option<UnlistedField> {
    let mut left = MAX_NODES;
    resources.iter().filter(|resource| !SKIPPED_KINDS.contains(&resource.kind())).find_map(|resource| {
        left = left.checked_sub(resource.tree().node_count())?;
        let tree = resource.tree();
        let (mapping, path) = ["spec", "data"].iter().find_map(|&field| {
            let node = tree.get(resource.root(), field)?;
            let (mapping, path) = find_in(tree, node, false, matches)?;
            Some((mapping, format!("{field}{path}")))
        })?;
        Some(field(resource, path, tree.get(mapping, "tag").is_some()))
    })
}

/// Finds `spec.replicas` in the resources at these indexes.
pub(super) fn find_replicas(resources: &Resources, named: &[usize]) -> Option<UnlistedField> {
    named.iter().map(|&at| resources.get(at)).find_map(|resource| {
        let count = resource.tree().get_path(resource.root(), &["spec", "replicas"]);
        count.map(|_| field(resource, "spec/replicas".to_string(), false))
    })
}

fn field(resource: &Resource, path: String, has_tag: bool) -> UnlistedField {
    let kind = resource.kind().to_string();
    UnlistedField { resource: format!("{kind}/{}", resource.name()), kind, path, has_tag }
}

/// Returns the mapping that contains a matching scalar, and the path to the scalar. `is_image` says whether a key of the path to the
/// node is about an image.
fn find_in(tree: &Tree, node: NodeId, is_image: bool, matches: &dyn Fn(&str) -> bool) -> Option<(NodeId, String)> {
    let in_list = tree.elements(node).find_map(|element| find_in(tree, element, is_image, matches));
    if let Some((mapping, path)) = in_list {
        return Some((mapping, format!("[]{path}")));
    }
    tree.entries(node).find_map(|(key, value)| {
        let name = tree.text(key);
        let is_image = is_image || is_of_image(name);
        let (mapping, rest) = match tree.is_scalar(value) {
            true => (is_image && matches(tree.text(value))).then(|| (node, String::new()))?,
            false => find_in(tree, value, is_image, matches)?,
        };
        Some((mapping, format!("/{}{rest}", name.replace('/', "\\/"))))
    })
}
