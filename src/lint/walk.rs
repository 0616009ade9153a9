//! Walks over documents.

use crate::yaml::{NodeId, Tree};

/// Returns the elements of the list at a path. A missing list has no elements.
pub fn elements_at<'a>(tree: &'a Tree, node: NodeId, path: &[&str]) -> impl Iterator<Item = NodeId> + use<'a> {
    tree.get_path(node, path).into_iter().flat_map(|list| tree.elements(list))
}

/// Calls `visit` with each value of a document that is a scalar, its keys from the root (those of lists are left out), and the
/// mapping that contains it.
pub fn scalars<'a>(tree: &'a Tree, visit: &mut impl FnMut(&[&'a str], NodeId, NodeId)) {
    below(tree, tree.root(), tree.root(), &mut Vec::new(), visit);
}

fn below<'a>(
    tree: &'a Tree,
    node: NodeId,
    mapping: NodeId,
    keys: &mut Vec<&'a str>,
    visit: &mut impl FnMut(&[&'a str], NodeId, NodeId),
) {
    if tree.is_scalar(node) {
        visit(keys, node, mapping);
    }
    for element in tree.elements(node) {
        below(tree, element, mapping, keys, visit);
    }
    for (key, value) in tree.entries(node) {
        keys.push(tree.text(key));
        below(tree, value, node, keys, visit);
        keys.pop();
    }
}
