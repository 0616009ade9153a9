//! Paths to fields of resources.

mod field_path;
pub mod field_spec;
pub mod notation;
pub mod path_matcher;
pub mod written_path;

pub use field_path::{FieldPath, Segment, element_segment};
