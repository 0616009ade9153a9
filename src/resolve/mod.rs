//! Phase 3: the steps that require all names to be known.

pub mod default_references;
pub mod name_hash;
pub mod name_reference;
mod referring_fields;
pub mod vars;
