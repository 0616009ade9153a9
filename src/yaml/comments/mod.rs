//! The comments of a text, as Go's yaml v3 attaches them to nodes.
//!
//! Trees have no comments: manifests lose them. They are only kept in texts inside of values, which kustomize parses and writes
//! again when a replacement changes a value in them.

mod cursor;
mod gaps;
mod node;
mod parser;
mod scalars;
mod scanner;

use std::collections::HashMap;

use super::tree::{Kind, NodeId, Tree};

pub use node::Comments;
use node::{Node, NodeKind};
use parser::Document;

/// The comments of a document.
#[derive(Debug, Default)]
pub struct CommentTable {
    /// The comments before and after the document.
    pub document: Comments,
    nodes: HashMap<NodeId, Comments>,
    /// The foot comments of keys, which are after the values.
    after_entries: HashMap<NodeId, String>,
}

impl CommentTable {
    /// Reads the comments of a text, which was parsed to `tree`.
    pub fn read(text: &str, tree: &Tree) -> CommentTable {
        let mut table = CommentTable::default();
        if text.contains('#')
            && let Ok(Some(Document { comments, root })) = parser::parse(text.strip_prefix('\u{feff}').unwrap_or(text))
        {
            table.document = comments;
            table.add(tree, tree.root(), root);
        }
        table
    }

    /// Returns the comments of a node.
    pub fn of(&self, id: NodeId) -> Option<&Comments> {
        self.nodes.get(&id)
    }

    /// Returns the comment after the entry of a key.
    pub fn after_entry(&self, key: NodeId) -> &str {
        self.after_entries.get(&key).map_or("", String::as_str)
    }

    /// Removes the comments of a node.
    pub fn remove(&mut self, id: NodeId) {
        self.nodes.remove(&id);
    }

    /// Adds the comments of a node and those inside it. In the tree, aliases and merge keys are expanded.
    fn add(&mut self, tree: &Tree, id: NodeId, node: Node) {
        if !node.comments.is_empty() {
            self.nodes.insert(id, node.comments);
        }
        let mut children = node.children.into_iter();
        match (node.kind, tree.kind(id)) {
            (NodeKind::Sequence, Kind::Sequence) => {
                for (id, child) in tree.children(id).zip(children) {
                    self.add(tree, id, child);
                }
            }
            (NodeKind::Mapping, Kind::Mapping) => {
                let mut entries = tree.entries(id);
                while let (Some(mut key), Some(value)) = (children.next(), children.next()) {
                    // The entries that a merge key adds are after the others.
                    if key.kind == NodeKind::MergeKey {
                        continue;
                    }
                    let Some((key_id, value_id)) = entries.next() else { return };
                    if !key.comments.foot.is_empty() {
                        self.after_entries.insert(key_id, std::mem::take(&mut key.comments.foot));
                    }
                    self.add(tree, key_id, key);
                    self.add(tree, value_id, value);
                }
            }
            _ => {}
        }
    }
}
