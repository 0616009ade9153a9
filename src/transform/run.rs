//! The run of a transformer.

use crate::kustomization::Kustomization;
use crate::resource::transformer_config::TransformerConfig;
use crate::resource::{Origin, Resources, Step};
use crate::target::Target;

/// The run of one transformer for one kustomization.
pub struct Run<'a> {
    pub target: &'a Target,
    pub config: &'a TransformerConfig,
    pub(super) origin: Option<&'a Origin>,
    pub(super) kind: &'static str,
}

impl Run<'_> {
    pub(super) fn kustomization(&self) -> &Kustomization {
        self.target.kustomization()
    }

    /// Ends a step: the resources are told that the transformer ran a number of times, if the build metadata wants it.
    ///
    /// kustomize has one transformer for each entry of some fields, and a patch may wipe what was told before it. So every
    /// field's transformer tells by itself when it ran.
    pub(super) fn end(&self, count: usize, step: Step, resources: &mut Resources) {
        resources.record(step);
        let Some(origin) = self.origin else { return };
        let origin = origin.of_field(self.target.file_name(), self.kind);
        for resource in resources.iter_mut() {
            (0..count).for_each(|_| resource.add_transformation(&origin));
        }
    }
}
