//! What a kustomization includes, as a graph: bases, components, files, generators, patches, plugins and charts.
//!
//! Unlike a render, a survey continues where something is missing or invalid, runs no programs, and fetches nothing unless
//! [`Repositories::Fetched`] asks for it.
//!
//! # Example
//! ```
//! use boutique::survey::Repositories;
//! use boutique::{Options, io};
//!
//! let host = io::MemoryHost::new([
//!     ("/dev/kustomization.yaml", "resources: [../base, missing.yaml]\n"),
//!     ("/base/kustomization.yaml", "resources: []\n"),
//! ]);
//! let survey = io::survey(&host, "/dev", Repositories::Named, &Options::default()).result.expect("there is a kustomization");
//! let names: Vec<&str> = survey.parts.iter().map(|part| part.name.as_str()).collect();
//! assert_eq!(names, ["/dev", "/base", "/dev/missing.yaml"]);
//! assert_eq!(survey.problems.len(), 1);
//! ```

mod fields;
mod notes;
mod surveyor;

use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::yaml::Position;

pub use surveyor::{Repositories, survey};

/// A kustomization and everything it includes.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Structure {
    /// The first part is the kustomization itself.
    pub parts: Vec<Part>,
    /// What is missing or cannot be read.
    pub problems: Vec<Diagnostic>,
}

/// Something that is included.
#[derive(Debug)]
#[non_exhaustive]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// An absolute path, a URL, or what a generator, a chart or an inline entry is called.
    pub name: String,
    /// What the kustomization does beside including others.
    pub notes: Vec<Note>,
    /// In the order in which a render takes them.
    pub includes: Vec<Include>,
}

/// What kind of part it is. A file is what the first field makes of it that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum PartKind {
    /// A directory with a kustomization.
    Kustomization,
    /// A directory with a component.
    Component,
    /// A directory in a git repository that was not fetched.
    Repository,
    /// A file with resources.
    Manifest,
    /// A file behind a URL; it is not looked at.
    RemoteFile,
    /// A `configMapGenerator` or a `secretGenerator`.
    Generator,
    /// A Helm chart.
    Chart,
    /// A patch, in a file or inline.
    Patch,
    /// A replacement in a file of its own.
    Replacement,
    /// A generator, transformer or validator that is configured by a manifest, in a file or inline.
    Plugin,
    /// A file of `configurations`, `crds` or `openapi`.
    Configuration,
    /// A file that a generator or a chart reads.
    Data,
    /// It is not there.
    Missing,
    /// It is there, but cannot be read.
    Unreadable,
}

impl PartKind {
    /// Returns whether it is a directory with a kustomization file.
    pub fn is_kustomization(self) -> bool {
        matches!(self, PartKind::Kustomization | PartKind::Component)
    }

    /// Returns whether the name may be a path.
    pub fn is_place(self) -> bool {
        !matches!(self, PartKind::Generator | PartKind::Chart)
    }
}

/// That one part includes another.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Include {
    /// The field of the kustomization file, or of the entry of it.
    pub field: &'static str,
    /// What the field says.
    pub written: String,
    /// Where it says so.
    pub position: Position,
    /// The number of the part.
    pub part: usize,
}

/// A field that includes nothing, such as `namePrefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The field.
    pub field: &'static str,
    /// What it sets.
    pub value: NoteValue,
}

/// A value that is short enough to show, or how many there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum NoteValue {
    /// The value.
    Text(String),
    /// How many entries there are.
    Count(usize),
}
