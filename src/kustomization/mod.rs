//! The kustomization file as data.

mod decode;
mod file;
mod located;
pub mod path_fields;
mod repetitions;
mod variables;

pub use decode::{Mode, decode, type_of};
pub use file::*;
pub use located::Located;
pub use path_fields::{PathEntry, PathKind};
pub use repetitions::listed_twice;
pub use variables::{Variables, field_path};
