//! Finds and creates the fields that a replacement sets.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result, invalid_yaml};
use crate::yaml::{GoYaml, Kind, NodeId, Position, Style, Tag, Tree, parse_presented, resolve, to_text};

use crate::resource::paths::field_spec::wrong_kind;
use crate::resource::paths::written_path::{element_selector, split_dotted_path};
use crate::resource::select::pattern::PatternError;
use crate::resource::select::patterns::{Pattern, Patterns};

/// A part of a path.
pub struct Part {
    pub text: String,
    patterns: Arc<Patterns>,
    /// The pattern, compiled on first use.
    pattern: OnceCell<Result<Pattern, PatternError>>,
}

/// Splits a path into its parts. Each pattern is compiled once, with the patterns of the render.
pub fn parts(path: &str, patterns: &Arc<Patterns>) -> Vec<Part> {
    let part = |text| Part { text, patterns: patterns.clone(), pattern: OnceCell::new() };
    split_dotted_path(path).into_iter().map(part).collect()
}

/// Returns whether a path may match several nodes.
pub fn may_match_many(parts: &[Part]) -> bool {
    parts.iter().any(|part| part.text == "*" || part.text.starts_with('['))
}

impl Part {
    /// Returns the compiled pattern. `text` is the pattern in this part.
    ///
    /// # Errors
    /// Fails if the pattern is invalid or too large.
    fn pattern(&self, text: &str) -> Result<&Pattern> {
        let pattern = self.pattern.get_or_init(|| self.patterns.compile(text));
        pattern.as_ref().map_err(|error| error.diagnostic(text))
    }
}

/// The nodes that a path matches.
#[derive(Debug, Default)]
pub struct Matches {
    pub nodes: Vec<NodeId>,
    /// Whether there was a match in a document inside a string. kustomize drops the value that it sets there.
    pub inside_text: bool,
}

impl Matches {
    fn extend(&mut self, other: Matches) {
        self.nodes.extend(other.nodes);
        self.inside_text |= other.inside_text;
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && !self.inside_text
    }
}

/// Finds all nodes that a path matches. Parts are names, indexes, `*` for all elements, and `[field=pattern]` for some.
///
/// With `create`, missing nodes are created, the last one with that kind.
///
/// # Errors
/// Fails on nodes of the wrong kind, on indexes out of range and on invalid patterns.
pub fn find(tree: &mut Tree, node: NodeId, path: &[Part], create: Option<Kind>, position: Position) -> Result<Matches> {
    let Some((part, rest)) = path.split_first() else {
        return Ok(Matches { nodes: vec![node], inside_text: false });
    };
    let matcher = Matcher { create, position };
    let node = if tree.is_null(node) && create.is_some() && part.text != "*" {
        // kustomize creates the new nodes inside the null, which is still written as null (fixture
        // `replacements/create-in-null`).
        matcher.new_node(tree, path)
    } else {
        node
    };
    if let Ok(index) = part.text.parse::<usize>() {
        return matcher.index(tree, node, index, rest);
    }
    if part.text.starts_with('[') && part.text.ends_with(']') {
        return matcher.selected(tree, node, part, rest);
    }
    if part.text == "*" {
        let mut found = Matches::default();
        for element in elements(tree, node)? {
            found.extend(find(tree, element, rest, create, position)?);
        }
        return Ok(found);
    }
    matcher.field(tree, node, &part.text, rest)
}

fn elements(tree: &Tree, node: NodeId) -> Result<Vec<NodeId>> {
    if tree.is_null(node) {
        return Ok(Vec::new());
    }
    if !tree.is_sequence(node) {
        return Err(wrong_kind(tree, node, "a sequence"));
    }
    Ok(tree.children(node).collect())
}

struct Matcher {
    create: Option<Kind>,
    position: Position,
}

impl Matcher {
    /// Creates a node of the kind that the rest of a path requires.
    fn new_node(&self, tree: &mut Tree, rest: &[Part]) -> NodeId {
        let kind = match rest.first().map(|next| &next.text) {
            None => self.create.unwrap_or(Kind::Mapping),
            Some(next) if next.parse::<usize>().is_ok() || next.starts_with('[') && next.ends_with(']') => {
                Kind::Sequence
            }
            Some(_) => Kind::Mapping,
        };
        match kind {
            Kind::Mapping => tree.mapping(self.position),
            Kind::Sequence => tree.sequence(self.position),
            Kind::Scalar => tree.scalar("", Tag::None, Style::Plain, self.position),
        }
    }

    fn index(&self, tree: &mut Tree, node: NodeId, index: usize, rest: &[Part]) -> Result<Matches> {
        let elements = elements(tree, node)?;
        let element = match elements.get(index) {
            Some(&element) => element,
            None if index == elements.len() && self.create.is_some() => {
                let element = self.new_node(tree, rest);
                tree.append(node, element);
                element
            }
            None => {
                let message = format!("index {index} specified but only {} elements found", elements.len());
                return Err(Diagnostic::error(Code::InvalidFieldPath, message).at(tree.position(node), "this list"));
            }
        };
        find(tree, element, rest, self.create, self.position)
    }

    fn selected(&self, tree: &mut Tree, node: NodeId, part: &Part, rest: &[Part]) -> Result<Matches> {
        let Some((field, pattern)) = element_selector(&part.text) else {
            return Err(Diagnostic::error(
                Code::InvalidFieldPath,
                format!("list path element `{}` must contain fieldName=fieldValue for element to match", part.text),
            ));
        };
        let compiled = part.pattern(pattern)?;
        let found = self.matching(tree, node, field, compiled, rest)?;
        if self.create.is_none() || !found.is_empty() {
            return Ok(found);
        }
        let value = tree.scalar(pattern, Tag::None, Style::Plain, self.position);
        let element = if field.is_empty() {
            value
        } else {
            let mapping = tree.mapping(self.position);
            tree.append_entry(mapping, field, value);
            mapping
        };
        if tree.is_null(node) || !tree.is_sequence(node) {
            return Err(wrong_kind(tree, node, "a sequence"));
        }
        tree.append(node, element);
        let found = self.matching(tree, node, field, compiled, rest)?;
        if found.is_empty() {
            let message = format!("the element that was created for `{}` does not match it", part.text);
            return Err(Diagnostic::error(Code::InvalidFieldPath, message));
        }
        Ok(found)
    }

    fn matching(
        &self,
        tree: &mut Tree,
        node: NodeId,
        field: &str,
        pattern: &Pattern,
        rest: &[Part],
    ) -> Result<Matches> {
        let mut found = Matches::default();
        for element in elements(tree, node)? {
            if field.is_empty() {
                if pattern.is_match(&written(tree, element)) {
                    found.nodes.push(element);
                }
                continue;
            }
            let value = tree.get(element, field);
            if value.is_some_and(|value| pattern.is_match(&written(tree, value))) {
                found.extend(find(tree, element, rest, self.create, self.position)?);
            }
        }
        pattern.check()?;
        Ok(found)
    }

    fn field(&self, tree: &mut Tree, node: NodeId, name: &str, rest: &[Part]) -> Result<Matches> {
        if tree.is_null(node) {
            return Ok(Matches::default());
        }
        if !tree.is_mapping(node) {
            return Err(wrong_kind(tree, node, "a mapping"));
        }
        if name.is_empty() && self.create.is_some() {
            // kustomize interprets an empty name as the mapping itself, which has the wrong kind (fixture
            // `replacements/path-with-an-empty-part`).
            return Err(wrong_kind(tree, node, "a scalar"));
        }
        let field = match tree.get(node, name) {
            Some(field) => field,
            None if self.create.is_none() => return Ok(Matches::default()),
            None => {
                let field = self.new_node(tree, rest);
                tree.append_entry(node, name, field);
                field
            }
        };
        if tree.is_null(field) && !rest.is_empty() && (tree.text(field).is_empty() || tree.is_tagged(field)) {
            // kustomize descends into a null only if it has a text (fixture `replacements/create-in-an-empty-field`).
            return Err(wrong_kind(tree, field, "a mapping"));
        }
        if tree.is_scalar(field) && !tree.is_null(field) && !rest.is_empty() {
            return self.inside_text(tree.text(field), rest);
        }
        find(tree, field, rest, self.create, self.position)
    }

    fn inside_text(&self, text: &str, rest: &[Part]) -> Result<Matches> {
        let parsed = parse_presented(text).map_err(invalid_yaml)?;
        let Some((mut tree, presentation)) = parsed else { return Ok(Matches::default()) };
        let root = tree.root();
        let found = find(&mut tree, root, rest, self.create, self.position)?;
        if presentation.has_filled_alias(&tree) {
            return Err(Diagnostic::error(Code::InvalidFieldPath, "the path leads into an alias"));
        }
        Ok(Matches { nodes: Vec::new(), inside_text: !found.is_empty() })
    }
}

/// Returns a node as kustomize writes it on its own, including quotes. Patterns are matched against this text (fixture
/// `replacements/select-by-a-mapping`).
fn written(tree: &Tree, node: NodeId) -> String {
    if !tree.is_scalar(node) {
        return to_text(tree, node).trim().to_string();
    }
    let text = tree.text(node);
    let is_other_type = || tree.tag(node) == Tag::Str && resolve(text, GoYaml::V3).tag() != Tag::Str;
    match tree.style(node) {
        Style::SingleQuoted => format!("'{}'", text.replace('\'', "''")),
        Style::DoubleQuoted => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        Style::Plain if is_other_type() => format!("\"{text}\""),
        _ => text.trim().to_string(),
    }
}
