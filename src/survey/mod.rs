//! The structure of a kustomization as a graph: bases, components, files, generators, patches, plugins and charts.
//!
//! Unlike a render, a survey continues after errors, runs no programs, and fetches nothing without
//! [`Repositories::Fetched`].
//!
//! # Example
//! ```
//! use boutique::survey::{PartKind, Repositories, SettingValue};
//! use boutique::{Options, io};
//!
//! let host = io::MemoryHost::new([
//!     ("/dev/kustomization.yaml", "namespace: dev\nresources: [../base, missing.yaml]\n"),
//!     ("/base/kustomization.yaml", "resources: []\n"),
//! ]);
//! let survey = io::survey(&host, "/dev", Repositories::Named, &Options::default()).result.expect("there is a kustomization");
//! let names: Vec<&str> = survey.parts.iter().map(|part| part.name.as_str()).collect();
//! assert_eq!(names, ["/dev", "/base", "/dev/missing.yaml"]);
//! assert_eq!(survey.parts[2].kind, PartKind::Missing);
//! let include = &survey.parts[0].includes[1];
//! assert_eq!((include.field, include.written.as_str(), include.part), ("resources", "missing.yaml", 2));
//! let setting = &survey.parts[0].settings[0];
//! assert_eq!((setting.field, &setting.value), ("namespace", &SettingValue::Text("dev".to_string())));
//! assert_eq!(survey.problems.len(), 1);
//! ```
//!
//! An outline of the parts, each below the one that includes it:
//! ```
//! use boutique::survey::{Include, Part, Repositories, Setting, Structure};
//! use boutique::{Options, io};
//!
//! fn outline(structure: &Structure, part: &Part, depth: usize, lines: &mut Vec<String>) {
//!     for Setting { field, .. } in &part.settings {
//!         lines.push(format!("{}{field}", "  ".repeat(depth)));
//!     }
//!     for Include { field, written, part, .. } in &part.includes {
//!         lines.push(format!("{}{field}: {written}", "  ".repeat(depth)));
//!         outline(structure, &structure.parts[*part], depth + 1, lines);
//!     }
//! }
//!
//! let host = io::MemoryHost::new([
//!     ("/dev/kustomization.yaml", "namePrefix: dev-\nresources: [../base]\n"),
//!     ("/base/kustomization.yaml", "configMapGenerator: [{name: shop, files: [shop.conf]}]\n"),
//!     ("/base/shop.conf", "open = true\n"),
//! ]);
//! let structure =
//!     io::survey(&host, "/dev", Repositories::Named, &Options::default()).result.expect("there is a kustomization");
//! let mut lines = Vec::new();
//! outline(&structure, &structure.parts[0], 0, &mut lines);
//! assert_eq!(lines, ["namePrefix", "resources: ../base", "  configMapGenerator: shop", "    files: shop.conf"]);
//! ```

mod fields;
mod settings;
mod surveyor;

use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::yaml::Position;

pub use surveyor::{Repositories, survey};

/// A kustomization and everything that it includes.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Structure {
    /// All parts. The first one is the kustomization itself.
    pub parts: Vec<Part>,
    /// Errors about parts that are missing or cannot be read.
    pub problems: Vec<Diagnostic>,
}

/// The kustomization or something that it includes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Part {
    /// The kind of part.
    pub kind: PartKind,
    /// An absolute path, a URL, or the name of a generator, a chart or an inline entry.
    pub name: String,
    /// The fields that include nothing.
    pub settings: Vec<Setting>,
    /// The included parts, in the order of a render.
    pub includes: Vec<Include>,
}

/// The kind of a [`Part`]. The kind of a file follows from the first field that includes it.
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
    /// A file at a URL, which is not fetched.
    RemoteFile,
    /// A `configMapGenerator` or a `secretGenerator`.
    Generator,
    /// A Helm chart.
    Chart,
    /// A patch, in a file or inline.
    Patch,
    /// A file of replacements.
    Replacement,
    /// A generator, transformer or validator that is configured by a manifest, in a file or inline.
    Plugin,
    /// A file of `configurations`, `crds` or `openapi`.
    Configuration,
    /// A file that a generator or a chart reads.
    Data,
    /// A path that does not exist.
    Missing,
    /// A path that cannot be read.
    Unreadable,
}

impl PartKind {
    /// Returns whether the part is a directory with a kustomization file.
    pub fn is_kustomization(self) -> bool {
        matches!(self, PartKind::Kustomization | PartKind::Component)
    }

    /// Returns whether the name may be a path.
    pub fn may_be_path(self) -> bool {
        !matches!(self, PartKind::Generator | PartKind::Chart)
    }
}

/// The inclusion of one part by another.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Include {
    /// The field of the kustomization file or of an entry in it.
    pub field: &'static str,
    /// The value of the field.
    pub written: String,
    /// The position of the value.
    pub position: Position,
    /// The index of the included part.
    pub part: usize,
}

/// A field that includes nothing, such as `namePrefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// The name of the field.
    pub field: &'static str,
    /// The value of the field.
    pub value: SettingValue,
}

/// The value of a [`Setting`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum SettingValue {
    /// A short value.
    Text(String),
    /// The number of entries of a list or mapping.
    Count(usize),
}
