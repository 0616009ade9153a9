//! Where the nodes of a document stand in its text.

use std::ops::Range;

use granit_parser::{Event, Options, Parser, ScalarStyle, StructureStyle};

use super::error::Error;

/// A node in a text.
#[derive(Clone, Debug)]
pub struct Node {
    /// From its first character to the end of its last one; without a comment behind it.
    pub range: Range<usize>,
    pub content: Content,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Content {
    Scalar(ScalarStyle),
    Mapping {
        is_flow: bool,
        entries: Vec<(Node, Node)>,
    },
    Sequence {
        is_flow: bool,
        elements: Vec<Node>,
    },
    /// A node that can only be replaced as a whole, because others may depend on it or it depends on others.
    Opaque,
}

/// Reads the first document. Returns nothing if there is none.
///
/// # Errors
/// Fails on what is not YAML, and where there are more documents.
pub fn read(text: &str) -> Result<Option<Node>, Error> {
    let unreadable = |message: String| Error::Unreadable(message);
    let mut reader = Reader { text, stack: Vec::new(), root: None };
    for event in Parser::new_from_str_with_options(text, Options::default()) {
        let (event, span) = event.map_err(|error| unreadable(error.to_string()))?;
        let start = span.start.byte_offset().unwrap_or(0).min(text.len());
        let end = span.end.byte_offset().unwrap_or(0).min(text.len());
        if reader.root.is_some() && matches!(event, Event::DocumentStart(..)) {
            return Err(unreadable("there is more than one document".to_string()));
        }
        reader.event(event, start..end);
    }
    // A document without content is read as an empty scalar.
    Ok(reader.root.filter(|root| !matches!(root.content, Content::Scalar(_)) || !root.range.is_empty()))
}

struct Reader<'a> {
    text: &'a str,
    /// The collections that are open, with their children so far.
    stack: Vec<Open>,
    root: Option<Node>,
}

struct Open {
    start: usize,
    is_mapping: bool,
    is_flow: bool,
    is_opaque: bool,
    children: Vec<Node>,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Scalar(_, style, anchor, tag) => {
                let is_opaque = anchor > 0 || tag.is_some();
                let range = self.whole(range, style);
                let content = if is_opaque { Content::Opaque } else { Content::Scalar(style) };
                self.add(Node { range, content });
            }
            Event::Alias(_) => self.add(Node { range, content: Content::Opaque }),
            Event::MappingStart(style, anchor, tag) => self.open(range.start, true, style, anchor > 0 || tag.is_some()),
            Event::SequenceStart(style, anchor, tag) => {
                self.open(range.start, false, style, anchor > 0 || tag.is_some());
            }
            Event::MappingEnd | Event::SequenceEnd => self.close(range.end),
            _ => {}
        }
    }

    /// Returns the range of a scalar. The parser's range of a block scalar begins with its text and ends behind the blank
    /// lines that follow; this one begins with the indicator and ends with the last line.
    fn whole(&self, range: Range<usize>, style: ScalarStyle) -> Range<usize> {
        if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            return range;
        }
        let before = self.stack.last().map_or(0, |open| open.children.last().map_or(open.start, |last| last.range.end));
        let indicator = self.text[before..].find(['|', '>']).map_or(range.start, |at| before + at);
        let start = range.start.min(indicator);
        let len = self.text[start..range.end].trim_end_matches(['\n', '\r', ' ']).len();
        start..start + len
    }

    fn open(&mut self, start: usize, is_mapping: bool, style: StructureStyle, is_opaque: bool) {
        let is_flow = matches!(style, StructureStyle::Flow);
        self.stack.push(Open { start, is_mapping, is_flow, is_opaque, children: Vec::new() });
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.stack.pop() else { return };
        // The end of a block collection is where the parser noticed it, which may be far behind its last node.
        let last = open.children.last().map_or(open.start, |child| child.range.end);
        let first = open.children.first().map_or(open.start, |child| child.range.start);
        let range = if open.is_flow { open.start..end } else { open.start.min(first)..last };
        let content = match (open.is_opaque, open.is_mapping) {
            (true, _) => Content::Opaque,
            (false, true) => {
                let mut children = open.children.into_iter();
                let mut entries = Vec::new();
                while let (Some(key), Some(value)) = (children.next(), children.next()) {
                    entries.push((key, value));
                }
                Content::Mapping { is_flow: open.is_flow, entries }
            }
            (false, false) => Content::Sequence { is_flow: open.is_flow, elements: open.children },
        };
        self.add(Node { range, content });
    }

    fn add(&mut self, node: Node) {
        match self.stack.last_mut() {
            Some(open) => open.children.push(node),
            None => self.root = Some(node),
        }
    }
}
