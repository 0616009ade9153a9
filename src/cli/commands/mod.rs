//! The commands: one file or folder each.

pub mod affected;
pub mod completion;
pub mod create;
mod deployers;
pub mod diff;
pub mod edit;
pub mod explain;
pub mod graph;
pub mod inputs;
pub mod lint;
pub mod localize;
pub mod man;
pub mod openapi;
pub mod render;
pub mod snapshot;
pub mod tree;
pub mod validate;
pub mod version;
