//! The flags that control which diagnostics are reported, and which of them are errors.

use crate::diagnostic::{Code, Diagnostic, Level, nearest};
use crate::lint;
use crate::policy::Policy;
use crate::render::Rendered;
use clap::Args;

use super::schemas::Validation;

/// The flags of all commands that report warnings.
#[derive(Debug, Args)]
#[command(next_help_heading = "Diagnostics")]
pub struct PolicyFlags {
    /// Treat warnings as errors, and report those of lint
    #[arg(long)]
    strict: bool,

    /// Suppress diagnostics with this code (repeatable)
    #[arg(long, value_name = "CODE", value_parser = not_an_error)]
    allow: Vec<Code>,

    /// Treat diagnostics with this code as errors (repeatable)
    #[arg(long, value_name = "CODE", value_parser = code)]
    deny: Vec<Code>,
}

impl PolicyFlags {
    /// Returns the severity policy of a command that is not lint.
    pub fn policy(&self) -> Policy {
        Policy {
            is_strict: self.strict,
            allowed: self.allow.iter().copied().collect(),
            denied: self.deny.iter().copied().collect(),
            ..Policy::default()
        }
    }
}

/// Parses a code.
///
/// # Errors
/// Fails on a name that is not a code.
pub fn code(name: &str) -> Result<Code, String> {
    Code::from_name(name).ok_or_else(|| match nearest(name, Code::ALL.iter().map(|code| code.as_str())) {
        Some(near) => format!("unknown code; did you mean `{near}`?"),
        None => "unknown code".to_string(),
    })
}

/// Parses a code that may be suppressed.
///
/// # Errors
/// Fails on a name that is not such a code.
pub fn not_an_error(name: &str) -> Result<Code, String> {
    let code = code(name)?;
    if code.level() == Level::Error {
        return Err("errors cannot be suppressed".to_string());
    }
    Ok(code)
}

/// Returns the warnings of a render, together with those of lint if the policy includes them, and what an API server refuses.
pub fn diagnostics(rendered: &Rendered, policy: &Policy, validation: Option<&Validation>) -> Vec<Diagnostic> {
    let mut diagnostics = rendered.warnings().to_vec();
    if policy.wants_lint() {
        diagnostics.extend(lint::check(rendered));
    }
    diagnostics.extend(validation.into_iter().flat_map(|validation| validation.diagnostics(rendered)));
    diagnostics
}
