//! Where values come from: the history of a field, and the source of every line of the output.
//!
//! Every node of a document knows the file and the offset at which its value is written. With
//! [`Options::trace`](crate::Options::trace), every resource also keeps its documents as each step of the render left them.
//! The history of a field is what changed from one of these documents to the next.
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

/// A value at a time.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Value {
    /// The document at that time.
    pub tree: Arc<Tree>,
    /// The node of the value in it.
    pub node: NodeId,
}

impl Value {
    /// Returns where it was written.
    pub fn position(&self) -> Position {
        self.tree.position(self.node)
    }

    /// Returns the text of a scalar.
    pub fn text(&self) -> Option<&str> {
        self.tree.is_scalar(self.node).then(|| self.tree.text(self.node))
    }

    /// Returns whether another value has the same text, or is a collection of the same kind, and was written in the same
    /// place.
    fn is_same(&self, other: &Value) -> bool {
        self.tree.kind(self.node) == other.tree.kind(other.node)
            && self.position() == other.position()
            && self.text() == other.text()
    }
}

/// Something that happened to a field.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// The step of the render that did it.
    pub step: Step,
    /// The value that the field had before; `None` if there was none.
    pub before: Option<Value>,
    /// The value since; `None` if the field was removed.
    pub after: Option<Value>,
    pub(crate) trail: Trail,
}

/// Returns what happened to a field of a resource, newest first; nothing if the resource never had the field, or was rendered
/// without [`Options::trace`](crate::Options::trace).
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
    /// Returns the path to the field at that time.
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

/// Finds the field of another resource that a value was copied from: the one that was written in the same place. Of the
/// resource itself, only other fields count.
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
