//! Transformers: the changes that a kustomization makes to its resources.

pub mod common_annotations;
pub mod images;
pub mod labels;
mod missing_field;
pub mod name_prefix;
pub mod name_suffix;
pub mod namespace;
pub mod patches;
pub mod replacements;
pub mod replicas;
mod run;
pub mod selector;
mod unlisted_field;
mod unmatched;

use crate::diagnostic::Result;
use crate::resource::transformer_config::TransformerConfig;
use crate::resource::{Origin, Resources};
use crate::target::Target;

use run::Run;

/// The transformer of a field: the name that kustomize records for it in the build metadata, and its function.
type Transformer = (&'static str, fn(&Run<'_>, &mut Resources) -> Result<()>);

/// All transformers in kustomize's order.
const TRANSFORMERS: &[Transformer] = &[
    ("PatchStrategicMergeTransformer", patches::strategic_merge::transform),
    ("PatchTransformer", patches::transform),
    ("NamespaceTransformer", namespace::transform),
    ("PrefixTransformer", name_prefix::transform),
    ("SuffixTransformer", name_suffix::transform),
    ("LabelTransformer", labels::transform),
    ("AnnotationsTransformer", common_annotations::transform),
    ("PatchJson6902Transformer", patches::json6902::transform),
    ("ReplicaCountTransformer", replicas::transform),
    ("ImageTagTransformer", images::transform),
    ("ReplacementTransformer", replacements::transform),
];

/// Runs the transformers of a kustomization's fields.
///
/// # Errors
/// Fails with the errors of the first transformer that fails.
pub fn run(
    target: &Target,
    config: &TransformerConfig,
    origin: Option<&Origin>,
    resources: &mut Resources,
) -> Result<()> {
    let kustomization = target.kustomization();
    let has_deprecated = kustomization.patches_json6902.is_some() || kustomization.patches_strategic_merge.is_some();
    if has_deprecated || !kustomization.patches.is_empty() {
        resources.watch_patches();
    }
    for &(kind, transform) in TRANSFORMERS {
        transform(&Run { target, config, origin, kind }, resources)?;
    }
    resources.warn_about_overwritten();
    Ok(())
}
