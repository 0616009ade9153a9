//! Comparing renders: what a side holds, what differs, and the formats that show it.

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
