//! Source locations of values.

use std::collections::HashMap;

use crate::yaml::{FileId, Position};
use crate::{Inputs, SourceLocation};

use crate::cli::paths;

/// The files of a render, with the offsets of their lines. This makes looking up many positions fast.
pub struct Locations<'a> {
    files: HashMap<FileId, File<'a>>,
}

struct File<'a> {
    path: &'a str,
    text: &'a str,
    /// The offset of the start of each line.
    lines: Vec<usize>,
}

impl<'a> Locations<'a> {
    pub fn new(inputs: &'a Inputs) -> Locations<'a> {
        let files = inputs.files().filter_map(|file| {
            let text = file.text().ok()?;
            let lines = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
            Some((file.id, File { path: &file.path, text, lines }))
        });
        Locations { files: files.collect() }
    }

    /// Returns the location of a position. `None` for values that are not from a file.
    pub fn find(&self, position: Position) -> Option<SourceLocation> {
        let file = self.files.get(&position.file)?;
        let offset = position.offset as usize;
        let line = file.lines.partition_point(|start| *start <= offset);
        let before = file.text.get(file.lines[line - 1]..offset)?;
        Some(SourceLocation { path: paths::shown(file.path), line, column: before.chars().count() + 1 })
    }
}
