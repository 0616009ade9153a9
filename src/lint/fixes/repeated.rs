//! Repeated fields of a mapping, which are merged.

use crate::diagnostic::{Applicability, Diagnostic, Fix};
use crate::edit::repeated::merge;
use crate::inputs::File;

use super::lines;

/// Returns the fix that merges a value that is ignored into the one that is used; `None` if that would lose a comment, or if
/// both contain the same key.
pub fn fix(diagnostic: &Diagnostic, file: &File) -> Option<Fix> {
    let [ignored, used] = diagnostic.labels.first_chunk()?;
    let text = file.text().ok()?;
    let offset = |label: &crate::diagnostic::Label| label.span.start.offset as usize;
    let merged = merge(text, offset(ignored), offset(used))?;
    let (title, applicability) = match merged.has_effect {
        true => ("merge the two values", Applicability::Unsafe),
        false => ("remove the value that is ignored", Applicability::Safe),
    };
    Some(Fix::new(title, applicability, lines::edits(file.id, text, &merged.text)))
}
