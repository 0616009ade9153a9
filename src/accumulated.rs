//! The result of accumulation: the resources of a kustomization and of everything that it includes.

use std::sync::Arc;

use crate::kustomization::Variables;
use crate::resource::Resources;
use crate::resource::transformer_config::TransformerConfig;

/// The accumulated resources, configuration and variables of a kustomization and of everything that it includes.
#[derive(Clone, Debug)]
pub struct Accumulated {
    pub resources: Resources,
    pub config: Arc<TransformerConfig>,
    pub variables: Variables,
}
