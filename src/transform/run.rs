//! One run of a transformer.

use std::sync::Arc;

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

    /// Ends a step, and records in the resources that the transformer ran `count` times if the build metadata shows that.
    ///
    /// kustomize has a transformer for each entry of some fields, and a patch may remove the records of earlier ones. So
    /// each transformer here records its own runs.
    pub(super) fn end(&self, count: usize, step: Step, resources: &mut Resources) {
        resources.record(step);
        let Some(origin) = self.origin else { return };
        let origin = Arc::new(origin.of_field(self.target.file_name(), self.kind));
        for at in 0..resources.len() {
            (0..count).for_each(|_| resources.get_mut(at).add_transformation(&origin));
        }
    }
}
