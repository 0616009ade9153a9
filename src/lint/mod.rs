//! What often is a mistake, though it renders: rules about kustomizations, outputs, and whole trees.
//!
//! Rules are about what is there, not about taste. Each has a [`Code`](crate::Code) of its own, so that it can be turned
//! off. Warnings about entries that do nothing come from where they are found, in [`crate::transform`].

mod files;
mod images;
mod kustomization;
mod variables;

use crate::diagnostic::Diagnostic;
use crate::resource::Resource;

pub use files::unused;
pub use kustomization::listed_twice;

/// Checks the output of a target by itself: what `render --strict` tells, too.
pub fn check_output(resources: &[Resource]) -> Vec<Diagnostic> {
    resources.iter().flat_map(variables::unresolved).collect()
}

/// Checks what the output of a target is for, as far as the path of the target tells.
pub fn check_target(target: &str, resources: &[Resource]) -> Vec<Diagnostic> {
    match images::is_for_production(target) {
        true => resources.iter().flat_map(images::mutable_tags).collect(),
        false => Vec::new(),
    }
}
