//! The history of a document: its state after each step of a render.

use std::sync::Arc;

use crate::yaml::{NodeId, Position, Tree};

/// A step of a render, which may change resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The field of the kustomization that the step implements, or one of the names below.
    pub field: &'static str,
    /// The entry in the kustomization.
    pub entry: Position,
    /// The definition of the change, such as a patch file. Equal to `entry` if the definition is inline.
    pub source: Position,
}

impl Step {
    /// Reading manifests.
    pub const RESOURCES: &str = "resources";
    /// Adding hashes to names.
    pub const NAME_HASH: &str = "name hash";
    /// Updating names of other resources.
    pub const NAME_REFERENCE: &str = "name reference";
    /// Replacing variables.
    pub const VARS: &str = "vars";
    /// Adding build metadata.
    pub const BUILD_METADATA: &str = "buildMetadata";
    /// Removing local configuration, and making annotations strings.
    pub const OUTPUT: &str = "output";

    /// Returns a step that is defined by its entry.
    pub fn new(field: &'static str, entry: Position) -> Step {
        Step { field, entry, source: entry }
    }
}

/// A document after a step.
#[derive(Clone, Debug)]
pub struct State {
    pub step: Step,
    pub tree: Arc<Tree>,
    /// The values that the step copied from other fields.
    pub copied: Vec<Copied>,
}

/// A value that a step copied from another field, or inserted into the previous value.
#[derive(Clone, Debug)]
pub struct Copied {
    /// The node that contains the value now.
    pub node: NodeId,
    pub source: Arc<CopySource>,
    /// Whether parts of the previous value remain.
    pub is_part: bool,
}

/// The field that a value was copied from.
#[derive(Clone, Debug)]
pub struct CopySource {
    /// The first state of the resource, which identifies it.
    pub resource: Arc<State>,
    /// The number of states that the resource had.
    pub states: usize,
    /// The document, and the node of the field in it.
    pub tree: Arc<Tree>,
    pub node: NodeId,
}
