//! What a step of a render made of a document.

use std::sync::Arc;

use crate::yaml::{Position, Tree};

/// Something that may change resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The field of the kustomization that it belongs to, or what else it is.
    pub field: &'static str,
    /// Where the kustomization asks for it.
    pub entry: Position,
    /// Where what it does is written, if that is elsewhere: the patch of an entry that names a file.
    pub source: Position,
}

impl Step {
    /// Reading manifests.
    pub const RESOURCES: &str = "resources";
    /// Hashes in names.
    pub const NAME_HASH: &str = "name hash";
    /// Names of other resources that have changed.
    pub const NAME_REFERENCE: &str = "name reference";
    /// The variables in texts.
    pub const VARS: &str = "vars";
    /// What is added to and left out of the output.
    pub const OUTPUT: &str = "output";

    /// Returns a step that is written where it is asked for.
    pub fn new(field: &'static str, entry: Position) -> Step {
        Step { field, entry, source: entry }
    }
}

/// A document as a step left it.
#[derive(Clone, Debug)]
pub struct State {
    pub step: Step,
    pub tree: Arc<Tree>,
}
