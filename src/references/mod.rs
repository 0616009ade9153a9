//! Which objects of an output refer to which: by the fields that hold names, and by label selectors.
//!
//! The fields are those in which a render follows renamed resources ([`TransformerConfig::name_reference`]), so that
//! `configurations` and `crds` count, and a table of what that list lacks. What a reference names may be missing in the
//! output: such references are told, too.

mod fields;
mod hosts;
mod objects;
mod reference;
mod selectors;
mod table;

use crate::resource::Resource;
use crate::resource::transformer_config::TransformerConfig;

use objects::Objects;

pub use objects::pod_template;
pub use reference::{Detail, DetailKind, Reference, Relation, To};
pub use selectors::labels_of;

/// Returns all references among the objects of an output, in the order of the objects that refer.
pub fn references(resources: &[Resource], config: &TransformerConfig) -> Vec<Reference> {
    let objects = Objects::new(resources);
    let mut references = Vec::new();
    let mut fields = fields::Fields::new(config);
    let mut selectors = selectors::Selectors::new(&objects);
    for from in 0..resources.len() {
        fields.find(&objects, from, &mut references);
        hosts::find(&objects, from, &mut references);
        selectors.find(from, &mut references);
    }
    references
}
