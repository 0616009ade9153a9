//! The positions of the nodes of a document in its text.

use std::ops::Range;

use granit_parser::{Event, Options, Parser, ScalarStyle, StructureStyle};

use super::error::Error;

/// The replacement of a range of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub range: Range<usize>,
    pub text: String,
}

/// A node in a text.
#[derive(Clone, Debug)]
pub struct Node {
    /// The range from the first character to the last one, without a trailing comment.
    pub range: Range<usize>,
    pub content: Content,
}

/// The content of a node.
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
    /// An alias, which can only be replaced entirely.
    Alias,
}

/// Parses the only document of a text; `None` if the text has no content.
///
/// # Errors
/// Fails on invalid YAML, and if there is more than one document.
pub fn read(text: &str) -> Result<Option<Node>, Error> {
    let invalid = |message: String| Error::InvalidYaml(message);
    let mut reader = Reader { text, stack: Vec::new(), root: None };
    for event in Parser::new_from_str_with_options(text, Options::default()) {
        let (event, span) = event.map_err(|error| invalid(error.to_string()))?;
        let start = span.start.byte_offset().unwrap_or(0).min(text.len());
        let end = span.end.byte_offset().unwrap_or(0).min(text.len());
        if reader.root.is_some() && matches!(event, Event::DocumentStart(..)) {
            return Err(invalid("there is more than one document".to_string()));
        }
        reader.event(event, start..end);
    }
    // A document without content is parsed as an empty scalar.
    Ok(reader.root.filter(|root| !matches!(root.content, Content::Scalar(_)) || !root.range.is_empty()))
}

struct Reader<'a> {
    text: &'a str,
    /// The open collections, with their children so far.
    stack: Vec<OpenCollection>,
    root: Option<Node>,
}

struct OpenCollection {
    start: usize,
    is_mapping: bool,
    is_flow: bool,
    children: Vec<Node>,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Scalar(_, style, ..) => {
                let range = self.scalar_range(range, style);
                self.add(Node { range, content: Content::Scalar(style) });
            }
            Event::Alias(_) => self.add(Node { range, content: Content::Alias }),
            Event::MappingStart(style, ..) => self.open(range.start, true, style),
            Event::SequenceStart(style, ..) => self.open(range.start, false, style),
            Event::MappingEnd | Event::SequenceEnd => self.close(range.end),
            _ => {}
        }
    }

    /// Returns the range of a scalar. For a block scalar, the parser's range starts with the text and includes trailing
    /// blank lines; this one starts with the indicator and ends with the last line.
    fn scalar_range(&self, range: Range<usize>, style: ScalarStyle) -> Range<usize> {
        if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            return range;
        }
        let before = self.stack.last().map_or(0, |open| open.children.last().map_or(open.start, |last| last.range.end));
        let indicator = self.text[before..].find(['|', '>']).map_or(range.start, |at| before + at);
        let start = range.start.min(indicator);
        let len = self.text[start..range.end].trim_end_matches(['\n', '\r', ' ']).len();
        start..start + len
    }

    fn open(&mut self, start: usize, is_mapping: bool, style: StructureStyle) {
        let is_flow = matches!(style, StructureStyle::Flow);
        self.stack.push(OpenCollection { start, is_mapping, is_flow, children: Vec::new() });
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.stack.pop() else { return };
        // The parser's end of a block collection may be far after its last node.
        let last = open.children.last().map_or(open.start, |child| child.range.end);
        let first = open.children.first().map_or(open.start, |child| child.range.start);
        let range = if open.is_flow { open.start..end } else { open.start.min(first)..last };
        let content = match open.is_mapping {
            true => {
                let mut children = open.children.into_iter();
                let mut entries = Vec::new();
                while let (Some(key), Some(value)) = (children.next(), children.next()) {
                    entries.push((key, value));
                }
                Content::Mapping { is_flow: open.is_flow, entries }
            }
            false => Content::Sequence { is_flow: open.is_flow, elements: open.children },
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
