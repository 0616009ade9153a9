//! Checks across all targets of a tree.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::Diagnostic;
use crate::references::{labels_of, pod_template};
use crate::resource::select::label_selector::LabelSelector;
use crate::resource::{Resource, Schema};

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
    Object(Key),
    /// A pod in the namespace that matches the selector.
    Pods { namespace: String, selector: String },
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
    pods: HashSet<(String, Vec<(String, String)>)>,
}

impl Provided {
    pub fn new(resources: &[Resource]) -> Provided {
        let schema = Schema::default();
        let pod = |resource: &Resource| {
            let (template, _) = pod_template(resource.tree())?;
            let mut labels = labels_of(resource.tree(), template);
            labels.sort_unstable();
            let labels = labels.into_iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
            Some((resource.effective_namespace(&schema).to_string(), labels))
        };
        Provided {
            objects: resources.iter().map(|resource| Key::of(resource, &schema)).collect(),
            pods: resources.iter().filter_map(pod).collect(),
        }
    }
}

/// All outputs of a tree.
pub struct Outputs<'a> {
    all: Vec<&'a Provided>,
    by_object: HashMap<&'a Key, Vec<usize>>,
    by_pod_namespace: HashMap<&'a str, Vec<usize>>,
    cache: HashMap<(Key, Need), bool>,
}

impl<'a> Outputs<'a> {
    pub fn new(all: impl IntoIterator<Item = &'a Provided>) -> Outputs<'a> {
        let all: Vec<&Provided> = all.into_iter().collect();
        let mut by_object: HashMap<_, Vec<_>> = HashMap::new();
        let mut by_pod_namespace: HashMap<_, Vec<_>> = HashMap::new();
        for (at, provided) in all.iter().enumerate() {
            provided.objects.iter().for_each(|key| by_object.entry(key).or_default().push(at));
            let namespaces: HashSet<&str> = provided.pods.iter().map(|(namespace, _)| namespace.as_str()).collect();
            namespaces.into_iter().for_each(|name| by_pod_namespace.entry(name).or_default().push(at));
        }
        Outputs { all, by_object, by_pod_namespace, cache: HashMap::new() }
    }

    /// Returns whether another output satisfies the need of an object. Outputs that contain the object themselves do not
    /// count: they are variants of the same application, such as those for development and production.
    pub fn satisfy(&mut self, object: &Key, need: &Need) -> bool {
        if let Some(&known) = self.cache.get(&(object.clone(), need.clone())) {
            return known;
        }
        let is_other = |at: &usize| !self.all[*at].objects.contains(object);
        let found = match need {
            Need::Object(key) => self.by_object.get(key).is_some_and(|outputs| outputs.iter().any(is_other)),
            Need::Pods { namespace, selector } => LabelSelector::parse(selector).is_ok_and(|selector| {
                let selects = |(of, labels): &(String, Vec<(String, String)>)| {
                    let labels: Vec<_> = labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
                    of == namespace && selector.matches(&labels)
                };
                let outputs = self.by_pod_namespace.get(namespace.as_str()).into_iter().flatten();
                outputs.filter(|at| is_other(at)).any(|&at| self.all[at].pods.iter().any(selects))
            }),
        };
        self.cache.insert((object.clone(), need.clone()), found);
        found
    }
}
