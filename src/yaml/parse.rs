//! Splits a stream into documents and parses each into a [`Tree`]. Most documents are read by boutique's own
//! [scanner](super::scan), and the others by the parser crate.

use std::ops::Range;
use std::sync::Arc;

use super::events::parse_events;
use super::limits::{Dialect, ParseError, ParseLimits};
use super::position::{FileId, Position};
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

/// Parses a text like [`parse_value`] without expanding aliases and merge keys. An alias is an empty mapping.
pub(super) fn parse_unexpanded(
    text: &Arc<String>,
    file: FileId,
    limits: ParseLimits,
) -> Result<Option<Tree>, ParseError> {
    parse_chunk(text, 0, text, file, Dialect { expands: false, ..Dialect::V3 }, limits, &mut 0)
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
