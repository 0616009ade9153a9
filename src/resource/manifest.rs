//! Manifests: documents to resources, with lists taken apart.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::resource::Resource;
use crate::resource::metadata::check_is_resource;
use crate::resource::patch::json6902::list_item_through_json;
use crate::yaml::{NodeId, Position, Style, Tree};

/// Turns the documents of a manifest into resources: empty ones are left out, lists become their items.
///
/// # Errors
/// Fails on documents that have no kind or no name.
pub fn resources(documents: Vec<Tree>) -> Result<Vec<Resource>> {
    let mut trees: VecDeque<Tree> = unwrap_only_list(documents).into_iter().collect();
    trees.retain(|tree| !tree.is_null_or_empty(tree.root()));
    Diagnostic::together(trees.iter().filter_map(|tree| check_is_resource(tree).err()))?;
    trees.iter_mut().for_each(join_annotations);
    let mut result = Vec::new();
    while let Some(tree) = trees.pop_front() {
        let root = tree.root();
        let kind = tree.get(root, "kind").map_or("", |kind| tree.text(kind));
        let items = tree.get(root, "items").filter(|_| kind.ends_with("List"));
        let Some(items) = items else {
            result.push(Resource::with_notes(Arc::new(tree)));
            continue;
        };
        if tree.is_null(items) {
            continue;
        }
        if !tree.is_sequence(items) {
            return Err(Diagnostic::error(Code::NotAResource, format!("expected a list in {kind}/items"))
                .at(tree.position(items), "this is no list"));
        }
        // The reference sends the items through JSON and puts them behind all other documents.
        let mut inner = Vec::new();
        for item in tree.children(items) {
            let mut item = subtree(&tree, item);
            if item.is_null_or_empty(item.root()) {
                continue;
            }
            check_is_resource(&item)?;
            list_item_through_json(&mut item)?;
            let root = item.root();
            item.set_style(root, Style::Flow);
            inner.push(item);
        }
        trees.extend(inner);
    }
    Ok(result)
}

/// Makes one of annotations that are there twice, as the reference does where it takes notes among them: the first of equal
/// entries counts, and what is empty disappears (fixture `yaml/duplicate-annotations`). Nothing else must be there twice.
fn join_annotations(tree: &mut Tree) {
    let Some(metadata) = tree.get(tree.root(), "metadata") else { return };
    let (all, others): (Vec<_>, Vec<_>) =
        tree.entries(metadata).partition(|&(key, _)| tree.is_text(key, "annotations"));
    let [(_, first), _, ..] = all[..] else { return };
    let mut keys = HashSet::new();
    let entries = all.iter().flat_map(|&(_, annotations)| tree.entries(annotations));
    let joined: Vec<_> =
        entries.filter(|&(key, _)| keys.insert(tree.text(key))).flat_map(<[NodeId; 2]>::from).collect();
    let others: Vec<_> = others.into_iter().flat_map(<[NodeId; 2]>::from).collect();
    tree.set_children(metadata, &others);
    if !joined.is_empty() {
        let annotations = tree.mapping(tree.position(first));
        tree.set_children(annotations, &joined);
        tree.append_entry(metadata, "annotations", annotations);
    }
}

/// A stream that is one list, and nothing else, is its items. Even an empty document is something else, such as the one that
/// a comment before the first `---` makes (fixture `resources/list-after-a-comment`).
fn unwrap_only_list(documents: Vec<Tree>) -> Vec<Tree> {
    let [document] = &documents[..] else { return documents };
    let root = document.root();
    let kind = document.get(root, "kind").map_or("", |kind| document.text(kind));
    let is_list = matches!(kind, "List" | "ResourceList");
    let has_items = document.get(root, "items").is_some() || document.get(root, "functionConfig").is_some();
    if !is_list || !has_items {
        return documents;
    }
    let Some(items) = document.get(root, "items") else { return Vec::new() };
    document.children(items).map(|item| subtree(document, item)).collect()
}

/// Copies a node into a tree of its own.
pub fn subtree(tree: &Tree, node: NodeId) -> Tree {
    let mut copy = Tree::new_mapping(Position::NONE);
    let root = copy.copy_from(tree, node);
    copy.set_root(root);
    copy
}
