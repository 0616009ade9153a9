//! Fixes with resolved locations.

use std::ops::Range;

use serde::Serialize;

use crate::diagnostic::{self, Applicability};
use crate::inputs::{File, Inputs};
use crate::path::base_name;
use crate::remote::without_credentials;

use super::Words;
use super::printable::printable;

/// A fix as it is displayed. This is also its documented JSON form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    pub title: String,
    /// `safe` or `unsafe`.
    pub applicability: &'static str,
    /// Empty if the new text contains a secret.
    pub edits: Vec<Edit>,
    /// The same edits, as they are made.
    #[serde(skip)]
    pub changes: Vec<Change>,
}

/// The replacement of a range of a file, for display.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edit {
    /// Relative to the working directory if the file is inside it, else absolute.
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    /// The column after the last character.
    pub end_column: usize,
    pub text: String,
}

/// The replacement of a range of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path of the file, with links resolved.
    pub file: String,
    /// The range in bytes, where each line break counts as one.
    pub range: Range<usize>,
    /// The new text, with `\n` as line break.
    pub text: String,
    /// Whether the file must not exist.
    pub is_new: bool,
}

impl Fix {
    /// Resolves the locations of a fix; `None` if a file is not part of the inputs. `mask` hides the values of Secrets.
    pub(super) fn new(
        fix: &diagnostic::Fix,
        inputs: &Inputs,
        words: &dyn Words,
        mask: impl Fn(&str) -> String,
    ) -> Option<Fix> {
        let mut resolved = Fix {
            title: printable(&mask(&fix.title)),
            applicability: fix.applicability.as_str(),
            edits: Vec::new(),
            changes: Vec::new(),
        };
        for edit in &fix.edits {
            let file = inputs.file(edit.span.start.file)?;
            let start = edit.span.start.offset as usize;
            let range = start..start + edit.span.len as usize;
            resolved.edits.push(Edit::new(printable(&words.path(&file.path)), file, &range, edit.text.clone()));
            resolved.changes.push(Change { file: file.real.clone(), range, text: edit.text.clone(), is_new: false });
        }
        if let (Some(new), Some(first)) = (&fix.new_file, resolved.changes.first()) {
            // The file is created next to the first one that is edited.
            let directory = first.file.rsplit_once('/').map_or("", |(directory, _)| directory);
            let file = format!("{directory}/{}", base_name(&new.path));
            let (path, text) = (printable(&words.path(&new.path)), new.text.clone());
            resolved.edits.push(Edit { path, line: 1, column: 1, end_line: 1, end_column: 1, text: text.clone() });
            resolved.changes.push(Change { file, range: 0..0, text, is_new: true });
        }
        let is_secret = |text: &str| mask(text) != text || without_credentials(text) != text;
        if resolved.edits.iter().any(|edit| is_secret(&edit.text)) {
            resolved.edits.clear();
        }
        Some(resolved)
    }

    /// Returns whether the fix may be applied without a look at it.
    pub fn is_safe(&self) -> bool {
        self.applicability == Applicability::Safe.as_str()
    }
}

impl Edit {
    fn new(path: String, file: &File, range: &Range<usize>, text: String) -> Edit {
        let (line, column) = file.line_and_column(range.start);
        let (end_line, end_column) = file.line_and_column(range.end);
        Edit { path, line, column, end_line, end_column, text }
    }
}
