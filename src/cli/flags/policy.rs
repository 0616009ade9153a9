//! The flags that say which diagnostics are told, and which are errors.

use crate::diagnostic::{Code, Diagnostic, Level, nearest};
use crate::lint;
use crate::policy::Policy;
use crate::render::Rendered;
use clap::Args;

/// The command line of all commands that warn.
#[derive(Debug, Args)]
#[command(next_help_heading = "Diagnostics")]
pub struct PolicyFlags {
    /// Take warnings and advice for errors
    #[arg(long)]
    strict: bool,

    /// Do not tell what has this code (repeatable)
    #[arg(long, value_name = "CODE", value_parser = not_an_error)]
    allow: Vec<Code>,

    /// Take what has this code for an error (repeatable)
    #[arg(long, value_name = "CODE", value_parser = code)]
    deny: Vec<Code>,
}

impl PolicyFlags {
    /// Returns what the user thinks of each code, who may have asked for advice.
    pub fn policy(&self, has_advice: bool) -> Policy {
        Policy {
            is_strict: self.strict,
            has_advice,
            allowed: self.allow.iter().copied().collect(),
            denied: self.deny.iter().copied().collect(),
        }
    }
}

fn code(name: &str) -> Result<Code, String> {
    Code::from_name(name).ok_or_else(|| match nearest(name, Code::ALL.iter().map(|code| code.as_str())) {
        Some(near) => format!("there is no such code; did you mean `{near}`?"),
        None => "there is no such code".to_string(),
    })
}

fn not_an_error(name: &str) -> Result<Code, String> {
    let code = code(name)?;
    if code.level() == Level::Error {
        return Err("this is always an error".to_string());
    }
    Ok(code)
}

/// Returns the warnings of a render, with the advice of lint if the policy wants it.
pub fn diagnostics(rendered: &Rendered, policy: &Policy) -> Vec<Diagnostic> {
    let mut diagnostics = rendered.warnings().to_vec();
    if policy.wants_advice() {
        diagnostics.extend(lint::check(rendered));
    }
    diagnostics
}
