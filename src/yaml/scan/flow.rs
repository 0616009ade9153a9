//! Flow collections, including those that span several lines.

use super::{Kind, Scan, Scanner, Style, Text, Unsupported, byte_set};

/// Bytes that may end a plain scalar in flow style, or are not allowed in it.
const PLAIN_STOPS: [bool; 256] = byte_set(b"\n\t:#?,[]{}");

impl Scanner<'_> {
    /// Reads a collection, including its brackets.
    pub(super) fn flow_collection(&mut self) -> Scan<()> {
        let (kind, close) = match self.byte() {
            Some(b'[') => (Kind::Sequence, b']'),
            _ => (Kind::Mapping, b'}'),
        };
        self.begin(kind, Style::Flow, 0, self.at)?;
        self.at += 1;
        self.skip_lines()?;
        if self.byte() != Some(close) {
            loop {
                if kind == Kind::Mapping {
                    self.flow_key()?;
                }
                self.flow_node()?;
                self.skip_lines()?;
                match self.byte() {
                    Some(b',') => self.at += 1,
                    Some(b) if b == close => break,
                    _ => return Err(Unsupported),
                }
                self.skip_lines()?;
            }
        }
        self.at += 1;
        self.open.pop();
        Ok(())
    }

    /// Moves to the next token on this or a later line.
    fn skip_lines(&mut self) -> Scan<()> {
        loop {
            self.skip_spaces();
            if self.byte() != Some(b'\n') {
                return Ok(());
            }
            self.at += 1;
            if self.at_marker() {
                return Err(Unsupported);
            }
        }
    }

    /// Reads a key and its colon, which must be on the same line.
    fn flow_key(&mut self) -> Scan<()> {
        let from = self.at;
        let (text, style) = self.flow_scalar()?;
        self.add_key(from, self.at, text, style)?;
        self.skip_spaces();
        // After a quoted key, the value may follow the colon without a space.
        if self.byte() != Some(b':') || style == Style::Plain && !self.is_blank(self.at + 1) {
            return Err(Unsupported);
        }
        self.at += 1;
        self.skip_lines()
    }

    fn flow_node(&mut self) -> Scan<()> {
        if matches!(self.byte(), Some(b'[' | b'{')) {
            return self.flow_collection();
        }
        let from = self.at;
        let (text, style) = self.flow_scalar()?;
        self.add_scalar(from, text, style);
        Ok(())
    }

    fn flow_scalar(&mut self) -> Scan<(Text, Style)> {
        match self.byte() {
            Some(quote @ (b'\'' | b'"')) => self.quoted(quote),
            _ => {
                self.expect_plain()?;
                Ok((self.flow_plain()?, Style::Plain))
            }
        }
    }

    /// Reads a plain scalar, which must end on the same line. A lone dash is a scalar, too (fixture `yaml/lone-dash`):
    /// Go's parser accepts it, although the parser crate does not.
    fn flow_plain(&mut self) -> Scan<Text> {
        let from = self.at;
        let mut at = from;
        while let Some(&b) = self.bytes.get(at) {
            if PLAIN_STOPS[b as usize] {
                match b {
                    b'#' if self.bytes[at - 1] != b' ' => {}
                    b':' if !self.is_blank(at + 1)
                        && !matches!(self.bytes[at + 1], b',' | b'[' | b']' | b'{' | b'}') => {}
                    b'#' | b'?' | b'\t' => return Err(Unsupported),
                    _ => break,
                }
            }
            at += 1;
        }
        self.at = self.without_spaces(from, at);
        Ok(Text::Source(from, self.at))
    }
}
