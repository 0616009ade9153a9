//! Transformers: what a kustomization does to the resources it has.

pub mod common_annotations;
pub mod images;
pub mod labels;
pub mod name_prefix;
pub mod name_suffix;
pub mod namespace;
pub mod patches;
pub mod replicas;

use crate::accumulate::Context;
use crate::accumulate::config::TransformerConfig;
use crate::diagnostic::Result;
use crate::load::Target;
use crate::resource::Resources;

/// One field's transformer.
type Transformer = fn(&Target, &TransformerConfig, &mut Resources) -> Result<()>;

/// All transformers in kustomize's order.
const TRANSFORMERS: &[Transformer] = &[
    patches::strategic_merge,
    patches::patches,
    namespace::transform,
    name_prefix::transform,
    name_suffix::transform,
    labels::transform,
    common_annotations::transform,
    patches::json6902,
    replicas::transform,
    images::transform,
];

/// Runs the transformers of a kustomization.
///
/// # Errors
/// Fails with the first that fails.
pub fn run(
    target: &Target,
    config: &TransformerConfig,
    resources: &mut Resources,
    _context: &mut Context<'_>,
) -> Result<()> {
    TRANSFORMERS.iter().try_for_each(|transformer| transformer(target, config, resources))
}
