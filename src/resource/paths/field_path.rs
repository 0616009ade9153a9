//! Paths to fields in boutique's own notation.

use std::fmt;

use crate::yaml::{NodeId, Tree};

/// A path to a field of a resource. It is displayed like this:
///
/// - `spec.template.spec.containers[name=server].image`
/// - `spec.ports[port=80,protocol=TCP].name`, `spec.template.spec.containers[name=server].args[2]`
/// - `metadata.annotations[example.com/team]`
///
/// These notations are accepted, too:
///
/// - `spec.template.spec.containers[server].image`, `spec.template.spec.containers.0.image`
/// - `metadata.annotations.example\.com/team`, `metadata.annotations["example.com/team"]`
/// - `/spec/template/spec/containers/0/image`, with `~1` for a slash in a name
///
/// # Example
/// ```
/// use boutique::FieldPath;
///
/// let path: FieldPath = "/spec/template/metadata/labels/app".parse().unwrap();
/// assert_eq!(path.to_string(), "spec.template.metadata.labels.app");
/// ```
///
/// A path can be built from segments:
/// ```
/// use boutique::{FieldPath, Segment};
///
/// let name = |text: &str| Segment::Name(text.to_string());
/// let server = Segment::Selector(vec![("name".to_string(), "server".to_string())]);
/// let path = FieldPath::new(vec![name("spec"), name("containers"), server, name("args"), Segment::Index(2)]);
/// assert_eq!(path.to_string(), "spec.containers[name=server].args[2]");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FieldPath {
    segments: Vec<Segment>,
}

/// A segment of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// The key of a mapping. In a parsed path it may also be the index or the `name` of a list element.
    Name(String),
    /// The list element whose fields have these values.
    Selector(Vec<(String, String)>),
    /// The list element at an index.
    Index(usize),
}

impl FieldPath {
    /// Returns the path with these segments.
    pub fn new(segments: Vec<Segment>) -> FieldPath {
        FieldPath { segments }
    }

    /// Returns the path with these keys.
    pub(crate) fn of_names(names: &[&str]) -> FieldPath {
        FieldPath { segments: names.iter().map(|name| Segment::Name((*name).to_string())).collect() }
    }

    /// Returns the segments from the root to the field.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(crate) fn push(&mut self, segment: Segment) {
        self.segments.push(segment);
    }

    /// Returns the path extended by a key.
    pub(crate) fn join(&self, name: &str) -> FieldPath {
        let mut joined = self.clone();
        joined.push(Segment::Name(name.to_string()));
        joined
    }

    /// Returns the path extended by an element of a list.
    pub(crate) fn join_element(&self, tree: &Tree, element: NodeId, index: usize) -> FieldPath {
        let mut joined = self.clone();
        joined.push(element_segment(tree, element, index));
        joined
    }

    /// Returns the last key.
    pub(crate) fn last_name(&self) -> Option<&str> {
        self.segments.iter().rev().find_map(|segment| match segment {
            Segment::Name(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Returns whether the path contains a key.
    pub(crate) fn has_name(&self, wanted: &str) -> bool {
        self.segments.iter().any(|segment| matches!(segment, Segment::Name(name) if name == wanted))
    }

    /// Returns whether the path consists of these keys.
    pub(crate) fn is(&self, names: &[&str]) -> bool {
        let is_name = |(segment, name): (&Segment, &&str)| matches!(segment, Segment::Name(own) if own == name);
        self.segments.len() == names.len() && self.segments.iter().zip(names).all(is_name)
    }

    /// Finds the field in a document.
    pub fn find(&self, tree: &Tree) -> Option<NodeId> {
        self.find_from(tree, tree.root())
    }

    /// Finds the field in a part of a document.
    pub(crate) fn find_from(&self, tree: &Tree, node: NodeId) -> Option<NodeId> {
        self.segments.iter().try_fold(node, |node, segment| segment.find(tree, node))
    }

    /// Returns the number of leading segments that exist in a document, and the names of the last one's children.
    pub(crate) fn nearest(&self, tree: &Tree) -> (usize, Vec<String>) {
        let mut node = tree.root();
        let mut followed = 0;
        for segment in &self.segments {
            let Some(next) = segment.find(tree, node) else { break };
            node = next;
            followed += 1;
        }
        let keys = tree.entries(node).map(|(key, _)| tree.text(key).to_string());
        let elements = tree.elements(node).enumerate().map(|(at, element)| match element_name(tree, element) {
            Some(name) => name.to_string(),
            None => at.to_string(),
        });
        (followed, keys.chain(elements).collect())
    }
}

impl std::str::FromStr for FieldPath {
    type Err = String;

    /// Parses a path in any of the notations.
    ///
    /// # Errors
    /// Fails on unclosed brackets and on empty names.
    fn from_str(text: &str) -> Result<FieldPath, String> {
        if let Some(pointer) = text.strip_prefix('/') {
            let names = pointer.split('/').map(|name| Segment::Name(name.replace("~1", "/").replace("~0", "~")));
            return Ok(FieldPath { segments: names.collect() });
        }
        let mut segments = Vec::new();
        let mut rest = text.strip_prefix('.').unwrap_or(text);
        while !rest.is_empty() {
            if let Some(bracketed) = rest.strip_prefix('[') {
                let (segment, after) =
                    parse_bracketed(bracketed).ok_or_else(|| format!("unclosed bracket in `{text}`"))?;
                segments.push(segment);
                rest = after.strip_prefix('.').unwrap_or(after);
                continue;
            }
            let (name, after) = split_name(rest);
            if name.is_empty() {
                return Err(format!("empty name in `{text}`"));
            }
            segments.push(Segment::Name(name));
            rest = after;
        }
        Ok(FieldPath { segments })
    }
}

/// Parses the content of brackets, including the closing one: a quoted name, a selector, or a bare name.
fn parse_bracketed(text: &str) -> Option<(Segment, &str)> {
    if text.starts_with('"') {
        let (name, after) = parse_quoted(text)?;
        return Some((Segment::Name(name), after.strip_prefix(']')?));
    }
    let end = text.find([']', '='])?;
    if text[end..].starts_with(']') {
        let name = text[..end].trim_matches('\'');
        return Some((Segment::Name(name.to_string()), &text[end + 1..]));
    }
    let mut pairs = Vec::new();
    let mut rest = text;
    loop {
        let (field, value) = rest.split_once('=')?;
        let (value, after) = match value.starts_with('"') {
            true => parse_quoted(value)?,
            false => {
                let (value, after) = value.split_at(value.find([',', ']'])?);
                (value.to_string(), after)
            }
        };
        pairs.push((field.to_string(), value));
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Some((Segment::Selector(pairs), after.strip_prefix(']')?)),
        }
    }
}

/// Parses a JSON string at the start of a text.
fn parse_quoted(text: &str) -> Option<(String, &str)> {
    let mut is_escaped = false;
    let end = text.char_indices().skip(1).find_map(|(at, c)| match c {
        '"' if !is_escaped => Some(at + 1),
        _ => {
            is_escaped = c == '\\' && !is_escaped;
            None
        }
    })?;
    Some((serde_json::from_str(&text[..end]).ok()?, &text[end..]))
}

/// Splits a name off a dotted path; a backslash escapes the next character.
fn split_name(path: &str) -> (String, &str) {
    let mut name = String::new();
    let mut chars = path.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '.' => return (name, &path[at + 1..]),
            '[' => return (name, &path[at..]),
            '\\' => name.extend(chars.next().map(|(_, c)| c)),
            c => name.push(c),
        }
    }
    (name, "")
}

impl Segment {
    /// Finds the child of a node that the segment refers to.
    pub fn find(&self, tree: &Tree, node: NodeId) -> Option<NodeId> {
        match self {
            Segment::Name(name) if tree.is_sequence(node) => match name.parse() {
                Ok(index) => tree.elements(node).nth(index),
                Err(_) => tree.elements(node).find(|&element| element_name(tree, element) == Some(name)),
            },
            Segment::Name(name) => tree.get(node, name),
            Segment::Selector(pairs) => tree.elements(node).find(|&element| {
                pairs.iter().all(|(field, value)| {
                    let found = if field.is_empty() { Some(element) } else { tree.get(element, field) };
                    found.is_some_and(|found| tree.text(found) == value)
                })
            }),
            Segment::Index(index) => tree.elements(node).nth(*index),
        }
    }

    /// Returns the word for which a similar existing name is suggested.
    pub(crate) fn word(&self) -> &str {
        match self {
            Segment::Name(name) => name,
            Segment::Selector(pairs) => pairs.first().map_or("", |(_, value)| value),
            Segment::Index(_) => "",
        }
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Name(name) if is_word(name) => write!(f, "{}{name}", if at == 0 { "" } else { "." })?,
                // A bare name must not look like a selector, an index or a quoted name.
                Segment::Name(name) if is_bare(name) && !is_number(name) => write!(f, "[{name}]")?,
                Segment::Name(name) => write!(f, "[{}]", quoted(name))?,
                Segment::Selector(pairs) => {
                    let value = |value: &str| if is_bare(value) { value.to_string() } else { quoted(value) };
                    let pairs: Vec<String> =
                        pairs.iter().map(|(field, text)| format!("{field}={}", value(text))).collect();
                    write!(f, "[{}]", pairs.join(","))?;
                }
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

fn is_word(name: &str) -> bool {
    !name.is_empty()
        && !is_number(name)
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$'))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns whether a text can be in brackets without quotes.
fn is_bare(text: &str) -> bool {
    !text.is_empty() && !text.contains(['=', ']', '"', '\'', ',']) && !text.contains(char::is_control)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns the segment that leads to an element of a list: by its `name`, or by its index if it has none.
pub fn element_segment(tree: &Tree, element: NodeId, index: usize) -> Segment {
    match element_name(tree, element) {
        Some(name) => Segment::Selector(vec![("name".to_string(), name.to_string())]),
        None => Segment::Index(index),
    }
}

fn element_name(tree: &Tree, element: NodeId) -> Option<&str> {
    tree.get(element, "name").map(|name| tree.text(name))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::yaml::{FileId, ParseLimits, parse_single};

    fn tree(text: &str) -> Tree {
        let source = Arc::new(text.to_string());
        parse_single(&source, FileId(1), ParseLimits::default()).expect("it is YAML").expect("it is not empty")
    }

    #[test]
    fn paths_are_parsed_in_many_notations() {
        let tree = tree("{spec: {list: [{name: a.b, x: 1}, {name: c, x: 2}]}, notes: {a.b/c: 3}}");
        for (path, text) in [
            ("spec.list.1.x", "2"),
            ("spec.list[1].x", "2"),
            ("spec.list[name=a.b].x", "1"),
            ("spec.list.[name=a.b].x", "1"),
            ("spec.list[a.b].x", "1"),
            ("spec.list.c.x", "2"),
            ("/spec/list/0/x", "1"),
            ("/notes/a.b~1c", "3"),
            ("notes[a.b/c]", "3"),
            ("notes.[a.b/c]", "3"),
            ("notes['a.b/c']", "3"),
            ("notes.a\\.b/c", "3"),
            (".spec.list[c].name", "c"),
        ] {
            let path = path.parse::<FieldPath>().expect(path);
            let node = path.find(&tree).expect(text);
            assert_eq!(tree.text(node), text, "{path}");
            // The displayed path finds the same node.
            assert_eq!(path.to_string().parse::<FieldPath>().expect(text).find(&tree), Some(node), "{path}");
        }
        for path in ["spec..list", "spec.list[0"] {
            assert!(path.parse::<FieldPath>().is_err(), "{path}");
        }
        assert_eq!("spec.lst".parse::<FieldPath>().unwrap().find(&tree), None);
    }

    #[test]
    fn names_that_look_like_something_else_are_quoted() {
        for name in ["0", "a=b", "a]b", "a\"]b", "", "a,b", "a b", "'a'", "\u{1}"] {
            let path = FieldPath::new(vec![Segment::Name("data".to_string()), Segment::Name(name.to_string())]);
            assert_eq!(path.to_string().parse(), Ok(path.clone()), "{path}");
        }
        let ports = vec![("port".to_string(), "80".to_string()), ("protocol".to_string(), "TCP".to_string())];
        let path = FieldPath::new(vec![Segment::Name("ports".to_string()), Segment::Selector(ports)]);
        assert_eq!(path.to_string(), "ports[port=80,protocol=TCP]");
        assert_eq!(path.to_string().parse(), Ok(path));
        let odd = FieldPath::new(vec![Segment::Selector(vec![("name".to_string(), "a],\"=b".to_string())])]);
        assert_eq!(odd.to_string().parse(), Ok(odd));
    }
}
