//! Patches of resources: strategic merge patches and JSON patches.

pub mod json6902;
pub mod json_round_trip;
mod missing_path;
pub mod strategic_merge;
