//! Adds nodes to the tree.

use super::{GoYaml, Kind, MAX_KEY_LENGTH, NodeId, Open, Scan, Scanner, Style, Text, Unsupported};
use crate::yaml::resolve::plain_tag;
use crate::yaml::tree::Tag;

impl Scanner<'_> {
    /// Opens a collection.
    pub(super) fn begin(&mut self, kind: Kind, style: Style, column: usize, at: usize) -> Scan<()> {
        if self.open.len() >= self.max_depth {
            return Err(Unsupported);
        }
        let tag = if kind == Kind::Sequence { Tag::Seq } else { Tag::Map };
        let id = self.tree.collection(kind, tag, style, self.position(at));
        self.add(id);
        self.open.push(Open { id, is_sequence: kind == Kind::Sequence, column, pending: None });
        self.depth = self.depth.max(self.open.len());
        Ok(())
    }

    /// Closes the innermost collection.
    pub(super) fn close(&mut self) {
        self.close_pending();
        self.open.pop();
    }

    /// Allows the value of the last key or dash of the innermost collection to follow on another line.
    pub(super) fn set_pending(&mut self, empty_at: usize) {
        if let Some(open) = self.open.last_mut() {
            open.pending = Some(empty_at);
        }
    }

    /// Adds an empty value if the last key or dash has none.
    pub(super) fn close_pending(&mut self) {
        if let Some(at) = self.open.last().and_then(|open| open.pending) {
            let id = self.tree.source_scalar(self.start + at, 0, Tag::Null, Style::Plain, self.position(at));
            self.add(id);
        }
    }

    /// Adds a node to the innermost collection.
    pub(super) fn add(&mut self, id: NodeId) {
        match self.open.last_mut() {
            Some(parent) => {
                parent.pending = None;
                self.tree.attach(parent.id, id);
            }
            None => self.tree.set_root(id),
        }
    }

    /// Returns the text of the last scalar.
    pub(super) fn str(&self, text: Text) -> &str {
        match text {
            Text::Source(from, to) => &self.body[from..to],
            Text::Own => &self.text,
        }
    }

    /// Adds the last scalar as a key, which must be on one line.
    pub(super) fn add_key(&mut self, from: usize, to: usize, text: Text, style: Style) -> Scan<()> {
        if to - from > MAX_KEY_LENGTH || self.bytes[from..to].contains(&b'\n') || self.str(text) == "<<" {
            return Err(Unsupported);
        }
        self.add_scalar(from, text, style);
        Ok(())
    }

    pub(super) fn add_scalar(&mut self, at: usize, text: Text, style: Style) {
        let position = self.position(at);
        let tag = match style {
            Style::Plain => match plain_tag(self.str(text), self.version) {
                // yaml v2 treats dates as strings.
                Tag::Timestamp if self.version == GoYaml::V2 => Tag::Str,
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
