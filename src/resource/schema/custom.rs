//! A custom schema (`openapi.path`), which is interpreted directly in its tree.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::yaml::{NodeId, Tree};

use super::built_in::{BuiltInNode, ListMerge, definition_named};

/// An OpenAPI document (JSON or YAML) with an index of its resource types.
#[derive(Debug)]
pub struct CustomSchema {
    tree: Arc<Tree>,
    resources: HashMap<(String, String), NodeId>,
    cluster_scoped: HashSet<(String, String)>,
    /// Whether the built-in schema is ignored.
    pub(super) replaces_built_in: bool,
}

/// A node of a [`CustomSchema`].
#[derive(Clone, Copy)]
pub struct CustomNode<'a> {
    schema: NodeId,
    of: &'a CustomSchema,
}

/// The target of a `$ref`: another node, or a definition of the built-in schema.
pub(super) enum Resolved<'a> {
    BuiltIn(BuiltInNode),
    Custom(CustomNode<'a>),
}

const GVK: &str = "x-kubernetes-group-version-kind";

impl CustomSchema {
    /// Returns the schema of a document, which extends or replaces the built-in schema.
    pub fn new(tree: Arc<Tree>, replaces_built_in: bool) -> CustomSchema {
        let root = tree.root();
        let mut resources = HashMap::new();
        if let Some(definitions) = tree.get(root, "definitions") {
            for (_, definition) in tree.entries(definitions) {
                let types = tree.get(definition, GVK).map(|gvks| tree.elements(gvks).collect::<Vec<_>>());
                for gvk in types.unwrap_or_default() {
                    if let Some(key) = type_key(&tree, gvk) {
                        resources.insert(key, definition);
                    }
                }
            }
        }
        let mut scopes: HashMap<(String, String), bool> = HashMap::new();
        if let Some(paths) = tree.get(root, "paths") {
            for (path, info) in tree.entries(paths) {
                let gvk = tree.get(info, "get").and_then(|get| tree.get(get, GVK));
                if let Some(key) = gvk.and_then(|gvk| type_key(&tree, gvk)) {
                    let namespaced = tree.text(path).contains("namespaces/{namespace}");
                    *scopes.entry(key).or_default() |= namespaced;
                }
            }
        }
        let cluster_scoped = scopes.into_iter().filter(|(_, namespaced)| !namespaced).map(|(key, _)| key).collect();
        CustomSchema { tree, resources, cluster_scoped, replaces_built_in }
    }

    /// Returns the schema in a comment; `None` if it is not valid.
    pub fn from_comment(text: &str) -> Option<CustomSchema> {
        let source = Arc::new(text.to_string());
        let limits = crate::yaml::ParseLimits::default();
        let tree = crate::yaml::parse_value(&source, crate::yaml::FileId::NONE, limits).ok().flatten()?;
        Some(CustomSchema::new(Arc::new(tree), false))
    }

    /// Returns the root of the document as a schema.
    pub(super) fn root_node(&self) -> CustomNode<'_> {
        CustomNode { schema: self.tree.root(), of: self }
    }

    pub(super) fn is_cluster_scoped(&self, api_version: &str, kind: &str) -> bool {
        !self.cluster_scoped.is_empty() && self.cluster_scoped.contains(&(api_version.to_string(), kind.to_string()))
    }

    pub(super) fn of_resource(&self, api_version: &str, kind: &str) -> Option<CustomNode<'_>> {
        let schema = *self.resources.get(&(api_version.to_string(), kind.to_string()))?;
        Some(CustomNode { schema, of: self })
    }

    /// Follows `$ref`; `None` if the target is missing or the references form a cycle.
    fn resolve(&self, schema: NodeId) -> Option<Resolved<'_>> {
        let mut schema = schema;
        for _ in 0..64 {
            let Some(reference) = self.tree.get(schema, "$ref") else {
                return Some(Resolved::Custom(CustomNode { schema, of: self }));
            };
            let path = self.tree.text(reference).strip_prefix("#/")?;
            let built_in = path.strip_prefix("definitions/").filter(|_| !self.replaces_built_in);
            if let Some(node) = built_in.and_then(definition_named) {
                return Some(Resolved::BuiltIn(node));
            }
            let parts: Vec<String> = path.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            schema = self.tree.get_path(self.tree.root(), &parts)?;
        }
        None
    }
}

impl<'a> CustomNode<'a> {
    pub(super) fn field(self, name: &str) -> Option<Resolved<'a>> {
        let tree = &self.of.tree;
        let property = tree.get_path(self.schema, &["properties", name]);
        let schema =
            property.or_else(|| tree.get(self.schema, "additionalProperties").filter(|&node| tree.is_mapping(node)))?;
        self.of.resolve(schema)
    }

    pub(super) fn elements(self) -> Option<Resolved<'a>> {
        let tree = &self.of.tree;
        let is_array = tree.get(self.schema, "type").is_some_and(|kind| tree.text(kind) == "array");
        let items = tree.get(self.schema, "items").filter(|_| is_array)?;
        self.of.resolve(items)
    }

    pub(super) fn list_merge(self) -> ListMerge<'a> {
        let tree = &self.of.tree;
        let Some(strategy) = tree.get(self.schema, "x-kubernetes-patch-strategy") else { return ListMerge::default() };
        let merge = tree.text(strategy).split(',').any(|strategy| strategy == "merge");
        let keys = match tree.get(self.schema, "x-kubernetes-list-map-keys") {
            Some(list) => tree.elements(list).map(|key| tree.text(key)).collect(),
            None => {
                tree.get(self.schema, "x-kubernetes-patch-merge-key").map(|key| tree.text(key)).into_iter().collect()
            }
        };
        ListMerge { has_strategy: true, merge, keys }
    }
}

fn type_key(tree: &Tree, gvk: NodeId) -> Option<(String, String)> {
    let text = |name| tree.get(gvk, name).map(|node| tree.text(node).to_string());
    let (version, kind) = (text("version")?, text("kind")?);
    let api_version = match text("group") {
        Some(group) if !group.is_empty() => format!("{group}/{version}"),
        _ => version,
    };
    Some((api_version, kind))
}
