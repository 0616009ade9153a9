//! Comparison of renders: reading the sides, comparing them, and output formats.

mod html;
mod json;
mod locations;
mod markdown;
pub mod report;
pub mod side;
pub mod terminal;
mod unified;
mod values;
pub mod view;
