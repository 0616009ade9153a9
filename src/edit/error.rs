//! Why an edit fails.

use std::fmt;

/// Why a text cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// It is not YAML, or holds a key twice.
    Unreadable(String),
    /// It is no mapping.
    NotAMapping,
    /// What is to be changed is written in a way that cannot be changed in place, for example through an anchor.
    NotInPlace,
    /// A label is in `commonLabels` and in `labels`.
    LabelTwice(String),
    /// A variable is a part of a value that no delimiter separates.
    NotDelimited {
        /// The name of the variable.
        variable: String,
        /// The value that it is in.
        value: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unreadable(message) => write!(f, "the file cannot be read: {message}"),
            Error::NotAMapping => f.write_str("the file holds no mapping"),
            Error::NotInPlace => f.write_str(
                "the file uses anchors, tags or other rare YAML where it would have to change; edit it by hand",
            ),
            Error::LabelTwice(name) => write!(f, "label name '{name}' exists in both commonLabels and labels"),
            Error::NotDelimited { variable, value } => {
                write!(f, "cannot convert all vars to replacements; {variable} is not delimited in '{value}'")
            }
        }
    }
}

impl std::error::Error for Error {}
