//! The lines of a file in which many locations are looked up.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::inputs::File;
use crate::secret::shown_lengths;

use super::printable::printable;
use super::{Location, Words};

/// The lines of a file. A lookup takes no longer in a long file.
pub struct SourceLines<'a> {
    path: String,
    text: Cow<'a, str>,
    /// The offset of the start of each line.
    starts: Vec<usize>,
    /// The length of the visible part of each line.
    shown: OnceCell<Vec<usize>>,
}

impl<'a> SourceLines<'a> {
    pub fn new(file: &'a File, words: &dyn Words) -> SourceLines<'a> {
        let text = file.shown_text();
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        SourceLines { path: printable(&words.path(&file.path)), text, starts, shown: OnceCell::new() }
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the line of an offset, starting at 1.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset)
    }

    /// Returns the line and the column of an offset, both starting at 1. Columns count characters.
    pub fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line(offset);
        (line, self.text[self.starts[line - 1]..offset].chars().count() + 1)
    }

    /// Returns the location of an offset, with its line.
    pub fn location(&self, offset: usize) -> Location {
        let (line, column) = self.line_and_column(offset);
        let source = self.text[self.starts[line - 1]..].lines().next().unwrap_or_default();
        let shown = self.shown.get_or_init(|| shown_lengths(&self.path, &self.text))[line - 1];
        Location::in_line(self.path.clone(), (line, column), 1, source.split_at(shown))
    }
}
