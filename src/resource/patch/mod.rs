//! Patches of resources: strategic merge patches and JSON patches.

pub mod json6902;
pub mod strategic_merge;
