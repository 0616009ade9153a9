//! An index of the objects of an output, in which references are looked up.

use std::collections::HashMap;

use crate::resource::identity::group_version_kind;
use crate::resource::identity::{Gvk, ResId, effective_namespace};
use crate::resource::{Resource, Schema};
use crate::yaml::{NodeId, Tree};

use super::reference::Referent;
use super::table::{BUILT_IN, CLUSTER_SCOPED, SECRET_CREATORS};

/// Kind, effective namespace and name.
type Key<'a> = (&'a str, &'a str, &'a str);

/// All objects of an output, indexed by name.
pub struct Objects<'a> {
    pub resources: &'a [Resource],
    schema: Schema,
    by_name: HashMap<Key<'a>, Vec<usize>>,
    /// The objects that create Secrets, by the namespace and name of the Secret.
    secret_creators: HashMap<(&'a str, &'a str), usize>,
}

/// The kind of an object that is referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind<'a> {
    /// `None` for any group.
    pub group: Option<&'a str>,
    pub kind: &'a str,
}

impl<'a> Objects<'a> {
    pub fn new(resources: &'a [Resource]) -> Objects<'a> {
        let schema = Schema::default();
        let mut by_name: HashMap<Key<'a>, Vec<usize>> = HashMap::new();
        let mut secret_creators = HashMap::new();
        for (at, resource) in resources.iter().enumerate() {
            let kind = resource.kind();
            let namespace = effective_namespace(resource.namespace(), is_cluster_scoped(resource, &schema));
            by_name.entry((kind, namespace, resource.name())).or_default().push(at);
            if let Some(secret) = created_secret(resource) {
                secret_creators.entry((namespace, secret)).or_insert(at);
            }
        }
        Objects { resources, schema, by_name, secret_creators }
    }

    /// Returns whether an object is cluster-scoped.
    pub fn is_cluster_scoped(&self, at: usize) -> bool {
        is_cluster_scoped(&self.resources[at], &self.schema)
    }

    /// Returns the effective namespace of an object.
    pub fn namespace(&self, at: usize) -> &'a str {
        effective_namespace(self.resources[at].namespace(), self.is_cluster_scoped(at))
    }

    /// Returns the index of the object with a name. The namespace may be empty.
    pub fn get(&self, kind: Kind<'_>, namespace: &str, name: &str) -> Option<usize> {
        let namespace = effective_namespace(namespace, is_cluster_kind(kind.kind));
        let found = self.by_name.get(&(kind.kind, namespace, name))?;
        found
            .iter()
            .copied()
            .find(|&at| kind.group.is_none_or(|group| group_version_kind(self.resources[at].tree()).0 == group))
    }

    /// Returns the referent of a name, whether or not it is in the output.
    pub fn find(&self, kind: Kind<'_>, namespace: &str, name: &str) -> Referent {
        if let Some(at) = self.get(kind, namespace, name) {
            return Referent::Object(at);
        }
        let namespace = if is_cluster_kind(kind.kind) { "" } else { namespace };
        let id = ResId {
            gvk: Gvk::new(kind.group.unwrap_or_default(), "", kind.kind),
            name: name.to_string(),
            namespace: namespace.to_string(),
        };
        let creator = self.secret_creators.get(&(effective_namespace(namespace, false), name));
        match creator.filter(|_| kind.kind == "Secret") {
            Some(&by) => Referent::Created { by, id },
            None if is_built_in(kind.kind, name) => Referent::BuiltIn(id),
            None => Referent::Missing(id),
        }
    }
}

fn is_cluster_scoped(resource: &Resource, schema: &Schema) -> bool {
    resource.is_cluster_scoped(schema) || is_cluster_kind(resource.kind())
}

/// Returns whether objects of a kind are cluster-scoped.
pub fn is_cluster_kind(kind: &str) -> bool {
    kind.starts_with("Cluster") || CLUSTER_SCOPED.contains(&kind)
}

fn is_built_in(kind: &str, name: &str) -> bool {
    let matches = |known: &&'static str| *known == name || known.ends_with(':') && name.starts_with(*known);
    BUILT_IN.iter().any(|(built_in, names)| *built_in == kind && names.iter().any(matches))
}

/// Returns the name of the Secret that an object will create.
fn created_secret(resource: &Resource) -> Option<&str> {
    let tree = resource.tree();
    let (group, _, kind) = group_version_kind(tree);
    let (.., paths) = SECRET_CREATORS.iter().find(|creator| (creator.0, creator.1) == (group, kind))?;
    let names = paths.iter().filter_map(|path| tree.get_path(tree.root(), path)).map(|name| tree.text(name));
    names.into_iter().find(|name| !name.is_empty())
}

/// Returns the pod template of an object, or the object itself if it is a pod, with its path.
pub fn pod_template(tree: &Tree) -> Option<(NodeId, &'static [&'static str])> {
    const PATHS: [&[&str]; 4] =
        [&["spec", "template"], &["spec", "jobTemplate", "spec", "template"], &["template"], &[]];
    let templates = PATHS.iter().filter_map(|path| Some((tree.get_path(tree.root(), path)?, *path)));
    templates.into_iter().find(|&(template, _)| {
        tree.get_path(template, &["spec", "containers"]).is_some_and(|containers| tree.is_sequence(containers))
    })
}
