//! Literal and folded scalars.

use super::{Scan, Scanner, Style, Text, Unsupported};
use crate::yaml::blank_scalar::{blank_scalar_offset, is_blank};

/// The treatment of trailing line breaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Clip,
    Strip,
    Keep,
}

impl Scanner<'_> {
    /// Reads a block scalar from its header to the first line after it.
    pub(super) fn block_scalar(&mut self) -> Scan<()> {
        let Some(parent) = self.open.last().map(|open| open.column) else { return Err(Unsupported) };
        let header = self.at;
        let style = if self.byte() == Some(b'|') { Style::Literal } else { Style::Folded };
        self.at += 1;
        let (chomping, indentation) = self.block_header()?;
        let mut breaks = 0;
        let indent = match indentation {
            Some(indentation) => parent + indentation,
            None => self.first_indent(parent, &mut breaks)?,
        };
        self.skip_indent(indent, &mut breaks)?;
        let is_short = self.column < indent && self.column > parent;
        if is_short || self.at == self.bytes.len() {
            return Err(Unsupported);
        }
        let from = self.at;
        self.block_lines(style, chomping, indent, breaks)?;
        // In the events of the parser crate, the scalar includes the indentation of the line after it.
        let (from, to) = match blank_scalar_offset(self.body, from) {
            offset if is_blank(&self.text) => (offset, offset),
            _ => (from, self.at),
        };
        let text = if self.body[from..to] == *self.text { Text::Source(from, to) } else { Text::Own };
        self.add_scalar(header, text, style);
        self.at -= self.column;
        self.next_line().map(|_| ())
    }

    /// Reads the header after `|` or `>`, and moves to the next line.
    fn block_header(&mut self) -> Scan<(Chomping, Option<usize>)> {
        let mut chomping = Chomping::Clip;
        let mut indentation = None;
        loop {
            match self.byte() {
                Some(b'+') if chomping == Chomping::Clip => chomping = Chomping::Keep,
                Some(b'-') if chomping == Chomping::Clip => chomping = Chomping::Strip,
                Some(digit @ b'1'..=b'9') if indentation.is_none() => indentation = Some((digit - b'0') as usize),
                _ => break,
            }
            self.at += 1;
        }
        let after = self.at;
        self.skip_spaces();
        match self.byte() {
            Some(b'\n') => self.at += 1,
            Some(b'#') if self.at > after => self.skip_comment(),
            _ => return Err(Unsupported),
        }
        // An empty scalar at the end is too rare to support.
        if self.byte().is_none() { Err(Unsupported) } else { Ok((chomping, indentation)) }
    }

    /// Skips empty lines, and returns the indentation of the first other line, which is at least `parent + 1`.
    fn first_indent(&mut self, parent: usize, breaks: &mut usize) -> Scan<usize> {
        let mut indent = parent + 1;
        loop {
            let line = self.at;
            self.skip_spaces();
            self.column = self.at - line;
            indent = indent.max(self.column);
            match self.byte() {
                Some(b'\n') => {}
                Some(b'\t') => return Err(Unsupported),
                _ => {
                    self.at = line;
                    return Ok(indent);
                }
            }
            self.at += 1;
            *breaks += 1;
        }
    }

    /// Skips empty lines and the indentation of the next other line.
    fn skip_indent(&mut self, indent: usize, breaks: &mut usize) -> Scan<()> {
        loop {
            let line = self.at;
            while self.byte() == Some(b' ') && self.at - line < indent {
                self.at += 1;
            }
            self.column = self.at - line;
            match self.byte() {
                Some(b'\n') => {}
                Some(b'\t') if self.column < indent => return Err(Unsupported),
                _ => return Ok(()),
            }
            self.at += 1;
            *breaks += 1;
        }
    }

    /// Reads the lines of a block scalar into `text`, after `breaks` empty lines.
    fn block_lines(&mut self, style: Style, chomping: Chomping, indent: usize, mut breaks: usize) -> Scan<()> {
        self.text.clear();
        let (mut after_line, mut after_blank) = (false, false);
        while self.column == indent && self.at < self.bytes.len() {
            let before_blank = matches!(self.byte(), Some(b' ' | b'\t'));
            if style == Style::Folded && after_line && !after_blank && !before_blank {
                if breaks == 0 {
                    self.text.push(' ');
                }
            } else if after_line {
                self.text.push('\n');
            }
            self.text.extend(std::iter::repeat_n('\n', breaks));
            breaks = 0;
            after_blank = before_blank;
            let line = &self.body[self.at..];
            let end = line.find('\n');
            self.text.push_str(&line[..end.unwrap_or(line.len())]);
            let Some(end) = end else {
                // The last line has no line break.
                self.at = self.bytes.len();
                self.column = 0;
                return Ok(());
            };
            self.at += end + 1;
            after_line = true;
            self.skip_indent(indent, &mut breaks)?;
        }
        if chomping != Chomping::Strip && after_line {
            self.text.push('\n');
        }
        if chomping == Chomping::Keep {
            self.text.extend(std::iter::repeat_n('\n', breaks));
        }
        Ok(())
    }
}
