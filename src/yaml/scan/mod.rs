//! A fast scanner for the subset of YAML that manifests use. It builds a [`Tree`] directly.
//!
//! It supports block mappings and sequences, flow collections, comments, and scalars of all styles. A document with
//! anything else (such as anchors, tags, merge keys, explicit keys, tabs outside scalars, or invalid YAML) is
//! [`Unsupported`], and is read by the parser crate, which supports all of YAML and reports errors. The scanner must
//! build the same tree as the parser crate: the same nodes, in the same order, at the same positions. Tests and a fuzz
//! target check this with [`scanner_agrees`](super::scanner_agrees).

mod block_scalar;
mod flow;
mod nodes;
mod plain;
mod quoted;

use std::sync::Arc;

use super::analysis::is_ordinary;
use super::limits::ParseLimits;
use super::position::{FileId, Position};
use super::resolve::GoYaml;
use super::tree::{Kind, NodeId, Style, Tree};

/// The document needs the full parser.
pub(super) struct Unsupported;

type Scan<T> = Result<T, Unsupported>;

/// The maximum nesting depth of collections. Flow collections are read by recursion.
const MAX_DEPTH: usize = 100;
/// The maximum length of a key in bytes. YAML's limit is 1024 characters.
const MAX_KEY_LENGTH: usize = 1000;

/// Reads a document. The tree has no root if the document is empty.
pub(super) fn scan(
    source: &Arc<String>,
    start: usize,
    body: &str,
    file: FileId,
    version: GoYaml,
    limits: ParseLimits,
) -> Scan<Tree> {
    if !is_ordinary(body.as_bytes()) {
        return Err(Unsupported);
    }
    let mut scanner = Scanner {
        body,
        bytes: body.as_bytes(),
        at: 0,
        column: 0,
        tree: Tree::without_root(source.clone()),
        open: Vec::new(),
        text: String::new(),
        start,
        file,
        version,
        max_depth: limits.nesting.min(MAX_DEPTH),
        depth: 1,
    };
    scanner.tree.reserve_nodes(body.len() / BYTES_PER_NODE);
    scanner.document()?;
    scanner.tree.set_parsed_depth(scanner.depth, limits.nesting);
    Ok(scanner.tree)
}

/// A low estimate of the average size of a node in the text.
const BYTES_PER_NODE: usize = 16;

/// A collection that is being read.
struct Open {
    id: NodeId,
    is_sequence: bool,
    /// The column of its keys or dashes.
    column: usize,
    /// The position of an empty value, while the value of the last key or dash may still follow on another line.
    pending: Option<usize>,
}

struct Scanner<'a> {
    body: &'a str,
    bytes: &'a [u8],
    /// The offset of the next byte to read.
    at: usize,
    /// The column of `at`, if it is the first non-space byte on its line.
    column: usize,
    tree: Tree,
    /// The open collections, innermost last.
    open: Vec<Open>,
    /// The text of the last scalar that differs from its source.
    text: String,
    /// The offset of the body in the source.
    start: usize,
    file: FileId,
    version: GoYaml,
    max_depth: usize,
    /// The largest number of nested collections so far.
    depth: usize,
}

/// The text of a scalar.
#[derive(Clone, Copy)]
enum Text {
    /// A range of the body.
    Source(usize, usize),
    /// `Scanner::text`.
    Own,
}

const fn byte_set(members: &[u8]) -> [bool; 256] {
    let mut set = [false; 256];
    let mut at = 0;
    while at < members.len() {
        set[members[at] as usize] = true;
        at += 1;
    }
    set
}

impl Scanner<'_> {
    fn document(&mut self) -> Scan<()> {
        if self.bytes.starts_with(b"---") {
            self.at = 3;
            if !self.is_blank(3) {
                return Err(Unsupported);
            }
            self.end_of_line()?;
        } else {
            self.next_line()?;
        }
        while self.at < self.bytes.len() {
            self.line()?;
        }
        while !self.open.is_empty() {
            self.close();
        }
        Ok(())
    }

    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Returns whether a space, a line break or the end of the text is at `at`. Tabs are unsupported.
    fn is_blank(&self, at: usize) -> bool {
        matches!(self.bytes.get(at), None | Some(b' ' | b'\n'))
    }

    fn at_dash(&self) -> bool {
        self.byte() == Some(b'-') && self.is_blank(self.at + 1)
    }

    fn position(&self, at: usize) -> Position {
        Position::new(self.file, self.start + at)
    }

    fn skip_spaces(&mut self) {
        while self.byte() == Some(b' ') {
            self.at += 1;
        }
    }

    /// Moves from the start of a line to the next token, and returns whether comments were skipped.
    fn next_line(&mut self) -> Scan<bool> {
        let mut comments = false;
        loop {
            let line = self.at;
            self.skip_spaces();
            self.column = self.at - line;
            match self.byte() {
                Some(b'\n') => self.at += 1,
                Some(b'#') => {
                    comments = true;
                    self.skip_comment();
                }
                Some(b'\t') => return Err(Unsupported),
                Some(b'-' | b'.') if self.column == 0 && self.at_marker() => return Err(Unsupported),
                _ => return Ok(comments),
            }
        }
    }

    fn at_marker(&self) -> bool {
        matches!(self.bytes[self.at..], [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..])
    }

    /// Moves to the start of the next line.
    fn skip_comment(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |end| end + 1);
    }

    /// Moves from the end of a value to the next token on a later line, and returns whether comments were skipped.
    fn end_of_line(&mut self) -> Scan<bool> {
        let after = self.at;
        self.skip_spaces();
        match self.byte() {
            None => Ok(false),
            Some(b'\n') => {
                self.at += 1;
                self.next_line()
            }
            Some(b'#') if self.at > after => {
                self.skip_comment();
                self.next_line()?;
                Ok(true)
            }
            _ => Err(Unsupported),
        }
    }

    // ---------------------------------------------------------------- structure

    /// Reads the node or entry that starts at the first character of a line.
    fn line(&mut self) -> Scan<()> {
        let column = self.column;
        let is_item = self.at_dash();
        while let Some(open) = self.open.last() {
            if open.column < column {
                break;
            }
            // A sequence may start in the column of its key.
            let is_value = is_item && !open.is_sequence && open.pending.is_some();
            if open.column == column && (open.is_sequence == is_item || is_value) {
                break;
            }
            self.close();
        }
        let Some(open) = self.open.last() else {
            return if self.tree.node_count() == 0 { self.node(column) } else { Err(Unsupported) };
        };
        if open.column < column || open.is_sequence != is_item {
            return if open.pending.is_some() { self.node(column) } else { Err(Unsupported) };
        }
        self.close_pending();
        if is_item { self.items(column) } else { self.entry() }
    }

    /// Reads a node, which may be a block collection.
    fn node(&mut self, column: usize) -> Scan<()> {
        if self.at_dash() {
            let is_at_key = self.open.last().is_some_and(|open| open.column == column);
            let at = if is_at_key { self.after_dash() } else { self.at };
            self.begin(Kind::Sequence, Style::Plain, column, at)?;
            return self.items(column);
        }
        let from = self.at;
        let (text, style) = match self.byte() {
            Some(quote @ (b'\'' | b'"')) => self.quoted(quote)?,
            Some(b'[' | b'{' | b'|' | b'>') => return self.value(),
            _ => {
                self.expect_plain()?;
                (self.plain_line()?, Style::Plain)
            }
        };
        let to = self.at;
        self.skip_spaces();
        if self.byte() == Some(b':') && self.is_blank(self.at + 1) {
            self.begin(Kind::Mapping, Style::Plain, column, from)?;
            return self.key(from, to, text, style);
        }
        self.at = to;
        self.scalar_value(from, text, style)
    }

    /// Reads an item of a sequence from its dash, including nested sequences that start on the same line.
    fn items(&mut self, column: usize) -> Scan<()> {
        let dash = self.at;
        self.at += 1;
        self.skip_spaces();
        match self.byte() {
            None | Some(b'\n' | b'#') => {
                self.at = dash;
                self.at = self.after_dash();
                self.set_pending(self.at);
                self.end_of_line().map(|_| ())
            }
            Some(_) => self.node(column + self.at - dash),
        }
    }

    /// Returns the position that the parser crate reports for a dash that does not start a sequence: after the dash,
    /// its spaces and its comment.
    fn after_dash(&self) -> usize {
        let rest = &self.bytes[self.at + 1..];
        let spaces = rest.iter().take_while(|&&b| b == b' ').count();
        let comment = match rest.get(spaces) {
            Some(b'#') => rest[spaces..].iter().take_while(|&&b| b != b'\n').count(),
            _ => 0,
        };
        self.at + 1 + spaces + comment
    }

    /// Reads an entry of a mapping, whose key must end on the same line.
    fn entry(&mut self) -> Scan<()> {
        let from = self.at;
        let (text, style) = match self.byte() {
            Some(quote @ (b'\'' | b'"')) => self.quoted(quote)?,
            _ => {
                self.expect_plain()?;
                (self.plain_line()?, Style::Plain)
            }
        };
        let to = self.at;
        self.skip_spaces();
        if self.byte() == Some(b':') && self.is_blank(self.at + 1) {
            self.key(from, to, text, style)
        } else {
            Err(Unsupported)
        }
    }

    /// Adds a key, and reads its value, starting at the colon.
    fn key(&mut self, from: usize, to: usize, text: Text, style: Style) -> Scan<()> {
        self.add_key(from, to, text, style)?;
        let colon = self.at;
        self.at += 1;
        self.skip_spaces();
        match self.byte() {
            None | Some(b'\n' | b'#') => {
                self.set_pending(colon);
                self.at = colon + 1;
                self.end_of_line().map(|_| ())
            }
            _ => self.value(),
        }
    }

    /// Reads a value that is not a block collection.
    fn value(&mut self) -> Scan<()> {
        let from = self.at;
        match self.byte() {
            Some(quote @ (b'\'' | b'"')) => {
                let (text, style) = self.quoted(quote)?;
                self.scalar_value(from, text, style)
            }
            Some(b'|' | b'>') => self.block_scalar(),
            Some(b'[' | b'{') => {
                self.flow_collection()?;
                self.end_of_line().map(|_| ())
            }
            _ => {
                self.expect_plain()?;
                let text = self.plain_line()?;
                self.scalar_value(from, text, Style::Plain)
            }
        }
    }

    /// Adds a scalar value. Of a plain scalar, only the first line was read.
    fn scalar_value(&mut self, from: usize, text: Text, style: Style) -> Scan<()> {
        let to = self.at;
        let Some(parent) = self.open.last().map(|open| open.column) else { return Err(Unsupported) };
        let comments = self.end_of_line()?;
        let continues = style == Style::Plain && self.column > parent && self.at < self.bytes.len();
        if !continues {
            self.add_scalar(from, text, style);
            return Ok(());
        }
        if comments {
            return Err(Unsupported);
        }
        self.more_plain_lines(from, to, parent)?;
        self.add_scalar(from, Text::Own, style);
        Ok(())
    }
}
