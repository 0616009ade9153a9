//! A place in a text, with the bookkeeping of Go's scanner.

use crate::yaml::analysis::is_break;

/// A position: the number of characters and bytes before it, and the line and the column, from zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
    pub index: isize,
    pub line: isize,
    pub column: isize,
    pub at: usize,
}

/// Reads a text by characters.
pub struct Cursor<'a> {
    pub text: &'a str,
    pub mark: Mark,
    /// The number of line breaks since the last character that was not blank.
    pub newlines: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, mark: Mark::default(), newlines: 0 }
    }

    /// Returns the byte `ahead` bytes after the current position; zero after the end.
    pub fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.mark.at + ahead).copied().unwrap_or(0)
    }

    /// Returns whether the text continues with a prefix.
    pub fn starts_with(&self, prefix: &str) -> bool {
        self.text.as_bytes()[self.mark.at..].starts_with(prefix.as_bytes())
    }

    pub fn is_end(&self, ahead: usize) -> bool {
        self.mark.at + ahead >= self.text.len()
    }

    pub fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }

    pub fn is_break(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            b'\n' | b'\r' => true,
            0xc2 | 0xe2 => {
                self.text.get(self.mark.at + ahead..).and_then(|rest| rest.chars().next()).is_some_and(is_break)
            }
            _ => false,
        }
    }

    pub fn is_break_or_end(&self, ahead: usize) -> bool {
        self.is_end(ahead) || self.is_break(ahead)
    }

    pub fn is_blank_or_end(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_break_or_end(ahead)
    }

    /// Returns whether the current line starts with `---` or `...`.
    pub fn is_document_indicator(&self) -> bool {
        self.mark.column == 0 && (self.starts_with("---") || self.starts_with("...")) && self.is_blank_or_end(3)
    }

    /// Skips a character that is not a line break, and returns it.
    pub fn skip(&mut self) -> Option<char> {
        if !self.is_blank(0) {
            self.newlines = 0;
        }
        let c = self.text[self.mark.at..].chars().next()?;
        self.mark.at += c.len_utf8();
        self.mark.index += 1;
        self.mark.column += 1;
        Some(c)
    }

    /// Skips a line break.
    pub fn skip_break(&mut self) {
        let length = if self.starts_with("\r\n") { 2 } else { 1 };
        for c in self.text[self.mark.at..].chars().take(length) {
            self.mark.at += c.len_utf8();
        }
        self.mark.index += length as isize;
        self.mark.column = 0;
        self.mark.line += 1;
        self.newlines += 1;
    }

    /// Returns the rest of the line from the character at `from`, and moves to its end.
    pub fn line_from(&mut self, from: isize) -> String {
        let mut text = String::new();
        loop {
            let is_before = self.mark.index < from;
            if self.is_break_or_end(0) {
                if !is_before || self.is_end(0) {
                    return text;
                }
                self.skip_break();
            } else if let Some(c) = self.skip()
                && !is_before
            {
                text.push(c);
            }
        }
    }
}
