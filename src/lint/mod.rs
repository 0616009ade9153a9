//! Lints: rules that find common mistakes in kustomizations, outputs and whole trees, although they render.
//!
//! Each rule has a [`Code`](crate::Code), by which it can be turned off. Warnings about entries that have no effect come from
//! the render itself: [`Rendered::warnings`].
//!
//! # Example
//! ```
//! use boutique::{Code, Options, io, lint};
//!
//! let host = io::MemoryHost::new([
//!     ("/kustomization.yaml", "namespace: shop\nresources: [service.yaml]\n"),
//!     ("/service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {externalName: $(HOST)}\n"),
//! ]);
//! let rendered = io::render(&host, "/", &Options::default()).result.expect("the tree is valid");
//! let findings = lint::check(&rendered);
//! assert_eq!(findings[0].code, Code::UnresolvedVariable);
//! ```

mod files;
mod images;
mod references;
mod tree;
mod variables;

use crate::diagnostic::{Diagnostic, without_repetitions};
use crate::render::Rendered;

pub(crate) use files::unused;
pub(crate) use tree::{Finding, Key, Need, Outputs, Provided};

/// Checks the output of a target by itself.
pub fn check(rendered: &Rendered) -> Vec<Diagnostic> {
    let resources = rendered.resources();
    let unresolved = resources.iter().flat_map(variables::unresolved);
    without_repetitions(unresolved.chain(references::wrong_namespaces(resources, rendered.config())).collect())
}

/// Checks the output of a target as a part of a tree: what it lacks may be in other outputs, and its path tells what it is
/// for.
pub(crate) fn check_target(target: &str, rendered: &Rendered) -> Vec<Finding> {
    let resources = rendered.resources();
    let mut found = references::dangling(resources, rendered.config());
    if images::is_for_production(target) {
        let tags = resources.iter().flat_map(images::mutable_tags);
        found.extend(tags.map(|diagnostic| Finding { diagnostic, open: None }));
    }
    found
}
