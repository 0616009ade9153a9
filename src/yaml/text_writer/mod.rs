//! Writes documents as Go's yaml v3 does, which keeps order, styles and comments.
//!
//! Comments wait until Go's emitter comes to a point where it writes them, which is not always at the node that they belong to.
//! So this writes in the same steps.

mod flow;
mod scalar;

use crate::yaml::presentation::{Comments, Presentation};
use crate::yaml::tree::{Kind, NodeId, Style, Tree};

/// Returns a node as YAML. The order of keys and the quotes are preserved.
pub fn to_text(tree: &Tree, node: NodeId) -> String {
    to_text_with(tree, node, &Presentation::default())
}

/// Returns a node as YAML like [`to_text`], with comments, anchors, aliases and tags.
pub fn to_text_with(tree: &Tree, node: NodeId, presentation: &Presentation) -> String {
    let mut writer = Writer::new(tree, presentation);
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
    presentation: &'a Presentation,
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
    fn new(tree: &'a Tree, presentation: &'a Presentation) -> Writer<'a> {
        Writer {
            tree,
            presentation,
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
        let Comments { head, foot, .. } = &self.presentation.document;
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

    /// Returns whether a node is complete when it starts, unlike a collection.
    fn is_leaf(&self, node: NodeId) -> bool {
        self.tree.is_scalar(node) || self.presentation.alias(node).is_some()
    }

    fn is_flow(&self, node: NodeId) -> bool {
        self.flow_level > 0 || self.tree.style(node) == Style::Flow || self.tree.is_empty(node)
    }

    /// Adds the comments at the start of a node to the waiting ones: for a collection only those before it.
    fn start_event(&mut self, node: NodeId) {
        let Some(comments) = self.presentation.comments(node) else { return };
        replace_if_any(&mut self.waiting.head, &comments.head);
        if self.is_leaf(node) {
            replace_if_any(&mut self.waiting.line, &comments.line);
            replace_if_any(&mut self.waiting.foot, &comments.foot);
        }
    }

    /// Adds the comments at the end of a collection to the waiting ones.
    fn end_event(&mut self, node: NodeId) {
        let Some(comments) = self.presentation.comments(node) else { return };
        replace_if_any(&mut self.waiting.line, &comments.line);
        replace_if_any(&mut self.waiting.foot, &comments.foot);
    }

    /// Writes the properties of a node, and a scalar or an alias. A collection is written by [`Writer::children`].
    fn start(&mut self, node: NodeId, context: Context) {
        if let Some(alias) = self.presentation.alias(node) {
            self.indicator(alias, true, false, false);
            return;
        }
        for property in [self.presentation.anchor(node), self.tag(node)].into_iter().flatten() {
            self.indicator(property, true, false, false);
        }
        if self.tree.is_scalar(node) {
            self.scalar(node, context);
        }
    }

    fn children(&mut self, node: NodeId, context: Context) {
        let outer = self.indent;
        match self.tree.kind(node) {
            _ if self.is_leaf(node) => {}
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
        // Go's emitter loses the comment before a key that is a list or an alias.
        if !self.tree.is_sequence(key) && self.presentation.alias(key).is_none() {
            replace_if_any(&mut self.tail, after_previous);
        }
        self.start_event(key);
        self.presentation.after_entry(key)
    }

    fn is_simple_key(&self, key: NodeId) -> bool {
        const MAX_LENGTH: usize = 128;
        let text = self.tree.text(key);
        let properties = [self.presentation.alias(key), self.presentation.anchor(key), self.tag(key)];
        let length = text.len() + properties.iter().flatten().map(|property| property.len()).sum::<usize>();
        self.tree.is_empty(key) && length <= MAX_LENGTH && !text.contains(crate::yaml::analysis::is_break)
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
        } else if self.tree.style(value) != Style::Flow && self.presentation.alias(value).is_none() {
            std::mem::swap(&mut self.waiting.line, &mut self.key_line);
            self.line_comment();
            std::mem::swap(&mut self.waiting.line, &mut self.key_line);
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
