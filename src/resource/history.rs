//! The history of a document: its state after each step of a render.

use std::sync::Arc;

use crate::yaml::{Position, Tree};

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
    /// Adding build metadata, and removing local configuration.
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
}
