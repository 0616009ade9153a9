//! What differs, as data.

use serde_json::Value;

use crate::inputs::SourceLocation;
use crate::resource::Resource;
use crate::yaml::{NodeId, Position};

use super::path::ChangePath;

/// Whether the values of Secrets are part of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// Their values are replaced by what may be shown.
    Masked,
    /// Their values are part of the result.
    Shown,
}

/// What differs between two renders.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Diff {
    /// The resources that differ: in the order of the new render, then those that are gone in the order of the old one.
    pub resources: Vec<ResourceDiff>,
    /// How many resources are the same.
    pub unchanged: usize,
}

/// A resource that differs. At least one side is there.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ResourceDiff {
    /// The old side.
    pub before: Option<Resource>,
    /// The new side.
    pub after: Option<Resource>,
    /// The fields that differ, if both sides are there; in the order of their paths.
    pub changes: Vec<Change>,
    /// The references to generated resources that changed only because those have another hash.
    pub references: Vec<Reference>,
    /// The resources with such references to this one, as they are shown to people.
    pub referrers: Vec<String>,
}

/// What happened to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Status {
    /// It is new.
    Added,
    /// Some of its fields differ.
    Changed,
    /// It is gone.
    Removed,
    /// Only references to generated resources changed, because those have another hash.
    Follows,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The path to the field.
    pub path: ChangePath,
    /// What happened to it.
    pub kind: ChangeKind,
    /// The old value.
    pub before: Option<Side>,
    /// The new value.
    pub after: Option<Side>,
    /// Where it was written, if that was asked for.
    pub source: Option<SourceLocation>,
}

/// What happened to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has another value.
    Changed,
    /// The elements of a list have another order; the values are what they are called.
    Reordered,
}

/// A value on one side.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// The value as JSON.
    pub value: Value,
    /// Where it was written.
    pub position: Position,
}

/// A reference to a generated resource whose hash changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The path to the reference.
    pub path: ChangePath,
    /// The new name.
    pub name: String,
    /// The node on the old side.
    pub before: NodeId,
}

/// How many resources differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Resources that are new.
    pub added: usize,
    /// Resources with different fields.
    pub changed: usize,
    /// Resources that are gone.
    pub removed: usize,
    /// Those that differ only in references to generated resources.
    pub follow: usize,
    /// Resources that are the same; in [`Counts`] as in [`Diff`].
    pub unchanged: usize,
}
