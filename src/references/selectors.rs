//! References by label selector.

use std::collections::HashMap;

use crate::resource::identity::group_version_kind;
use crate::resource::metadata::metadata_entries;
use crate::resource::paths::FieldPath;
use crate::resource::select::label_selector::LabelSelector;
use crate::yaml::{NodeId, Tree};

use super::objects::{Objects, pod_template};
use super::reference::{ObjectReference, Referent, Relation};
use super::table::{SELECTOR_FIELDS, SelectorField, Selects};

/// The maximum number of objects listed for a selector. Many selectors may select all objects.
const MAX_LISTED: usize = 100;

/// Finds the objects that selectors select.
pub struct Selectors<'a> {
    objects: &'a Objects<'a>,
    pods: LabelIndex<'a>,
    services: LabelIndex<'a>,
    /// The results of earlier selectors, many of which may be identical.
    cache: HashMap<(Vec<String>, String, Selects), Vec<usize>>,
}

/// An index of objects by label.
#[derive(Default)]
struct LabelIndex<'a> {
    labels: HashMap<usize, Vec<(&'a str, &'a str)>>,
    by_namespace: HashMap<&'a str, Vec<usize>>,
    by_label: HashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
}

impl<'a> LabelIndex<'a> {
    fn add(&mut self, at: usize, namespace: &'a str, labels: Vec<(&'a str, &'a str)>) {
        self.by_namespace.entry(namespace).or_default().push(at);
        for &(key, value) in &labels {
            self.by_label.entry((namespace, key, value)).or_default().push(at);
        }
        self.labels.insert(at, labels);
    }

    /// Returns the objects that a selector selects in a namespace. Only objects with the rarest label of the selector are
    /// checked.
    fn select(&self, selector: &LabelSelector, namespace: &'a str) -> Vec<usize> {
        let by_label = selector.labels().map(|(key, value)| self.by_label.get(&(namespace, key, value)));
        let lists = by_label.chain([self.by_namespace.get(namespace)]).map(|list| list.map_or(&[][..], Vec::as_slice));
        let candidates = lists.min_by_key(|list| list.len()).unwrap_or_default();
        candidates.iter().copied().filter(|at| selector.matches(&self.labels[at])).collect()
    }
}

impl<'a> Selectors<'a> {
    pub fn new(objects: &'a Objects<'a>) -> Selectors<'a> {
        let mut pods = LabelIndex::default();
        let mut services = LabelIndex::default();
        for (at, resource) in objects.resources.iter().enumerate() {
            let tree = resource.tree();
            let namespace = objects.namespace(at);
            if let Some((template, _)) = pod_template(tree)
                && resource.kind() != "PodTemplate"
            {
                pods.add(at, namespace, labels_of(tree, template));
            }
            if resource.kind() == "Service" {
                services.add(at, namespace, metadata_entries(tree, "labels"));
            }
        }
        Selectors { objects, pods, services, cache: HashMap::new() }
    }

    /// Finds the references of an object's selectors.
    pub fn find(&mut self, from: usize, references: &mut Vec<ObjectReference>) {
        let tree = self.objects.resources[from].tree();
        let (group, _, kind) = group_version_kind(tree);
        for field in SELECTOR_FIELDS.iter().filter(|field| (field.group, field.kind) == (group, kind)) {
            let Some(node) = tree.get_path(tree.root(), field.path).filter(|&node| tree.is_mapping(node)) else {
                continue;
            };
            let selector = if field.is_map {
                Some(LabelSelector::from_map(tree, node))
            } else {
                LabelSelector::from_resource(tree, node)
            };
            let Some(selector) = selector.filter(|selector| field.empty_selects_all || !selector.is_empty()) else {
                continue;
            };
            let namespaces = self.namespaces(from, field);
            let found = self.select(&selector, &namespaces, field.selects);
            let reference = |to| ObjectReference {
                from,
                to,
                relation: Relation::Selects,
                field: FieldPath::of_names(field.path),
                position: tree.position(node),
                is_optional: false,
                details: Vec::new(),
            };
            if found.is_empty() || found.len() > MAX_LISTED {
                references.push(reference(Referent::Selected {
                    selector: selector.to_string(),
                    namespace: namespaces.join(", "),
                    count: found.len(),
                }));
            } else {
                references.extend(found.iter().map(|&at| reference(Referent::Object(at))));
            }
        }
    }

    /// Returns the namespaces that a selector applies to; an empty list means all.
    fn namespaces(&self, from: usize, field: &SelectorField) -> Vec<&'a str> {
        let tree = self.objects.resources[from].tree();
        let own = vec![self.objects.namespace(from)];
        match field.selects {
            Selects::Pods => own,
            Selects::PodsEverywhere => Vec::new(),
            Selects::MonitoredPods | Selects::MonitoredServices => {
                let selector = tree.get_path(tree.root(), &["spec", "namespaceSelector"]);
                let text = |key| selector.and_then(|selector| tree.get(selector, key));
                if text("any").is_some_and(|any| tree.text(any) == "true") {
                    return Vec::new();
                }
                let names = text("matchNames").into_iter().flat_map(|names| tree.elements(names));
                let names: Vec<&str> = names.map(|name| tree.text(name)).collect();
                if names.is_empty() { own } else { names }
            }
        }
    }

    fn select(&mut self, selector: &LabelSelector, namespaces: &[&'a str], selects: Selects) -> &[usize] {
        let objects = if selects == Selects::MonitoredServices { &self.services } else { &self.pods };
        let key = (namespaces.iter().map(ToString::to_string).collect(), selector.to_string(), selects);
        self.cache.entry(key).or_insert_with(|| {
            let everywhere = objects.by_namespace.keys().copied().filter(|_| namespaces.is_empty());
            let mut found: Vec<usize> =
                namespaces.iter().copied().chain(everywhere).flat_map(|name| objects.select(selector, name)).collect();
            found.sort_unstable();
            found
        })
    }
}

/// Returns the labels of a pod template.
pub fn labels_of(tree: &Tree, template: NodeId) -> Vec<(&str, &str)> {
    let labels = tree.get_path(template, &["metadata", "labels"]);
    labels
        .into_iter()
        .flat_map(|labels| tree.entries(labels))
        .map(|(key, value)| (tree.text(key), tree.text(value)))
        .collect()
}
