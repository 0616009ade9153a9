//! What the manifests of a tree say about objects that no output contains.

use std::collections::HashSet;

use crate::resource::Resource;
use crate::resource::identity::split_api_version;
use crate::yaml::{NodeId, Tree};

use super::known::{CONNECTION_SECRETS, MAKERS, MAKING_ANNOTATIONS, QUIET_GROUPS, is_built_in};
use super::namespaces::is_unknown;

/// The prefix of the annotations by which cert-manager creates the Secrets of an Ingress or a Gateway.
const CERT_MANAGER: &str = "cert-manager.io/";

/// The labels of a pod.
pub type Labels = Vec<(String, String)>;

/// What may exist next to the objects of an output.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The kinds and names of objects in manifests, and of those that controllers create.
    objects: HashSet<(String, String)>,
    /// The patterns of names with a `*`, with the kind: what is before it, and what follows.
    patterns: HashSet<(String, String, String)>,
    /// The names in custom resources whose controllers may create anything.
    names: HashSet<String>,
    /// The labels of the pods in manifests.
    pods: HashSet<Labels>,
    /// The namespaces in which something may create objects of unknown names, such as a chart; an empty one stands for all.
    open: HashSet<String>,
}

impl Surroundings {
    /// Returns what the objects of an output create.
    pub fn of_output(resources: &[Resource]) -> Surroundings {
        let mut surroundings = Surroundings::default();
        for resource in resources {
            surroundings.add_created(resource.tree(), resource.root());
        }
        surroundings
    }

    /// Returns the objects of a manifest, and what they create.
    pub fn of_manifest(documents: &[Tree]) -> Surroundings {
        let mut surroundings = Surroundings::default();
        for tree in documents {
            let items = tree.get(tree.root(), "items").filter(|_| text(tree, tree.root(), &["kind"]).ends_with("List"));
            let items: Vec<NodeId> = items.into_iter().flat_map(|items| tree.elements(items)).collect();
            for node in std::iter::once(tree.root()).chain(items) {
                surroundings.add_object(tree, node);
            }
        }
        surroundings
    }

    /// Adds what else is known.
    pub fn extend(&mut self, other: &Surroundings) {
        self.objects.extend(other.objects.iter().cloned());
        self.patterns.extend(other.patterns.iter().cloned());
        self.names.extend(other.names.iter().cloned());
        self.pods.extend(other.pods.iter().cloned());
        self.open_like(other);
    }

    /// Notes that something may create objects of unknown names in a namespace, or in any if the namespace is empty.
    pub fn open(&mut self, namespace: &str) {
        let namespace = if is_unknown(namespace) || namespace.contains(['$', '{']) { "" } else { namespace };
        if !self.open.contains(namespace) {
            self.open.insert(namespace.to_string());
        }
    }

    /// Notes that objects of unknown names may be created where `other` says so.
    pub fn open_like(&mut self, other: &Surroundings) {
        self.open.extend(other.open.iter().cloned());
    }

    /// Returns whether something may create objects of unknown names in one of some namespaces, which commas separate. They
    /// may be created anywhere if a namespace is unknown.
    pub fn is_open_in(&self, namespaces: &str) -> bool {
        let is_open = |namespace: &str| is_unknown(namespace) || self.open.contains(namespace);
        !self.open.is_empty() && (self.open.contains("") || namespaces.split(", ").any(is_open))
    }

    /// Returns whether a manifest contains an object, or something creates it.
    pub fn bring(&self, kind: &str, name: &str) -> bool {
        let matches = |(of, start, end): &(String, String, String)| {
            of == kind && name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        };
        self.names.contains(name)
            || self.objects.contains(&(kind.to_string(), name.to_string()))
            || self.patterns.iter().any(matches)
    }

    /// Returns the labels of the pods in manifests.
    pub fn pods(&self) -> impl Iterator<Item = &Labels> {
        self.pods.iter()
    }

    fn add_object(&mut self, tree: &Tree, node: NodeId) {
        let (kind, name) = (text(tree, node, &["kind"]), text(tree, node, &["metadata", "name"]));
        if kind.is_empty() || text(tree, node, &["apiVersion"]).is_empty() {
            return;
        }
        self.objects.insert((kind.to_string(), name.to_string()));
        for path in [&["spec", "template", "metadata", "labels"][..], &["metadata", "labels"]] {
            let is_pod = path.len() > 2 || kind == "Pod";
            if let Some(labels) = tree.get_path(node, path).filter(|_| is_pod) {
                let label = |(key, value)| (tree.text(key).to_string(), tree.text(value).to_string());
                self.pods.insert(tree.entries(labels).map(label).collect());
            }
        }
        self.add_created(tree, node);
    }

    fn add_created(&mut self, tree: &Tree, node: NodeId) {
        let (group, _) = split_api_version(text(tree, node, &["apiVersion"]));
        let kind = text(tree, node, &["kind"]);
        for maker in MAKERS.iter().filter(|maker| (maker.group, maker.kind) == (group, kind)) {
            let names: Vec<String> = maker.names.iter().filter_map(|pattern| fill(tree, node, pattern)).collect();
            names.into_iter().for_each(|name| self.add_name(maker.makes, name));
        }
        let annotations = tree.get_path(node, &["metadata", "annotations"]);
        for (key, value) in annotations.into_iter().flat_map(|annotations| tree.entries(annotations)) {
            let key = tree.text(key);
            if let Some((_, made)) = MAKING_ANNOTATIONS.iter().find(|(annotation, _)| *annotation == key) {
                self.add_name(made, tree.text(value).to_string());
            }
            if key.starts_with(CERT_MANAGER) && ["Ingress", "Gateway"].contains(&kind) {
                self.add_names(tree, node);
            }
        }
        for path in CONNECTION_SECRETS {
            if let Some(name) = tree.get_path(node, path) {
                self.add_name("Secret", tree.text(name).to_string());
            }
        }
        if creates_anything(tree, node, group, kind) {
            self.open_around(tree, node);
            self.names.insert(text(tree, node, &["metadata", "name"]).to_string());
            self.add_names(tree, node);
        }
    }

    fn add_name(&mut self, kind: &str, name: String) {
        match name.split_once('*') {
            Some((start, rest)) => {
                // Of further stars, only the text after the last one counts.
                let end = rest.rsplit('*').next().unwrap_or(rest);
                let is_specific = !start.is_empty() || !end.is_empty();
                if is_specific {
                    self.patterns.insert((kind.to_string(), start.to_string(), end.to_string()));
                }
            }
            None => {
                self.objects.insert((kind.to_string(), name));
            }
        }
    }

    /// Notes that the controller of an object may create objects of unknown names: in the namespace of the object, and in
    /// those that its fields name.
    fn open_around(&mut self, tree: &Tree, node: NodeId) {
        self.open(text(tree, node, &["metadata", "namespace"]));
        let mut to_visit: Vec<NodeId> = tree.get(node, "spec").into_iter().collect();
        while let Some(node) = to_visit.pop() {
            to_visit.extend(tree.elements(node));
            for (key, value) in tree.entries(node) {
                let key = tree.text(key).to_lowercase();
                let is_namespace = key.ends_with("namespace") || key.ends_with("namespaces");
                if is_namespace && tree.is_scalar(value) {
                    self.open(tree.text(value));
                } else if is_namespace || key.ends_with("namespaceselector") {
                    let names: Vec<NodeId> = tree.elements(value).filter(|&name| tree.is_scalar(name)).collect();
                    let are_known = !names.is_empty();
                    names.into_iter().for_each(|name| self.open(tree.text(name)));
                    if !are_known {
                        self.open("");
                    }
                }
                to_visit.push(value);
            }
        }
    }

    /// Adds the values of all fields that are names.
    fn add_names(&mut self, tree: &Tree, node: NodeId) {
        let mut to_visit = vec![node];
        while let Some(node) = to_visit.pop() {
            to_visit.extend(tree.elements(node));
            for (key, value) in tree.entries(node) {
                if tree.is_scalar(value) && tree.text(key).to_lowercase().ends_with("name") {
                    self.names.insert(tree.text(value).to_string());
                }
                to_visit.push(value);
            }
        }
    }
}

/// Returns whether the controller of an object may create objects of unknown names.
fn creates_anything(tree: &Tree, node: NodeId, group: &str, kind: &str) -> bool {
    if is_built_in(group) {
        return false;
    }
    // An Argo CD application may deploy a chart or another repository; its own folders are targets here.
    let deploys_chart = ["Application", "ApplicationSet"].contains(&kind) && {
        let spec = tree.get(node, "spec").unwrap_or(node);
        let template = tree.get_path(spec, &["template", "spec"]).unwrap_or(spec);
        tree.get_path(template, &["source", "chart"]).is_some() || tree.get(template, "sources").is_some()
    };
    !QUIET_GROUPS.contains(&group) || deploys_chart
}

fn text<'a>(tree: &'a Tree, node: NodeId, path: &[&str]) -> &'a str {
    tree.get_path(node, path).map_or("", |value| tree.text(value))
}

/// Replaces the fields in a pattern; `None` if one is missing.
fn fill(tree: &Tree, node: NodeId, pattern: &str) -> Option<String> {
    let (mut filled, mut rest) = (String::new(), pattern);
    while let Some((before, field)) = rest.split_once('{') {
        let (field, after) = field.split_once('}')?;
        let path: Vec<&str> = field.split('.').collect();
        let value = text(tree, node, &path);
        if value.is_empty() {
            return None;
        }
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    Some(filled + rest)
}
