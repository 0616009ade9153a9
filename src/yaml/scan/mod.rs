//! A scanner for the YAML that manifests are made of, which builds the [`Tree`] as it reads.
//!
//! It takes block mappings and sequences, flow collections, comments, and scalars of all styles. Where it meets anything
//! else (anchors, tags, merge keys, explicit keys, tabs outside of scalars, a document that is no YAML, ...), the whole
//! document is [`NotMine`] and goes to the parser crate, which knows all of YAML and says what is wrong. So what it takes
//! has to come out as the crate's events would: the same nodes, in the same order, at the same positions. The property
//! [`scanner_agrees`](super::scanner_agrees) is what holds it to that, in tests and under a fuzzer.

mod block_scalar;
mod flow;
mod nodes;
mod plain;
mod quoted;

use std::sync::Arc;

use super::analysis::is_ordinary;
use super::limits::ParseLimits;
use super::position::{FileId, Position};
use super::resolve::Words;
use super::tree::{Kind, NodeId, Style, Tree};

/// What makes the scanner give up.
pub(super) struct NotMine;

type Scan<T> = Result<T, NotMine>;

/// How deep collections may nest here; flow collections are read by recursion.
const DEEPEST: usize = 100;
/// The longest key, in bytes. YAML's limit is 1024 characters.
const LONGEST_KEY: usize = 1000;

/// Reads a document. The tree has no root where the document is empty.
pub(super) fn scan(
    source: &Arc<String>,
    start: usize,
    body: &str,
    file: FileId,
    words: Words,
    limits: ParseLimits,
) -> Scan<Tree> {
    if !is_ordinary(body.as_bytes()) {
        return Err(NotMine);
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
        words,
        deepest: limits.nesting.min(DEEPEST),
    };
    scanner.tree.reserve_nodes(body.len() / BYTES_PER_NODE);
    scanner.document()?;
    Ok(scanner.tree)
}

/// A low guess of how much text makes a node.
const BYTES_PER_NODE: usize = 16;

/// A collection that is being read.
struct Open {
    id: NodeId,
    is_sequence: bool,
    /// Where its keys or dashes stand.
    column: usize,
    /// Where an empty value would stand, while the value of the last key or dash may still follow on another line.
    pending: Option<usize>,
}

struct Scanner<'a> {
    body: &'a str,
    bytes: &'a [u8],
    /// The next byte to read.
    at: usize,
    /// The column of `at` where that is the first thing on its line.
    column: usize,
    tree: Tree,
    /// The open collections, innermost last.
    open: Vec<Open>,
    /// The text of the last scalar that is not in the source as it is.
    text: String,
    /// Where the body starts in the source.
    start: usize,
    file: FileId,
    words: Words,
    deepest: usize,
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
                return Err(NotMine);
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

    /// Returns whether a blank, a line end or the end of the text is at `at`; a tab ends the scan elsewhere.
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

    /// Moves from the start of a line to the next text that is no comment, and returns whether there were comments.
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
                Some(b'\t') => return Err(NotMine),
                Some(b'-' | b'.') if self.column == 0 && self.at_marker() => return Err(NotMine),
                _ => return Ok(comments),
            }
        }
    }

    fn at_marker(&self) -> bool {
        matches!(self.bytes[self.at..], [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..])
    }

    /// Moves behind the end of a line.
    fn skip_comment(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |end| end + 1);
    }

    /// Moves from behind a value to the next line that has one; nothing but a comment may stand between.
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
            _ => Err(NotMine),
        }
    }

    // ---------------------------------------------------------------- structure

    /// Reads what begins on a line, at its first character.
    fn line(&mut self) -> Scan<()> {
        let column = self.column;
        let is_item = self.at_dash();
        while let Some(open) = self.open.last() {
            if open.column < column {
                break;
            }
            // A sequence may stand at the column of the key that it belongs to.
            let is_value = is_item && !open.is_sequence && open.pending.is_some();
            if open.column == column && (open.is_sequence == is_item || is_value) {
                break;
            }
            self.close();
        }
        let Some(open) = self.open.last() else {
            return if self.tree.node_count() == 0 { self.node(column) } else { Err(NotMine) };
        };
        if open.column < column || open.is_sequence != is_item {
            return if open.pending.is_some() { self.node(column) } else { Err(NotMine) };
        }
        self.close_pending();
        if is_item { self.items(column) } else { self.entry() }
    }

    /// Reads a node where a block collection may begin.
    fn node(&mut self, column: usize) -> Scan<()> {
        if self.at_dash() {
            let is_at_key = self.open.last().is_some_and(|open| open.column == column);
            let at = if is_at_key { self.behind_dash() } else { self.at };
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

    /// Reads an item of a sequence from its dash, and the sequences that begin in it.
    fn items(&mut self, column: usize) -> Scan<()> {
        let dash = self.at;
        self.at += 1;
        self.skip_spaces();
        match self.byte() {
            None | Some(b'\n' | b'#') => {
                self.at = dash;
                self.at = self.behind_dash();
                self.wait(self.at);
                self.end_of_line().map(|_| ())
            }
            Some(_) => self.node(column + self.at - dash),
        }
    }

    /// Returns where the parser crate sees a dash that begins no sequence: behind it, its spaces and its comment.
    fn behind_dash(&self) -> usize {
        let rest = &self.bytes[self.at + 1..];
        let spaces = rest.iter().take_while(|&&b| b == b' ').count();
        let comment = match rest.get(spaces) {
            Some(b'#') => rest[spaces..].iter().take_while(|&&b| b != b'\n').count(),
            _ => 0,
        };
        self.at + 1 + spaces + comment
    }

    /// Reads an entry of a mapping, whose key must end on the line.
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
            Err(NotMine)
        }
    }

    /// Adds a key, and reads its value from the colon on.
    fn key(&mut self, from: usize, to: usize, text: Text, style: Style) -> Scan<()> {
        self.add_key(from, to, text, style)?;
        let colon = self.at;
        self.at += 1;
        self.skip_spaces();
        match self.byte() {
            None | Some(b'\n' | b'#') => {
                self.wait(colon);
                self.at = colon + 1;
                self.end_of_line().map(|_| ())
            }
            _ => self.value(),
        }
    }

    /// Reads a value that is no block collection.
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

    /// Adds a value, of which the first line was read if it is plain.
    fn scalar_value(&mut self, from: usize, text: Text, style: Style) -> Scan<()> {
        let to = self.at;
        let Some(parent) = self.open.last().map(|open| open.column) else { return Err(NotMine) };
        let comments = self.end_of_line()?;
        let goes_on = style == Style::Plain && self.column > parent && self.at < self.bytes.len();
        if !goes_on {
            self.add_scalar(from, text, style);
            return Ok(());
        }
        if comments {
            return Err(NotMine);
        }
        self.more_plain_lines(from, to, parent)?;
        self.add_scalar(from, Text::Own, style);
        Ok(())
    }
}
