//! Flags that several commands share.

pub mod booleans;
pub mod help;
pub mod limits;
pub mod policy;
pub mod render;
pub mod schemas;
