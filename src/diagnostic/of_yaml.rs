//! Diagnostics for the errors of the YAML parser and writer.

use crate::yaml::{EmitError, ParseError, ParseLimit};

use super::help::{Help, Limit};
use super::{Code, Diagnostic};

/// Converts a parse error to a diagnostic.
pub fn invalid_yaml(error: ParseError) -> Box<Diagnostic> {
    let (code, limit) = match error.exceeds {
        None => {
            let message = format!("invalid YAML: {}", error.message);
            return Diagnostic::error(Code::InvalidYaml, message).at(error.position, "here");
        }
        Some(ParseLimit::Nesting) => (Code::TooDeep, Limit::Nesting),
        Some(ParseLimit::AliasNodes) => (Code::LimitExceeded, Limit::AliasNodes),
        Some(ParseLimit::Documents) => (Code::LimitExceeded, Limit::Documents),
    };
    Diagnostic::error(code, error.message).at(error.position, "here").help(Help::Raise(limit))
}

/// Converts an emit error to a diagnostic.
pub fn unwritable(error: EmitError) -> Box<Diagnostic> {
    Diagnostic::error(Code::Unwritable, error.message).at(error.position, "this value")
}
