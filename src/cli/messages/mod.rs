//! Diagnostics as text, JSON, SARIF and workflow commands.

mod github;
pub mod report;
mod sarif;
pub mod style;
