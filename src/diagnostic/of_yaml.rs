//! Diagnostics for the errors of the YAML parser and writer.

use crate::yaml::{EmitError, ParseError, ParseLimit, Tree};

use super::help::{Help, Limit};
use super::{Code, Diagnostic, Result};

/// The hint for keys that are written twice.
pub const SAME_KEY: &str = "combine the two values into one";

/// Converts a parse error to a diagnostic.
pub fn invalid_yaml(error: ParseError) -> Box<Diagnostic> {
    let (code, limit) = match error.exceeds {
        None => {
            let message = format!("invalid YAML: {}", error.message);
            let diagnostic = Diagnostic::error(Code::InvalidYaml, message).at(error.position, "here");
            return match error.missing_space {
                Some(line) => diagnostic.hint(format!("a space is missing after `:`; write `{line}`")),
                None => diagnostic,
            };
        }
        Some(ParseLimit::Nesting) => (Code::TooDeep, Limit::Nesting),
        Some(ParseLimit::AliasNodes) => (Code::LimitExceeded, Limit::AliasNodes),
        Some(ParseLimit::Documents) => (Code::LimitExceeded, Limit::Documents),
    };
    Diagnostic::error(code, error.message).at(error.position, "here").help(Help::Raise(limit))
}

/// Checks that no change has made a document deeper than the limit.
///
/// # Errors
/// Fails if nodes are missing in the tree for that reason.
pub fn check_depth(tree: &Tree) -> Result<()> {
    match tree.is_too_deep() {
        true => Err(too_deep(tree)),
        false => Ok(()),
    }
}

/// Returns the error about a document that a change would have made too deep.
pub fn too_deep(tree: &Tree) -> Box<Diagnostic> {
    let limit = tree.depth_limit();
    let message = format!("nesting limit exceeded: a change nests collections more than {limit} levels deep");
    let error = Diagnostic::error(Code::TooDeep, message).help(Help::Raise(Limit::Nesting));
    error.at(tree.position(tree.root()), "this document")
}

/// Converts an emit error to a diagnostic.
pub fn unwritable(error: EmitError) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::error(Code::Unwritable, error.message);
    match error.first {
        Some(first) => diagnostic.at(error.position, "this key").at(first, "the same key").hint(SAME_KEY),
        None => diagnostic.at(error.position, "this value"),
    }
}
