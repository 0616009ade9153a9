//! Quoted scalars.

use super::{Scan, Scanner, Style, Text, Unsupported};

const SINGLE_STOPS: [bool; 256] = super::byte_set(b"'\n");
const DOUBLE_STOPS: [bool; 256] = super::byte_set(b"\"\\\n");

impl Scanner<'_> {
    /// Reads a scalar, including its quotes.
    pub(super) fn quoted(&mut self, quote: u8) -> Scan<(Text, Style)> {
        let (style, stops) = match quote {
            b'\'' => (Style::SingleQuoted, &SINGLE_STOPS),
            _ => (Style::DoubleQuoted, &DOUBLE_STOPS),
        };
        let from = self.at + 1;
        let mut is_own = false;
        let mut segment = from;
        self.at = from;
        loop {
            let Some(b) = self.byte() else { return Err(Unsupported) };
            if !stops[b as usize] {
                self.at += 1;
                continue;
            }
            let end = self.at;
            self.at += 1;
            if b == quote && !(b == b'\'' && self.byte() == Some(quote)) {
                if !is_own {
                    return Ok((Text::Source(from, end), style));
                }
                self.text.push_str(&self.body[segment..end]);
                return Ok((Text::Own, style));
            }
            if !is_own {
                self.text.clear();
                is_own = true;
            }
            let read = &self.body[segment..end];
            match b {
                b'\n' => {
                    self.text.push_str(read.trim_end_matches([' ', '\t']));
                    self.continuation()?;
                    self.fold_lines(end, self.at);
                }
                b'\'' => {
                    self.text.push_str(read);
                    self.text.push('\'');
                    self.at += 1;
                }
                _ => {
                    self.text.push_str(read);
                    self.escape()?;
                }
            }
            segment = self.at;
        }
    }

    /// Moves to the text of the next line, which must be indented more than the parent.
    fn continuation(&mut self) -> Scan<()> {
        loop {
            let line = self.at;
            self.skip_spaces();
            match self.byte() {
                Some(b'\n') => self.at += 1,
                None | Some(b'\t') => return Err(Unsupported),
                _ if self.open.last().is_none_or(|open| self.at - line <= open.column) => return Err(Unsupported),
                _ => return Ok(()),
            }
        }
    }

    /// Reads an escape sequence after its backslash.
    fn escape(&mut self) -> Scan<()> {
        let Some(b) = self.byte() else { return Err(Unsupported) };
        self.at += 1;
        let c = match b {
            b'0' => '\0',
            b'a' => '\u{7}',
            b'b' => '\u{8}',
            b't' => '\t',
            b'n' => '\n',
            b'v' => '\u{b}',
            b'f' => '\u{c}',
            b'r' => '\r',
            b'e' => '\u{1b}',
            b' ' | b'"' | b'\\' => b as char,
            b'N' => '\u{85}',
            b'_' => '\u{a0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            b'x' => self.code(2)?,
            b'u' => self.code(4)?,
            b'U' => self.code(8)?,
            b'\n' => {
                // An escaped line break is dropped.
                let line = self.at;
                self.continuation()?;
                let breaks = self.bytes[line..self.at].iter().filter(|&&b| b == b'\n').count();
                self.text.extend(std::iter::repeat_n('\n', breaks));
                return Ok(());
            }
            _ => return Err(Unsupported),
        };
        self.text.push(c);
        Ok(())
    }

    /// Reads the code of a character. Surrogate pairs are unsupported.
    fn code(&mut self, digits: usize) -> Scan<char> {
        let text = self.body.get(self.at..self.at + digits).ok_or(Unsupported)?;
        if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Unsupported);
        }
        self.at += digits;
        u32::from_str_radix(text, 16).ok().and_then(char::from_u32).ok_or(Unsupported)
    }
}
