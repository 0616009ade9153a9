//! Documents inside values: maps offsets in the value to positions in the file.

use super::position::Position;
use super::tree::Tree;

/// A text that is a scalar of a file, such as a patch in a block of a kustomization file.
pub struct InlineText {
    start: Position,
    /// The lines of a block scalar: the start of each line in the value, and in the file.
    lines: Vec<(usize, usize)>,
    /// The distance from the start of another scalar to its value: 1 if the scalar is quoted.
    shift: u32,
    len: u32,
}

impl InlineText {
    /// Locates `value`, the text of the scalar at `position` of the file `source`.
    pub fn new(value: &str, position: Position, source: &str) -> InlineText {
        let offset = position.offset as usize;
        let scalar = source.get(offset..).unwrap_or_default();
        let mut lines = Vec::new();
        if let (true, Some(header)) = (scalar.starts_with(['|', '>']), scalar.find('\n')) {
            let body = &source[offset + header + 1..];
            // Blank lines at the start may have been removed from the value.
            let blank = |text: &str| text.split_inclusive('\n').take_while(|line| line.trim().is_empty()).count();
            let removed = body.split_inclusive('\n').take(blank(body).saturating_sub(blank(value)));
            let removed: usize = removed.map(str::len).sum();
            let body = &body[removed..];
            let (mut outside, mut inside) = (offset + header + 1 + removed, 0);
            let indent = body
                .lines()
                .find(|line| !line.trim().is_empty())
                .map_or(0, |line| line.len() - line.trim_start_matches(' ').len());
            for (value_line, file_line) in value.split_inclusive('\n').zip(body.split_inclusive('\n')) {
                let extra = value_line.len() - value_line.trim_start_matches(' ').len();
                let margin = file_line.len() - file_line.trim_start_matches(' ').len();
                lines.push((inside, outside + margin.saturating_sub(extra).min(indent)));
                inside += value_line.len();
                outside += file_line.len();
            }
        }
        let shift = u32::from(scalar.starts_with(['"', '\'']));
        InlineText { start: position, lines, shift, len: value.len() as u32 }
    }

    /// Returns the position in the file for an offset in the value.
    pub fn position(&self, offset: u32) -> Position {
        if self.start == Position::NONE {
            return Position::NONE;
        }
        let at = self.lines.partition_point(|&(inside, _)| inside <= offset as usize);
        let offset = match at.checked_sub(1).map(|at| self.lines[at]) {
            Some((inside, outside)) => outside as u32 + (offset - inside as u32),
            None => self.start.offset + (self.shift + offset).min(self.len),
        };
        Position { file: self.start.file, offset }
    }

    /// Converts all positions in a document of the value to positions in the file.
    pub fn relocate(&self, mut tree: Tree) -> Tree {
        tree.map_positions(|position| self.position(position.offset));
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::FileId;

    #[test]
    fn offsets_in_a_block_map_to_the_file() {
        let source = "patches:\n- patch: |-\n    a: b\n\n    c:\n      d: e\n";
        let value = "a: b\n\nc:\n  d: e";
        let start = source.find('|').expect("the block");
        let inline = InlineText::new(value, Position::new(FileId(1), start), source);
        for word in ["a", "c", "d", "e"] {
            let inside = value.rfind(word).expect("in the value") as u32;
            let outside = source.rfind(word).expect("in the file") as u32;
            assert_eq!(inline.position(inside).offset, outside, "{word}");
        }
    }
}
