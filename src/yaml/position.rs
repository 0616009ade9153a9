//! Positions in source files.

/// The id of a file in [`crate::Inputs`], or [`FileId::NONE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileId(pub u32);

impl FileId {
    /// No file, for values that boutique itself supplies, such as the default `type` of a generated Secret.
    pub const NONE: FileId = FileId(0);
}

/// A position in a file: a byte offset in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Position {
    /// The file.
    pub file: FileId,
    /// The offset in bytes, after line breaks are converted to `\n`.
    pub offset: u32,
}

impl Position {
    /// No position, for values that are not from a file.
    pub const NONE: Position = Position { file: FileId::NONE, offset: 0 };

    /// Returns a position.
    pub fn new(file: FileId, offset: usize) -> Position {
        Position { file, offset: offset as u32 }
    }
}

/// A range in a file, for diagnostics.
///
/// # Example
/// The text that a label of a diagnostic refers to:
/// ```
/// use boutique::yaml::{FileId, Position, Span};
/// use boutique::{Inputs, Label, Options, io};
///
/// fn labeled<'a>(inputs: &'a Inputs, label: &Label) -> Option<&'a str> {
///     let Span { start: Position { file, offset }, len } = label.span;
///     assert_ne!(file, FileId::NONE, "labels are in files");
///     let start = offset as usize;
///     inputs.file(file)?.text().ok()?.get(start..start + len as usize)
/// }
///
/// let host = io::MemoryHost::new([("/kustomization.yaml", "resources: [missing.yaml]\n")]);
/// let io::Outcome { result, inputs } = io::render(&host, "/", &Options::default());
/// let errors = result.expect_err("a file is missing");
/// assert_eq!(labeled(&inputs, &errors[0].labels[0]), Some("missing.yaml"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The start.
    pub start: Position,
    /// The length in bytes.
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
