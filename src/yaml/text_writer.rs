//! Writes documents as Go's yaml v3 does, which keeps order, styles and comments.
//!
//! Comments wait until Go's emitter comes to a point where it writes them, which is not always at the node that they belong to.
//! So this writes in the same steps.

use super::comments::{CommentTable, Comments};
use super::resolve::{GoYaml, resolve};
use super::tree::{Kind, NodeId, Style, Tag, Tree};

/// Returns a node as YAML. The order of keys and the quotes are preserved.
pub fn to_text(tree: &Tree, node: NodeId) -> String {
    to_text_with(tree, node, &CommentTable::default())
}

/// Returns a node as YAML like [`to_text`], with comments.
pub fn to_text_with(tree: &Tree, node: NodeId, comments: &CommentTable) -> String {
    let mut writer = Writer::new(tree, comments);
    writer.document(node);
    writer.out
}

/// Where a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    Root,
    /// An element of a sequence in block style.
    BlockElement,
    FlowElement,
    /// A key on the line of its value.
    SimpleKey,
    /// Another key, or a value.
    Entry,
}

struct Writer<'a> {
    tree: &'a Tree,
    comments: &'a CommentTable,
    out: String,
    /// The number of characters on the current line.
    column: usize,
    /// `None` outside of the root.
    indent: Option<usize>,
    flow_level: usize,
    /// Whether the last character is whitespace.
    whitespace: bool,
    /// Whether there is nothing but indentation and dashes on the line.
    indention: bool,
    /// The indentation of a foot comment that was written last. An empty line follows if the next line has the same.
    foot_indent: Option<usize>,
    waiting: Comments,
    /// The foot comment of the previous key.
    tail: String,
    /// The line comment of a key whose value is not on its line.
    key_line: String,
}

impl<'a> Writer<'a> {
    fn new(tree: &'a Tree, comments: &'a CommentTable) -> Writer<'a> {
        Writer {
            tree,
            comments,
            out: String::new(),
            column: 0,
            indent: None,
            flow_level: 0,
            whitespace: true,
            indention: true,
            foot_indent: None,
            waiting: Comments::default(),
            tail: String::new(),
            key_line: String::new(),
        }
    }

    fn document(&mut self, root: NodeId) {
        let Comments { head, foot, .. } = &self.comments.document;
        if !head.is_empty() {
            self.waiting.head.clone_from(head);
            self.head_comment();
            self.line_break();
        }
        self.start_event(root);
        self.head_comment();
        self.start(root, Context::Root);
        self.line_comment();
        self.foot_comment();
        self.children(root, Context::Root);
        self.foot_indent = Some(0);
        if !foot.is_empty() {
            self.waiting.foot.clone_from(foot);
        }
        self.foot_comment();
        self.foot_indent = None;
        self.write_indent();
    }

    // ---------------------------------------------------------------- nodes

    fn is_flow(&self, node: NodeId) -> bool {
        self.flow_level > 0 || self.tree.style(node) == Style::Flow || self.tree.is_empty(node)
    }

    /// Adds the comments at the start of a node to the waiting ones: for a collection only those before it.
    fn start_event(&mut self, node: NodeId) {
        let Some(comments) = self.comments.of(node) else { return };
        replace_if_any(&mut self.waiting.head, &comments.head);
        if self.tree.is_scalar(node) {
            replace_if_any(&mut self.waiting.line, &comments.line);
            replace_if_any(&mut self.waiting.foot, &comments.foot);
        }
    }

    /// Adds the comments at the end of a collection to the waiting ones.
    fn end_event(&mut self, node: NodeId) {
        let Some(comments) = self.comments.of(node) else { return };
        replace_if_any(&mut self.waiting.line, &comments.line);
        replace_if_any(&mut self.waiting.foot, &comments.foot);
    }

    /// Writes a tag and a scalar. A collection is written by [`Writer::children`].
    fn start(&mut self, node: NodeId, context: Context) {
        if let Some(tag) = written_tag(self.tree, node) {
            self.indicator(tag, true, false, false);
        }
        if self.tree.is_scalar(node) {
            self.scalar(node, context);
        }
    }

    fn children(&mut self, node: NodeId, context: Context) {
        let outer = self.indent;
        match self.tree.kind(node) {
            Kind::Scalar => {}
            Kind::Sequence if self.is_flow(node) => self.flow_sequence(node),
            Kind::Mapping if self.is_flow(node) => self.flow_mapping(node),
            Kind::Sequence => {
                let is_entry = matches!(context, Context::SimpleKey | Context::Entry);
                let is_compact = is_entry && (self.column == 0 || !self.indention);
                self.indent = Some(match outer {
                    Some(indent) if is_compact => indent,
                    outer => block_indent(outer),
                });
                self.block_sequence(node);
            }
            Kind::Mapping => {
                self.indent = Some(block_indent(outer));
                self.block_mapping(node);
            }
        }
        self.indent = outer;
    }

    fn block_sequence(&mut self, node: NodeId) {
        for element in self.tree.children(node) {
            self.start_event(element);
            self.head_comment();
            self.write_indent();
            self.indicator("-", true, false, true);
            self.start(element, Context::BlockElement);
            self.line_comment();
            self.foot_comment();
            self.children(element, Context::BlockElement);
        }
        self.end_event(node);
    }

    fn block_mapping(&mut self, node: NodeId) {
        let mut after_entry = "";
        for (key, value) in self.tree.entries(node) {
            after_entry = self.key_event(key, after_entry);
            self.head_comment();
            self.write_indent();
            if !self.waiting.line.is_empty() {
                self.key_line = std::mem::take(&mut self.waiting.line);
            }
            let is_simple = self.is_simple_key(key);
            self.key(key, is_simple, true);
            self.start_event(value);
            if is_simple {
                self.indicator(":", false, false, false);
            } else {
                self.write_indent();
                self.indicator(":", true, false, true);
            }
            self.line_comment_of_key(value);
            self.start(value, Context::Entry);
            self.line_comment();
            self.foot_comment();
            self.children(value, Context::Entry);
        }
        replace_if_any(&mut self.tail, after_entry);
        self.end_event(node);
        self.head_comment();
    }

    /// Adds the comments of a key to the waiting ones, with the one after the previous entry. Returns the one after this entry.
    fn key_event(&mut self, key: NodeId, after_previous: &str) -> &'a str {
        // Go's emitter loses the comment before a key that is a list.
        if !self.tree.is_sequence(key) {
            replace_if_any(&mut self.tail, after_previous);
        }
        self.start_event(key);
        self.comments.after_entry(key)
    }

    fn is_simple_key(&self, key: NodeId) -> bool {
        const MAX_LENGTH: usize = 128;
        let text = self.tree.text(key);
        self.tree.is_empty(key) && text.len() <= MAX_LENGTH && !text.contains(super::analysis::is_break)
    }

    fn key(&mut self, key: NodeId, is_simple: bool, is_block: bool) {
        let context = if is_simple { Context::SimpleKey } else { Context::Entry };
        if !is_simple {
            self.indicator("?", true, false, is_block);
        }
        self.start(key, context);
        self.children(key, context);
    }

    /// Writes the line comment of a key, or leaves it to the value if that is on the same line.
    fn line_comment_of_key(&mut self, value: NodeId) {
        if self.key_line.is_empty() {
            return;
        }
        if self.tree.is_scalar(value) {
            if self.waiting.line.is_empty() {
                self.waiting.line = std::mem::take(&mut self.key_line);
            }
        } else if self.tree.style(value) != Style::Flow {
            std::mem::swap(&mut self.waiting.line, &mut self.key_line);
            self.line_comment();
            std::mem::swap(&mut self.waiting.line, &mut self.key_line);
        }
    }

    // ---------------------------------------------------------------- flow style

    fn open_flow(&mut self, bracket: &str) {
        self.indicator(bracket, true, true, false);
        self.indent = Some(self.indent.map_or(2, |indent| indent + 2));
        self.flow_level += 1;
    }

    fn close_flow(&mut self, bracket: &str) {
        self.indicator(bracket, false, false, false);
        self.line_comment();
        self.foot_comment();
    }

    /// Writes a comma at once if a comment follows, and returns whether it did.
    fn comma_before_comment(&mut self) -> bool {
        let has_comment = self.has_trailing_comment();
        if has_comment {
            self.indicator(",", false, false, false);
        }
        has_comment
    }

    fn has_trailing_comment(&self) -> bool {
        !(self.waiting.line.is_empty() && self.waiting.foot.is_empty() && self.tail.is_empty())
    }

    fn flow_sequence(&mut self, node: NodeId) {
        let outer = self.indent;
        self.open_flow("[");
        let mut needs_comma = false;
        for element in self.tree.children(node) {
            self.start_event(element);
            if needs_comma {
                self.indicator(",", false, false, false);
            }
            self.head_comment();
            if self.column == 0 {
                self.write_indent();
            }
            needs_comma = !self.has_trailing_comment();
            self.start(element, Context::FlowElement);
            self.comma_before_comment();
            self.line_comment();
            self.foot_comment();
            self.children(element, Context::FlowElement);
        }
        self.end_event(node);
        self.flow_level -= 1;
        self.indent = outer;
        if self.column == 0 {
            self.write_indent();
        }
        self.close_flow("]");
    }

    fn flow_mapping(&mut self, node: NodeId) {
        let outer = self.indent;
        self.open_flow("{");
        let mut needs_comma = false;
        let mut after_entry = "";
        for (key, value) in self.tree.entries(node) {
            after_entry = self.key_event(key, after_entry);
            if needs_comma {
                self.indicator(",", false, false, false);
            }
            self.head_comment();
            if self.column == 0 {
                self.write_indent();
            }
            let is_simple = self.is_simple_key(key);
            self.key(key, is_simple, false);
            self.start_event(value);
            self.indicator(":", !is_simple, false, false);
            needs_comma = !self.has_trailing_comment();
            self.start(value, Context::Entry);
            self.comma_before_comment();
            self.line_comment();
            self.foot_comment();
            self.children(value, Context::Entry);
        }
        replace_if_any(&mut self.tail, after_entry);
        self.end_event(node);
        let has_comment = !(self.waiting.head.is_empty() && self.waiting.foot.is_empty() && self.tail.is_empty());
        if has_comment && needs_comma {
            self.indicator(",", false, false, false);
        }
        self.head_comment();
        self.flow_level -= 1;
        self.indent = outer;
        self.close_flow("}");
    }

    // ---------------------------------------------------------------- scalars

    fn scalar(&mut self, node: NodeId, context: Context) {
        let text = self.tree.text(node);
        let is_simple_key = context == Context::SimpleKey;
        let is_forced = self.tree.tag(node) == Tag::Str
            && !self.tree.is_tagged(node)
            && resolve(text, GoYaml::V3).tag() != Tag::Str;
        let style = match self.tree.style(node) {
            _ if is_simple_key && text.contains(super::analysis::is_break) => Style::DoubleQuoted,
            Style::Plain | Style::Flow if text.contains('\n') => Style::Literal,
            Style::Plain | Style::Flow if is_forced => Style::DoubleQuoted,
            Style::Plain | Style::Flow if text.is_empty() && is_simple_key => Style::SingleQuoted,
            Style::Literal | Style::Folded if is_simple_key => Style::DoubleQuoted,
            style => style,
        };
        let indent = self.indent.map_or(2, |indent| indent + 2);
        let mut written = String::new();
        super::emit::write_styled(&mut written, text, style, indent, self.flow_level > 0);
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

    // ---------------------------------------------------------------- comments

    fn head_comment(&mut self) {
        if !self.tail.is_empty() {
            let tail = std::mem::take(&mut self.tail);
            self.write_indent();
            self.comment(&tail);
            self.foot_indent = Some(self.indent.unwrap_or(0));
        }
        if !self.waiting.head.is_empty() {
            let head = std::mem::take(&mut self.waiting.head);
            self.write_indent();
            self.comment(&head);
        }
    }

    fn line_comment(&mut self) {
        if !self.waiting.line.is_empty() {
            let line = std::mem::take(&mut self.waiting.line);
            if !self.whitespace {
                self.put(" ");
            }
            self.comment(&line);
        }
    }

    fn foot_comment(&mut self) {
        if !self.waiting.foot.is_empty() {
            let foot = std::mem::take(&mut self.waiting.foot);
            self.write_indent();
            self.comment(&foot);
            self.foot_indent = Some(self.indent.unwrap_or(0));
        }
    }

    fn comment(&mut self, comment: &str) {
        for (at, line) in comment.split('\n').enumerate() {
            if at > 0 {
                self.line_break();
            }
            if !line.is_empty() {
                if at > 0 {
                    self.write_indent();
                }
                self.put(line);
                self.indention = false;
            }
        }
        if !comment.ends_with('\n') {
            self.line_break();
        }
        self.whitespace = true;
    }

    // ---------------------------------------------------------------- characters

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        match text.rfind('\n') {
            Some(at) => self.column = text[at + 1..].chars().count(),
            None => self.column += text.chars().count(),
        }
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.indention = true;
    }

    /// Starts a line with the current indentation, unless this is one.
    fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || self.column == indent && !self.whitespace {
            self.line_break();
        }
        if self.foot_indent == Some(indent) {
            self.line_break();
        }
        while self.column < indent {
            self.put(" ");
        }
        self.whitespace = true;
        self.foot_indent = None;
    }

    fn indicator(&mut self, text: &str, needs_whitespace: bool, is_whitespace: bool, is_indention: bool) {
        if needs_whitespace && !self.whitespace {
            self.put(" ");
        }
        self.put(text);
        self.whitespace = is_whitespace;
        self.indention &= is_indention;
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

fn block_indent(outer: Option<usize>) -> usize {
    outer.map_or(0, |indent| indent + 2)
}

/// Replaces a waiting comment by a comment, if there is one.
fn replace_if_any(waiting: &mut String, comment: &str) {
    if !comment.is_empty() {
        waiting.clear();
        waiting.push_str(comment);
    }
}
