//! Errors of edits.

use std::fmt;

/// The reason why a text cannot be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The text is not valid YAML, or contains a duplicate key.
    InvalidYaml(String),
    /// The text is not a mapping.
    NotAMapping,
    /// The text cannot be edited in place, for example because of an anchor.
    NotInPlace,
    /// A label is in both `commonLabels` and `labels`.
    DuplicateLabel(String),
    /// A variable is a part of a value, without a delimiter around it.
    NotDelimited {
        /// The name of the variable.
        variable: String,
        /// The value that contains the variable.
        value: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::InvalidYaml(message) => write!(f, "cannot parse the file: {message}"),
            Error::NotAMapping => f.write_str("the file is not a mapping"),
            Error::NotInPlace => f.write_str(
                "cannot edit the file in place, because the change affects an anchor, a tag or other uncommon YAML; edit it manually",
            ),
            Error::DuplicateLabel(name) => write!(f, "label name '{name}' exists in both commonLabels and labels"),
            Error::NotDelimited { variable, value } => {
                write!(f, "cannot convert all vars to replacements; {variable} is not delimited in '{value}'")
            }
        }
    }
}

impl std::error::Error for Error {}
