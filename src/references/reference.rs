//! A reference from one object to another.

use crate::resource::ResId;
use crate::resource::paths::FieldPath;
use crate::yaml::Position;

/// A reference from one object to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectReference {
    /// The index of the referring object.
    pub from: usize,
    /// The referent.
    pub to: Referent,
    /// The purpose of the reference.
    pub relation: Relation,
    /// The field with the name or the selector: `spec.template.spec.volumes[0].secret.secretName`.
    pub field: FieldPath,
    /// The position of the name or the selector.
    pub position: Position,
    /// Whether the object works without the referent.
    pub is_optional: bool,
    /// The parts of the referent that are referred to.
    pub details: Vec<Detail>,
}

/// The object that a reference refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Referent {
    /// The index of an object in the output.
    Object(usize),
    /// An object that is not in the output, but that an object in the output creates, such as the Secret of an
    /// `ExternalSecret`.
    Created {
        /// The index of the object that creates it.
        by: usize,
        /// The identity of the object.
        id: ResId,
    },
    /// An object that exists in every cluster, such as the service account `default`.
    BuiltIn(ResId),
    /// An object that is not in the output.
    Missing(ResId),
    /// The objects that a selector selects, if there are none or too many to list.
    Selected {
        /// The selector.
        selector: String,
        /// The namespaces that it applies to.
        namespace: String,
        /// The number of selected objects.
        count: usize,
    },
}

/// A part of an object that a reference refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The kind of part.
    pub kind: DetailKind,
    /// The name of the part.
    pub name: String,
    /// The position of the name.
    pub position: Position,
}

/// The kind of a [`Detail`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetailKind {
    /// A key of a ConfigMap or a Secret.
    Key,
    /// A port of a Service, by name or number.
    Port,
}

/// The purpose of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// A selector selects pods or services by their labels.
    Selects,
    /// A pod mounts the referent as a volume.
    Mounts,
    /// A pod reads the referent into its environment.
    Reads,
    /// A pod runs as the service account.
    RunsAs,
    /// Requests are sent to the service.
    RoutesTo,
    /// The value of an environment variable looks like the address of the service. This is a guess, which is made only if
    /// the service exists.
    Calls,
    /// An autoscaler scales the workload.
    Scales,
    /// A binding grants the role.
    Grants,
    /// A binding grants a role to the account.
    GrantsTo,
    /// Any other use.
    Uses,
}

impl Relation {
    /// Returns the verb that joins the names of the two objects.
    pub fn verb(self) -> &'static str {
        match self {
            Relation::Selects => "selects",
            Relation::Mounts => "mounts",
            Relation::Reads => "reads",
            Relation::RunsAs => "runs as",
            Relation::RoutesTo => "routes to",
            Relation::Calls => "calls",
            Relation::Scales => "scales",
            Relation::Grants => "grants",
            Relation::GrantsTo => "grants to",
            Relation::Uses => "uses",
        }
    }
}
