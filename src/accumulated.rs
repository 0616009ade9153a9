//! What accumulating returns: the resources of a kustomization and all that it includes.

use std::sync::Arc;

use crate::kustomization::Variables;
use crate::resource::Resources;
use crate::resource::transformer_config::TransformerConfig;

/// What a kustomization and all it includes amount to.
#[derive(Clone, Debug)]
pub struct Accumulated {
    pub resources: Resources,
    pub config: Arc<TransformerConfig>,
    pub variables: Variables,
}
