//! Functions and plugins, run as programs and in containers.

use crate::inputs::{Answer, ProgramRequest};

use super::OsOptions;

/// Answers with what a function prints.
pub fn run(_request: &ProgramRequest, _options: &OsOptions) -> Answer {
    Answer::Failed("cannot run it".to_string())
}
