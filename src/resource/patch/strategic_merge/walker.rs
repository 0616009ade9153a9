//! The walk over a resource and a patch.

use std::collections::HashMap;

use crate::diagnostic::Result;
use crate::resource::limits::Work;
use crate::resource::paths::field_spec::wrong_kind;
use crate::resource::schema::{CustomSchema, Schema, SchemaNode};
use crate::yaml::{Kind, NodeId, Tree};

/// Where elements that only the patch has go in a list that merges by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewElements {
    /// To the start, as in patches of resources.
    First,
    /// To the end, as in the values of helm charts.
    Last,
}

/// What `$patch` says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Directive {
    Merge,
    Replace,
    Delete,
}

/// The values of a field in the resource and in the patch, and its key in the patch.
pub(super) type Field = ([Option<NodeId>; 2], Option<NodeId>);

pub(super) const DIRECTIVE_KEY: &str = "$patch";

/// How many entries are looked at in the time in which a node is merged.
pub(super) const ENTRIES_PER_NODE: usize = 16;

pub(super) struct Walker<'a> {
    pub(super) tree: &'a mut Tree,
    pub(super) schema: &'a Schema,
    /// Schemas that stand in comments behind the keys of nodes.
    pub(super) comments: &'a HashMap<NodeId, CustomSchema>,
    pub(super) new_elements: NewElements,
    pub(super) work: &'a mut Work,
}

impl<'a> Walker<'a> {
    pub(super) fn is_missing_or_null(&self, node: Option<NodeId>) -> bool {
        node.is_none_or(|node| self.tree.is_null(node))
    }

    /// Merges two nodes, either of which may be missing. `None` means that the field goes away.
    pub(super) fn walk(
        &mut self,
        dest: Option<NodeId>,
        origin: Option<NodeId>,
        schema: Option<SchemaNode<'a>>,
    ) -> Result<Option<NodeId>> {
        self.work.count(1)?;
        let schema = schema.or_else(|| self.schema_of_embedded_resource([dest, origin]));
        let kind = [dest, origin]
            .into_iter()
            .flatten()
            .find(|&node| !self.tree.is_null(node))
            .map_or(Kind::Mapping, |node| self.tree.kind(node));
        self.check_kind(dest, kind)?;
        self.check_kind(origin, kind)?;
        self.fill_in_style_of_patch(dest, origin);
        match kind {
            Kind::Mapping => self.walk_mapping(dest, origin, schema),
            Kind::Sequence if schema.is_some_and(|schema| schema.list_merge().merge) => {
                self.walk_associative(dest, origin, schema)
            }
            Kind::Sequence | Kind::Scalar => Ok(origin.or(dest)),
        }
    }

    /// Returns the schema of a node that says itself what it is, where its place does not.
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

    /// Lets what the patch fills `{}` or `[]` with stand in block style if it does so in the patch (fixture
    /// `patches/merge-into-empty`).
    pub(super) fn fill_in_style_of_patch(&mut self, dest: Option<NodeId>, origin: Option<NodeId>) {
        if let (Some(dest), Some(origin)) = (dest, origin)
            && !self.tree.is_scalar(dest)
            && self.tree.is_empty(dest)
        {
            self.tree.set_style(dest, self.tree.style(origin));
        }
    }
}
