//! The comments between two tokens.

use super::cursor::Mark;
use super::scanner::{Comment, Place, Scanner, TokenKind};

/// How far Go's scanner looks ahead for a comment, in bytes.
const LOOKAHEAD: usize = 512;

/// A comment that is being read. Positions are indexes of characters.
struct Gap {
    text: String,
    start: Mark,
    scan: isize,
    token: isize,
}

impl Scanner<'_> {
    /// Skips blanks, line breaks and comments.
    pub(super) fn skip_to_next_token(&mut self) {
        let scan = self.cursor.mark.index;
        let is_first_line = self.cursor.mark.line == 0;
        loop {
            if self.cursor.mark.column == 0 && self.cursor.starts_with("\u{feff}") {
                self.cursor.skip();
            }
            let allows_tabs = self.flow_level > 0 || !self.simple_key_allowed;
            while self.cursor.byte(0) == b' ' || allows_tabs && self.cursor.byte(0) == b'\t' {
                self.cursor.skip();
            }
            self.move_comment_of_first_element();
            if self.cursor.byte(0) == b'#' {
                self.comments_between(scan, is_first_line);
            }
            if !self.cursor.is_break(0) {
                return;
            }
            self.cursor.skip_break();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    /// Makes a comment after the first dash of a list one before the element, if the element is on another line.
    fn move_comment_of_first_element(&mut self) {
        let is_break = self.cursor.is_break(0);
        let mark = self.cursor.mark;
        if let [.., list, dash] = &self.tokens[..]
            && (list.kind, dash.kind) == (TokenKind::BlockSequenceStart, TokenKind::BlockEntry)
            && self.comments_read < self.comments.len()
            && let Some(comment) = self.comments.last_mut()
            && comment.place == Place::Line
            && !is_break
        {
            comment.place = Place::Head;
            if comment.start.line == mark.line - 1 {
                comment.token = mark.index;
            }
        }
    }

    /// Reads a comment on the line of a token.
    pub(super) fn line_comment(&mut self, token: isize) {
        if self.cursor.newlines > 0 {
            return;
        }
        let Some(ahead) = (0..LOOKAHEAD).find(|&ahead| !self.cursor.is_blank(ahead)) else { return };
        if self.cursor.byte(ahead) != b'#' {
            return;
        }
        for _ in 0..ahead {
            self.cursor.skip();
        }
        let start = self.cursor.mark;
        let text = self.cursor.line_from(start.index);
        self.comments.push(Comment { place: Place::Line, text, scan: 0, token, start, end: 0 });
    }

    /// Reads the comments up to the next token, from the first `#` on. A comment belongs to the token before it if it is on the
    /// next line and an empty line follows, or if it is indented less; otherwise it belongs to the token after it.
    fn comments_between(&mut self, scan: isize, is_first_line: bool) {
        let mut before = self.tokens[self.tokens.len() - 1];
        if before.kind == TokenKind::FlowEntry && self.tokens.len() > 1 {
            before = self.tokens[self.tokens.len() - 2];
        }
        let Mark { mut line, mut column, .. } = self.cursor.mark;
        let foot_line = if is_first_line {
            -1
        } else {
            let is_after_content = self.cursor.newlines == 0 && column > 1;
            line - self.cursor.newlines as isize + 1 + isize::from(is_after_content)
        };
        let mut gap = Gap { text: String::new(), start: Mark::default(), scan, token: before.start.index };
        let mut recent_empty = false;
        let mut first_empty = self.cursor.newlines <= 1;
        let indent = self.indent.max(0);
        let mut ahead = 0;
        while ahead < LOOKAHEAD {
            column += 1;
            if self.cursor.is_blank(ahead) {
                ahead += 1;
                continue;
            }
            let closes_flow = self.flow_level > 0 && matches!(self.cursor.byte(ahead), b']' | b'}');
            let is_dedented = gap.start.column - 1 < indent;
            if closes_flow || self.cursor.is_break_or_end(ahead) {
                if closes_flow || !recent_empty {
                    let is_below = gap.start.line == foot_line && before.kind != TokenKind::Value;
                    if closes_flow || first_empty && (is_below || is_dedented) {
                        if is_dedented {
                            gap.token = gap.start.index;
                        }
                        self.end_foot(&mut gap, ahead);
                    } else if !gap.text.is_empty() && !self.cursor.is_end(ahead) {
                        gap.text.push('\n');
                    }
                }
                if !self.cursor.is_break(ahead) {
                    break;
                }
                (first_empty, recent_empty) = (false, true);
                column = 0;
                line += 1;
                ahead += 1;
                continue;
            }
            if column - 1 < indent && column != gap.start.column {
                self.end_foot(&mut gap, ahead);
            }
            if self.cursor.byte(ahead) != b'#' {
                break;
            }
            let index = self.cursor.mark.index + ahead as isize;
            if gap.text.is_empty() {
                gap.start = Mark { index, line, column, at: 0 };
            } else {
                gap.text.push('\n');
            }
            recent_empty = false;
            gap.text.push_str(&self.cursor.line_from(index));
            // The next byte is the one after the line break, but the line is still that of the comment.
            ahead = 1;
            column = 0;
            line = self.cursor.mark.line;
        }
        let Gap { text, start, scan, .. } = gap;
        if !text.is_empty() {
            let end = self.cursor.mark.index + ahead as isize - 1;
            self.comments.push(Comment { place: Place::Head, text, scan, token: start.index, start, end });
        }
    }

    /// Ends a comment that belongs to the token before it.
    fn end_foot(&mut self, gap: &mut Gap, ahead: usize) {
        if gap.text.is_empty() {
            return;
        }
        let end = self.cursor.mark.index + ahead as isize;
        let text = std::mem::take(&mut gap.text);
        let Gap { start, scan, token, .. } = *gap;
        self.comments.push(Comment { place: Place::Foot, text, scan, token, start, end });
        (gap.scan, gap.token) = (end, end);
    }
}
