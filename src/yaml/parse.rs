//! Text to trees: splits a stream into documents and builds a [`Tree`] of each. Most documents are read by our own
//! [scanner](super::scan); from the others a tree is built of the parser crate's events.
//!
//! Anchors, aliases and merge keys are expanded here, as the reference does right after reading.

use std::collections::HashSet;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, StructureStyle};

use super::position::{FileId, Position};
use super::resolve::{Words, plain_tag};
use super::scan::{NotMine, scan};
use super::tree::{Kind, NodeId, Style, Tag, Tree};

/// Why a text is not YAML, and where.
#[derive(Clone, Debug)]
pub struct ParseError {
    pub position: Position,
    pub message: String,
    /// It may well be YAML, but collections nest deeper than [`ParseLimits::nesting`].
    pub is_too_deep: bool,
}

impl ParseError {
    fn new(position: Position, message: impl Into<String>) -> ParseError {
        ParseError { position, message: message.into(), is_too_deep: false }
    }

    fn too_deep(position: Position, limits: ParseLimits) -> ParseError {
        let message = format!("nested more than {} deep", limits.nesting);
        ParseError { position, message, is_too_deep: true }
    }
}

/// Bounds on what one document may cost.
#[derive(Clone, Copy, Debug)]
pub struct ParseLimits {
    /// How deep collections may nest.
    pub nesting: usize,
    /// How many nodes aliases may add to a document.
    pub alias_nodes: usize,
}

impl Default for ParseLimits {
    fn default() -> Self {
        ParseLimits { nesting: 10_000, alias_nodes: 1_000_000 }
    }
}

/// A text prepared for reading: UTF-8, with `\n` line ends.
///
/// # Errors
/// Fails on bytes that are not text, with where the text before them ends.
pub fn decode_text(bytes: &[u8]) -> Result<Arc<String>, (usize, String)> {
    let utf16 = |pairs: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = pairs.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).map_err(|_| (0, "invalid UTF-16".to_string()))
    };
    let decoded;
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => {
            decoded = utf16(rest, u16::from_le_bytes)?;
            decoded.as_str()
        }
        [0xfe, 0xff, rest @ ..] => {
            decoded = utf16(rest, u16::from_be_bytes)?;
            decoded.as_str()
        }
        _ => std::str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let shorter = before.windows(2).filter(|pair| pair == b"\r\n").count();
            (before.len() - shorter, "invalid UTF-8".to_string())
        })?,
    };
    Ok(Arc::new(text.replace("\r\n", "\n")))
}

/// Parses all documents of a resource stream, in the way the reference splits it: at lines that start with `---`.
/// Empty documents are null.
pub fn parse_stream(text: &Arc<String>, file: FileId, limits: ParseLimits) -> Result<Vec<Tree>, ParseError> {
    let mut documents = Vec::new();
    for (start, chunk) in split_documents(text, file)? {
        let document = parse_chunk(text, start, chunk, file, Dialect::V3, limits)?;
        documents.push(document.unwrap_or_else(|| Tree::new_null(Position::new(file, start))));
    }
    Ok(documents)
}

/// Parses a text that holds one document, such as a kustomization file: the first one, with the words of yaml v2.
pub fn parse_single(text: &Arc<String>, file: FileId, limits: ParseLimits) -> Result<Option<Tree>, ParseError> {
    parse_chunk(text, 0, text, file, Dialect::V2, limits)
}

/// Parses the first document like [`parse_single`]. A key must not be there twice, be it by a merge key.
pub fn parse_strict(text: &Arc<String>, file: FileId, limits: ParseLimits) -> Result<Option<Tree>, ParseError> {
    parse_chunk(text, 0, text, file, Dialect { unique_keys: true, ..Dialect::V2 }, limits)
}

/// Parses the first document of a text with the words of yaml v3, the way values inside strings are read.
pub fn parse_value(text: &Arc<String>, file: FileId, limits: ParseLimits) -> Result<Option<Tree>, ParseError> {
    parse_chunk(text, 0, text, file, Dialect::V3, limits)
}

/// What differs between the readers of the reference.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    pub words: Words,
    /// A key must not be there twice.
    pub unique_keys: bool,
}

impl Dialect {
    const V2: Dialect = Dialect { words: Words::V2, unique_keys: false };
    const V3: Dialect = Dialect { words: Words::V3, unique_keys: false };
}

/// Splits at `\n---.*\n`. A separator may only be followed by a comment.
pub(super) fn split_documents(text: &str, file: FileId) -> Result<Vec<(usize, &str)>, ParseError> {
    let mut documents = Vec::new();
    if text.is_empty() {
        return Ok(documents);
    }
    let mut start = 0;
    let mut from = 0;
    while let Some(found) = text[from..].find("\n---") {
        let separator = from + found;
        let Some(line_end) = text[separator + 4..].find('\n').map(|end| separator + 4 + end) else { break };
        let after = text[separator + 4..line_end].trim();
        if !after.is_empty() && !after.starts_with('#') {
            let position = Position::new(file, separator + 1);
            return Err(ParseError::new(position, "invalid document separator"));
        }
        documents.push((start, &text[start..separator + 1]));
        start = line_end + 1;
        from = start;
    }
    documents.push((start, &text[start..]));
    Ok(documents)
}

fn parse_chunk(
    source: &Arc<String>,
    start: usize,
    chunk: &str,
    file: FileId,
    dialect: Dialect,
    limits: ParseLimits,
) -> Result<Option<Tree>, ParseError> {
    let body = chunk.strip_prefix('\u{feff}').unwrap_or(chunk);
    let start = start + (chunk.len() - body.len());
    // The scanner does not look for keys that are there twice.
    let scanned =
        if dialect.unique_keys { Err(NotMine) } else { scan(source, start, body, file, dialect.words, limits) };
    let tree = match scanned {
        Ok(tree) => tree,
        Err(NotMine) => parse_events(source, start, body, file, dialect, limits)?,
    };
    Ok(finish(tree, start, body))
}

/// Reads a document with the parser crate. The tree has no root where the document is empty.
pub(super) fn parse_events(
    source: &Arc<String>,
    start: usize,
    body: &str,
    file: FileId,
    dialect: Dialect,
    limits: ParseLimits,
) -> Result<Tree, ParseError> {
    if let Some((offset, message)) = refused_text(body) {
        return Err(ParseError::new(Position::new(file, start + offset), message));
    }
    let mut options = Options::default();
    options.disallow_directives = true;
    options.block_scalar_eof_without_line_feed = true;
    options.emit_comments = false;
    options.flow_nesting_limit = limits.nesting;
    options.block_nesting_limit = limits.nesting;
    options.bom_inside_document_as_content = true;
    let mut parser = Parser::new_from_str_with_options(body, options);
    let mut builder = Builder {
        tree: Tree::without_root(source.clone()),
        stack: Vec::new(),
        anchors: Vec::new(),
        alias_nodes: 0,
        file,
        start,
        dialect,
        limits,
    };
    let has_tabs = body.contains('\t');
    let mut read_to = 0;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let at = error.marker().byte_offset().unwrap_or(0).min(body.len());
            let position = Position::new(file, start + at);
            match error.kind() {
                ErrorKind::UnknownAnchor => {
                    ParseError::new(position, format!("no anchor is named `{}`", alias_name(&body[at..])))
                }
                ErrorKind::RecursionLimitExceeded => ParseError::too_deep(position, limits),
                _ => ParseError::new(position, error.info()),
            }
        })?;
        let (from, to) = (span.start.byte_offset().unwrap_or(0), span.end.byte_offset().unwrap_or(0));
        if has_tabs
            && !builder.in_flow()
            && let Some(tab) = misplaced_tab(body, read_to, from)
        {
            let message = "a tab cannot be used for indentation".to_string();
            return Err(ParseError::new(Position::new(file, start + tab), message));
        }
        read_to = read_to.max(to);
        match event {
            Event::DocumentEnd | Event::StreamEnd => break,
            event => {
                let raw = &body[from..to.max(from)];
                if let Some((offset, message)) = refused_scalar(body, &event, from, raw, builder.expects_block_key()) {
                    return Err(ParseError::new(Position::new(file, start + offset), message));
                }
                if let Event::Scalar(_, ScalarStyle::Plain, ..) = event
                    && let Some(at) = raw.find('?')
                    && builder.in_flow()
                {
                    // In flow style a question mark ends plain text, and starts a key where there can be none.
                    let message = "did not find expected ',' or '}'".to_string();
                    return Err(ParseError::new(Position::new(file, start + from + at), message));
                }
                builder.event(event, from, raw)?;
            }
        }
    }
    Ok(builder.tree)
}

/// Notes the comments of a tree; none for an empty document.
pub(super) fn finish(mut tree: Tree, start: usize, body: &str) -> Option<Tree> {
    if tree.node_count() == 0 {
        return None;
    }
    if body.contains("x-kubernetes-patch") {
        note_json_comments(&mut tree, body, start);
    }
    (!tree.is_null(tree.root())).then_some(tree)
}

/// Returns the name in an alias, with which the text begins.
fn alias_name(text: &str) -> &str {
    let name = text.trim_start_matches('*');
    &name[..name.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(name.len())]
}

/// Finds what Go's reader refuses and the parser crate does not: control characters.
fn refused_text(text: &str) -> Option<(usize, String)> {
    let is_suspect = |b: u8| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r') || matches!(b, 0x7f | 0xc2 | 0xef);
    let mut from = 0;
    while let Some(found) = text.as_bytes()[from..].iter().position(|&b| is_suspect(b)) {
        let at = from + found;
        let c = text[at..].chars().next().expect("a suspect byte starts a character");
        if matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
        {
            return Some((at, format!("control character U+{:04X} is not allowed", c as u32)));
        }
        from = at + c.len_utf8();
    }
    None
}

/// Keeps the comments behind keys that hold JSON: the reference takes them for schemas.
fn note_json_comments(tree: &mut Tree, body: &str, start: usize) {
    let mut comments = Vec::new();
    let mut line_start = start;
    for line in body.split_inclusive('\n') {
        if let Some(at) = line.find(" #").filter(|_| line.contains("x-kubernetes-patch")) {
            let text = line[at + 2..].trim();
            if text.starts_with('{') {
                comments.push((line_start..line_start + at, text));
            }
        }
        line_start += line.len();
    }
    let mut open = vec![tree.root()];
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        for (key, value) in tree.entries(node) {
            let offset = tree.position(key).offset as usize;
            let comment = comments.iter().find(|(range, _)| range.contains(&offset));
            found.extend(comment.map(|(_, text)| (value, *text)));
        }
        open.extend(tree.children(node));
    }
    for (value, text) in found {
        tree.add_json_comment(value, text);
    }
}

/// Finds a tab where Go's scanner allows none: at the start of a line and behind `-` and `?`, in block context. The
/// text between two events is looked at.
fn misplaced_tab(body: &str, from: usize, to: usize) -> Option<usize> {
    let gap = body.get(from..to)?;
    let mut allowed = true;
    let mut in_comment = false;
    for (at, b) in gap.bytes().enumerate() {
        match b {
            b'\n' => (allowed, in_comment) = (false, false),
            _ if in_comment => {}
            b'#' => in_comment = true,
            b'-' | b'?' => allowed = false,
            b':' => allowed = true,
            b'\t' if !allowed => return Some(from + at),
            _ => {}
        }
    }
    None
}

/// Finds what Go's scanner refuses in a scalar and the parser crate does not: `\/` in double quotes, and a key that is
/// nothing but missing.
fn refused_scalar(
    body: &str,
    event: &Event<'_>,
    from: usize,
    raw: &str,
    is_block_key: bool,
) -> Option<(usize, String)> {
    match event {
        Event::Scalar(_, ScalarStyle::DoubleQuoted, ..) => {
            let mut bytes = raw.bytes().enumerate();
            while let Some((_, b)) = bytes.next() {
                if b == b'\\'
                    && let Some((at, b'/')) = bytes.next()
                {
                    return Some((from + at - 1, "found unknown escape character `\\/`".to_string()));
                }
            }
            None
        }
        Event::Scalar(_, ScalarStyle::Plain, ..) if raw.is_empty() && is_block_key && body[from..].starts_with(':') => {
            let before = body[..from].trim_end();
            (!before.ends_with('?')).then(|| (from, "did not find expected key".to_string()))
        }
        _ => None,
    }
}

/// A collection that is being read.
struct Open {
    id: NodeId,
    /// The number of the anchor it defines, or zero.
    anchor: usize,
    /// How many nodes it holds so far.
    len: usize,
}

struct Builder {
    tree: Tree,
    /// The open collections.
    stack: Vec<Open>,
    /// The nodes of the anchors by their number in the parser; none while they are open.
    anchors: Vec<Option<NodeId>>,
    alias_nodes: usize,
    file: FileId,
    start: usize,
    dialect: Dialect,
    limits: ParseLimits,
}

impl Builder {
    fn in_flow(&self) -> bool {
        self.stack.last().is_some_and(|open| self.tree.style(open.id) == Style::Flow)
    }

    /// Returns whether the next node is a key of a block mapping.
    fn expects_block_key(&self) -> bool {
        self.stack.last().is_some_and(|open| {
            self.tree.is_mapping(open.id) && self.tree.style(open.id) != Style::Flow && open.len % 2 == 0
        })
    }

    fn event(&mut self, event: Event<'_>, from: usize, raw: &str) -> Result<(), ParseError> {
        let position = Position::new(self.file, self.start + from);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                // The parser crate reports an absent node as `~` of no length.
                let is_plain = !matches!(
                    style,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted | ScalarStyle::Literal | ScalarStyle::Folded
                );
                let value = if is_plain && raw.is_empty() { "".into() } else { value };
                let style = match style {
                    ScalarStyle::SingleQuoted => Style::SingleQuoted,
                    ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                    _ => Style::Plain,
                };
                let implicit = match style {
                    Style::Plain if value == "<<" => Tag::Merge,
                    Style::Plain => match plain_tag(&value, self.dialect.words) {
                        // yaml v2 leaves dates the strings they are.
                        Tag::Timestamp if self.dialect.words == Words::V2 => Tag::Str,
                        tag => tag,
                    },
                    _ => Tag::Str,
                };
                let in_source = match style {
                    Style::SingleQuoted | Style::DoubleQuoted => raw.get(1..raw.len().max(2) - 1),
                    _ => Some(raw),
                };
                let id = if in_source == Some(&*value) {
                    let quote = usize::from(matches!(style, Style::SingleQuoted | Style::DoubleQuoted));
                    self.tree.source_scalar(self.start + from + quote, value.len(), implicit, style, position)
                } else {
                    self.tree.scalar(&value, implicit, style, position)
                };
                if let Some(tag) = tag {
                    self.set_tag(id, tag.handle(), tag.suffix());
                }
                self.finish(id, anchor)
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.open(Kind::Sequence, Tag::Seq, style, anchor, position);
                self.tag_open(tag.as_deref());
                Ok(())
            }
            Event::MappingStart(style, anchor, tag) => {
                self.open(Kind::Mapping, Tag::Map, style, anchor, position);
                self.tag_open(tag.as_deref());
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Open { id, anchor, .. } = self.stack.pop().expect("the parser closes only what it opened");
                if self.tree.is_mapping(id) {
                    if self.dialect.unique_keys {
                        self.check_unique_keys(id)?;
                    }
                    self.expand_merge(id)?;
                }
                self.finish(id, anchor)
            }
            Event::Alias(anchor) => {
                let Some(target) = self.anchors.get(anchor).copied().flatten() else {
                    return Err(ParseError::new(position, "an anchor contains itself"));
                };
                let copy = self.copy(target, position)?;
                self.finish(copy, 0)
            }
            _ => Ok(()),
        }
    }

    fn set_tag(&mut self, id: NodeId, handle: &str, suffix: &str) {
        let tag = match (handle, suffix) {
            // yaml v2 takes the tag `!` for that of a string (fixture `patches/json-tag-of-strings`), yaml v3 for none.
            ("!", "") | ("", "!") if self.dialect.words == Words::V2 && self.tree.is_scalar(id) => Tag::Str,
            ("!", "") | ("", "!") => return,
            ("tag:yaml.org,2002:" | "!!", "str") => Tag::Str,
            ("tag:yaml.org,2002:" | "!!", "int") => Tag::Int,
            ("tag:yaml.org,2002:" | "!!", "float") => Tag::Float,
            ("tag:yaml.org,2002:" | "!!", "bool") => Tag::Bool,
            ("tag:yaml.org,2002:" | "!!", "null") => Tag::Null,
            ("tag:yaml.org,2002:" | "!!", "timestamp") => Tag::Timestamp,
            ("tag:yaml.org,2002:" | "!!", "binary") => Tag::Binary,
            ("tag:yaml.org,2002:" | "!!", "merge") => Tag::Merge,
            ("tag:yaml.org,2002:" | "!!", "map") => Tag::Map,
            ("tag:yaml.org,2002:" | "!!", "seq") => Tag::Seq,
            _ => Tag::Other,
        };
        self.tree.set_tagged(id, tag);
    }

    fn tag_open(&mut self, tag: Option<&granit_parser::Tag>) {
        if let (Some(tag), Some(open)) = (tag, self.stack.last()) {
            self.set_tag(open.id, tag.handle(), tag.suffix());
        }
    }

    fn open(&mut self, kind: Kind, tag: Tag, style: StructureStyle, anchor: usize, position: Position) {
        let style = if style == StructureStyle::Flow { Style::Flow } else { Style::Plain };
        let id = self.tree.collection(kind, tag, style, position);
        if anchor > 0 {
            self.set_anchor(anchor, None);
        }
        self.stack.push(Open { id, anchor, len: 0 });
    }

    fn set_anchor(&mut self, anchor: usize, node: Option<NodeId>) {
        if self.anchors.len() <= anchor {
            self.anchors.resize(anchor + 1, None);
        }
        self.anchors[anchor] = node;
    }

    /// Puts a complete node in its place.
    fn finish(&mut self, id: NodeId, anchor: usize) -> Result<(), ParseError> {
        if anchor > 0 {
            self.set_anchor(anchor, Some(id));
        }
        match self.stack.last_mut() {
            Some(parent) => {
                parent.len += 1;
                self.tree.append(parent.id, id);
            }
            None => self.tree.become_root(id),
        }
        Ok(())
    }

    fn copy(&mut self, target: NodeId, position: Position) -> Result<NodeId, ParseError> {
        let before = self.tree.node_count();
        self.check_size(target, position)?;
        let copy = self.tree.copy(target);
        self.alias_nodes += self.tree.node_count() - before;
        Ok(copy)
    }

    /// Counts the nodes that a copy would add and how deep they would be, and stops at the limits.
    fn check_size(&self, target: NodeId, position: Position) -> Result<(), ParseError> {
        let mut left = self.limits.alias_nodes.saturating_sub(self.alias_nodes);
        let mut open = vec![(target, self.stack.len())];
        while let Some((id, depth)) = open.pop() {
            left = left.checked_sub(1).ok_or_else(|| {
                ParseError::new(position, format!("aliases expand to more than {} nodes", self.limits.alias_nodes))
            })?;
            if depth > self.limits.nesting {
                return Err(ParseError::too_deep(position, self.limits));
            }
            open.extend(self.tree.children(id).map(|child| (child, depth + 1)));
        }
        Ok(())
    }

    /// Checks that no key of a mapping is there twice. Those that a merge key brings count too.
    fn check_unique_keys(&self, id: NodeId) -> Result<(), ParseError> {
        let mut seen = HashSet::new();
        for (key, value) in self.tree.entries(id) {
            let keys: Vec<NodeId> = if self.tree.tag(key) == Tag::Merge {
                let sources =
                    if self.tree.is_mapping(value) { vec![value] } else { self.tree.elements(value).collect() };
                sources.into_iter().flat_map(|source| self.tree.entries(source).map(|(key, _)| key)).collect()
            } else {
                vec![key]
            };
            if let Some(&repeated) = keys.iter().find(|&&key| !seen.insert(self.tree.text(key))) {
                let message = format!("the key `{}` is already set", self.tree.text(repeated));
                return Err(ParseError::new(self.tree.position(key), message));
            }
        }
        Ok(())
    }

    /// Replaces a merge key (`<<`) by the entries it stands for, which the mapping's own entries override. For yaml v2 only
    /// those behind the merge key do (fixture `patches/json-merge-keys`).
    fn expand_merge(&mut self, id: NodeId) -> Result<(), ParseError> {
        let mut merge = None;
        let mut has_merge_text = false;
        // The place of the first entry that overrides what is merged.
        let mut overriding = 0;
        for (at, (key, value)) in self.tree.entries(id).enumerate() {
            has_merge_text |= self.tree.text(key) == "<<";
            if self.tree.tag(key) == Tag::Merge {
                if merge.is_some() {
                    let position = self.tree.position(key);
                    return Err(ParseError::new(position, "duplicate merge key"));
                }
                merge = Some(value);
                if self.dialect.words == Words::V2 {
                    overriding = at;
                }
            }
        }
        if !has_merge_text && merge.is_none() {
            return Ok(());
        }
        let mut sources = Vec::new();
        if let Some(value) = merge {
            let invalid = || {
                let message = "a merge key takes a mapping or a list of mappings";
                ParseError::new(self.tree.position(value), message)
            };
            match self.tree.kind(value) {
                Kind::Mapping => sources.push(value),
                Kind::Sequence => {
                    sources.extend(self.tree.children(value));
                    if sources.iter().any(|&source| !self.tree.is_mapping(source)) {
                        return Err(invalid());
                    }
                    sources.reverse();
                }
                Kind::Scalar => return Err(invalid()),
            }
        }
        self.tree.remove(id, "<<");
        let own: Vec<_> = self.tree.entries(id).collect();
        let mut merged: Vec<(NodeId, NodeId)> = own.clone();
        for source in sources {
            let entries: Vec<_> = self.tree.entries(source).collect();
            for (key, value) in entries {
                let found = merged.iter().position(|&(k, _)| self.tree.text(k) == self.tree.text(key));
                match found {
                    Some(at) if (overriding..own.len()).contains(&at) => {}
                    Some(at) => merged[at] = (key, value),
                    None => merged.push((key, value)),
                }
            }
        }
        let children: Vec<NodeId> = merged.into_iter().flat_map(|(key, value)| [key, value]).collect();
        self.tree.set_children(id, &children);
        Ok(())
    }
}
