//! Writes a tree as kustomize prints it.
//!
//! kustomize converts a resource to JSON and passes that to the emitter of Go's yaml v2, a port of libyaml's. So keys
//! are sorted, comments are dropped, and quotes, folds and numbers follow the rules of that emitter.

mod scalar_writer;
mod string;

use std::borrow::Cow;
use std::fmt::Write as _;

use super::analysis::analyze;
use super::natural_order::{less, sort};
use super::old_breaks::{MARKER_AFTER_NEXT_LINE, NEXT_LINE_IN_A_KEY, has_marker_after_next_line, read_from_json};
use super::position::Position;
use super::reformat::json_string;
use super::resolve::{Plain, float_through_json, format_float};
use super::tree::{Kind, NodeId, Style, Tag, Tree};
use super::typed::{Context, Scalar, typed};
use scalar_writer::put_spaces;
use string::{write_analyzed, write_word};

pub(super) use string::write_styled;
pub use string::{
    UNREADABLE_BLOCK, is_block_scalar, is_unreadable_block, multi_line_style, one_line_style, write_in_flow,
    write_plain_or_quoted,
};

/// A value that cannot be written.
#[derive(Clone, Debug)]
pub struct EmitError {
    pub position: Position,
    pub message: String,
    /// The first place of a key that is written twice.
    pub first: Option<Position>,
}

/// The maximum length of a simple key in bytes; longer ones are written with `?`.
const MAX_SIMPLE_KEY_LENGTH: usize = 128;

/// The maximum length of a key, in characters of JSON without quotes, that kustomize can parse from its own JSON (fixture
/// `yaml/long-key-with-escapes`).
const MAX_KEY_LENGTH: usize = 1022;

/// The maximum nesting depth of kustomize's JSON.
const MAX_DEPTH: usize = 10_000;

/// Returns the number of characters that a text has in JSON, without the quotes.
fn json_length(text: &str) -> usize {
    let mut count = 0;
    json_string(text, &mut |part| count += part.chars().count());
    count - 2
}

/// The place of a value in the text of a document.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// The offset of the key or of the element.
    pub offset: usize,
    /// The value.
    pub node: NodeId,
    /// The node of the key, if the value is that of an entry.
    pub key: Option<NodeId>,
}

/// Appends a document to `out`, ending with a newline.
pub fn write(tree: &Tree, out: &mut String) -> Result<(), EmitError> {
    let mut writer = Writer { tree, out, marks: None, entries: Vec::new(), depth: 0 };
    writer.root(tree.root())
}

/// Returns the text of a document, ending with a newline, and the places of all values but the root, in their order.
pub fn write_with_marks(tree: &Tree) -> Result<(String, Vec<Mark>), EmitError> {
    let (mut out, mut marks) = (String::new(), Vec::new());
    let mut writer = Writer { tree, out: &mut out, marks: Some(&mut marks), entries: Vec::new(), depth: 0 };
    writer.root(tree.root())?;
    Ok((out, marks))
}

struct Writer<'a> {
    tree: &'a Tree,
    out: &'a mut String,
    /// Where the places of values are recorded, if they are wanted.
    marks: Option<&'a mut Vec<Mark>>,
    /// The sorted entries of all mappings that are being written, innermost last, in one buffer.
    entries: Vec<Entry<'a>>,
    depth: usize,
}

#[derive(Clone)]
struct Entry<'a> {
    key: Cow<'a, str>,
    key_node: NodeId,
    value: NodeId,
}

impl<'a> Writer<'a> {
    fn root(&mut self, id: NodeId) -> Result<(), EmitError> {
        match self.tree.kind(id) {
            Kind::Mapping if !self.tree.is_empty(id) => self.mapping(id, 0, true, false)?,
            Kind::Sequence if !self.tree.is_empty(id) => self.sequence(id, 0, true, false)?,
            Kind::Mapping => self.out.push_str("{}"),
            Kind::Sequence => self.out.push_str("[]"),
            Kind::Scalar => self.scalar(id, 2, false)?,
        }
        self.out.push('\n');
        Ok(())
    }

    fn new_line(&mut self, indent: usize) {
        self.out.push('\n');
        put_spaces(self.out, indent);
    }

    /// Records that a value, with its key, starts here.
    fn mark(&mut self, node: NodeId, key: Option<NodeId>) {
        if let Some(marks) = &mut self.marks {
            marks.push(Mark { offset: self.out.len(), node, key });
        }
    }

    /// Writes the entries of a mapping. With `inline`, the first one goes on the current line.
    fn mapping(&mut self, id: NodeId, indent: usize, inline: bool, in_flow: bool) -> Result<(), EmitError> {
        let in_flow = in_flow || self.tree.style(id) == Style::Flow;
        let base = self.entries.len();
        self.enter(id)?;
        self.collect_entries(id, in_flow)?;
        let end = self.entries.len();
        for i in base..end {
            if i > base || !inline {
                self.new_line(indent);
            }
            let value = self.entries[i].value;
            self.mark(value, Some(self.entries[i].key_node));
            let key = std::mem::take(&mut self.entries[i].key);
            let is_short = key.len() <= MAX_SIMPLE_KEY_LENGTH;
            if is_short && write_word(self.out, &key) {
                self.out.push(':');
                self.value(value, indent, in_flow)?;
                continue;
            }
            let analysis = analyze(&key);
            if analysis.next_lines {
                return self.fail(self.entries[i].key_node, NEXT_LINE_IN_A_KEY);
            }
            if is_short && !analysis.breaks {
                write_analyzed(self.out, &key, &analysis, indent + 2, true);
                self.out.push(':');
                self.value(value, indent, in_flow)?;
            } else {
                if json_length(&key) > MAX_KEY_LENGTH {
                    let message = format!("mapping key has more than {MAX_KEY_LENGTH} characters in JSON");
                    return self.fail(self.entries[i].key_node, &message);
                }
                self.out.push_str("? ");
                write_analyzed(self.out, &key, &analysis, indent + 2, false);
                self.new_line(indent);
                self.out.push(':');
                self.item(value, indent, in_flow)?;
            }
        }
        self.entries.truncate(base);
        self.depth -= 1;
        Ok(())
    }

    fn enter(&mut self, id: NodeId) -> Result<(), EmitError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fail(id, &format!("collections are nested more than {MAX_DEPTH} levels deep"));
        }
        Ok(())
    }

    /// Pushes the entries of a mapping in the order in which they are written.
    fn collect_entries(&mut self, id: NodeId, in_flow: bool) -> Result<(), EmitError> {
        let context = if in_flow { Context::Flow } else { Context::Key };
        let base = self.entries.len();
        let is_root = id == self.tree.root();
        let all_strings = is_root
            || self.tree.entries(id).all(|(key, _)| {
                self.tree.is_scalar(key)
                    && (self.tree.tag(key) == Tag::Str
                        || matches!(typed(self.tree, key, context), Ok(Scalar::Str(_)))
                            && self.tree.tag(key) != Tag::Timestamp)
            });
        for (key_node, value) in self.tree.entries(id) {
            if self.tree.kind(key_node) != Kind::Scalar || self.tree.is_explicit_null(key_node) {
                return self.fail(key_node, "a mapping key must be a string");
            }
            let key = if all_strings {
                self.tree.text(key_node).into()
            } else {
                match typed(self.tree, key_node, context) {
                    Ok(Scalar::Str(text)) => text,
                    Ok(Scalar::Int(value)) => value.to_string().into(),
                    Ok(Scalar::Uint(value)) => value.to_string().into(),
                    _ => return self.fail(key_node, "a mapping key must be a string"),
                }
            };
            self.entries.push(Entry { key, key_node, value });
        }
        let entries = &mut self.entries[base..];
        sort(entries, |a, b| less(&a.key, &b.key));
        if !all_strings {
            // Different spellings of a number are the same key; the last one counts.
            let kept = keep_last_of_equal(entries, self.tree);
            self.entries.truncate(base + kept);
        }
        let entries = &self.entries[base..];
        for pair in entries.windows(2) {
            if pair[0].key == pair[1].key {
                let message = format!("mapping key `{}` is already defined", pair[1].key);
                let places = pair.iter().map(|entry| self.tree.position(entry.key_node));
                let first = places.clone().min();
                return Err(EmitError { position: places.max().unwrap_or_default(), message, first });
            }
        }
        Ok(())
    }

    fn sequence(&mut self, id: NodeId, indent: usize, inline: bool, in_flow: bool) -> Result<(), EmitError> {
        let in_flow = in_flow || self.tree.style(id) == Style::Flow;
        let mut inline = inline;
        self.enter(id)?;
        for element in self.tree.children(id) {
            if !inline {
                self.new_line(indent);
            }
            inline = false;
            self.mark(element, None);
            self.out.push('-');
            self.item(element, indent, in_flow)?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Writes the value after `key:` in a mapping at `indent`.
    fn value(&mut self, id: NodeId, indent: usize, in_flow: bool) -> Result<(), EmitError> {
        match self.tree.kind(id) {
            Kind::Mapping if !self.tree.is_empty(id) => self.mapping(id, indent + 2, false, in_flow),
            Kind::Sequence if !self.tree.is_empty(id) => self.sequence(id, indent, false, in_flow),
            _ => self.item(id, indent, in_flow),
        }
    }

    /// Writes the node after `-` in a sequence at `indent`, or after the `:` of a `?` key.
    fn item(&mut self, id: NodeId, indent: usize, in_flow: bool) -> Result<(), EmitError> {
        self.out.push(' ');
        match self.tree.kind(id) {
            Kind::Mapping | Kind::Sequence if self.tree.is_empty(id) => {
                self.enter(id)?;
                self.depth -= 1;
                self.out.push_str(if self.tree.is_mapping(id) { "{}" } else { "[]" });
            }
            Kind::Mapping => self.mapping(id, indent + 2, true, in_flow)?,
            Kind::Sequence => self.sequence(id, indent + 2, true, in_flow)?,
            Kind::Scalar => self.scalar(id, indent + 2, in_flow)?,
        }
        Ok(())
    }

    fn scalar(&mut self, id: NodeId, indent: usize, in_flow: bool) -> Result<(), EmitError> {
        let context = Context::of_value(in_flow);
        match typed(self.tree, id, context) {
            Ok(Scalar::Str(text)) => return self.string(id, &text, indent, in_flow),
            Ok(Scalar::Null) => self.out.push_str("null"),
            Ok(Scalar::Bool(value)) => self.out.push_str(if value { "true" } else { "false" }),
            Ok(Scalar::Int(value)) => self.number(value),
            Ok(Scalar::Uint(value)) => self.number(value),
            Ok(Scalar::Float(value)) if !value.is_finite() => {
                return self.fail(id, "infinity and NaN have no JSON form");
            }
            Ok(Scalar::Float(value)) => match float_through_json(value) {
                Plain::Int(value) => self.number(value),
                Plain::Uint(value) => self.number(value),
                _ => self.out.push_str(&format_float(value)),
            },
            Err(message) => return self.fail(id, &message),
        }
        Ok(())
    }

    fn string(&mut self, id: NodeId, text: &str, indent: usize, in_flow: bool) -> Result<(), EmitError> {
        if write_word(self.out, text) {
            return Ok(());
        }
        let analysis = analyze(text);
        if let Some(c) = analysis.rejected {
            return self.fail(id, &format!("control character U+{:04X} is not allowed", c as u32));
        }
        if !in_flow && is_unreadable_block(text, self.tree.style(id)) {
            return self.fail(id, UNREADABLE_BLOCK);
        }
        if analysis.next_lines {
            if has_marker_after_next_line(text) {
                return self.fail(id, MARKER_AFTER_NEXT_LINE);
            }
            let text = read_from_json(text);
            write_analyzed(self.out, &text, &analyze(&text), indent, false);
        } else {
            write_analyzed(self.out, text, &analysis, indent, false);
        }
        Ok(())
    }

    fn number(&mut self, number: impl std::fmt::Display) {
        write!(self.out, "{number}").expect("strings can be written to");
    }

    fn fail<T>(&self, id: NodeId, message: &str) -> Result<T, EmitError> {
        Err(EmitError { position: self.tree.position(id), message: message.to_string(), first: None })
    }
}

/// Moves the last of equal keys with different spellings to the front, and returns the number of entries to keep.
fn keep_last_of_equal(entries: &mut [Entry<'_>], tree: &Tree) -> usize {
    let mut kept = 0;
    for at in 0..entries.len() {
        let replaces = kept > 0
            && entries[kept - 1].key == entries[at].key
            && tree.text(entries[kept - 1].key_node) != tree.text(entries[at].key_node);
        if replaces {
            entries.swap(kept - 1, at);
        } else {
            entries.swap(kept, at);
            kept += 1;
        }
    }
    kept
}
