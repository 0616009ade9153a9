//! Fixes of diagnostics: edits of files as data.

use crate::yaml::{Position, Span};

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
