//! Selecting resources: by identity, labels and annotations.

pub mod label_selector;
pub mod pattern;
pub mod selector;
