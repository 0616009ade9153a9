//! Differences as data.

use serde_json::Value;

use crate::inputs::SourceLocation;
use crate::resource::Resource;
use crate::yaml::{NodeId, Position};

use super::path::ChangePath;

/// Whether the values of Secrets are part of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// Their values are masked.
    Masked,
    /// Their values are part of the result.
    Shown,
}

/// The differences between two renders.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Diff {
    /// The resources that differ, in the order of the new render. Removed ones follow, in the order of the old render.
    pub resources: Vec<ResourceDiff>,
    /// The number of resources that do not differ.
    pub unchanged: usize,
}

/// A resource that differs. It has at least one side.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ResourceDiff {
    /// The old side.
    pub before: Option<Resource>,
    /// The new side.
    pub after: Option<Resource>,
    /// The fields that differ between the two sides, in the order of their paths.
    pub changes: Vec<Change>,
    /// The references to generated resources that changed only because the hash in the name did.
    pub references: Vec<FollowedReference>,
    /// The labels of the resources with such references to this one.
    pub referrers: Vec<String>,
}

/// The kind of change to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Status {
    /// The resource was added.
    Added,
    /// Some of its fields differ.
    Changed,
    /// The resource was removed.
    Removed,
    /// Only references to generated resources changed, because the hashes in their names did.
    NewHashesOnly,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The path of the field.
    pub path: ChangePath,
    /// The kind of change.
    pub kind: ChangeKind,
    /// The old value.
    pub before: Option<Side>,
    /// The new value.
    pub after: Option<Side>,
    /// The location of the value, if it was requested.
    pub source: Option<SourceLocation>,
}

/// The kind of change to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// The field was added.
    Added,
    /// The field was removed.
    Removed,
    /// The value changed.
    Changed,
    /// The order of a list changed. The values are the names of its elements.
    Reordered,
}

/// A value on one side.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// The value as JSON.
    pub value: Value,
    /// The position of the value.
    pub position: Position,
}

/// A reference that follows a change of the hash in a generated resource's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowedReference {
    /// The path of the reference.
    pub path: ChangePath,
    /// The new name.
    pub name: String,
    /// The node on the old side.
    pub before: NodeId,
}

/// The numbers of resources by kind of change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Added resources.
    pub added: usize,
    /// Resources with different fields.
    pub changed: usize,
    /// Removed resources.
    pub removed: usize,
    /// Resources that differ only in references to generated resources.
    pub new_hashes_only: usize,
    /// Resources that do not differ.
    pub unchanged: usize,
}
