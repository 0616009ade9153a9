//! Phase 3: what can only be done when all names are known.

pub mod default_references;
pub mod name_hash;
pub mod name_reference;
mod referring_fields;
pub mod vars;
