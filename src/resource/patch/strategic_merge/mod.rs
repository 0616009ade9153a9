//! Strategic merge: a port in behaviour of the reference's merge2 walker, with its corners.
//!
//! The walk visits the whole resource, not only what the patch names, and that shows: empty nulls disappear, and lists
//! that merge by a key are brought in order even where the patch leaves them alone (fixtures `patches/merge-*`).

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

/// Merges `patch` into `tree`, and counts what it goes through. Returns false when the patch deletes the whole resource.
///
/// # Errors
/// Fails when patch and resource disagree on whether a field is a mapping, a sequence or a scalar, on unknown `$patch`
/// directives, on empty keys, on lists that merge by a key but have elements without keys, and where it is too much work.
pub fn merge(
    tree: &mut Tree,
    patch: &Tree,
    schema: &Schema,
    new_elements: NewElements,
    work: &mut Work,
) -> Result<bool> {
    let dest = tree.root();
    let origin = tree.copy_from(patch, patch.root());
    let comments: HashMap<NodeId, CustomSchema> = tree
        .json_comments()
        .iter()
        .filter_map(|(node, comment)| Some((*node, CustomSchema::from_comment(comment)?)))
        .collect();
    let mut walker = Walker { tree, schema, comments: &comments, new_elements, work };
    let result = walker.walk(Some(dest), Some(origin), None)?;
    Ok(result.is_some())
}
