//! Nodes as plain values, as in the output.

use serde_json::{Map, Number, Value};

use crate::yaml::{Context, Kind, NodeId, Plain, Scalar, Style, Tree, float_through_json, typed};

/// A node, and whether it is inside a flow collection, which affects the type of empty scalars.
#[derive(Clone, Copy, Debug)]
pub struct ValueNode {
    pub node: NodeId,
    pub in_flow: bool,
}

impl ValueNode {
    pub fn root(tree: &Tree) -> ValueNode {
        ValueNode { node: tree.root(), in_flow: false }
    }

    /// Returns a child.
    pub fn child(self, tree: &Tree, node: NodeId) -> ValueNode {
        ValueNode { node, in_flow: self.in_flow || tree.style(self.node) == Style::Flow }
    }
}

/// Returns the value of a node. A value that cannot be represented in JSON becomes its text.
pub fn value(tree: &Tree, at: ValueNode) -> Value {
    match tree.kind(at.node) {
        Kind::Mapping => {
            let entries = tree.entries(at.node);
            let entries = entries.map(|(key, child)| (tree.text(key).to_string(), value(tree, at.child(tree, child))));
            Value::Object(entries.collect::<Map<String, Value>>())
        }
        Kind::Sequence => {
            Value::Array(tree.elements(at.node).map(|child| value(tree, at.child(tree, child))).collect())
        }
        Kind::Scalar => scalar(tree, at),
    }
}

fn scalar(tree: &Tree, at: ValueNode) -> Value {
    let context = Context::of_value(at.child(tree, at.node).in_flow);
    match typed(tree, at.node, context) {
        Ok(Scalar::Null) => Value::Null,
        Ok(Scalar::Bool(value)) => value.into(),
        Ok(Scalar::Int(value)) => value.into(),
        Ok(Scalar::Uint(value)) => value.into(),
        Ok(Scalar::Str(text)) => text.into(),
        Ok(Scalar::Float(float)) => match float_through_json(float) {
            Plain::Int(value) => value.into(),
            Plain::Uint(value) => value.into(),
            _ => Number::from_f64(float).map_or_else(|| tree.text(at.node).into(), Value::Number),
        },
        Err(_) => tree.text(at.node).into(),
    }
}
