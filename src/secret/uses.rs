//! What a configuration says about its parts: which of them cannot contain values of Secrets.
//!
//! Patches of resources of another kind are such parts, and so are the sources of ConfigMaps. The text must be valid YAML: what
//! another text says is unknown.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use crate::yaml::{FileId, NodeId, ParseLimits, Tree, parse_stream};

use super::words::{first_word, is_generator_name, is_secret_kind_name, is_string_data_name, keys};

/// The fields whose text is a patch.
const INLINE_PATCHES: [&str; 2] = ["jsonOp", "patch"];

/// The parts of a configuration, such as a kustomization or the configuration of a plugin.
#[derive(Debug, Default)]
struct Uses {
    /// The ranges of patches that cannot contain values of Secrets.
    public: Vec<Range<usize>>,
    /// The strings that may be paths of files.
    paths: Vec<PathUse>,
}

/// A string that may be the path of a file.
#[derive(Debug)]
pub struct PathUse {
    /// The path, as written.
    pub path: String,
    /// Whether the use does not make the file a part of a Secret: it patches other resources, or its content is for a ConfigMap.
    pub is_public: bool,
}

/// Returns the uses of files in a configuration; `None` if it is not valid YAML.
pub fn path_uses(text: &str) -> Option<Vec<PathUse>> {
    // Most manifests are not configurations.
    let is_candidate =
        text.contains("patch") || text.contains("Op:") || text.contains("enerator") || text.contains("esources");
    if is_candidate { Uses::of(text).map(|uses| uses.paths) } else { Some(Vec::new()) }
}

/// Returns a text without the patches that cannot contain values of Secrets: with empty lists or blank lines in their place. All
/// offsets stay the same.
pub(super) fn without_public_patches(text: &str) -> Option<String> {
    let is_candidate = text.contains("patch") || text.contains("jsonOp");
    let ranges = if is_candidate { Uses::of(text)?.public } else { Vec::new() };
    if ranges.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in ranges {
        let is_quoted = !bytes[range.start].is_ascii_whitespace();
        bytes[range.clone()].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        if is_quoted {
            (bytes[range.start], bytes[range.end - 1]) = (b'[', b']');
        }
    }
    String::from_utf8(bytes).ok()
}

impl Uses {
    fn of(text: &str) -> Option<Uses> {
        let mut uses = Uses::default();
        let documents = parse_stream(&Arc::new(text.to_string()), FileId(1), ParseLimits::default());
        let documents = documents.ok()?;
        let mut secret_patches = HashSet::new();
        let mut public_patches = Vec::new();
        for tree in &documents {
            let mut open = vec![(tree.root(), false)];
            while let Some((node, is_public)) = open.pop() {
                if tree.is_scalar(node) {
                    uses.paths.push(PathUse { path: tree.text(node).to_string(), is_public });
                }
                let is_public = is_public || is_patch_of_other_kind(tree, node);
                for (key, value) in tree.entries(node) {
                    let key = tree.text(key);
                    let is_public = is_public || key == "configMapGenerator";
                    open.push((value, is_public));
                    if INLINE_PATCHES.contains(&key) && tree.is_scalar(value) {
                        if is_public {
                            public_patches.push((tree.position(value).offset as usize, tree.text(value)));
                        } else {
                            secret_patches.insert(tree.text(value));
                        }
                    }
                }
                open.extend(tree.elements(node).map(|element| (element, is_public)));
            }
        }
        // An alias may use the text for a Secret.
        public_patches.retain(|(_, patch)| !secret_patches.contains(patch));
        uses.public = public_patches.iter().filter_map(|&(start, _)| scalar(text, start)).collect();
        Some(uses)
    }
}

/// Returns whether a mapping is an entry with a patch of resources that are not Secrets.
fn is_patch_of_other_kind(tree: &Tree, entry: NodeId) -> bool {
    let inline = INLINE_PATCHES.iter().filter_map(|key| tree.get(entry, key));
    let patches: Vec<&str> = inline.map(|patch| tree.text(patch)).collect();
    if patches.iter().any(|patch| mentions_values(patch)) {
        return false;
    }
    let values =
        |node, key| tree.entries(node).filter(move |&(name, _)| tree.is_text(name, key)).map(|(_, value)| value);
    let is_other = |target| {
        let mut kinds = values(target, "kind").peekable();
        kinds.peek().is_some() && kinds.all(|kind| matches_other_kinds(tree.text(kind)))
    };
    let mut targets = values(entry, "target").peekable();
    match targets.peek() {
        Some(_) => targets.all(is_other),
        None => !patches.is_empty() && patches.iter().all(|patch| is_of_other_kind(patch)),
    }
}

/// Returns whether a patch contains the kind of a Secret, or a field of which only Secrets have one. A patch may change the kind.
pub fn mentions_values(patch: &str) -> bool {
    let is_mark = |(key, after)| is_secret_kind_name(first_word(after)) || is_generator_name(key);
    keys(patch).any(is_mark) || patch.split(|c: char| !c.is_ascii_alphanumeric()).any(is_string_data_name)
}

/// Returns whether a kind of a target matches no Secret. It is a pattern, of which only alternatives of words are understood.
fn matches_other_kinds(pattern: &str) -> bool {
    let is_kind = |kind: &str| !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    pattern.split('|').all(|kind| is_kind(kind) && !is_secret_kind_name(kind))
}

/// Returns whether all documents of a strategic merge patch have a kind other than that of Secrets.
fn is_of_other_kind(patch: &str) -> bool {
    let documents = parse_stream(&Arc::new(patch.to_string()), FileId(1), ParseLimits::default()).unwrap_or_default();
    let kind = |tree: &Tree| tree.get(tree.root(), "kind").map(|kind| tree.text(kind).to_string());
    !documents.is_empty() && documents.iter().all(|tree| kind(tree).is_some_and(|kind| matches_other_kinds(&kind)))
}

/// Returns the range of a quoted scalar, or of the lines of a block scalar; `None` if it is plain or has properties.
fn scalar(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let length = match rest.chars().next()? {
        '\'' => quoted_length(rest, '\'', None)?,
        '"' => quoted_length(rest, '"', Some('\\'))?,
        '|' | '>' => {
            let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
            let column = text[line..].find(|c: char| !" -".contains(c)).unwrap_or(0);
            let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
            let mut lines = rest.split_inclusive('\n');
            let header = lines.next().map_or(0, str::len);
            let content = lines.take_while(|line| line.trim().is_empty() || indentation(line) > column);
            let length: usize = content.map(str::len).sum();
            return (length > 0).then_some(start + header..start + header + length);
        }
        _ => return None,
    };
    Some(start..start + length)
}

/// Returns the length of a quoted text with its quotes.
fn quoted_length(text: &str, quote: char, escape: Option<char>) -> Option<usize> {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        let is_doubled = c == quote && escape.is_none() && characters.peek().is_some_and(|&(_, next)| next == quote);
        if Some(c) == escape || is_doubled {
            characters.next();
        } else if c == quote {
            return Some(at + 1);
        }
    }
    None
}
