//! The context in which plugins run.

use crate::inputs::Inputs;
use crate::options::Options;
use crate::target::Target;

/// The context in which the plugins of one kustomization run.
pub struct Runner<'a> {
    pub target: &'a Target,
    pub inputs: &'a Inputs,
    pub options: &'a Options,
}
