//! Transformers: what a kustomization does to the resources it has.

pub mod common_annotations;
mod idle;
pub mod images;
pub mod labels;
pub mod name_prefix;
pub mod name_suffix;
pub mod namespace;
pub mod patches;
pub mod replacements;
pub mod replicas;

use crate::diagnostic::Result;
use crate::kustomization::Kustomization;
use crate::resource::transformer_config::TransformerConfig;
use crate::resource::{Origin, Resources, Step};
use crate::target::Target;

/// One field's transformer: the kind under which kustomize tells that it ran, and what it does.
type Transformer = (&'static str, fn(&Run<'_>, &mut Resources) -> Result<()>);

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

/// The run of one transformer for one kustomization.
pub struct Run<'a> {
    pub target: &'a Target,
    pub config: &'a TransformerConfig,
    origin: Option<&'a Origin>,
    kind: &'static str,
}

impl Run<'_> {
    fn kustomization(&self) -> &Kustomization {
        self.target.kustomization()
    }

    /// Ends a step: the resources are told that the transformer ran a number of times, if the build metadata wants it.
    ///
    /// kustomize has one transformer for each entry of some fields, and a patch may wipe what was told before it. So every
    /// field's transformer tells by itself when it ran.
    fn end(&self, count: usize, step: Step, resources: &mut Resources) {
        resources.record(step);
        let Some(origin) = self.origin else { return };
        let origin = origin.of_field(self.target.file_name(), self.kind);
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
    for &(kind, transform) in TRANSFORMERS {
        transform(&Run { target, config, origin, kind }, resources)?;
    }
    Ok(())
}
