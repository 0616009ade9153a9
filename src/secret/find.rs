//! Search for values of Secrets in resources.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use crate::resource::Resource;
use crate::yaml::{NodeId, Tree};

/// The annotation in which `kubectl apply` stores a copy of the resource.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The kind of Secrets.
const KIND: &str = "Secret";

/// The fields of a Secret that contain values.
const FIELDS: [&str; 2] = ["data", "stringData"];

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

/// Returns whether a resource is a Secret, or was a Secret before a patch changed its kind.
pub fn is_secret(resource: &Resource) -> bool {
    is_secret_kind(resource.tree(), resource.root()) || was_secret(resource)
}

fn was_secret(resource: &Resource) -> bool {
    resource.previous.iter().any(|previous| previous.kind == KIND)
}

fn is_secret_kind(tree: &Tree, node: NodeId) -> bool {
    let text = |key| tree.get(node, key).map_or("", |value| tree.text(value));
    text("kind") == KIND && !text("apiVersion").contains('/')
}

/// Returns the scalars in a state of a resource that are hidden unless the user asks for Secrets.
pub fn hidden_nodes(resource: &Resource, tree: &Tree) -> HashSet<NodeId> {
    find(resource, tree, &BTreeSet::new()).into_iter().map(|found| found.node).collect()
}

/// Finds the secret values in a state of a resource, and the values at these paths.
pub(super) fn find(resource: &Resource, tree: &Tree, paths: &BTreeSet<String>) -> Vec<Found> {
    let mut search = Search { tree, paths, trail: Vec::new(), found: Vec::new() };
    let is_secret = was_secret(resource) || is_secret_kind(tree, tree.root());
    search.walk(tree.root(), if is_secret { Context::Secret } else { Context::Outside });
    search.found
}

/// The part of a resource that a node belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Context {
    Outside,
    /// The root of a Secret.
    Secret,
    Metadata,
    Annotations,
    LastApplied,
    /// A field of a Secret with values. Everything in it is secret, even if it is not a mapping of strings.
    Value(&'static str),
}

impl Context {
    /// Returns the context of the value of a key.
    fn enter(self, key: &str) -> Context {
        match (self, key) {
            (Context::Secret, "metadata") => Context::Metadata,
            (Context::Metadata, "annotations") => Context::Annotations,
            (Context::Annotations, LAST_APPLIED) => Context::LastApplied,
            (Context::Secret, key) => {
                FIELDS.into_iter().find(|field| *field == key).map_or(Context::Outside, Context::Value)
            }
            (Context::Value(_), _) => self,
            _ => Context::Outside,
        }
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
            Context::Outside if is_secret_kind(tree, node) => Context::Secret,
            context => context,
        };
        if tree.is_scalar(node) {
            self.check(node, context);
        }
        for (key, value) in tree.entries(node) {
            self.trail.push(Step::Key(key));
            self.walk(value, context.enter(tree.text(key)));
            self.trail.pop();
        }
        let inside = if matches!(context, Context::Value(_)) { context } else { Context::Outside };
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
            Context::LastApplied => ("", serde_json::from_str(text).ok().filter(Value::is_object).map(as_secret)),
            _ if self.tree.is_marked_secret(node) || !self.paths.is_empty() && self.paths.contains(&self.path()) => {
                ("", None)
            }
            _ => match json_with_secrets(text) {
                Some(json) => ("", Some(json)),
                None => return,
            },
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
        json["kind"] = KIND.into();
    }
    json
}

/// Parses a text as JSON; `None` if it is not JSON or does not contain a Secret.
fn json_with_secrets(text: &str) -> Option<Value> {
    if !text.trim_start().starts_with(['{', '[']) || !text.contains(KIND) {
        return None;
    }
    serde_json::from_str(text).ok().filter(contains_secret)
}

fn contains_secret(json: &Value) -> bool {
    match json {
        Value::Object(entries) => is_secret_json(json) || entries.values().any(contains_secret),
        Value::Array(elements) => elements.iter().any(contains_secret),
        _ => false,
    }
}

fn is_secret_json(json: &Value) -> bool {
    let text = |key: &str| json.get(key).and_then(Value::as_str).unwrap_or_default();
    text("kind") == KIND && !text("apiVersion").contains('/')
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
                mask_json_value(value, &format!("{path}/{key}"), context.enter(key), replace);
            }
        }
        (Value::Array(elements), _) => {
            for (at, element) in elements.iter_mut().enumerate() {
                mask_json_value(element, &format!("{path}/{at}"), context, replace);
            }
        }
        (Value::Null, _) => {}
        (scalar, Context::Value(field)) => {
            let text = scalar.as_str().map_or_else(|| scalar.to_string(), ToString::to_string);
            *scalar = replace(ValueLocation { path, field }, &text).into();
        }
        (Value::String(text), _) => {
            if let Some(inner) = json_with_secrets(text) {
                *text = mask_json(inner, path, replace);
            }
        }
        _ => {}
    }
}
