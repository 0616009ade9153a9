//! The lines of a file in which many locations are looked up.

use crate::inputs::File;

use super::printable::printable;
use super::{Location, Words};

/// The lines of a file. A lookup takes no longer in a long file.
pub struct SourceLines<'a> {
    path: String,
    file: &'a File,
}

impl<'a> SourceLines<'a> {
    pub fn new(file: &'a File, words: &dyn Words) -> SourceLines<'a> {
        SourceLines { path: printable(&words.path(&file.path)), file }
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the line of an offset, starting at 1.
    pub fn line(&self, offset: usize) -> usize {
        self.file.line_number(offset)
    }

    /// Returns the line and the column of an offset, both starting at 1. Columns count characters.
    pub fn line_and_column(&self, offset: usize) -> (usize, usize) {
        self.file.line_and_column(offset)
    }

    /// Returns the location of an offset, with its line.
    pub fn location(&self, offset: usize) -> Location {
        let position = self.line_and_column(offset);
        Location::in_line(self.path.clone(), position, &self.file.masked_line(position.0), 1)
    }
}
