//! A small schema for `openapi.path` with the merge keys of custom resources, so that patches merge their lists.
//!
//! kustomize reads merge keys from `x-kubernetes-patch-merge-key`, which definitions of custom resources do not have. A schema
//! under `openapi` replaces the one of Kubernetes, so the merge keys of its own types are included.

use serde_json::{Map, Value, json};

use crate::resource::schema::{Document, DocumentField, ListMerge, documents_with_merge_keys};
use crate::yaml::{NodeId, Tree};

/// The name of a list, and its merge keys.
type ListKeys = (&'static str, &'static [&'static str]);

/// The merge keys of Kubernetes for the lists of a pod, by the fields that the object with them has, too.
const POD_LISTS: [(&[&str], &[ListKeys]); 2] = [
    (
        &["containers"],
        &[
            ("containers", &["name"]),
            ("ephemeralContainers", &["name"]),
            ("hostAliases", &["ip"]),
            ("imagePullSecrets", &["name"]),
            ("initContainers", &["name"]),
            ("volumes", &["name"]),
        ],
    ),
    (
        &["image", "name"],
        &[
            ("env", &["name"]),
            ("ports", &["containerPort", "protocol"]),
            ("volumeDevices", &["devicePath"]),
            ("volumeMounts", &["mountPath"]),
        ],
    ),
];

/// The fields whose content is a pod template if a definition does not say more.
const TEMPLATES: [&str; 2] = ["podTemplate", "template"];

const POD_TEMPLATE: &str = "io.k8s.api.core.v1.PodTemplateSpec";

/// The merge keys of a kind of custom resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeKeys {
    /// The API version and the kind.
    pub of: String,
    /// The paths of the lists.
    pub lists: Vec<String>,
}

/// Returns the schema with the merge keys of the CustomResourceDefinitions among some documents, and a summary of them.
pub fn schema(documents: &[Tree]) -> (Value, Vec<MergeKeys>) {
    let mut definitions = Map::new();
    let mut found = Vec::new();
    for tree in documents.iter().filter(|tree| text(tree, tree.root(), &["kind"]) == "CustomResourceDefinition") {
        let (group, kind) =
            (text(tree, tree.root(), &["spec", "group"]), text(tree, tree.root(), &["spec", "names", "kind"]));
        for (version, root) in versions(tree) {
            let mut keys = Finder { tree, path: Vec::new(), lists: Vec::new() };
            let Some(mut schema) = keys.object(root).filter(|_| !keys.lists.is_empty()) else { continue };
            schema["x-kubernetes-group-version-kind"] = json!([{"group": group, "kind": kind, "version": version}]);
            let reversed: Vec<&str> = group.rsplit('.').collect();
            definitions.insert(format!("{}.{version}.{kind}", reversed.join(".")), schema);
            found.push(MergeKeys { of: format!("{group}/{version} {kind}"), lists: keys.lists });
        }
    }
    definitions.extend(documents_with_merge_keys().into_iter().map(built_in));
    (json!({ "definitions": definitions }), found)
}

/// Returns the versions of a definition with their schemas.
fn versions(tree: &Tree) -> Vec<(&str, NodeId)> {
    let spec = tree.get(tree.root(), "spec").unwrap_or(tree.root());
    let shared = tree.get_path(spec, &["validation", "openAPIV3Schema"]);
    let listed = tree.get(spec, "versions").into_iter().flat_map(|list| tree.elements(list));
    let mut versions: Vec<(&str, NodeId)> = listed
        .filter_map(|version| {
            let own = tree.get_path(version, &["schema", "openAPIV3Schema"]);
            Some((text(tree, version, &["name"]), own.or(shared)?))
        })
        .collect();
    if versions.is_empty() {
        versions.extend(shared.map(|shared| (text(tree, spec, &["version"]), shared)));
    }
    versions
}

/// Searches a schema for lists with merge keys.
struct Finder<'a> {
    tree: &'a Tree,
    path: Vec<&'a str>,
    lists: Vec<String>,
}

impl<'a> Finder<'a> {
    /// Returns the part of the schema of an object that leads to lists with merge keys.
    fn object(&mut self, node: NodeId) -> Option<Value> {
        let tree = self.tree;
        let mut kept = Map::new();
        let properties = tree.get(node, "properties");
        for (key, property) in properties.into_iter().flat_map(|properties| tree.entries(properties)) {
            let name = tree.text(key);
            self.path.push(name);
            let found = match tree.get(property, "items") {
                Some(items) => self.list(items, &keys_of(tree, property, properties, name)),
                None if is_open_template(tree, property, name) => {
                    self.lists.push(format!("{} (a pod template)", self.path.join(".")));
                    Some(json!({"$ref": format!("#/definitions/{POD_TEMPLATE}")}))
                }
                None => self.object(property),
            };
            self.path.pop();
            kept.extend(found.map(|found| (name.to_string(), found)));
        }
        let of_values = tree.get(node, "additionalProperties").filter(|&values| tree.is_mapping(values));
        let of_values = of_values.and_then(|values| self.object(values));
        if kept.is_empty() && of_values.is_none() {
            return None;
        }
        let mut schema = json!({"type": "object"});
        if !kept.is_empty() {
            schema["properties"] = Value::Object(kept);
        }
        if let Some(of_values) = of_values {
            schema["additionalProperties"] = of_values;
        }
        Some(schema)
    }

    fn list(&mut self, items: NodeId, keys: &[&str]) -> Option<Value> {
        if !keys.is_empty() {
            self.lists.push(format!("{}: {}", self.path.join("."), keys.join(", ")));
        }
        let elements = self.object(items);
        (!keys.is_empty() || elements.is_some())
            .then(|| array(elements.unwrap_or_else(|| json!({"type": "object"})), keys.iter().copied()))
    }
}

/// Returns the merge keys of a list in a definition: those that it declares, or those of the list of a pod.
fn keys_of<'a>(tree: &'a Tree, list: NodeId, siblings: Option<NodeId>, name: &str) -> Vec<&'a str> {
    let merge_key = text(tree, list, &["x-kubernetes-patch-merge-key"]);
    if !merge_key.is_empty() {
        return vec![merge_key];
    }
    match text(tree, list, &["x-kubernetes-list-type"]) {
        "map" => {
            let keys = tree.get(list, "x-kubernetes-list-map-keys");
            return keys.into_iter().flat_map(|keys| tree.elements(keys)).map(|key| tree.text(key)).collect();
        }
        "atomic" => return Vec::new(),
        _ => {}
    }
    let element = tree.get_path(list, &["items", "properties"]);
    let has = |node: Option<NodeId>, name: &str| node.is_some_and(|node| tree.get(node, name).is_some());
    let matches = POD_LISTS.iter().filter(|(marks, _)| marks.iter().all(|mark| has(siblings, mark)));
    let lists = matches.flat_map(|(_, lists)| lists.iter());
    let keys = lists.into_iter().find(|(list, _)| *list == name).map_or(&[][..], |(_, keys)| keys);
    if keys.iter().all(|key| has(element, key)) { keys.to_vec() } else { Vec::new() }
}

/// Returns whether a field contains a pod template whose fields the definition leaves open.
fn is_open_template(tree: &Tree, property: NodeId, name: &str) -> bool {
    let is_open = text(tree, property, &["x-kubernetes-preserve-unknown-fields"]) == "true";
    TEMPLATES.contains(&name) && is_open && tree.get(property, "properties").is_none()
}

/// Returns the definition of a type of Kubernetes.
fn built_in(document: Document) -> (String, Value) {
    let reference = |name: &str| json!({"$ref": format!("#/definitions/{name}")});
    let field = |field: DocumentField| match field {
        DocumentField::Object(name) => reference(name),
        DocumentField::List(of, ListMerge { merge, keys, .. }) => {
            let elements = of.map_or_else(|| json!({"type": "object"}), reference);
            match merge {
                true if keys.is_empty() => {
                    json!({"type": "array", "items": elements, "x-kubernetes-patch-strategy": "merge"})
                }
                true => array(elements, keys.into_iter()),
                false => json!({"type": "array", "items": elements}),
            }
        }
    };
    let properties: Map<String, Value> =
        document.fields.into_iter().map(|(name, of)| (name.to_string(), field(of))).collect();
    let mut schema = json!({"properties": properties});
    let types = document.types.iter().map(|(api_version, kind)| {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        json!({"group": group, "kind": kind, "version": version})
    });
    let types: Vec<Value> = types.collect();
    if !types.is_empty() {
        schema["x-kubernetes-group-version-kind"] = Value::Array(types);
    }
    (document.name.to_string(), schema)
}

/// Returns the schema of a list with merge keys. Of several keys, kustomize reads the list of them.
fn array<'a>(elements: Value, keys: impl Iterator<Item = &'a str>) -> Value {
    let keys: Vec<&str> = keys.collect();
    let mut schema = json!({"type": "array", "items": elements});
    if let Some(first) = keys.first() {
        schema["x-kubernetes-patch-merge-key"] = json!(first);
        schema["x-kubernetes-patch-strategy"] = json!("merge");
    }
    if keys.len() > 1 {
        schema["x-kubernetes-list-map-keys"] = json!(keys);
        schema["x-kubernetes-list-type"] = json!("map");
    }
    schema
}

fn text<'a>(tree: &'a Tree, node: NodeId, path: &[&str]) -> &'a str {
    tree.get_path(node, path).map_or("", |value| tree.text(value))
}
