//! Charts, inflated with the `helm` command.

use crate::inputs::{Answer, HelmChartRequest, HelmTemplateRequest};

use super::OsOptions;

/// Answers with the directory of a chart, pulling it if it is not there.
pub fn chart(request: &HelmChartRequest, _options: &OsOptions) -> Answer {
    Answer::Failed(format!("cannot pull {}", request.name))
}

/// Answers with what `helm template` prints.
pub fn template(_request: &HelmTemplateRequest, _options: &OsOptions) -> Answer {
    Answer::Failed("cannot run helm".to_string())
}
