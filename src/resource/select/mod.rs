//! Patterns and label selectors.

pub mod label_selector;
pub mod pattern;
pub mod patterns;
