//! Skips scalars, anchors, aliases and tags.

use super::scanner::{Scanner, TokenKind, Unknown};

impl Scanner<'_> {
    /// Skips an anchor, an alias or a tag.
    pub(super) fn property(&mut self, kind: TokenKind) -> Result<(), Unknown> {
        self.save_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        self.cursor.skip();
        let is_tag = kind == TokenKind::Tag;
        let is_verbatim = is_tag && self.cursor.byte(0) == b'<';
        while !self.cursor.is_blank_or_end(0) {
            let byte = self.cursor.byte(0);
            let is_part = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            let ends_flow = self.flow_level > 0 && matches!(byte, b',' | b'[' | b']' | b'{' | b'}');
            if !is_verbatim && (!is_tag && !is_part || ends_flow) {
                break;
            }
            self.cursor.skip();
        }
        self.push(kind, start);
        Ok(())
    }

    pub(super) fn block_scalar(&mut self) -> Result<(), Unknown> {
        self.remove_key()?;
        self.simple_key_allowed = true;
        let start = self.cursor.mark;
        self.cursor.skip();
        let mut increment = 0;
        while let b'+' | b'-' | b'1'..=b'9' = self.cursor.byte(0) {
            if self.cursor.byte(0).is_ascii_digit() {
                increment = isize::from(self.cursor.byte(0) - b'0');
            }
            self.cursor.skip();
        }
        while self.cursor.is_blank(0) {
            self.cursor.skip();
        }
        if self.cursor.byte(0) == b'#' {
            self.line_comment(start.index);
        }
        if !self.cursor.is_break_or_end(0) {
            return Err(Unknown);
        }
        if self.cursor.is_break(0) {
            self.cursor.skip_break();
        }
        let known = (increment > 0).then(|| self.indent.max(0) + increment);
        let indent = self.block_indentation(known)?;
        while self.cursor.mark.column == indent && !self.cursor.is_end(0) {
            while !self.cursor.is_break_or_end(0) {
                self.cursor.skip();
            }
            if self.cursor.is_break(0) {
                self.cursor.skip_break();
            }
            self.block_indentation(Some(indent))?;
        }
        self.push(TokenKind::Scalar, start);
        Ok(())
    }

    /// Skips the indentation and the empty lines of a block scalar, and returns its indentation.
    fn block_indentation(&mut self, known: Option<isize>) -> Result<isize, Unknown> {
        let mut widest = 0;
        loop {
            while known.is_none_or(|indent| self.cursor.mark.column < indent) && self.cursor.byte(0) == b' ' {
                self.cursor.skip();
            }
            widest = widest.max(self.cursor.mark.column);
            if known.is_none_or(|indent| self.cursor.mark.column < indent) && self.cursor.byte(0) == b'\t' {
                return Err(Unknown);
            }
            if !self.cursor.is_break(0) {
                return Ok(known.unwrap_or(widest.max(self.indent + 1).max(1)));
            }
            self.cursor.skip_break();
        }
    }

    pub(super) fn quoted(&mut self) -> Result<(), Unknown> {
        self.save_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        let quote = self.cursor.byte(0);
        self.cursor.skip();
        loop {
            if self.cursor.is_end(0) || self.cursor.is_document_indicator() {
                return Err(Unknown);
            }
            let is_escape = if quote == b'\'' { self.cursor.starts_with("''") } else { self.cursor.byte(0) == b'\\' };
            if is_escape {
                self.cursor.skip();
            } else if self.cursor.byte(0) == quote {
                self.cursor.skip();
                break;
            }
            if self.cursor.is_break(0) {
                self.cursor.skip_break();
            } else {
                self.cursor.skip();
            }
        }
        self.push(TokenKind::Scalar, start);
        Ok(())
    }

    pub(super) fn plain(&mut self) -> Result<(), Unknown> {
        self.save_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        let is_merge_key = self.cursor.starts_with("<<");
        let indent = self.indent + 1;
        let mut after_break = false;
        let mut length = 0;
        while !self.cursor.is_document_indicator() && self.cursor.byte(0) != b'#' {
            let before = self.cursor.mark.index;
            while !self.cursor.is_blank_or_end(0) && !self.ends_plain() {
                self.cursor.skip();
                after_break = false;
            }
            length += self.cursor.mark.index - before;
            if !(self.cursor.is_blank(0) || self.cursor.is_break(0)) {
                break;
            }
            while self.cursor.is_blank(0) || self.cursor.is_break(0) {
                if self.cursor.is_break(0) {
                    self.cursor.skip_break();
                    after_break = true;
                } else if after_break && self.cursor.mark.column < indent && self.cursor.byte(0) == b'\t' {
                    return Err(Unknown);
                } else {
                    self.cursor.skip();
                }
            }
            if self.flow_level == 0 && self.cursor.mark.column < indent {
                break;
            }
        }
        if length == 0 {
            return Err(Unknown);
        }
        if after_break {
            self.simple_key_allowed = true;
        }
        let kind = if is_merge_key && length == 2 { TokenKind::MergeKey } else { TokenKind::Scalar };
        self.push(kind, start);
        Ok(())
    }

    fn ends_plain(&self) -> bool {
        let byte = self.cursor.byte(0);
        byte == b':' && self.cursor.is_blank_or_end(1)
            || self.flow_level > 0 && matches!(byte, b',' | b'?' | b'[' | b']' | b'{' | b'}')
    }
}
