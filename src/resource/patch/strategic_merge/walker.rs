//! The walk over a resource and a patch.
//!
//! `existing` is a node of the resource, `patch` the node of the patch at the same path.

use std::collections::HashMap;

use crate::diagnostic::Result;
use crate::resource::limits::Work;
use crate::resource::paths::field_spec::wrong_kind;
use crate::resource::schema::{CustomSchema, Schema, SchemaNode};
use crate::yaml::{Kind, NodeId, Tree};

/// The position of new elements in a list that merges by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewElements {
    /// At the start, as in patches of resources.
    First,
    /// At the end, as in values of Helm charts.
    Last,
}

/// The value of `$patch`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Directive {
    Merge,
    Replace,
    Delete,
}

/// The values of a field in the resource and in the patch, and its keys.
pub(super) type Field = ([Option<NodeId>; 2], [Option<NodeId>; 2]);

pub(super) const DIRECTIVE_KEY: &str = "$patch";

/// The number of entries that are searched in the time that a visit to a node takes.
pub(super) const ENTRIES_PER_NODE: usize = 16;

/// The number of nodes that are visited in the time that the merge of a node takes.
const NODES_PER_WALK: usize = 4;

pub(super) struct Walker<'a> {
    pub(super) tree: &'a mut Tree,
    pub(super) schema: &'a Schema,
    /// The schemas in comments after the keys of nodes.
    pub(super) comments: &'a HashMap<NodeId, CustomSchema>,
    pub(super) new_elements: NewElements,
    pub(super) work: &'a mut Work,
}

impl<'a> Walker<'a> {
    pub(super) fn is_missing_or_null(&self, node: Option<NodeId>) -> bool {
        node.is_none_or(|node| self.tree.is_null(node))
    }

    /// Merges two nodes, either of which may be missing. Returns `None` if the field is to be removed.
    pub(super) fn walk(
        &mut self,
        existing: Option<NodeId>,
        patch: Option<NodeId>,
        schema: Option<SchemaNode<'a>>,
    ) -> Result<Option<NodeId>> {
        self.work.count(NODES_PER_WALK)?;
        let schema = schema.or_else(|| self.schema_of_embedded_resource([existing, patch]));
        let kind = [existing, patch]
            .into_iter()
            .flatten()
            .find(|&node| !self.tree.is_null(node))
            .map_or(Kind::Mapping, |node| self.tree.kind(node));
        self.check_kind(existing, kind)?;
        self.check_kind(patch, kind)?;
        self.inherit_style_of_patch(existing, patch);
        match kind {
            Kind::Mapping => self.walk_mapping(existing, patch, schema),
            Kind::Sequence if schema.is_some_and(|schema| schema.list_merge().merge) => {
                self.walk_associative(existing, patch, schema)
            }
            Kind::Sequence | Kind::Scalar => Ok(patch.or(existing)),
        }
    }

    /// Returns the schema for the kind and API version in a node, for nodes without a schema from their parent.
    pub(super) fn schema_of_embedded_resource(&self, sources: [Option<NodeId>; 2]) -> Option<SchemaNode<'a>> {
        sources.into_iter().flatten().find_map(|node| {
            let field = |name| self.tree.get(node, name).filter(|&field| !self.tree.is_null(field));
            let (kind, api_version) = (self.tree.text(field("kind")?), self.tree.text(field("apiVersion")?));
            if kind.is_empty() || api_version.is_empty() {
                return None;
            }
            self.schema.of_resource(api_version, kind)
        })
    }

    pub(super) fn comment_schema(&self, node: NodeId) -> Option<SchemaNode<'a>> {
        self.comments.get(&node).map(CustomSchema::root)
    }

    pub(super) fn check_kind(&self, node: Option<NodeId>, kind: Kind) -> Result<()> {
        let Some(node) = node.filter(|&node| !self.tree.is_null(node)) else { return Ok(()) };
        if self.tree.kind(node) == kind {
            return Ok(());
        }
        let expected = match kind {
            Kind::Scalar => "a scalar",
            Kind::Mapping => "a mapping",
            Kind::Sequence => "a sequence",
        };
        Err(wrong_kind(self.tree, node, expected))
    }

    /// Gives an empty collection the style of the patch, so that new entries are in block style if they are in the
    /// patch (fixture `patches/merge-into-empty`).
    pub(super) fn inherit_style_of_patch(&mut self, existing: Option<NodeId>, patch: Option<NodeId>) {
        if let (Some(existing), Some(patch)) = (existing, patch)
            && !self.tree.is_scalar(existing)
            && self.tree.is_empty(existing)
        {
            self.tree.set_style(existing, self.tree.style(patch));
        }
    }
}
