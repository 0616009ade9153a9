//! YAML documents as they are written, including quotes, styles, anchors and comments.
//!
//! The generator builds these trees, and the shrinker reduces them. They are deliberately not the library's trees: the
//! code that writes the input must not share code with its parser.

use std::fmt::Write as _;

/// A node of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub value: Value,
    pub anchor: Option<String>,
}

/// The value of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A scalar as it is written, with its quotes. Continuation lines are indented later.
    Raw(String),
    /// A block scalar: its header, such as `|-`, and its content.
    Block {
        header: String,
        content: String,
    },
    Alias(String),
    Mapping {
        entries: Vec<Entry>,
        flow: bool,
    },
    Sequence {
        items: Vec<Node>,
        flow: bool,
    },
    /// A string that contains YAML or JSON, such as an inline patch.
    Embedded {
        documents: Vec<Node>,
        json: bool,
    },
}

/// An entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key as it is written.
    pub key: String,
    pub value: Node,
    pub comment: Option<Comment>,
}

/// A comment at an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comment {
    Above,
    /// On the same line, if the value allows one.
    Trailing,
}

/// Builds a block mapping: `map! { "kind" => text("Service"), .. }`.
#[macro_export]
macro_rules! map {
    ($($key:expr => $value:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "an empty mapping sets nothing")]
        let mut mapping = $crate::document::Node::mapping();
        $(mapping.set($key, $value);)*
        mapping
    }};
}

/// Returns a scalar that is written exactly as given.
pub fn raw(text: impl Into<String>) -> Node {
    Node::new(Value::Raw(text.into()))
}

/// Returns a string scalar, quoted if necessary.
pub fn text(value: impl AsRef<str>) -> Node {
    raw(quoted(value.as_ref()))
}

/// Returns a block sequence.
pub fn list(items: impl IntoIterator<Item = Node>) -> Node {
    Node::new(Value::Sequence { items: items.into_iter().collect(), flow: false })
}

/// Returns a block sequence of strings.
pub fn texts<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> Node {
    list(items.into_iter().map(text))
}

/// Returns a string in a form that is a string for every YAML parser.
pub fn quoted(value: &str) -> String {
    if is_plain_word(value) {
        value.to_string()
    } else if value.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        double_quoted(value)
    } else {
        format!("'{}'", value.replace('\'', "''"))
    }
}

/// Returns a string in double quotes, which is valid JSON, too.
pub fn double_quoted(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            // Unescaped, they are line breaks for Go's parsers.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Returns whether a string can be written without quotes in any context and is a string for every parser.
pub fn is_plain_word(value: &str) -> bool {
    const OTHER_TYPES: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan"];
    value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
        && !OTHER_TYPES.contains(&value.to_ascii_lowercase().as_str())
}

/// Returns the value of a scalar without its quotes and common escapes.
pub fn unquoted(written: &str) -> String {
    let inside = |quote: char| {
        written.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).filter(|_| written.len() > 1)
    };
    if let Some(inner) = inside('\'') {
        inner.replace("''", "'")
    } else if let Some(inner) = inside('"') {
        inner.replace("\\\"", "\"").replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
    } else {
        written.to_string()
    }
}

impl Node {
    pub fn new(value: Value) -> Node {
        Node { value, anchor: None }
    }

    /// Returns an empty block mapping.
    pub fn mapping() -> Node {
        Node::new(Value::Mapping { entries: Vec::new(), flow: false })
    }

    /// Returns an empty sequence, written `[]`.
    pub fn empty_list() -> Node {
        list([])
    }

    pub fn null() -> Node {
        raw("null")
    }

    /// Returns a string that contains documents.
    pub fn embedded(documents: Vec<Node>, json: bool) -> Node {
        Node::new(Value::Embedded { documents, json })
    }

    /// Sets a key of a mapping. Other nodes are unchanged.
    pub fn set(&mut self, key: impl AsRef<str>, value: Node) {
        let key = quoted(key.as_ref());
        let Value::Mapping { entries, .. } = &mut self.value else { return };
        match entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => entry.value = value,
            None => entries.push(Entry { key, value, comment: None }),
        }
    }

    /// Returns the value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| unquoted(&entry.key) == key).map(|entry| &entry.value)
    }

    /// Returns the entries of a mapping. Other nodes have none.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping { entries, .. } => entries,
            _ => &[],
        }
    }

    /// Returns the items of a sequence. Other nodes have none.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Sequence { items, .. } => items,
            _ => &[],
        }
    }

    /// Returns the value of a scalar.
    pub fn as_text(&self) -> Option<String> {
        match &self.value {
            Value::Raw(written) => Some(unquoted(written)),
            Value::Block { content, .. } => Some(content.clone()),
            _ => None,
        }
    }

    pub fn is_mapping(&self) -> bool {
        matches!(self.value, Value::Mapping { .. })
    }

    pub fn is_sequence(&self) -> bool {
        matches!(self.value, Value::Sequence { .. })
    }

    /// Returns the direct children.
    pub fn children(&self) -> Vec<&Node> {
        match &self.value {
            Value::Mapping { entries, .. } => entries.iter().map(|entry| &entry.value).collect(),
            Value::Sequence { items, .. } => items.iter().collect(),
            Value::Embedded { documents, .. } => documents.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Returns the direct children.
    pub fn children_mut(&mut self) -> Vec<&mut Node> {
        match &mut self.value {
            Value::Mapping { entries, .. } => entries.iter_mut().map(|entry| &mut entry.value).collect(),
            Value::Sequence { items, .. } => items.iter_mut().collect(),
            Value::Embedded { documents, .. } => documents.iter_mut().collect(),
            _ => Vec::new(),
        }
    }

    /// Returns the number of nodes in this tree.
    pub fn count(&self) -> usize {
        1 + self.children().into_iter().map(Node::count).sum::<usize>()
    }

    /// Returns the indexes, as for [`Node::nth`], of the nodes outside strings.
    pub fn indexes(&self) -> Vec<usize> {
        fn walk(node: &Node, next: &mut usize, indexes: &mut Vec<usize>) {
            indexes.push(*next);
            *next += 1;
            if let Value::Embedded { .. } = node.value {
                *next += node.count() - 1;
                return;
            }
            for child in node.children() {
                walk(child, next, indexes);
            }
        }
        let mut indexes = Vec::new();
        walk(self, &mut 0, &mut indexes);
        indexes
    }

    /// Returns a node by its index in the order in which nodes are written; 0 is this node.
    pub fn nth(&self, index: usize) -> Option<&Node> {
        let mut left = index;
        self.nth_from(&mut left)
    }

    fn nth_from(&self, left: &mut usize) -> Option<&Node> {
        if *left == 0 {
            return Some(self);
        }
        *left -= 1;
        self.children().into_iter().find_map(|child| child.nth_from(left))
    }

    /// Returns a node by its index in the order in which nodes are written; 0 is this node.
    pub fn nth_mut(&mut self, index: usize) -> Option<&mut Node> {
        let mut left = index;
        self.nth_mut_from(&mut left)
    }

    fn nth_mut_from(&mut self, left: &mut usize) -> Option<&mut Node> {
        if *left == 0 {
            return Some(self);
        }
        *left -= 1;
        self.children_mut().into_iter().find_map(|child| child.nth_mut_from(left))
    }

    /// Writes the node as a document that ends with a line break.
    pub fn write(&self, out: &mut String) {
        let start = out.len();
        Writer { out }.value(self, 0, Parent::Document);
        if out.len() == start || !out.ends_with('\n') {
            out.push('\n');
        }
    }
}

/// Writes documents, joined by separators.
pub fn write_documents(documents: &[Node], json: bool) -> String {
    let mut out = String::new();
    for (index, document) in documents.iter().enumerate() {
        if index > 0 {
            out.push_str("---\n");
        }
        if json {
            Writer { out: &mut out }.json(document);
            out.push('\n');
        } else {
            document.write(&mut out);
        }
    }
    out
}

/// The parent of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parent {
    Document,
    /// The value follows `key:`.
    Key,
    /// The value follows `-`.
    Item,
}

struct Writer<'a> {
    out: &'a mut String,
}

impl Writer<'_> {
    /// Writes a value. `indent` is the column of its entries.
    fn value(&mut self, node: &Node, indent: usize, parent: Parent) {
        let gap = if parent == Parent::Document { "" } else { " " };
        if let Some(anchor) = &node.anchor {
            let _ = write!(self.out, "{gap}&{anchor}");
        }
        let gap = if node.anchor.is_some() { " " } else { gap };
        match &node.value {
            Value::Raw(written) if written.is_empty() => {}
            Value::Raw(written) => {
                let _ = write!(self.out, "{gap}{}", written.replace('\n', &format!("\n{:indent$}", "")));
            }
            Value::Alias(anchor) => {
                let _ = write!(self.out, "{gap}*{anchor}");
            }
            Value::Block { header, content } => self.block(header, content, indent, gap),
            Value::Embedded { documents, json } => {
                self.block("|", &write_documents(documents, *json), indent, gap);
            }
            Value::Mapping { entries, flow: false } if !entries.is_empty() => {
                let mut inline = parent != Parent::Key && node.anchor.is_none();
                if inline {
                    self.out.push_str(gap);
                }
                for entry in entries {
                    if entry.comment == Some(Comment::Above) {
                        self.line(indent, &mut inline);
                        self.out.push_str("# a comment");
                        inline = false;
                    }
                    self.line(indent, &mut inline);
                    let _ = write!(self.out, "{}:", entry.key);
                    self.value(&entry.value, indent + 2, Parent::Key);
                    let is_scalar = matches!(&entry.value.value, Value::Raw(written) if !written.contains('\n'));
                    if entry.comment == Some(Comment::Trailing) && is_scalar {
                        self.out.push_str(" # trailing");
                    }
                }
            }
            Value::Sequence { items, flow: false } if !items.is_empty() => {
                let mut inline = parent != Parent::Key && node.anchor.is_none();
                if inline {
                    self.out.push_str(gap);
                }
                for item in items {
                    self.line(indent, &mut inline);
                    self.out.push('-');
                    self.value(item, indent + 2, Parent::Item);
                }
            }
            Value::Mapping { .. } | Value::Sequence { .. } => {
                self.out.push_str(gap);
                self.flow(node, false);
            }
        }
    }

    /// Starts a new line, unless the entry goes on the current one.
    fn line(&mut self, indent: usize, inline: &mut bool) {
        if !std::mem::take(inline) {
            if !self.out.is_empty() && !self.out.ends_with('\n') {
                self.out.push('\n');
            }
            let _ = write!(self.out, "{:indent$}", "");
        }
    }

    fn block(&mut self, header: &str, content: &str, indent: usize, gap: &str) {
        let indent = indent.max(2);
        let _ = write!(self.out, "{gap}{header}");
        // The caller writes the line break after the last line.
        for line in content.strip_suffix('\n').unwrap_or(content).split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                let _ = write!(self.out, "{:indent$}{line}", "");
            }
        }
        if header.contains('+') {
            self.out.push('\n');
        }
    }

    fn flow(&mut self, node: &Node, json: bool) {
        if let Some(anchor) = node.anchor.as_ref().filter(|_| !json) {
            let _ = write!(self.out, "&{anchor} ");
        }
        match &node.value {
            Value::Raw(written) if json => self.json_scalar(written),
            Value::Raw(written) => self.flow_scalar(written),
            Value::Alias(anchor) => {
                let _ = write!(self.out, "*{anchor} ");
            }
            Value::Block { content, .. } => self.out.push_str(&double_quoted(content)),
            Value::Embedded { documents, json } => {
                let content = write_documents(documents, *json);
                self.out.push_str(&double_quoted(&content));
            }
            Value::Mapping { entries, .. } => {
                self.out.push('{');
                for (index, entry) in entries.iter().enumerate() {
                    self.out.push_str(if index > 0 { ", " } else { "" });
                    let key = if json { double_quoted(&unquoted(&entry.key)) } else { entry.key.clone() };
                    let _ = write!(self.out, "{key}: ");
                    self.flow(&entry.value, json);
                }
                self.out.push('}');
            }
            Value::Sequence { items, .. } => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.out.push_str(if index > 0 { ", " } else { "" });
                    self.flow(item, json);
                }
                self.out.push(']');
            }
        }
    }

    /// Writes a scalar in flow style, where plain scalars cannot contain commas and brackets.
    fn flow_scalar(&mut self, written: &str) {
        let is_plain = !written.starts_with(['\'', '"', '!']);
        if is_plain && (written == "-" || written.contains([',', '[', ']', '{', '}'])) {
            self.out.push_str(&double_quoted(written));
        } else {
            self.out.push_str(&written.replace('\n', " "));
        }
    }

    fn json(&mut self, node: &Node) {
        self.flow(node, true);
    }

    fn json_scalar(&mut self, written: &str) {
        let is_number = written.parse::<i64>().is_ok_and(|number| number.to_string() == written);
        if is_number || matches!(written, "true" | "false" | "null") {
            self.out.push_str(written);
        } else {
            self.out.push_str(&double_quoted(&unquoted(written)));
        }
    }
}
