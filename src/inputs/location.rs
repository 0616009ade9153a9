//! Locations: positions as path, line and column.

use std::fmt;

use crate::yaml::Position;

use super::Inputs;

/// A position in a file as path, line and column.
///
/// # Example
/// ```
/// use boutique::{Options, SourceLocation, io};
///
/// let host = io::MemoryHost::new([
///     ("/kustomization.yaml", "resources: [a.yaml]\n"),
///     ("/a.yaml", "# A comment.\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
/// ]);
/// let outcome = io::render(&host, "/", &Options::default());
/// let rendered = outcome.result.expect("it is valid");
/// let position = rendered.resources()[0].position();
/// let location: SourceLocation = outcome.inputs.location(position).expect("it is in a file");
/// assert_eq!((location.path.as_str(), location.line, location.column), ("/a.yaml", 2, 1));
/// assert_eq!(location.to_string(), "/a.yaml:2:1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourceLocation {
    /// The path of the file.
    pub path: String,
    /// The line, starting at 1.
    pub line: usize,
    /// The column in characters, starting at 1.
    pub column: usize,
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.line, self.column)
    }
}

impl Inputs {
    /// Returns the location of a position; `None` if it is not in a file.
    pub fn location(&self, position: Position) -> Option<SourceLocation> {
        let file = self.file(position.file)?;
        let (line, column) = file.line_and_column(position.offset as usize);
        Some(SourceLocation { path: file.path.clone(), line, column })
    }
}
