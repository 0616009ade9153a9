//! A reference from one object to another.

use crate::resource::ResId;
use crate::resource::paths::FieldPath;
use crate::yaml::Position;

/// That an object refers to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The number of the object that refers.
    pub from: usize,
    /// What it refers to.
    pub to: To,
    /// What it is for.
    pub relation: Relation,
    /// The field that holds the name or the selector: `spec.template.spec.volumes[0].secret.secretName`.
    pub field: FieldPath,
    /// Where the name or the selector is written.
    pub position: Position,
    /// The object does without what it refers to, if that is not there.
    pub is_optional: bool,
    /// What of the other object is named.
    pub details: Vec<Detail>,
}

/// What a reference leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// The number of an object.
    Object(usize),
    /// An object that is not in the output, but that an object in the output will make, such as the Secret of an
    /// `ExternalSecret`.
    Made {
        /// The number of the object that makes it.
        by: usize,
        /// What it will be.
        id: ResId,
    },
    /// An object that is not in the output, but in every cluster, such as the service account `default`.
    BuiltIn(ResId),
    /// An object that is not in the output.
    Missing(ResId),
    /// What a selector selects, where that is nothing, or more than can be told one by one.
    Selected {
        /// The selector.
        selector: String,
        /// The namespaces that it applies to.
        namespace: String,
        /// How many objects it selects.
        count: usize,
    },
}

/// A part of an object that a reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// What is named.
    pub kind: DetailKind,
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub position: Position,
}

/// A kind of detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetailKind {
    /// A key of a ConfigMap or a Secret.
    Key,
    /// A port of a Service, by name or number.
    Port,
}

/// What a reference is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// A selector selects pods or services by their labels.
    Selects,
    /// A pod mounts it as a volume.
    Mounts,
    /// A pod reads it into its environment.
    Reads,
    /// A pod runs as this service account.
    RunsAs,
    /// Requests are sent there.
    RoutesTo,
    /// The value of an environment variable looks like the address of this service. That is a guess, which is made only
    /// where there is such a service.
    Calls,
    /// A scaler changes its size.
    Scales,
    /// A binding grants the role.
    Grants,
    /// A binding grants to this account.
    GrantsTo,
    /// Any other use.
    Uses,
}

impl Relation {
    /// Returns the relation as the verb between the names of two objects.
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
