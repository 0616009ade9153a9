//! Plain scalars in block style.

use super::{Scan, Scanner, Text, Unsupported, byte_set};

/// Bytes that may end a plain scalar in block style.
const PLAIN_STOPS: [bool; 256] = byte_set(b"\n\t:#");
/// Bytes that cannot start a plain scalar, or only in some cases.
const INDICATORS: [bool; 256] = byte_set(b"\n\t -?:,[]{}#&*!|>'\"%@`<");

impl Scanner<'_> {
    /// Checks that a plain scalar starts here.
    pub(super) fn expect_plain(&self) -> Scan<()> {
        let is_plain = self.byte().is_some_and(|b| {
            !INDICATORS[b as usize]
                || b == b'-' && !self.is_blank(self.at + 1)
                || b == b'<' && self.bytes.get(self.at + 1) != Some(&b'<')
        });
        if is_plain { Ok(()) } else { Err(Unsupported) }
    }

    /// Reads a plain scalar up to its end on this line: the colon after a key, a comment, or the line break.
    pub(super) fn plain_line(&mut self) -> Scan<Text> {
        let from = self.at;
        let mut at = from;
        while let Some(&b) = self.bytes.get(at) {
            if PLAIN_STOPS[b as usize] {
                match b {
                    b'\n' => break,
                    b':' if self.is_blank(at + 1) => break,
                    b'#' if self.bytes[at - 1] == b' ' => break,
                    b'\t' => return Err(Unsupported),
                    _ => {}
                }
            }
            at += 1;
        }
        self.at = self.without_spaces(from, at);
        Ok(Text::Source(from, self.at))
    }

    /// Returns the end of a range without trailing spaces.
    pub(super) fn without_spaces(&self, from: usize, to: usize) -> usize {
        let mut end = to;
        while end > from && self.bytes[end - 1] == b' ' {
            end -= 1;
        }
        end
    }

    /// Reads the continuation lines of a plain scalar: all lines that are indented more than its parent.
    pub(super) fn more_plain_lines(&mut self, from: usize, to: usize, parent: usize) -> Scan<()> {
        self.text.clear();
        self.text.push_str(&self.body[from..to]);
        let mut end = to;
        while self.at < self.bytes.len() && self.column > parent {
            self.fold_lines(end, self.at);
            let line = self.at;
            self.plain_line()?;
            end = self.at;
            self.text.push_str(&self.body[line..end]);
            self.skip_spaces();
            if self.byte() == Some(b':') {
                return Err(Unsupported);
            }
            self.at = end;
            if self.end_of_line()? && self.column > parent {
                return Err(Unsupported);
            }
        }
        Ok(())
    }

    /// Folds the line breaks in a range: one becomes a space, and of several one is dropped.
    pub(super) fn fold_lines(&mut self, from: usize, to: usize) {
        match self.bytes[from..to].iter().filter(|&&b| b == b'\n').count() {
            0 => {}
            1 => self.text.push(' '),
            breaks => self.text.extend(std::iter::repeat_n('\n', breaks - 1)),
        }
    }
}
