//! Builds a tree from the events of the parser crate. Anchors, aliases and merge keys are expanded at once, as
//! kustomize does after parsing.

use std::collections::HashSet;
use std::sync::Arc;

use granit_parser::{Event, ScalarStyle, StructureStyle};

use super::limits::{Dialect, ParseError, ParseLimits};
use super::position::{FileId, Position};
use super::resolve::{GoYaml, plain_tag};
use super::tree::{Kind, NodeId, Style, Tag, Tree};
use super::typed::binary;

/// A collection that is being parsed.
struct Open {
    id: NodeId,
    /// The number of the anchor that it defines, or zero.
    anchor: usize,
    /// The number of nodes in it so far.
    len: usize,
}

/// Builds the tree of one document.
pub struct Builder {
    tree: Tree,
    /// The open collections.
    stack: Vec<Open>,
    /// The largest number of nested collections so far.
    depth: usize,
    /// The anchored nodes by the parser's number of the anchor; `None` while a node is open.
    anchors: Vec<Option<NodeId>>,
    /// The number of nodes that aliases have added to the file.
    alias_nodes: usize,
    file: FileId,
    start: usize,
    dialect: Dialect,
    limits: ParseLimits,
}

impl Builder {
    /// Returns a builder for a document. Aliases in previous documents of the file have added `alias_nodes` nodes.
    pub fn new(
        source: &Arc<String>,
        start: usize,
        file: FileId,
        dialect: Dialect,
        limits: ParseLimits,
        alias_nodes: usize,
    ) -> Builder {
        let tree = Tree::without_root(source.clone());
        Builder { tree, stack: Vec::new(), depth: 1, anchors: Vec::new(), alias_nodes, file, start, dialect, limits }
    }

    /// Returns the number of nodes that aliases have added to the file.
    pub fn alias_nodes(&self) -> usize {
        self.alias_nodes
    }

    /// Returns the tree. It has no root if the document is empty.
    pub fn into_tree(mut self) -> Tree {
        self.tree.set_parsed_depth(self.depth, self.limits.nesting);
        self.tree
    }

    pub fn in_flow(&self) -> bool {
        self.stack.last().is_some_and(|open| self.tree.style(open.id) == Style::Flow)
    }

    /// Returns the offset in the document of the innermost open collection.
    pub fn innermost(&self) -> Option<usize> {
        self.stack.last().map(|open| self.tree.position(open.id).offset as usize - self.start)
    }

    /// Returns whether the next node is a key of a mapping.
    pub fn expects_key(&self) -> bool {
        self.stack.last().is_some_and(|open| self.tree.is_mapping(open.id) && open.len % 2 == 0)
    }

    /// Adds a node. It is written at `at`, and `raw` is the text of a scalar, which starts at `from`.
    pub fn event(&mut self, event: Event<'_>, at: usize, from: usize, raw: &str) -> Result<(), ParseError> {
        let position = Position::new(self.file, self.start + at);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                // The parser crate reports an absent node as a `~` of length zero.
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
                    Style::Plain => match plain_tag(&value, self.dialect.version) {
                        // yaml v2 treats dates as strings.
                        Tag::Timestamp if self.dialect.version == GoYaml::V2 => Tag::Str,
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
                if self.tree.tag(id) == Tag::Binary && self.dialect.version == GoYaml::V2 {
                    // yaml v2 decodes it while parsing (fixture `yaml/binary-in-a-kustomization`).
                    let text = binary(self.tree.text(id)).map_err(|message| ParseError::new(position, message))?;
                    let decoded = self.tree.scalar(&text, Tag::Str, Style::DoubleQuoted, position);
                    self.tree.overwrite(id, decoded);
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
                    if self.dialect.expands {
                        self.expand_merge(id)?;
                    }
                }
                self.finish(id, anchor)
            }
            Event::Alias(_) if !self.dialect.expands => {
                let alias = self.tree.mapping(position);
                self.finish(alias, 0)
            }
            Event::Alias(anchor) => {
                let Some(target) = self.anchors.get(anchor).copied().flatten() else {
                    return Err(ParseError::new(position, "the anchor contains itself"));
                };
                let copy = self.copy(target, position)?;
                self.finish(copy, 0)
            }
            _ => Ok(()),
        }
    }

    fn set_tag(&mut self, id: NodeId, handle: &str, suffix: &str) {
        let tag = match (handle, suffix) {
            // The tag `!` makes a scalar a string in yaml v2 (fixture `patches/json-tag-of-strings`), but not in v3.
            ("!", "") | ("", "!") if self.dialect.version == GoYaml::V2 && self.tree.is_scalar(id) => Tag::Str,
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
        self.depth = self.depth.max(self.stack.len());
    }

    fn set_anchor(&mut self, anchor: usize, node: Option<NodeId>) {
        if self.anchors.len() <= anchor {
            self.anchors.resize(anchor + 1, None);
        }
        self.anchors[anchor] = node;
    }

    /// Adds a complete node to its parent.
    fn finish(&mut self, id: NodeId, anchor: usize) -> Result<(), ParseError> {
        if anchor > 0 {
            self.set_anchor(anchor, Some(id));
        }
        match self.stack.last_mut() {
            Some(parent) => {
                parent.len += 1;
                self.tree.attach(parent.id, id);
            }
            None => self.tree.set_root(id),
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

    /// Checks the number and the depth of the nodes that a copy would add against the limits.
    fn check_size(&mut self, target: NodeId, position: Position) -> Result<(), ParseError> {
        let mut left = self.limits.alias_nodes.saturating_sub(self.alias_nodes);
        let mut open = vec![(target, self.stack.len())];
        while let Some((id, depth)) = open.pop() {
            left = left.checked_sub(1).ok_or_else(|| ParseError::too_many_aliases(position, self.limits))?;
            if depth > self.limits.nesting {
                return Err(ParseError::too_deep(position, self.limits));
            }
            self.depth = self.depth.max(depth + 1);
            open.extend(self.tree.children(id).map(|child| (child, depth + 1)));
        }
        Ok(())
    }

    /// Checks that the keys of a mapping are unique, including those added by a merge key.
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

    /// Replaces a merge key (`<<`) by the merged entries, which the mapping's own entries override. In yaml v2 only own
    /// entries after the merge key do (fixture `patches/json-merge-keys`). kustomize writes the result of yaml v2
    /// without quotes around the key and parses it again, so that a quoted key merges, too (fixture
    /// `patches/json-quoted-merge-key`).
    fn expand_merge(&mut self, id: NodeId) -> Result<(), ParseError> {
        let mut merge = None;
        let mut has_merge_text = false;
        // The index of the first entry that overrides merged entries.
        let mut overriding = 0;
        for (at, (key, value)) in self.tree.entries(id).enumerate() {
            let is_merge_text = self.tree.text(key) == "<<";
            has_merge_text |= is_merge_text;
            if self.tree.tag(key) == Tag::Merge || is_merge_text && self.dialect.version == GoYaml::V2 {
                if merge.is_some() {
                    let position = self.tree.position(key);
                    return Err(ParseError::new(position, "duplicate merge key"));
                }
                merge = Some(value);
                if self.dialect.version == GoYaml::V2 {
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
                let message = "a merge key requires a mapping or a list of mappings";
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
