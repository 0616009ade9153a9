//! References between the objects of an output, by name and by label selector.
//!
//! The fields with names are those in which a render updates references ([`TransformerConfig::name_reference`], which
//! `configurations` and `crds` extend), and a table of further ones. References to objects that are missing in the output
//! are included.

mod fields;
mod hosts;
mod objects;
mod reference;
mod selectors;
mod table;

use crate::diagnostic::Result;
use crate::resource::Resource;
use crate::resource::transformer_config::TransformerConfig;

use objects::Objects;

pub use objects::pod_template;
pub use reference::{Detail, DetailKind, ObjectReference, Referent, Relation};
pub use selectors::labels_of;

/// Returns all references of the objects of an output, in the order of the objects.
///
/// # Errors
/// Fails if the fields that may contain names have too many nodes.
pub fn references(resources: &[Resource], config: &TransformerConfig) -> Result<Vec<ObjectReference>> {
    let objects = Objects::new(resources);
    let mut references = Vec::new();
    let mut fields = fields::Fields::new(config, resources.len());
    let mut selectors = selectors::Selectors::new(&objects);
    for from in 0..resources.len() {
        fields.find(&objects, from, &mut references)?;
        hosts::find(&objects, from, &mut references);
        selectors.find(from, &mut references);
    }
    Ok(references)
}
