//! The changes to a field.

use std::sync::Arc;

use crate::resource::Step;
use crate::resource::paths::FieldPath;
use crate::yaml::{NodeId, Position, Tree};

/// A node in a state of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Occurrence {
    /// The index of the state.
    pub state: usize,
    pub node: NodeId,
}

/// A value at some point of the render.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Value {
    /// The document at that point.
    pub tree: Arc<Tree>,
    /// The node of the value in the document.
    pub node: NodeId,
    /// The node of its key, if it is the value of an entry.
    pub key: Option<NodeId>,
}

impl Value {
    /// Returns the position of the value. That of a collection is the position of its key.
    pub fn position(&self) -> Position {
        let located = self.key.filter(|_| !self.tree.is_scalar(self.node)).unwrap_or(self.node);
        self.tree.position(located)
    }

    /// Returns the text of a scalar.
    pub fn text(&self) -> Option<&str> {
        self.tree.is_scalar(self.node).then(|| self.tree.text(self.node))
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
    /// The position at which the change is written: that of the new value, of an entry that was added to a collection, or of
    /// the definition of a removal or a move.
    pub source: Position,
    /// The path of the field after the change.
    pub path: FieldPath,
    /// The path of the field before the change, if the change moved it.
    pub moved_from: Option<FieldPath>,
    pub(super) occurrence: Occurrence,
}
