//! What the reader and the writer of YAML refuse.

use crate::yaml::{EmitError, ParseError, ParseLimit};

use super::{Code, Diagnostic};

/// Turns the parser's error into a diagnostic.
pub fn invalid_yaml(error: ParseError) -> Box<Diagnostic> {
    let (code, flag) = match error.exceeds {
        None => {
            let message = format!("invalid YAML: {}", error.message);
            return Diagnostic::error(Code::InvalidYaml, message).at(error.position, "here");
        }
        Some(ParseLimit::Nesting) => (Code::TooDeep, "--max-nesting"),
        Some(ParseLimit::AliasNodes) => (Code::LimitExceeded, "--max-alias-nodes"),
        Some(ParseLimit::Documents) => (Code::LimitExceeded, "--max-documents"),
    };
    Diagnostic::error(code, error.message).at(error.position, "here").hint(format!("`{flag}` sets this limit"))
}

/// Turns the writer's error into a diagnostic.
pub fn unwritable(error: EmitError) -> Box<Diagnostic> {
    Diagnostic::error(Code::Unwritable, error.message).at(error.position, "this value")
}
