//! Strategic merge. Behaves like kustomize's merge2 walker, quirks included.
//!
//! The walk visits the complete resource, not only the fields in the patch. So empty nulls disappear, and lists that
//! merge by a key are reordered even if the patch does not contain them (fixtures `patches/merge-*`).

mod directive;
mod list;
mod mapping;
mod walker;

use std::collections::HashMap;

use crate::diagnostic::Result;
use crate::resource::limits::Work;
use crate::resource::schema::{CustomSchema, Schema};
use crate::yaml::{NodeId, Tree};

use walker::Walker;

pub use walker::NewElements;

/// Merges `patch` into `tree`, and counts the visited nodes. Returns false if the patch deletes the resource.
///
/// # Errors
/// Fails if a field has different kinds of nodes in the patch and in the resource, on unknown `$patch` directives, on
/// empty keys, on elements that lack a merge key, and if the work limit is exceeded.
pub fn merge(
    tree: &mut Tree,
    patch: &Tree,
    schema: &Schema,
    new_elements: NewElements,
    work: &mut Work,
) -> Result<bool> {
    work.count(patch.node_count())?;
    let root = tree.root();
    let nodes = tree.node_count();
    let patch_root = tree.copy_from(patch, patch.root());
    let comments: HashMap<NodeId, CustomSchema> = tree
        .json_comments()
        .iter()
        .filter_map(|(node, comment)| Some((*node, CustomSchema::from_comment(comment)?)))
        .collect();
    let mut walker = Walker { tree, schema, comments: &comments, new_elements, work };
    let result = walker.walk(Some(root), Some(patch_root), None)?;
    // What the patch only repeats would make the document grow with each patch.
    tree.forget_unused_nodes(nodes);
    Ok(result.is_some())
}
