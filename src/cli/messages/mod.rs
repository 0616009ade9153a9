//! Diagnostics as text, JSON, SARIF and workflow commands.

mod github;
pub mod message;
pub mod report;
mod sarif;
pub mod style;
