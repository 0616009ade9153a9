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
    let edit = TextEdit { span: Span { start, len }, text: format!("\"{value}\"") };
    Some(Fix::new("quote the value", Applicability::Unsafe, vec![edit]))
}
