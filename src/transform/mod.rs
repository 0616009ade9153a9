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
use crate::load::Target;
use crate::resource::{Origin, Resources};

/// One field's transformer: the kind under which kustomize tells that it ran, and what it does.
type Transformer = (&'static str, fn(&Target, &TransformerConfig, &mut Resources, &Runs<'_>) -> Result<()>);

/// All transformers in kustomize's order.
const TRANSFORMERS: &[Transformer] = &[
    ("PatchStrategicMergeTransformer", patches::strategic_merge),
    ("PatchTransformer", patches::patches),
    ("NamespaceTransformer", namespace::transform),
    ("PrefixTransformer", name_prefix::transform),
    ("SuffixTransformer", name_suffix::transform),
    ("LabelTransformer", labels::transform),
    ("AnnotationsTransformer", common_annotations::transform),
    ("PatchJson6902Transformer", patches::json6902),
    ("ReplicaCountTransformer", replicas::transform),
    ("ImageTagTransformer", images::transform),
    ("ReplacementTransformer", replacements::transform),
];

/// Tells the resources that a transformer ran, if the build metadata wants to know.
///
/// kustomize has one transformer for each entry of some fields, and a patch may wipe what was told before it. So every
/// field's transformer tells by itself when it ran.
pub struct Runs<'a> {
    origin: Option<&'a Origin>,
    file_name: &'a str,
    kind: &'static str,
}

impl Runs<'_> {
    /// Tells all resources that the transformer ran a number of times.
    fn note(&self, count: usize, resources: &mut Resources) {
        let Some(origin) = self.origin else { return };
        let origin = origin.of_field(self.file_name, self.kind);
        for resource in resources.iter_mut() {
            (0..count).for_each(|_| resource.add_transformation(&origin));
        }
    }
}

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
    let file_name = target.file_name();
    for (kind, transform) in TRANSFORMERS {
        transform(target, config, resources, &Runs { origin, file_name, kind })?;
    }
    Ok(())
}
