//! Search for values of Secrets in resources.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use crate::resource::Resource;
use crate::yaml::{NodeId, Tree};

use super::words::{is_data_name, is_secret_kind_name, is_string_data_name, mentions_secret};

/// The annotation in which `kubectl apply` stores a copy of the resource.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A scalar that contains a secret value.
pub(super) struct Found {
    pub node: NodeId,
    /// The path to the scalar, separated by slashes.
    pub path: String,
    /// The field of the Secret that contains the value; empty if the value was copied elsewhere.
    pub field: &'static str,
    /// The parsed scalar, if it is JSON of which only parts are secret.
    pub json: Option<Value>,
}

/// The location of a secret value.
#[derive(Clone, Copy)]
pub(super) struct ValueLocation<'a> {
    pub path: &'a str,
    pub field: &'a str,
}

/// A function that returns the replacement for a value.
pub(super) type Replace<'a> = &'a mut dyn FnMut(ValueLocation<'_>, &str) -> String;

/// Returns whether a resource is a Secret or looks like one, or was a Secret before a patch changed its kind.
pub fn is_secret(resource: &Resource) -> bool {
    is_secret_document(resource.tree()) || was_secret(resource)
}

fn was_secret(resource: &Resource) -> bool {
    resource.previous.iter().any(|previous| is_secret_kind_name(&previous.kind))
}

/// Returns whether a document has the kind of a Secret, or a field `stringData`. Misspelled names count.
fn is_secret_document(tree: &Tree) -> bool {
    has_secret_kind(tree, tree.root()) || tree.entries(tree.root()).any(|(key, _)| is_string_data_name(tree.text(key)))
}

fn has_secret_kind(tree: &Tree, node: NodeId) -> bool {
    tree.get(node, "kind").is_some_and(|kind| is_secret_kind_name(tree.text(kind)))
}

/// Returns whether a mapping with the kind of a Secret is one, rather than a reference to one: `{kind: Secret, name: a}`.
fn has_content(tree: &Tree, node: NodeId) -> bool {
    tree.entries(node).any(|(key, value)| {
        let key = tree.text(key);
        key == "metadata" || is_data_name(key) || !tree.is_scalar(value)
    })
}

/// Returns whether the path of a JSON patch operation leads to values of a Secret, or to all of it.
pub(super) fn is_path_to_values(path: &str) -> bool {
    let mut parts = path.trim_start_matches('/').split('/');
    match parts.next().unwrap_or_default() {
        "metadata" => parts.next().is_some_and(|part| !PUBLIC_METADATA.contains(&part)),
        field => !PUBLIC_FIELDS.contains(&field),
    }
}

/// Returns the scalars in a state of a resource that are hidden unless the user asks for Secrets.
pub fn hidden_nodes(resource: &Resource, tree: &Tree) -> HashSet<NodeId> {
    find(resource, tree, &BTreeSet::new()).into_iter().map(|found| found.node).collect()
}

/// Finds the secret values in a state of a resource, and the values at these paths.
pub(super) fn find(resource: &Resource, tree: &Tree, paths: &BTreeSet<String>) -> Vec<Found> {
    let mut search = Search { tree, paths, trail: Vec::new(), found: Vec::new() };
    let is_secret = was_secret(resource) || is_secret_document(tree);
    search.walk(tree.root(), if is_secret { Context::Secret } else { Context::Outside });
    search.found
}

/// The part of a resource that a node belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Context {
    Outside,
    /// The root of a Secret. Everything in it is secret but for [`PUBLIC_FIELDS`].
    Secret,
    Metadata,
    /// The labels or annotations of a Secret.
    Notes,
    LastApplied,
    /// A field of a Secret with values. Everything in it is secret, even if it is not a mapping of strings.
    Value(&'static str),
}

/// The scalar fields of a Secret that are not secret.
const PUBLIC_FIELDS: [&str; 4] = ["apiVersion", "immutable", "kind", "type"];

/// The metadata of a Secret that is not secret, apart from labels and annotations. In other fields, misplaced data is likely.
const PUBLIC_METADATA: [&str; 14] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
    "$patch",
];

impl Context {
    /// Returns the context of the value of a key.
    fn enter(self, key: &str, is_scalar: bool) -> Context {
        match (self, key) {
            (Context::Secret, "metadata") if !is_scalar => Context::Metadata,
            (Context::Secret, key) if is_scalar && PUBLIC_FIELDS.contains(&key) => Context::Outside,
            // The items of a list that is called `SecretList`.
            (Context::Secret, "items") if !is_scalar => Context::Secret,
            (Context::Secret, key) => {
                Context::Value(if key.eq_ignore_ascii_case("data") { "data" } else { "stringData" })
            }
            (Context::Metadata, "labels" | "annotations") => Context::Notes,
            (Context::Metadata, key) if PUBLIC_METADATA.contains(&key) => Context::Outside,
            (Context::Metadata, _) => Context::Value(""),
            (Context::Notes, LAST_APPLIED) if is_scalar => Context::LastApplied,
            (Context::Notes, _) if !is_scalar => Context::Value(""),
            (Context::Value(_), _) => self,
            (_, key) if is_string_data_name(key) => Context::Value("stringData"),
            _ => Context::Outside,
        }
    }

    /// Returns the context of the elements of a list.
    fn enter_list(self) -> Context {
        if matches!(self, Context::Value(_) | Context::Secret) { self } else { Context::Outside }
    }
}

enum Step {
    Key(NodeId),
    Element(usize),
}

struct Search<'a> {
    tree: &'a Tree,
    paths: &'a BTreeSet<String>,
    trail: Vec<Step>,
    found: Vec<Found>,
}

impl Search<'_> {
    fn walk(&mut self, node: NodeId, context: Context) {
        let tree = self.tree;
        let context = match context {
            Context::Outside if has_secret_kind(tree, node) && has_content(tree, node) => Context::Secret,
            context => context,
        };
        if tree.is_scalar(node) {
            self.check(node, context);
        }
        for (key, value) in tree.entries(node) {
            self.trail.push(Step::Key(key));
            self.walk(value, context.enter(tree.text(key), tree.is_scalar(value)));
            self.trail.pop();
        }
        let inside = context.enter_list();
        for (at, element) in tree.elements(node).enumerate() {
            self.trail.push(Step::Element(at));
            self.walk(element, inside);
            self.trail.pop();
        }
    }

    fn check(&mut self, node: NodeId, context: Context) {
        let text = self.tree.text(node);
        let (field, json) = match context {
            _ if self.tree.is_null(node) => return,
            Context::Value(field) => (field, None),
            Context::Secret => ("", None),
            Context::LastApplied => ("", serde_json::from_str(text).ok().filter(Value::is_object).map(as_secret)),
            _ if self.tree.is_marked_secret(node) || !self.paths.is_empty() && self.paths.contains(&self.path()) => {
                ("", None)
            }
            _ if mentions_secret(text) => ("", json_with_secrets(text)),
            _ => return,
        };
        self.found.push(Found { node, path: self.path(), field, json });
    }

    fn path(&self) -> String {
        let steps = self.trail.iter().map(|step| match step {
            Step::Key(key) => format!("/{}", self.tree.text(*key)),
            Step::Element(at) => format!("/{at}"),
        });
        steps.collect()
    }
}

/// Adds the kind to a copy of a Secret that lacks it.
fn as_secret(mut json: Value) -> Value {
    if json.get("kind").is_none() {
        json["kind"] = "Secret".into();
    }
    json
}

/// Parses a text as JSON; `None` if it is not JSON or does not contain a Secret.
fn json_with_secrets(text: &str) -> Option<Value> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(text).ok().filter(contains_secret)
}

fn contains_secret(json: &Value) -> bool {
    match json {
        Value::Object(entries) => is_secret_json(json) || entries.values().any(contains_secret),
        Value::Array(elements) => elements.iter().any(contains_secret),
        Value::String(text) => mentions_secret(text),
        _ => false,
    }
}

fn is_secret_json(json: &Value) -> bool {
    json.as_object().is_some_and(|entries| {
        entries.iter().any(|(key, value)| match key.as_str() {
            "kind" => value.as_str().is_some_and(is_secret_kind_name),
            key => is_string_data_name(key),
        })
    })
}

/// Masks the values of the Secrets in JSON, and returns its text.
pub(super) fn mask_json(mut json: Value, path: &str, replace: Replace<'_>) -> String {
    mask_json_value(&mut json, path, Context::Outside, replace);
    json.to_string()
}

fn mask_json_value(json: &mut Value, path: &str, context: Context, replace: Replace<'_>) {
    let context = if context == Context::Outside && is_secret_json(json) { Context::Secret } else { context };
    match (json, context) {
        (Value::Object(entries), _) => {
            for (key, value) in entries {
                let inner = context.enter(key, !value.is_object() && !value.is_array());
                mask_json_value(value, &format!("{path}/{key}"), inner, replace);
            }
        }
        (Value::Array(elements), _) => {
            for (at, element) in elements.iter_mut().enumerate() {
                mask_json_value(element, &format!("{path}/{at}"), context.enter_list(), replace);
            }
        }
        (Value::Null, _) => {}
        (scalar, Context::Value(_) | Context::Secret) => {
            let field = if let Context::Value(field) = context { field } else { "" };
            let text = scalar.as_str().map_or_else(|| scalar.to_string(), ToString::to_string);
            *scalar = replace(ValueLocation { path, field }, &text).into();
        }
        (Value::String(text), _) if mentions_secret(text) => {
            *text = match json_with_secrets(text) {
                Some(inner) => mask_json(inner, path, replace),
                None => replace(ValueLocation { path, field: "" }, text),
            };
        }
        _ => {}
    }
}
