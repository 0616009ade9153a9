//! Paths to fields of resources.

pub mod field_path;
pub mod field_spec;
pub mod path_matcher;
