//! The provenance of values: the history of a field, and the source of each line of the output.
//!
//! Each node of a document has the file and the offset of its value. With [`Options::trace`](crate::Options::trace), each
//! resource also stores its document after every step of the render. The history of a field consists of the changes from
//! each of these documents to the next.
//!
//! # Example
//! ```
//! use boutique::{FieldPath, Options, explain, io};
//!
//! let host = io::MemoryHost::new([
//!     ("/dev/kustomization.yaml", "resources: [../base]\nreplicas:\n- name: shop\n  count: 3\n"),
//!     ("/base/kustomization.yaml", "resources: [shop.yaml]\n"),
//!     ("/base/shop.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec: {replicas: 1}\n"),
//! ]);
//! let mut options = Options::default();
//! options.trace = true;
//! let io::Outcome { result, inputs } = io::render(&host, "/dev", &options);
//! let rendered = result.expect("the tree is valid");
//!
//! let path: FieldPath = "spec.replicas".parse().expect("it is a path");
//! let history = explain::history(&rendered.resources()[0], &path);
//! let newest = history[0].after.as_ref().expect("the field is there");
//! assert_eq!(history[0].step.field, "replicas");
//! assert_eq!(newest.text(), Some("3"));
//! let location = inputs.location(newest.position()).expect("the value is written in a file");
//! assert_eq!(location.to_string(), "/dev/kustomization.yaml:4:10");
//! ```
//!
//! The same as text, oldest first, and the source of every line of the output:
//! ```
//! use boutique::explain::{self, Event, Line, Step, Value};
//! use boutique::{FieldPath, Inputs, Options, io};
//!
//! fn describe(Event { step, after, .. }: &Event) -> String {
//!     let Step { field, .. } = step;
//!     let text = after.as_ref().and_then(Value::text).unwrap_or("nothing");
//!     format!("{field}: {text}")
//! }
//!
//! fn annotated(Line { text, position, .. }: &Line, inputs: &Inputs) -> String {
//!     match inputs.location(*position) {
//!         Some(location) => format!("{text}  # {location}"),
//!         None => text.clone(),
//!     }
//! }
//!
//! let host = io::MemoryHost::new([
//!     ("/kustomization.yaml", "namePrefix: dev-\nresources: [a.yaml]\n"),
//!     ("/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
//! ]);
//! let mut options = Options::default();
//! options.trace = true;
//! let io::Outcome { result, inputs } = io::render(&host, "/", &options);
//! let rendered = result.expect("the tree is valid");
//! let resource = &rendered.resources()[0];
//!
//! let path: FieldPath = "metadata.name".parse().expect("it is a path");
//! let history: Vec<String> = explain::history(resource, &path).iter().rev().map(describe).collect();
//! assert_eq!(history, ["resources: a", "namePrefix: dev-a"]);
//!
//! let lines = explain::lines(resource.tree()).expect("it can be written");
//! let lines: Vec<String> = lines.iter().map(|line| annotated(line, &inputs)).collect();
//! assert_eq!(lines[3], "  name: dev-a  # /kustomization.yaml:1:13");
//! ```

mod lines;
mod trail;

use std::sync::Arc;

use crate::render::Rendered;
use crate::resource::Resource;
use crate::resource::paths::FieldPath;
use crate::yaml::{NodeId, Position, Tree};

pub use crate::resource::Step;
pub use lines::{Line, lines};
pub(crate) use trail::Trail;

/// A value at some point of the render.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Value {
    /// The document at that point.
    pub tree: Arc<Tree>,
    /// The node of the value in the document.
    pub node: NodeId,
}

impl Value {
    /// Returns the position of the value.
    pub fn position(&self) -> Position {
        self.tree.position(self.node)
    }

    /// Returns the text of a scalar.
    pub fn text(&self) -> Option<&str> {
        self.tree.is_scalar(self.node).then(|| self.tree.text(self.node))
    }

    /// Returns whether another value has the same position, and the same text if it is a scalar.
    fn is_same(&self, other: &Value) -> bool {
        self.tree.kind(self.node) == other.tree.kind(other.node)
            && self.position() == other.position()
            && self.text() == other.text()
    }
}

/// A change to a field.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// The step of the render that made the change.
    pub step: Step,
    /// The value before the change; `None` if the field was added.
    pub before: Option<Value>,
    /// The value after the change; `None` if the field was removed.
    pub after: Option<Value>,
    pub(crate) trail: Trail,
}

/// Returns the changes to a field of a resource, newest first. There are none if the resource never had the field, or if it
/// was rendered without [`Options::trace`](crate::Options::trace).
pub fn history(resource: &Resource, path: &FieldPath) -> Vec<Event> {
    let states = resource.history();
    let mut events = Vec::new();
    let newest = states.iter().enumerate().rev().find_map(|(at, state)| Some((at, Trail::along(path, &state.tree)?.0)));
    let Some((newest, mut trail)) = newest else { return events };
    let mut after: Option<Value> = None;
    let mut step_after: Option<Step> = states.get(newest + 1).map(|state| state.step);
    for state in states[..=newest].iter().rev() {
        let found = trail.follow(&state.tree);
        let value = found.as_ref().map(|(_, node)| Value { tree: state.tree.clone(), node: *node });
        if let Some(step) = step_after
            && !is_same(value.as_ref(), after.as_ref())
        {
            events.push(Event { step, before: value.clone(), after, trail: trail.clone() });
        }
        if let Some((found, _)) = found {
            trail = found;
        }
        after = value;
        step_after = Some(state.step);
    }
    if let (Some(step), Some(_)) = (step_after, &after) {
        events.push(Event { step, before: None, after, trail });
    }
    events
}

impl Event {
    /// Returns the path of the field at that point.
    pub fn path(&self) -> FieldPath {
        self.trail.to_path()
    }
}

fn is_same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is_same(other),
        (None, None) => true,
        _ => false,
    }
}

/// Finds the field that a value was copied from: one with the same position, in another resource or elsewhere in the same
/// one.
pub(crate) fn copied_from<'a>(
    event: &Event,
    resource: &Resource,
    rendered: &'a Rendered,
) -> Option<(&'a Resource, Trail)> {
    let wanted = event.after.as_ref()?.position();
    if wanted == Position::NONE {
        return None;
    }
    rendered.resources().iter().find_map(|other| {
        let is_itself = std::ptr::eq(other.tree(), resource.tree());
        let trail = trail::trail_of(other.tree(), &mut |node, trail| {
            let tree = other.tree();
            tree.is_scalar(node) && tree.position(node) == wanted && !(is_itself && *trail == event.trail)
        })?;
        Some((other, trail))
    })
}
