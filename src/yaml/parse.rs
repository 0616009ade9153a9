//! Splits a stream into documents and parses each into a [`Tree`]. Most documents are read by boutique's own
//! [scanner](super::scan), and the others by the parser crate.

use std::ops::Range;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle};

use super::blank_scalar::{blank_scalar_offset, is_blank};
use super::builder::Builder;
use super::limits::{Dialect, ParseError, ParseLimits};
use super::position::{FileId, Position};
use super::resolve::GoYaml;
use super::scan::{Unsupported, scan};
use super::tree::Tree;

/// Decodes a text and converts its line breaks to `\n`.
///
/// # Errors
/// Fails on bytes that are not text, with the length of the text before them.
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

/// Parses all documents of a resource stream, which is split as in kustomize: at lines that start with `---`. Empty
/// documents are null.
pub fn parse_stream(text: &Arc<String>, file: FileId, limits: ParseLimits) -> Result<Vec<Tree>, ParseError> {
    let mut documents = Vec::new();
    let mut alias_nodes = 0;
    for (start, chunk) in split_documents(text, file)? {
        if documents.len() >= limits.documents {
            return Err(ParseError::too_many_documents(Position::new(file, start), limits));
        }
        let document = parse_chunk(text, start, chunk, file, Dialect::V3, limits, &mut alias_nodes)?;
        documents.push(document.unwrap_or_else(|| Tree::new_null(Position::new(file, start))));
    }
    Ok(documents)
}

/// Parses the first document of a text with yaml v2's rules, as for a kustomization file.
pub fn parse_single(text: &Arc<String>, file: FileId, limits: ParseLimits) -> Result<Option<Tree>, ParseError> {
    parse_chunk(text, 0, text, file, Dialect::V2, limits, &mut 0)
}

/// Parses the first document like [`parse_single`], with unique keys. Keys added by a merge key count, too.
pub fn parse_strict(text: &Arc<String>, file: FileId, limits: ParseLimits) -> Result<Option<Tree>, ParseError> {
    parse_chunk(text, 0, text, file, Dialect { unique_keys: true, ..Dialect::V2 }, limits, &mut 0)
}

/// Parses the first document of a text with yaml v3's rules, as for values inside strings.
pub fn parse_value(text: &Arc<String>, file: FileId, limits: ParseLimits) -> Result<Option<Tree>, ParseError> {
    parse_chunk(text, 0, text, file, Dialect::V3, limits, &mut 0)
}

/// Splits a text at `\n---.*\n`. Only a comment may follow a separator on its line.
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

/// Parses a document, and adds the nodes from aliases to `alias_nodes`.
fn parse_chunk(
    source: &Arc<String>,
    start: usize,
    chunk: &str,
    file: FileId,
    dialect: Dialect,
    limits: ParseLimits,
    alias_nodes: &mut usize,
) -> Result<Option<Tree>, ParseError> {
    let body = chunk.strip_prefix('\u{feff}').unwrap_or(chunk);
    let start = start + (chunk.len() - body.len());
    // The scanner does not check for duplicate keys.
    let scanned =
        if dialect.unique_keys { Err(Unsupported) } else { scan(source, start, body, file, dialect.version, limits) };
    let tree = match scanned {
        Ok(tree) => tree,
        Err(Unsupported) => parse_events(source, start, body, file, dialect, limits, alias_nodes)?,
    };
    Ok(finish(tree, start, body))
}

/// Parses a document with the parser crate, and adds the nodes from aliases to `alias_nodes`. The tree has no root if
/// the document is empty.
pub(super) fn parse_events(
    source: &Arc<String>,
    start: usize,
    body: &str,
    file: FileId,
    dialect: Dialect,
    limits: ParseLimits,
    alias_nodes: &mut usize,
) -> Result<Tree, ParseError> {
    if let Some((offset, message)) = rejected_character(body) {
        return Err(ParseError::new(Position::new(file, start + offset), message));
    }
    if let Some(at) = leading_document_end(body) {
        let message = "unexpected document end marker `...`".to_string();
        return Err(ParseError::new(Position::new(file, start + at), message));
    }
    let mut options = Options::default();
    options.disallow_directives = true;
    options.block_scalar_eof_without_line_feed = true;
    options.emit_comments = false;
    options.flow_nesting_limit = limits.nesting;
    options.block_nesting_limit = limits.nesting;
    options.bom_inside_document_as_content = true;
    let mut parser = Parser::new_from_str_with_options(body, options);
    let mut builder = Builder::new(source, start, file, dialect, limits, *alias_nodes);
    let has_tabs = body.contains('\t');
    // Of the texts that kustomize parses with yaml v2, only JSON patches start with a list.
    let is_json = dialect.version == GoYaml::V2 && body.starts_with('[');
    let mut read_to = 0;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let at = error.marker().byte_offset().unwrap_or(0).min(body.len());
            let position = Position::new(file, start + at);
            match error.kind() {
                ErrorKind::UnknownAnchor => {
                    ParseError::new(position, format!("unknown anchor `{}`", alias_name(&body[at..])))
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
            let message = "tabs cannot be used for indentation".to_string();
            return Err(ParseError::new(Position::new(file, start + tab), message));
        }
        read_to = read_to.max(to);
        match event {
            Event::DocumentEnd | Event::StreamEnd => break,
            event => {
                let raw = &body[from..to.max(from)];
                if let Some((offset, message)) = rejected_scalar(body, &event, from, raw, &builder, is_json) {
                    return Err(ParseError::new(Position::new(file, start + offset), message));
                }
                if let Event::Scalar(_, ScalarStyle::Plain, ..) = event
                    && let Some(at) = raw.find('?')
                    && builder.in_flow()
                {
                    // In flow style a question mark ends a plain scalar and starts a key, which is not allowed here.
                    let message = "did not find expected ',' or '}'".to_string();
                    return Err(ParseError::new(Position::new(file, start + from + at), message));
                }
                match &event {
                    Event::Scalar(text, ScalarStyle::Literal | ScalarStyle::Folded, ..) if is_blank(text) => {
                        builder.event(event, blank_scalar_offset(body, from), "")?;
                    }
                    _ => builder.event(event, from, raw)?,
                }
            }
        }
    }
    *alias_nodes = builder.alias_nodes();
    Ok(builder.into_tree())
}

/// Records the comments with JSON in a tree; `None` for an empty document.
pub(super) fn finish(mut tree: Tree, start: usize, body: &str) -> Option<Tree> {
    if tree.node_count() == 0 {
        return None;
    }
    if body.contains("x-kubernetes-patch") {
        record_json_comments(&mut tree, body, start);
    }
    (!tree.is_null(tree.root())).then_some(tree)
}

/// Returns the name of the alias at the start of a text.
fn alias_name(text: &str) -> &str {
    let name = text.trim_start_matches('*');
    &name[..name.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(name.len())]
}

/// Finds control characters, which Go's parser rejects and the parser crate accepts.
fn rejected_character(text: &str) -> Option<(usize, String)> {
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

/// Finds `...` before the first document, which Go's parser rejects (fixture `yaml/end-before-a-document`).
fn leading_document_end(body: &str) -> Option<usize> {
    let is_content = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let line = body.lines().find(is_content)?;
    let rest = line.strip_prefix("...")?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then(|| line.as_ptr().addr() - body.as_ptr().addr())
}

/// Records comments with JSON after keys, which kustomize interprets as schemas.
fn record_json_comments(tree: &mut Tree, body: &str, start: usize) {
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
            // The comments are sorted by offset.
            let next = comments.partition_point(|(range, _): &(Range<usize>, &str)| range.end <= offset);
            let comment = comments.get(next).filter(|(range, _)| range.contains(&offset));
            found.extend(comment.map(|(_, text)| (value, *text)));
        }
        open.extend(tree.children(node));
    }
    for (value, text) in found {
        tree.add_json_comment(value, text);
    }
}

/// Finds a tab that Go's scanner rejects, in the text between two events in block context: at the start of a line,
/// including the first (fixture `yaml/tab-before-a-document`), and after `-` and `?`.
fn misplaced_tab(body: &str, from: usize, to: usize) -> Option<usize> {
    let gap = body.get(from..to)?;
    let mut allowed = from > 0;
    let mut in_comment = false;
    for (at, b) in gap.bytes().enumerate() {
        match b {
            b'\n' => (allowed, in_comment) = (false, false),
            _ if in_comment => {}
            // A tab is also allowed after the header of a block scalar (fixture `yaml/tab-after-a-block-header`).
            b'#' | b'|' | b'>' => in_comment = true,
            b'-' | b'?' => allowed = false,
            b':' => allowed = true,
            b'\t' if !allowed => return Some(from + at),
            _ => {}
        }
    }
    None
}

/// Finds escape sequences that Go's scanner rejects: `\/`, and surrogates as in JSON (fixtures `yaml/surrogates-in-*`).
fn rejected_escape(raw: &str) -> Option<(usize, &'static str)> {
    let bytes = raw.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|&b| b == b'\\') {
        at += found;
        match &bytes[at + 1..] {
            [b'/', ..] => return Some((at, "found unknown escape character `\\/`")),
            [b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..] => {
                return Some((at, "found invalid Unicode character escape code"));
            }
            _ => at = bytes.len().min(at + 2),
        }
    }
    None
}

/// Finds errors in a scalar that Go's scanner reports and the parser crate does not: some escape sequences in double
/// quotes, except in JSON; a missing key; and a tag without a value that is not followed by whitespace (fixtures
/// `yaml/missing-key-in-flow`, `yaml/tag-before-a-comma`).
fn rejected_scalar(
    body: &str,
    event: &Event<'_>,
    from: usize,
    raw: &str,
    builder: &Builder,
    is_json: bool,
) -> Option<(usize, String)> {
    match event {
        Event::Scalar(_, ScalarStyle::DoubleQuoted, ..) if is_json => None,
        Event::Scalar(_, ScalarStyle::DoubleQuoted, ..) => {
            rejected_escape(raw).map(|(at, message)| (from + at, message.to_string()))
        }
        Event::Scalar(_, ScalarStyle::Plain, _, Some(_)) if raw.is_empty() && builder.in_flow() => {
            let end = from + body[from..].find(|c: char| c.is_whitespace() || ",[]{}".contains(c))?;
            let is_tag = body[..end].ends_with(|c: char| !c.is_whitespace());
            let ends_at_blank = body[end..].starts_with(char::is_whitespace);
            (is_tag && !ends_at_blank).then(|| (end, "did not find expected whitespace after a tag".to_string()))
        }
        Event::Scalar(_, ScalarStyle::Plain, ..)
            if raw.is_empty() && builder.expects_key() && body[from..].starts_with(':') =>
        {
            let before = body[..from].trim_end();
            (!before.ends_with('?')).then(|| (from, "did not find expected key".to_string()))
        }
        _ => None,
    }
}
