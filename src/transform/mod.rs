//! Transformers: what a kustomization does to the resources it has.

pub mod common_annotations;
pub mod images;
pub mod labels;
pub mod name_prefix;
pub mod name_suffix;
pub mod namespace;
pub mod patches;
pub mod replacements;
pub mod replicas;

use crate::accumulate::config::TransformerConfig;
use crate::diagnostic::Result;
use crate::kustomization::Kustomization;
use crate::load::Target;
use crate::resource::{Origin, Resources};

/// One field's transformer.
struct Transformer {
    /// The kind under which kustomize tells that it ran.
    kind: &'static str,
    /// How many times kustomize counts it as run.
    runs: fn(&Kustomization) -> usize,
    transform: fn(&Target, &TransformerConfig, &mut Resources) -> Result<()>,
}

const fn transformer(
    kind: &'static str,
    runs: fn(&Kustomization) -> usize,
    transform: fn(&Target, &TransformerConfig, &mut Resources) -> Result<()>,
) -> Transformer {
    Transformer { kind, runs, transform }
}

/// All transformers in kustomize's order.
const TRANSFORMERS: &[Transformer] = &[
    transformer(
        "PatchStrategicMergeTransformer",
        |k| usize::from(k.patches_strategic_merge.as_ref().is_some_and(|patches| !patches.is_empty())),
        patches::strategic_merge,
    ),
    transformer("PatchTransformer", |k| k.patches.len(), patches::patches),
    transformer("NamespaceTransformer", |k| usize::from(!k.namespace.is_empty()), namespace::transform),
    transformer("PrefixTransformer", |k| usize::from(!k.name_prefix.is_empty()), name_prefix::transform),
    transformer("SuffixTransformer", |k| usize::from(!k.name_suffix.is_empty()), name_suffix::transform),
    transformer("LabelTransformer", labels::runs, labels::transform),
    transformer(
        "AnnotationsTransformer",
        |k| usize::from(!k.common_annotations.is_empty()),
        common_annotations::transform,
    ),
    transformer("PatchJson6902Transformer", |k| k.patches_json6902.as_ref().map_or(0, Vec::len), patches::json6902),
    transformer("ReplicaCountTransformer", |k| k.replicas.len(), replicas::transform),
    transformer("ImageTagTransformer", |k| k.images.len(), images::transform),
    transformer("ReplacementTransformer", |k| usize::from(!k.replacements.is_empty()), replacements::transform),
];

/// Runs the transformers of a kustomization: those of its fields.
///
/// # Errors
/// Fails with the first that fails.
pub fn run(
    target: &Target,
    config: &TransformerConfig,
    origin: Option<&Origin>,
    resources: &mut Resources,
) -> Result<()> {
    let kustomization = target.kustomization();
    for transformer in TRANSFORMERS {
        let runs = (transformer.runs)(kustomization);
        if runs == 0 {
            continue;
        }
        (transformer.transform)(target, config, resources)?;
        if let Some(origin) = origin {
            let origin = origin.of_field(target.file_name(), transformer.kind);
            for resource in resources.iter_mut() {
                (0..runs).for_each(|_| resource.add_transformation(&origin));
            }
        }
    }
    Ok(())
}
