//! Quotes around numbers and booleans where only strings are valid.

use crate::diagnostic::{Applicability, Diagnostic, Fix, TextEdit};
use crate::inputs::File;
use crate::yaml::Span;

use super::spelling::plain_word;

/// Returns the fix that quotes the value that a diagnostic points to, if it is written as it was read.
pub fn fix(diagnostic: &Diagnostic, file: &File) -> Option<Fix> {
    let Span { start, len } = diagnostic.labels.first()?.span;
    let text = file.text().ok()?;
    let at = start.offset as usize;
    let value = plain_word(text, at..at + len as usize)?;
    Some(Fix {
        title: "quote the value".to_string(),
        applicability: Applicability::Unsafe,
        edits: vec![TextEdit { span: Span { start, len }, text: format!("\"{value}\"") }],
    })
}
