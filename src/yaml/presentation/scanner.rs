//! The tokens of a text, and the comments between them.
//!
//! Which node a comment belongs to depends on how far Go's scanner has read when it meets the comment. So this is the same
//! scanner, reduced to the positions of tokens. The text has been parsed before; errors are not reported.

use std::collections::HashMap;

use super::cursor::{Cursor, Mark};

/// The text is not understood here, so its comments are unknown.
#[derive(Debug)]
pub struct Unknown;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    StreamStart,
    StreamEnd,
    Directive,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    Scalar,
    /// The plain scalar `<<`.
    MergeKey,
}

#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub kind: TokenKind,
    pub start: Mark,
}

/// How a comment relates to the node that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Head,
    Line,
    Foot,
}

/// A comment that the scanner has found. Positions are indexes of characters.
#[derive(Debug)]
pub struct Comment {
    pub place: Place,
    pub text: String,
    /// Where the scanner began to look for the next token.
    pub scan: isize,
    /// The start of the token that it belongs to.
    pub token: isize,
    pub start: Mark,
    pub end: isize,
}

/// A token that is a key if a `:` follows.
struct SimpleKey {
    is_possible: bool,
    is_required: bool,
    token: usize,
    mark: Mark,
}

pub struct Scanner<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) tokens: Vec<Token>,
    /// The number of tokens that the parser has read.
    read: usize,
    pub(super) comments: Vec<Comment>,
    /// The number of comments that the parser has read.
    pub(super) comments_read: usize,
    pub(super) indent: isize,
    indents: Vec<isize>,
    pub(super) flow_level: usize,
    simple_keys: Vec<SimpleKey>,
    keys_by_token: HashMap<usize, usize>,
    pub(super) simple_key_allowed: bool,
    /// The number of comments that were compared with indentations, which is limited.
    comparisons: usize,
}

/// The number of comments that are compared with indentations. Real documents need few.
const MAX_COMPARISONS: usize = 1_000_000;
/// The number of characters in a key that has no `?`.
const MAX_KEY_LENGTH: isize = 1024;

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Scanner<'a> {
        let first = SimpleKey { is_possible: false, is_required: false, token: 0, mark: Mark::default() };
        Scanner {
            cursor: Cursor::new(text),
            tokens: vec![Token { kind: TokenKind::StreamStart, start: Mark::default() }],
            read: 0,
            comments: Vec::new(),
            comments_read: 0,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            simple_keys: vec![first],
            keys_by_token: HashMap::new(),
            simple_key_allowed: true,
            comparisons: 0,
        }
    }

    /// Returns the next token. Like Go's scanner, this reads two tokens more.
    pub fn peek(&mut self) -> Result<Token, Unknown> {
        while !self.has_ended() {
            if self.read + 2 < self.tokens.len() {
                let Some(&key) = self.keys_by_token.get(&self.read) else { break };
                if !self.is_valid_key(key)? {
                    break;
                }
            }
            self.fetch()?;
        }
        self.tokens.get(self.read).copied().ok_or(Unknown)
    }

    pub fn skip(&mut self) {
        self.read += 1;
    }

    /// Returns the next comment that belongs to a token or to one before it. A block has no comment before its end.
    pub fn next_comment(&mut self, token: Token) -> Option<Comment> {
        let comment = self.comments.get_mut(self.comments_read)?;
        let is_after = token.start.index < comment.token;
        if is_after || comment.place == Place::Head && token.kind == TokenKind::BlockEnd {
            return None;
        }
        self.comments_read += 1;
        let Comment { place, start, scan, token, end, .. } = *comment;
        // What has been read no longer counts when blocks end.
        (comment.start, comment.scan, comment.end) = (Mark::default(), 0, 0);
        Some(Comment { place, text: std::mem::take(&mut comment.text), start, scan, token, end })
    }

    /// Returns an anchor, an alias or a tag with its indicator.
    pub fn property_at(&self, token: Token) -> &'a str {
        let text = &self.cursor.text[token.start.at..];
        let is_tag = token.kind == TokenKind::Tag;
        let ends = |c: char| {
            if is_tag {
                c.is_whitespace() || ",[]{}".contains(c)
            } else {
                !c.is_ascii_alphanumeric() && !"_-".contains(c)
            }
        };
        &text[..text[1..].find(ends).map_or(text.len(), |end| end + 1)]
    }

    fn has_ended(&self) -> bool {
        self.tokens.last().is_some_and(|token| token.kind == TokenKind::StreamEnd)
    }

    pub(super) fn push(&mut self, kind: TokenKind, start: Mark) {
        self.tokens.push(Token { kind, start });
    }

    fn fetch(&mut self) -> Result<(), Unknown> {
        let scan = self.cursor.mark;
        self.skip_to_next_token();
        self.unroll(self.cursor.mark.column, scan.index)?;
        if self.cursor.is_end(0) {
            return self.end();
        }
        if self.cursor.mark.column == 0 && self.cursor.byte(0) == b'%' {
            return self.directive();
        }
        if self.cursor.is_document_indicator() {
            let kind = if self.cursor.byte(0) == b'-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
            return self.document_indicator(kind);
        }
        let in_flow = self.flow_level > 0;
        let mut comment_token = self.cursor.mark.index;
        if let Some(last) = self.tokens.last()
            && self.cursor.byte(0) == if in_flow { b',' } else { b':' }
        {
            // A comment after this belongs to the token before it.
            comment_token = last.start.index;
        }
        self.token()?;
        // A comment after a dash is one before what follows.
        if self.tokens.last().is_some_and(|token| token.kind != TokenKind::BlockEntry) {
            self.line_comment(comment_token);
        }
        Ok(())
    }

    fn token(&mut self) -> Result<(), Unknown> {
        let in_flow = self.flow_level > 0;
        let before_blank = self.cursor.is_blank_or_end(1);
        match self.cursor.byte(0) {
            b'[' => self.open_flow(TokenKind::FlowSequenceStart),
            b'{' => self.open_flow(TokenKind::FlowMappingStart),
            b']' => self.close_flow(TokenKind::FlowSequenceEnd),
            b'}' => self.close_flow(TokenKind::FlowMappingEnd),
            b',' => self.indicator(TokenKind::FlowEntry, true),
            b'-' if before_blank => self.block_entry(),
            b'?' if in_flow || before_blank => self.explicit_key(),
            b':' if in_flow || before_blank => self.value(),
            b'*' => self.property(TokenKind::Alias),
            b'&' => self.property(TokenKind::Anchor),
            b'!' => self.property(TokenKind::Tag),
            b'|' | b'>' if !in_flow => self.block_scalar(),
            b'\'' | b'"' => self.quoted(),
            b'#' | b'%' | b'@' | b'`' => Err(Unknown),
            _ => self.plain(),
        }
    }

    // ---------------------------------------------------------------- indentation

    fn roll(&mut self, column: isize, at: usize, kind: TokenKind, start: Mark) {
        if self.flow_level == 0 && self.indent < column {
            self.indents.push(self.indent);
            self.indent = column;
            self.tokens.insert(at, Token { kind, start });
        }
    }

    /// Ends the blocks that are indented more than a column. A block ends before the comments that have the indentation of its
    /// parent. `scan` is where the last token ended.
    fn unroll(&mut self, column: isize, scan: isize) -> Result<(), Unknown> {
        if self.flow_level > 0 {
            return Ok(());
        }
        let mut end = Mark { index: scan - 1, ..self.cursor.mark };
        while self.indent > column {
            let mut stop = end.index;
            for comment in self.comments.iter().rev() {
                self.comparisons += 1;
                if comment.end < stop {
                    break;
                }
                if comment.start.column == self.indent + 1 {
                    end = comment.start;
                }
                stop = comment.scan;
            }
            if self.comparisons > MAX_COMPARISONS {
                return Err(Unknown);
            }
            self.push(TokenKind::BlockEnd, end);
            self.indent = self.indents.pop().ok_or(Unknown)?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Unknown> {
        if self.cursor.mark.column != 0 {
            self.cursor.mark.column = 0;
            self.cursor.mark.line += 1;
        }
        self.unroll(-1, self.cursor.mark.index)?;
        self.remove_key()?;
        self.push(TokenKind::StreamEnd, self.cursor.mark);
        Ok(())
    }

    fn document_indicator(&mut self, kind: TokenKind) -> Result<(), Unknown> {
        self.unroll(-1, self.cursor.mark.index)?;
        self.remove_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        for _ in 0..3 {
            self.cursor.skip();
        }
        self.push(kind, start);
        Ok(())
    }

    /// Skips a line with a directive, whose comment is lost.
    fn directive(&mut self) -> Result<(), Unknown> {
        self.unroll(-1, self.cursor.mark.index)?;
        self.remove_key()?;
        self.simple_key_allowed = false;
        self.push(TokenKind::Directive, self.cursor.mark);
        while !self.cursor.is_break_or_end(0) {
            self.cursor.skip();
        }
        if self.cursor.is_break(0) {
            self.cursor.skip_break();
        }
        Ok(())
    }

    // ---------------------------------------------------------------- keys

    /// Returns whether a possible key may still be one: it must not be too long, nor span lines.
    fn is_valid_key(&mut self, at: usize) -> Result<bool, Unknown> {
        let mark = self.cursor.mark;
        let key = &mut self.simple_keys[at];
        if key.is_possible && (key.mark.line < mark.line || key.mark.index + MAX_KEY_LENGTH < mark.index) {
            if key.is_required {
                return Err(Unknown);
            }
            key.is_possible = false;
        }
        Ok(key.is_possible)
    }

    /// Records that the next token may be a key.
    pub(super) fn save_key(&mut self) -> Result<(), Unknown> {
        if !self.simple_key_allowed {
            return Ok(());
        }
        self.remove_key()?;
        let mark = self.cursor.mark;
        let is_required = self.flow_level == 0 && self.indent == mark.column;
        let token = self.tokens.len();
        let last = self.simple_keys.len() - 1;
        self.simple_keys[last] = SimpleKey { is_possible: true, is_required, token, mark };
        self.keys_by_token.insert(token, last);
        Ok(())
    }

    pub(super) fn remove_key(&mut self) -> Result<(), Unknown> {
        let key = self.simple_keys.last_mut().ok_or(Unknown)?;
        if key.is_possible {
            if key.is_required {
                return Err(Unknown);
            }
            key.is_possible = false;
            self.keys_by_token.remove(&key.token);
        }
        Ok(())
    }

    // ---------------------------------------------------------------- indicators

    fn indicator(&mut self, kind: TokenKind, allows_key: bool) -> Result<(), Unknown> {
        self.remove_key()?;
        self.simple_key_allowed = allows_key;
        self.push(kind, self.cursor.mark);
        self.cursor.skip();
        Ok(())
    }

    fn open_flow(&mut self, kind: TokenKind) -> Result<(), Unknown> {
        self.save_key()?;
        let mark = self.cursor.mark;
        self.simple_keys.push(SimpleKey { is_possible: false, is_required: false, token: self.tokens.len(), mark });
        self.flow_level += 1;
        self.simple_key_allowed = true;
        self.push(kind, mark);
        self.cursor.skip();
        Ok(())
    }

    fn close_flow(&mut self, kind: TokenKind) -> Result<(), Unknown> {
        self.remove_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            let last = self.simple_keys.pop().ok_or(Unknown)?;
            self.keys_by_token.remove(&last.token);
        }
        self.simple_key_allowed = false;
        self.push(kind, self.cursor.mark);
        self.cursor.skip();
        Ok(())
    }

    fn block_entry(&mut self) -> Result<(), Unknown> {
        let mark = self.cursor.mark;
        self.roll(mark.column, self.tokens.len(), TokenKind::BlockSequenceStart, mark);
        self.indicator(TokenKind::BlockEntry, true)
    }

    fn explicit_key(&mut self) -> Result<(), Unknown> {
        let mark = self.cursor.mark;
        self.roll(mark.column, self.tokens.len(), TokenKind::BlockMappingStart, mark);
        self.indicator(TokenKind::Key, self.flow_level == 0)
    }

    fn value(&mut self) -> Result<(), Unknown> {
        let last = self.simple_keys.len() - 1;
        if self.is_valid_key(last)? {
            let SimpleKey { token, mark, .. } = self.simple_keys[last];
            self.tokens.insert(token, Token { kind: TokenKind::Key, start: mark });
            self.roll(mark.column, token, TokenKind::BlockMappingStart, mark);
            self.simple_keys[last].is_possible = false;
            self.keys_by_token.remove(&token);
            self.simple_key_allowed = false;
        } else {
            let mark = self.cursor.mark;
            self.roll(mark.column, self.tokens.len(), TokenKind::BlockMappingStart, mark);
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push(TokenKind::Value, self.cursor.mark);
        self.cursor.skip();
        Ok(())
    }
}
