//! What often is a mistake, though it renders: rules about kustomizations, outputs, and whole trees.
//!
//! Rules are about what is there, not about taste. Each has a [`Code`](crate::Code) of its own, so that it can be turned
//! off. Warnings about entries that do nothing come from where they are found, in [`crate::transform`].

mod files;
mod images;
mod references;
mod tree;
mod variables;

use crate::diagnostic::Diagnostic;
use crate::resource::Resource;
use crate::resource::transformer_config::TransformerConfig;

pub use files::unused;
pub use tree::{Finding, Key, Need, Outputs, Provided};

/// Checks the output of a target by itself: what `render --strict` tells, too.
pub fn check_output(resources: &[Resource], config: &TransformerConfig) -> Vec<Diagnostic> {
    let unresolved = resources.iter().flat_map(variables::unresolved);
    unresolved.chain(references::wrong_namespaces(resources, config)).collect()
}

/// Checks the output of a target as a part of a tree: what it lacks may be in other outputs, and its path tells what it is
/// for.
pub fn check_target(target: &str, resources: &[Resource], config: &TransformerConfig) -> Vec<Finding> {
    let mut found = references::dangling(resources, config);
    if images::is_for_production(target) {
        let tags = resources.iter().flat_map(images::mutable_tags);
        found.extend(tags.map(|diagnostic| Finding { diagnostic, open: None }));
    }
    found
}
