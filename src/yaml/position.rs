//! Where a value was written.

/// A file known to [`crate::Inputs`]; [`FileId::NONE`] for what no file wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileId(pub u32);

impl FileId {
    /// No file: a value that the program itself supplied, such as the default `type` of a generated Secret.
    pub const NONE: FileId = FileId(0);
}

/// A place in a file: the byte offset in its text after `\r\n` became `\n`, which does not change lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Position {
    /// The file.
    pub file: FileId,
    /// The offset in bytes, in the text with `\n` line ends.
    pub offset: u32,
}

impl Position {
    /// The position of what no file wrote.
    pub const NONE: Position = Position { file: FileId::NONE, offset: 0 };

    /// Returns a position.
    pub fn new(file: FileId, offset: usize) -> Position {
        Position { file, offset: offset as u32 }
    }
}

/// A stretch of a file, for diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// Where it starts.
    pub start: Position,
    /// How long it is, in bytes.
    pub len: u32,
}

impl Span {
    /// Returns a span.
    pub fn new(start: Position, len: usize) -> Span {
        Span { start, len: len as u32 }
    }
}

impl From<Position> for Span {
    fn from(start: Position) -> Span {
        Span { start, len: 1 }
    }
}
