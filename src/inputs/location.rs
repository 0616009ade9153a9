//! Where a position is, in the words of a reader.

use std::fmt;

use crate::yaml::Position;

use super::Inputs;

/// A location in a file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourceLocation {
    /// The path of the file.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted in characters from 1.
    pub column: usize,
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.line, self.column)
    }
}

impl Inputs {
    /// Returns where a position is; `None` if it is in no file.
    pub fn location(&self, position: Position) -> Option<SourceLocation> {
        let file = self.file(position.file)?;
        let (line, column) = line_and_column(&file.shown_text(), position.offset as usize);
        Some(SourceLocation { path: file.path.clone(), line, column })
    }
}

/// Returns the line and the column of an offset, counted from 1. An offset inside of a character is that of the character.
pub fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let offset = char_start(text, offset);
    let line = text[..offset].matches('\n').count() + 1;
    (line, text[line_start(text, offset)..offset].chars().count() + 1)
}

/// Returns the offset of the first character of the line that an offset is in.
pub fn line_start(text: &str, offset: usize) -> usize {
    text[..char_start(text, offset)].rfind('\n').map_or(0, |at| at + 1)
}

/// Returns the offset of the character that an offset is in.
fn char_start(text: &str, offset: usize) -> usize {
    let mut start = offset.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    start
}
