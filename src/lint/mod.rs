//! Lints: rules that find likely errors in kustomizations, outputs and trees that render successfully.
//!
//! Each rule has a [`Code`], by which it can be suppressed. Warnings about entries without effect come from the
//! render itself: [`Rendered::warnings`].
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

mod deployers;
mod files;
mod fixes;
mod images;
mod known;
mod namespaces;
mod own_labels;
mod ports;
mod references;
mod removed_apis;
mod scopes;
mod selectors;
mod spelling;
mod stale_names;
mod strings;
mod surroundings;
mod tree;
mod variables;
mod walk;

use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic, without_duplicates};
use crate::parallel::with_large_stack;
use crate::render::Rendered;

pub(crate) use deployers::Deployer;
pub(crate) use files::{is_sample, unused};
pub use fixes::add_fixes;
pub(crate) use fixes::{List, add_fixes_with};
pub(crate) use surroundings::Surroundings;
pub(crate) use tree::{Finding, Key, Need, Outputs, Provided};

/// Checks the output of a single target.
pub fn check(rendered: &Rendered) -> Vec<Diagnostic> {
    check_deployed(rendered, &[])
}

/// Checks the output of a target like [`check`], with what is known of those who deploy it.
pub(crate) fn check_deployed(rendered: &Rendered, deployers: &[&Deployer]) -> Vec<Diagnostic> {
    with_large_stack(|| {
        let resources = rendered.resources();
        let vars: Vec<&str> = resources.iter().flat_map(|resource| &resource.variables).map(|name| &**name).collect();
        let mut found: Vec<Diagnostic> =
            resources.iter().flat_map(|resource| variables::unresolved(resource, &vars, deployers)).collect();
        if !deployers.iter().any(|deployer| deployer.replaces_namespaces) {
            found.extend(references::wrong_namespaces(resources, rendered.config()));
        }
        found.extend(stale_names::stale_names(resources));
        found.extend(resources.iter().flat_map(strings::not_strings));
        found.extend(scopes::cluster_scoped(resources));
        found.extend(resources.iter().filter_map(removed_apis::removed_api));
        found.extend(resources.iter().filter_map(own_labels::selector_mismatch));
        without_duplicates(found)
    })
}

/// Checks the output of a target in a tree: missing objects may be in other outputs, and the path shows whether the target
/// is for production.
pub(crate) fn check_target(target: &str, rendered: &Rendered, deployers: &[&Deployer]) -> Vec<Finding> {
    let resources = rendered.resources();
    let mut findings = references::dangling(resources, rendered.config());
    let stale = stale_names::stale_names(resources);
    let start = |diagnostic: &Diagnostic| diagnostic.labels.first().map(|label| label.span.start);
    let stale: HashSet<_> = stale.iter().map(start).collect();
    // The name of a renamed object is reported once.
    findings.retain(|finding| {
        finding.diagnostic.code != Code::DanglingReference || !stale.contains(&start(&finding.diagnostic))
    });
    if images::is_for_production(target) {
        let tags = resources.iter().flat_map(|resource| images::mutable_tags(resource, deployers));
        findings.extend(tags.map(|diagnostic| Finding { diagnostic, need: None }));
    }
    findings
}
