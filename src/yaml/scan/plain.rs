//! Plain scalars in block style.

use super::{NotMine, Scan, Scanner, Text, byte_set};

/// Bytes that plain text in block style may end at.
const PLAIN_STOPS: [bool; 256] = byte_set(b"\n\t:#");
/// Bytes that begin something other than plain text, or that only may begin it.
const INDICATORS: [bool; 256] = byte_set(b"\n\t -?:,[]{}#&*!|>'\"%@`<");

impl Scanner<'_> {
    /// Checks that plain text begins here.
    pub(super) fn expect_plain(&self) -> Scan<()> {
        let is_plain = self.byte().is_some_and(|b| {
            !INDICATORS[b as usize]
                || b == b'-' && !self.is_blank(self.at + 1)
                || b == b'<' && self.bytes.get(self.at + 1) != Some(&b'<')
        });
        if is_plain { Ok(()) } else { Err(NotMine) }
    }

    /// Reads plain text to its end on this line: the colon behind a key, a comment, or the line's end.
    pub(super) fn plain_line(&mut self) -> Scan<Text> {
        let from = self.at;
        let mut at = from;
        while let Some(&b) = self.bytes.get(at) {
            if PLAIN_STOPS[b as usize] {
                match b {
                    b'\n' => break,
                    b':' if self.is_blank(at + 1) => break,
                    b'#' if self.bytes[at - 1] == b' ' => break,
                    b'\t' => return Err(NotMine),
                    _ => {}
                }
            }
            at += 1;
        }
        self.at = self.without_spaces(from, at);
        Ok(Text::Source(from, self.at))
    }

    /// Returns where a range ends without the spaces at its end.
    pub(super) fn without_spaces(&self, from: usize, to: usize) -> usize {
        let mut end = to;
        while end > from && self.bytes[end - 1] == b' ' {
            end -= 1;
        }
        end
    }

    /// Reads the further lines of plain text: all that stand deeper than the collection it belongs to.
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
                return Err(NotMine);
            }
            self.at = end;
            if self.end_of_line()? && self.column > parent {
                return Err(NotMine);
            }
        }
        Ok(())
    }

    /// Adds to the text what the line ends in a range stand for: a space for one, and else one fewer.
    pub(super) fn fold_lines(&mut self, from: usize, to: usize) {
        match self.bytes[from..to].iter().filter(|&&b| b == b'\n').count() {
            0 => {}
            1 => self.text.push(' '),
            breaks => self.text.extend(std::iter::repeat_n('\n', breaks - 1)),
        }
    }
}
