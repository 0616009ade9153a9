//! What was read becomes nodes of the tree.

use super::{Kind, LONGEST_KEY, NodeId, NotMine, Open, Scan, Scanner, Style, Text, Words};
use crate::yaml::resolve::plain_tag;
use crate::yaml::tree::Tag;

impl Scanner<'_> {
    /// Opens a collection.
    pub(super) fn begin(&mut self, kind: Kind, style: Style, column: usize, at: usize) -> Scan<()> {
        if self.open.len() >= self.deepest {
            return Err(NotMine);
        }
        let tag = if kind == Kind::Sequence { Tag::Seq } else { Tag::Map };
        let id = self.tree.collection(kind, tag, style, self.position(at));
        self.add(id);
        self.open.push(Open { id, is_sequence: kind == Kind::Sequence, column, pending: None });
        Ok(())
    }

    /// Closes the innermost collection.
    pub(super) fn close(&mut self) {
        self.close_pending();
        self.open.pop();
    }

    /// Lets the value of the last key or dash of the innermost collection follow on another line.
    pub(super) fn wait(&mut self, empty_at: usize) {
        if let Some(open) = self.open.last_mut() {
            open.pending = Some(empty_at);
        }
    }

    /// Adds an empty value where none followed.
    pub(super) fn close_pending(&mut self) {
        if let Some(at) = self.open.last().and_then(|open| open.pending) {
            let id = self.tree.source_scalar(self.start + at, 0, Tag::Null, Style::Plain, self.position(at));
            self.add(id);
        }
    }

    /// Puts a node in its place.
    pub(super) fn add(&mut self, id: NodeId) {
        match self.open.last_mut() {
            Some(parent) => {
                parent.pending = None;
                self.tree.append(parent.id, id);
            }
            None => self.tree.become_root(id),
        }
    }

    /// Returns the text of a scalar that was just read.
    pub(super) fn str(&self, text: Text) -> &str {
        match text {
            Text::Source(from, to) => &self.body[from..to],
            Text::Own => &self.text,
        }
    }

    /// Adds the scalar that was just read, as a key. It has to stand on one line.
    pub(super) fn add_key(&mut self, from: usize, to: usize, text: Text, style: Style) -> Scan<()> {
        if to - from > LONGEST_KEY || self.bytes[from..to].contains(&b'\n') || self.str(text) == "<<" {
            return Err(NotMine);
        }
        self.add_scalar(from, text, style);
        Ok(())
    }

    pub(super) fn add_scalar(&mut self, at: usize, text: Text, style: Style) {
        let position = self.position(at);
        let tag = match style {
            Style::Plain => match plain_tag(self.str(text), self.words) {
                // yaml v2 leaves dates the strings they are.
                Tag::Timestamp if self.words == Words::V2 => Tag::Str,
                tag => tag,
            },
            _ => Tag::Str,
        };
        let id = match text {
            Text::Source(from, to) => self.tree.source_scalar(self.start + from, to - from, tag, style, position),
            Text::Own => self.tree.scalar(&self.text, tag, style, position),
        };
        self.add(id);
    }
}
