//! Fixes of diagnostics: edits of files as data.

use crate::yaml::{Position, Span};

use super::codes::Code;

/// An edit of files that removes the cause of a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fix {
    /// What the fix does, in the imperative: ``replace `namePrefx` with `namePrefix` ``.
    pub title: String,
    /// Whether the fix may be applied without a look at it.
    pub applicability: Applicability,
    /// The edits, which do not overlap.
    pub edits: Vec<TextEdit>,
    /// A file to create.
    pub new_file: Option<NewFile>,
}

/// A file that a fix creates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// The path, in the directory of the first file that the fix edits.
    pub path: String,
    /// The content.
    pub text: String,
}

impl Fix {
    /// Returns a fix that edits files.
    pub(crate) fn new(title: impl Into<String>, applicability: Applicability, edits: Vec<TextEdit>) -> Fix {
        Fix { title: title.into(), applicability, edits, new_file: None }
    }
}

/// Whether a fix may be applied without a look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Applicability {
    /// The output stays the same, or there was none.
    Safe,
    /// The output changes, or the intention is a guess.
    Unsafe,
}

impl Applicability {
    /// Returns the word for it: `safe` or `unsafe`.
    pub fn as_str(self) -> &'static str {
        match self {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
        }
    }
}

/// The replacement of a range of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// The range, which may be empty and may span several lines. Line breaks count as one byte.
    pub span: Span,
    /// The new text, with `\n` as line break.
    pub text: String,
}

/// A word in a file that is probably misspelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misspelling {
    /// The position of the value that is the word.
    pub position: Position,
    /// The word as it was read.
    pub written: String,
    /// The word that is probably meant.
    pub meant: String,
    pub applicability: Applicability,
}

/// A field with names of objects that kustomize does not follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingReference {
    /// The kind of the objects that the field names.
    pub kind: String,
    /// The kind of the object with the field.
    pub of: String,
    /// The path of the field, with slashes.
    pub path: String,
}

impl Code {
    /// Returns what the fix of `lint` for the code does, and whether it is safe; `None` if there is none.
    pub fn fix(self) -> Option<&'static str> {
        use Code::*;
        Some(match self {
            UnknownField => "Corrects the name of the field if exactly one is similar. Safe.",
            NotFound => "Corrects the path if exactly one is similar. Safe if only letters differ.",
            UnknownCode => "Corrects the code if exactly one is similar. Safe.",
            DeprecatedField => {
                "Replaces the deprecated fields of the file but `vars`, as `boutique edit fix` does. Safe."
            }
            RepeatedField => "Merges the values. Unsafe unless the value that is ignored is removed.",
            UnmatchedTarget | UnmatchedReplacement | InvalidReplacement | NoTarget => {
                "Corrects the kind, name or namespace if exactly one is similar. Unsafe."
            }
            UnmatchedImage | AddedContainer | DanglingReference | UnknownPort | UnknownOption => {
                "Corrects the name if exactly one is similar. Unsafe."
            }
            MissingApiVersion => "Corrects the name of the field if it is similar. Unsafe.",
            StaleName => {
                "Lists the field in the configuration of the kustomization, which is created if there is none. Unsafe."
            }
            NotAString => "Quotes the value. Unsafe.",
            UnusedFile => "Lists the file under `resources`. Unsafe.",
            RemovedApi => "Changes the version if the object has the form of the new one. Unsafe.",
            _ => return None,
        })
    }
}
