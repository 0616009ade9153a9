//! Writes tags and scalars.

use super::{Context, Writer};
use crate::yaml::analysis::is_break;
use crate::yaml::emit::write_styled;
use crate::yaml::resolve::{GoYaml, resolve};
use crate::yaml::tree::{Kind, NodeId, Style, Tag, Tree};

impl<'a> Writer<'a> {
    /// Returns the tag that is written before a node.
    pub(super) fn tag(&self, node: NodeId) -> Option<&'a str> {
        match self.tree.tag(node) {
            Tag::Other => self.presentation.tag(node),
            _ => written_tag(self.tree, node),
        }
    }

    pub(super) fn scalar(&mut self, node: NodeId, context: Context) {
        let text = self.tree.text(node);
        let is_simple_key = context == Context::SimpleKey;
        let is_forced = self.tree.tag(node) == Tag::Str
            && !self.tree.is_tagged(node)
            && resolve(text, GoYaml::V3).tag() != Tag::Str;
        let style = match self.tree.style(node) {
            _ if is_simple_key && text.contains(is_break) => Style::DoubleQuoted,
            Style::Plain | Style::Flow if text.contains('\n') => Style::Literal,
            Style::Plain | Style::Flow if is_forced => Style::DoubleQuoted,
            Style::Plain | Style::Flow if text.is_empty() && is_simple_key => Style::SingleQuoted,
            Style::Literal | Style::Folded if is_simple_key => Style::DoubleQuoted,
            style => style,
        };
        let indent = self.indent.map_or(2, |indent| indent + 2);
        let mut written = String::new();
        write_styled(&mut written, text, style, indent, self.flow_level > 0);
        if !written.is_empty() && !self.whitespace {
            self.put(" ");
        }
        if !written.is_empty() {
            self.whitespace = false;
        }
        self.indention = false;
        match written.split_once('\n') {
            Some((header, lines)) if header.starts_with(['|', '>']) => self.block_scalar(text, header, lines),
            _ => self.put(&written),
        }
    }

    fn block_scalar(&mut self, text: &str, header: &str, lines: &str) {
        self.put(header);
        if self.waiting.line.is_empty() {
            self.line_break();
        } else {
            self.line_comment();
        }
        self.put(lines);
        self.whitespace = true;
        // The line break at the end belongs to the text.
        self.indention = text.ends_with('\n');
        if self.indention {
            self.line_break();
        }
    }
}

/// Returns the tag that is written before a node: one that was in the text, or one that a changed text no longer implies
/// (fixture `replacements/tags-inside-a-string`).
fn written_tag(tree: &Tree, node: NodeId) -> Option<&'static str> {
    let tag = tree.tag(node);
    let is_implied = match tree.kind(node) {
        Kind::Scalar => tag == Tag::Str || resolve(tree.text(node), GoYaml::V3).tag() == tag,
        Kind::Mapping => tag == Tag::Map,
        Kind::Sequence => tag == Tag::Seq,
    };
    if is_implied && !tree.is_tagged(node) {
        return None;
    }
    match tag {
        Tag::Str => Some("!!str"),
        Tag::Int => Some("!!int"),
        Tag::Float => Some("!!float"),
        Tag::Bool => Some("!!bool"),
        Tag::Null => Some("!!null"),
        Tag::Timestamp => Some("!!timestamp"),
        Tag::Binary => Some("!!binary"),
        Tag::Merge => Some("!!merge"),
        Tag::Map => Some("!!map"),
        Tag::Seq => Some("!!seq"),
        Tag::None | Tag::Other => None,
    }
}
