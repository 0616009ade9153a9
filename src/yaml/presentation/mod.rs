//! What a text contains besides its values: comments, anchors, aliases and tags, as Go's yaml v3 attaches them to nodes.
//!
//! The trees of manifests do not have them. They are only kept in texts inside of values, which kustomize parses and writes again
//! when a replacement changes a value in them.

mod cursor;
mod gaps;
mod node;
mod parser;
mod scalars;
mod scanner;

use std::collections::HashMap;
use std::sync::Arc;

use super::limits::{ParseError, ParseLimits};
use super::parse::{parse_unexpanded, parse_value};
use super::position::FileId;
use super::tree::{Kind, NodeId, Tree};

pub use node::Comments;
use node::{Node, NodeKind};
use parser::Document;

/// The comments, anchors, aliases and tags of a document.
#[derive(Debug, Default)]
pub struct Presentation {
    /// The comments before and after the document.
    pub document: Comments,
    comments: HashMap<NodeId, Comments>,
    /// The foot comments of keys, which are after the values.
    after_entries: HashMap<NodeId, String>,
    anchors: HashMap<NodeId, String>,
    tags: HashMap<NodeId, String>,
    aliases: HashMap<NodeId, String>,
}

/// Parses a text like [`parse_value`], together with its presentation. Merge keys stay as they are, and an alias is an empty
/// mapping.
///
/// # Errors
/// Fails on text that is not valid YAML.
pub fn parse_presented(text: &str) -> Result<Option<(Tree, Presentation)>, ParseError> {
    let source = Arc::new(text.to_string());
    let limits = ParseLimits::default();
    let Some(tree) = parse_unexpanded(&source, FileId::NONE, limits)? else { return Ok(None) };
    if !text.contains(['#', '&', '*', '!']) {
        return Ok(Some((tree, Presentation::default())));
    }
    match Presentation::read(text, &tree) {
        Some(presentation) => Ok(Some((tree, presentation))),
        // The values are correct without it, except for aliases.
        None => Ok(parse_value(&source, FileId::NONE, limits)?.map(|tree| (tree, Presentation::default()))),
    }
}

impl Presentation {
    fn read(text: &str, tree: &Tree) -> Option<Presentation> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Document { comments, root } = parser::parse(text).ok()??;
        let mut presentation = Presentation { document: comments, ..Presentation::default() };
        presentation.add(tree, tree.root(), root)?;
        Some(presentation)
    }

    /// Returns the comments of a node.
    pub fn comments(&self, id: NodeId) -> Option<&Comments> {
        self.comments.get(&id)
    }

    /// Returns the comment after the entry of a key.
    pub fn after_entry(&self, key: NodeId) -> &str {
        self.after_entries.get(&key).map_or("", String::as_str)
    }

    /// Returns the anchor of a node with its `&`.
    pub fn anchor(&self, id: NodeId) -> Option<&str> {
        self.anchors.get(&id).map(String::as_str)
    }

    /// Returns the tag of a node as it is written.
    pub fn tag(&self, id: NodeId) -> Option<&str> {
        self.tags.get(&id).map(String::as_str)
    }

    /// Returns the alias that a node is, with its `*`.
    pub fn alias(&self, id: NodeId) -> Option<&str> {
        self.aliases.get(&id).map(String::as_str)
    }

    /// Returns whether a path that creates its fields has led into an alias, which kustomize rejects.
    pub fn has_filled_alias(&self, tree: &Tree) -> bool {
        self.aliases.keys().any(|&alias| !tree.is_empty(alias))
    }

    /// Removes everything about a node that is replaced.
    pub fn remove(&mut self, id: NodeId) {
        self.comments.remove(&id);
        self.anchors.remove(&id);
        self.tags.remove(&id);
        self.aliases.remove(&id);
    }

    /// Adds the presentation of a node and of those inside it. Returns `None` if the nodes are not those of the tree.
    fn add(&mut self, tree: &Tree, id: NodeId, node: Node<'_>) -> Option<()> {
        let is_same_kind = match node.kind {
            NodeKind::Scalar | NodeKind::MergeKey => tree.is_scalar(id),
            NodeKind::Alias => tree.is_mapping(id) && tree.is_empty(id),
            NodeKind::Sequence => tree.is_sequence(id),
            NodeKind::Mapping => tree.is_mapping(id),
        };
        if !is_same_kind {
            return None;
        }
        if !node.comments.is_empty() {
            self.comments.insert(id, node.comments);
        }
        let properties = node.properties;
        for (text, texts) in [
            (properties.anchor, &mut self.anchors),
            (properties.tag, &mut self.tags),
            (properties.alias, &mut self.aliases),
        ] {
            if !text.is_empty() {
                texts.insert(id, text.to_string());
            }
        }
        let is_mapping = tree.kind(id) == Kind::Mapping;
        let mut ids = tree.children(id);
        for (at, mut child) in node.children.into_iter().enumerate() {
            let id = ids.next()?;
            if is_mapping && at % 2 == 0 && !child.comments.foot.is_empty() {
                self.after_entries.insert(id, std::mem::take(&mut child.comments.foot));
            }
            self.add(tree, id, child)?;
        }
        ids.next().is_none().then_some(())
    }
}
