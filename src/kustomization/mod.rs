//! The kustomization file as data.

mod decode;
mod duplicate_paths;
mod file;
mod helm;
mod located;
mod misplaced;
mod next_lines;
pub mod path_fields;
mod repeated_fields;
mod variables;

pub use decode::{Mode, decode, type_of};
pub use duplicate_paths::duplicate_paths;
pub use file::*;
pub use helm::{HelmChart, HelmGlobals};
pub use located::Located;
pub use path_fields::{PathEntry, PathKind};
pub use repeated_fields::{Used, repeated_fields};
pub use variables::{Variables, field_path};
