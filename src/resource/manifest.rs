//! Conversion of manifests to resources, including lists.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::resource::Resource;
use crate::resource::metadata::check_is_resource;
use crate::resource::patch::json_round_trip::list_item_through_json;
use crate::yaml::{NodeId, Position, Style, Tree};

/// Converts the documents of a manifest to resources. Skips empty documents, and replaces lists by their items.
///
/// # Errors
/// Fails on documents that have no kind or no name.
pub fn resources(documents: Vec<Tree>) -> Result<Vec<Resource>> {
    let mut trees: VecDeque<Tree> = unwrap_only_list(documents).into_iter().collect();
    trees.retain(|tree| !tree.is_null_or_empty(tree.root()));
    Diagnostic::combine(trees.iter().filter_map(|tree| check_is_resource(tree).err()))?;
    trees.iter_mut().for_each(join_annotations);
    let mut result = Vec::new();
    while let Some(tree) = trees.pop_front() {
        let root = tree.root();
        let kind = tree.get(root, "kind").map_or("", |kind| tree.text(kind));
        let items = tree.get(root, "items").filter(|_| kind.ends_with("List"));
        let Some(items) = items else {
            result.push(Resource::with_bookkeeping(Arc::new(tree)));
            continue;
        };
        if tree.is_null(items) {
            continue;
        }
        if !tree.is_sequence(items) {
            return Err(Diagnostic::error(Code::NotAResource, format!("expected a list in {kind}/items"))
                .at(tree.position(items), "not a list"));
        }
        // kustomize converts the items to JSON and back, and appends them after all other documents.
        let mut inner = Vec::new();
        for item in tree.children(items) {
            let mut item = subtree(&tree, item);
            if item.is_null_or_empty(item.root()) {
                continue;
            }
            check_is_resource(&item).map_err(|error| {
                error.at(tree.position(root), "the list").hint(format!(
                    "kustomize replaces an object whose kind ends with `List` and that has `items` by these items, which \
                     must be resources; rename the field or the kind (`{kind}`) if they are not"
                ))
            })?;
            list_item_through_json(&mut item)?;
            let root = item.root();
            item.set_style(root, Style::Flow);
            inner.push(item);
        }
        trees.extend(inner);
    }
    Ok(result)
}

/// Merges duplicate `annotations`, as kustomize does when it adds its own: the first of equal entries counts, and empty
/// annotations disappear (fixture `yaml/duplicate-annotations`). No other field may be duplicated.
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

/// Replaces a list that is the only document of a stream by its items. Empty documents count, such as that of a comment
/// before the first `---` (fixture `resources/list-after-a-comment`).
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

/// Copies a node into a new tree.
pub fn subtree(tree: &Tree, node: NodeId) -> Tree {
    let mut copy = Tree::new_mapping(Position::NONE);
    let root = copy.copy_from(tree, node);
    copy.set_root(root);
    copy
}
