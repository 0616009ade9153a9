//! Values in documents, as an API server reads them.

use serde_json::Value as Json;

use super::report::Path;
use crate::diff::value::{self, ValueNode};
use crate::yaml::{Context, NodeId, Scalar, Tree, typed};

/// A value in a document.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    /// The node.
    pub node: NodeId,
    /// Whether it is in a flow collection.
    pub in_flow: bool,
    /// The path.
    pub path: &'a Path<'a>,
}

/// Returns the value of a scalar; `None` for other nodes, and if it has no value.
pub fn of(tree: &Tree, node: NodeId, in_flow: bool) -> Option<Scalar<'_>> {
    if !tree.is_scalar(node) {
        return None;
    }
    typed(tree, node, Context::of_value(in_flow)).ok()
}

/// Returns whether a value is null.
pub fn is_null(tree: &Tree, node: NodeId, in_flow: bool) -> bool {
    of(tree, node, in_flow) == Some(Scalar::Null)
}

/// Returns a value as JSON.
pub fn json(tree: &Tree, node: NodeId, in_flow: bool) -> Json {
    value::value(tree, ValueNode { node, in_flow })
}
