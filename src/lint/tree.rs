//! Checks across all targets of a tree.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::Diagnostic;
use crate::references::{labels_of, pod_template};
use crate::resource::select::label_selector::LabelSelector;
use crate::resource::{Resource, Schema};

use super::namespaces::may_be_same;
use super::surroundings::{Labels, Surroundings};

/// Kind, effective namespace and name of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    kind: String,
    namespace: String,
    name: String,
}

impl Key {
    pub fn new(kind: &str, namespace: &str, name: &str) -> Key {
        Key { kind: kind.to_string(), namespace: namespace.to_string(), name: name.to_string() }
    }

    pub fn of(resource: &Resource, schema: &Schema) -> Key {
        Key::new(resource.kind(), resource.effective_namespace(schema), resource.name())
    }
}

/// A requirement that another output may satisfy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// An object.
    Object {
        key: Key,
        /// Whether an object exists whose name is nearly the same.
        is_misspelled: bool,
    },
    /// A pod or a Service in one of the namespaces that matches the selector.
    Selected {
        what: Selectable,
        /// The namespaces, separated by commas; empty for all.
        namespace: String,
        selector: String,
        /// Whether one exists that was probably meant.
        is_misspelled: bool,
    },
    /// Something that no output contains, unless a controller or a chart creates it in the namespace.
    Unknown { namespace: String, is_misspelled: bool },
}

/// The objects that a selector may select.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Selectable {
    Pods,
    Services,
}

/// A likely error in an output.
#[derive(Clone, Debug)]
pub struct Finding {
    pub diagnostic: Diagnostic,
    /// The object that the finding is about, and its requirement. There is no error if another output satisfies it.
    pub need: Option<(Key, Need)>,
}

/// The objects and pods of an output, which may satisfy the needs of others.
#[derive(Clone, Debug)]
pub struct Provided {
    objects: HashSet<Key>,
    /// The namespaces and labels of pods.
    pods: HashSet<(String, Labels)>,
    /// The namespaces and labels of Services.
    services: HashSet<(String, Labels)>,
    /// What the objects create.
    surroundings: Surroundings,
}

impl Provided {
    pub fn new(resources: &[Resource]) -> Provided {
        let schema = Schema::default();
        let with_labels = |resource: &Resource, mut labels: Vec<(&str, &str)>| {
            labels.sort_unstable();
            let labels = labels.into_iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
            (resource.effective_namespace(&schema).to_string(), labels)
        };
        let pod = |resource: &Resource| {
            let (template, _) = pod_template(resource.tree())?;
            Some(with_labels(resource, labels_of(resource.tree(), template)))
        };
        let services = resources.iter().filter(|resource| resource.kind() == "Service");
        Provided {
            objects: resources.iter().map(|resource| Key::of(resource, &schema)).collect(),
            pods: resources.iter().filter_map(pod).collect(),
            services: services.map(|service| with_labels(service, service.metadata_map("labels"))).collect(),
            surroundings: Surroundings::of_output(resources),
        }
    }
}

/// All outputs of a tree, and what is known of objects in none of them.
pub struct Outputs<'a> {
    all: Vec<&'a Provided>,
    by_name: HashMap<(&'a str, &'a str), Vec<(usize, &'a str)>>,
    surroundings: Surroundings,
    cache: HashMap<(Key, Need), bool>,
}

impl<'a> Outputs<'a> {
    /// Returns the outputs of a tree. `surroundings` is what the manifests that no target contains bring.
    pub fn new(all: impl IntoIterator<Item = &'a Provided>, mut surroundings: Surroundings) -> Outputs<'a> {
        let all: Vec<&Provided> = all.into_iter().collect();
        let mut by_name: HashMap<_, Vec<_>> = HashMap::new();
        for (at, provided) in all.iter().enumerate() {
            for Key { kind, namespace, name } in &provided.objects {
                by_name.entry((kind.as_str(), name.as_str())).or_default().push((at, namespace.as_str()));
            }
            surroundings.open_like(&provided.surroundings);
        }
        Outputs { all, by_name, surroundings, cache: HashMap::new() }
    }

    /// Returns whether something else satisfies the need of an object. Outputs that contain the object themselves do not
    /// count: they are variants of the same application, such as those for development and production. Where something
    /// creates objects of unknown names, only what is misspelled is missing.
    pub fn satisfy(&mut self, object: &Key, need: &Need) -> bool {
        if let Some(&known) = self.cache.get(&(object.clone(), need.clone())) {
            return known;
        }
        let (is_misspelled, namespace) = match need {
            Need::Object { key, is_misspelled } => (*is_misspelled, &key.namespace),
            Need::Selected { namespace, is_misspelled, .. } | Need::Unknown { namespace, is_misspelled } => {
                (*is_misspelled, namespace)
            }
        };
        let found = !is_misspelled && self.surroundings.is_open_in(namespace) || self.find(object, need);
        self.cache.insert((object.clone(), need.clone()), found);
        found
    }

    fn find(&self, object: &Key, need: &Need) -> bool {
        let others = || self.all.iter().filter(|provided| !provided.objects.contains(object));
        match need {
            Need::Object { key: Key { kind, namespace, name }, .. } => {
                let found = self.by_name.get(&(kind.as_str(), name.as_str()));
                let mut found = found.into_iter().flatten();
                found.any(|&(at, of)| may_be_same(of, namespace) && !self.all[at].objects.contains(object))
                    || self.surroundings.bring(kind, name)
                    || others().any(|provided| provided.surroundings.bring(kind, name))
            }
            Need::Unknown { .. } => false,
            Need::Selected { what, namespace, selector, .. } => LabelSelector::parse(selector).is_ok_and(|selector| {
                let selects = |labels: &Labels| {
                    let labels: Vec<_> = labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
                    selector.matches(&labels)
                };
                let is_in = |of: &str| namespace.is_empty() || namespace.split(", ").any(|name| may_be_same(of, name));
                let is_for_pods = *what == Selectable::Pods;
                let selectable = |provided: &'a Provided| if is_for_pods { &provided.pods } else { &provided.services };
                let mut found = others().flat_map(|provided| selectable(provided));
                found.any(|(of, labels)| is_in(of) && selects(labels))
                    || is_for_pods && self.surroundings.pods().any(selects)
            }),
        }
    }
}
