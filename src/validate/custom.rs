//! Kinds that are not part of Kubernetes: those of CustomResourceDefinitions, and of JSON Schema files.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::{Compiled, Language, compile};
use super::schema::Schema;
use super::walk::Dialect;
use crate::yaml::{NodeId, Tree};

/// Group, version and kind.
type Key = (String, String, String);

/// A kind with its schema.
#[derive(Debug)]
pub struct CustomKind {
    /// The schema of the objects.
    pub schema: Schema,
    /// How null is read.
    pub dialect: Dialect,
    /// The number of rules that are not evaluated.
    pub rules: usize,
    /// Why some of the schema is not checked.
    pub fault: Option<&'static str>,
}

/// The kinds that are known.
#[derive(Debug, Default)]
pub struct CustomKinds {
    kinds: BTreeMap<Key, CustomKind>,
    /// The served versions of each group and kind with a definition.
    served: BTreeMap<(String, String), BTreeSet<String>>,
}

impl CustomKinds {
    /// Adds the kinds of a document if it is a CustomResourceDefinition. A kind that is known already stays as it is.
    pub fn add_definition(&mut self, tree: &Tree) {
        let root = tree.root();
        let text = |path: &[&str]| tree.get_path(root, path).map_or("", |node| tree.text(node));
        if text(&["kind"]) != "CustomResourceDefinition" || !text(&["apiVersion"]).starts_with("apiextensions.k8s.io/")
        {
            return;
        }
        let (group, kind) = (text(&["spec", "group"]), text(&["spec", "names", "kind"]));
        let preserves =
            text(&["spec", "preserveUnknownFields"]) == "true" || text(&["apiVersion"]).ends_with("/v1beta1");
        let common = tree.get_path(root, &["spec", "validation", "openAPIV3Schema"]);
        let mut versions: Vec<(&str, Option<NodeId>)> = Vec::new();
        for version in tree.get_path(root, &["spec", "versions"]).into_iter().flat_map(|list| tree.elements(list)) {
            let is_served = tree.get(version, "served").is_none_or(|served| tree.text(served) != "false");
            let name = tree.get(version, "name").map_or("", |name| tree.text(name));
            if is_served {
                versions.push((name, tree.get_path(version, &["schema", "openAPIV3Schema"]).or(common)));
            }
        }
        if versions.is_empty() && !text(&["spec", "version"]).is_empty() {
            versions.push((text(&["spec", "version"]), common));
        }
        for (version, schema) in versions {
            self.served.entry((group.to_string(), kind.to_string())).or_default().insert(version.to_string());
            let key = (group.to_string(), version.to_string(), kind.to_string());
            self.kinds.entry(key).or_insert_with(|| custom_kind(tree, schema, preserves));
        }
    }

    /// Adds a kind with the schema in a JSON Schema file.
    pub fn add_json_schema(&mut self, (group, version, kind): (&str, &str, &str), tree: &Tree) {
        let Compiled { schema, rules, fault } = compile(tree, tree.root(), Language::Json);
        let key = (group.to_string(), version.to_string(), kind.to_string());
        self.kinds.entry(key).or_insert(CustomKind { schema, dialect: Dialect::Json, rules, fault });
    }

    /// Returns a kind.
    pub fn find(&self, group: &str, version: &str, kind: &str) -> Option<&CustomKind> {
        self.kinds.get(&(group.to_string(), version.to_string(), kind.to_string()))
    }

    /// Returns the served versions of a kind that has a definition.
    pub fn served(&self, group: &str, kind: &str) -> Option<&BTreeSet<String>> {
        self.served.get(&(group.to_string(), kind.to_string()))
    }
}

fn custom_kind(tree: &Tree, schema: Option<NodeId>, preserves: bool) -> CustomKind {
    let compiled = schema.map(|schema| compile(tree, schema, Language::Structural));
    let none = Compiled { schema: Schema::anything(), rules: 0, fault: None };
    let Compiled { mut schema, rules, fault } = compiled.unwrap_or(none);
    schema.is_embedded = true;
    schema.fields.retain(|field| !matches!(&*field.name, "apiVersion" | "kind" | "metadata"));
    schema.required.retain(|name| !matches!(&**name, "apiVersion" | "kind" | "metadata"));
    if preserves {
        schema.others = super::schema::Others::Any;
    }
    CustomKind { schema, dialect: Dialect::Custom, rules, fault }
}

/// Returns the paths in a directory of JSON Schema files, in the layouts of kubeconform, that may have the schema of a kind.
pub fn schema_paths(group: &str, version: &str, kind: &str) -> Vec<String> {
    let kind = kind.to_lowercase();
    let first = group.split('.').next().unwrap_or_default();
    let suffix = if first.is_empty() { format!("-{version}") } else { format!("-{first}-{version}") };
    ["", "master-standalone-strict/", "master-standalone/"]
        .iter()
        .map(|directory| format!("{directory}{kind}{suffix}.json"))
        .chain([format!("{group}/{kind}_{version}.json"), format!("{kind}_{version}.json")])
        .collect()
}
