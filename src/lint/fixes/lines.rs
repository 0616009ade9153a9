//! Edits of whole lines, for fixes that are computed as a new text.

use crate::diagnostic::TextEdit;
use crate::diff::lines::{Sign, compare};
use crate::yaml::{FileId, Position, Span};

/// Returns the edits that turn the old text of a file into the new one.
pub fn edits(file: FileId, old: &str, new: &str) -> Vec<TextEdit> {
    let mut edits: Vec<TextEdit> = Vec::new();
    let (mut offset, mut is_open) = (0, false);
    for line in compare(old, new) {
        let full = format!("{}{}", line.text, if line.lacks_line_break { "" } else { "\n" });
        if line.sign == Sign::Both {
            (offset, is_open) = (offset + full.len(), false);
            continue;
        }
        if !is_open {
            edits.push(TextEdit { span: Span::new(Position::new(file, offset), 0), text: String::new() });
            is_open = true;
        }
        let Some(edit) = edits.last_mut() else { continue };
        if line.sign == Sign::Added {
            edit.text.push_str(&full);
        } else {
            edit.span.len += full.len() as u32;
            offset += full.len();
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_the_lines_that_differ() {
        let edits = edits(FileId(1), "a\nb\nc\nd", "a\nB\nc\nd\ne\n");
        let shown: Vec<_> =
            edits.iter().map(|edit| (edit.span.start.offset, edit.span.len, edit.text.as_str())).collect();
        assert_eq!(shown, [(2, 2, "B\n"), (6, 1, "d\ne\n")]);
    }
}
