//! What plugins run for.

use crate::inputs::Inputs;
use crate::options::Options;
use crate::target::Target;

/// One kustomization of a render, for which plugins run.
pub struct Runner<'a> {
    pub target: &'a Target,
    pub inputs: &'a Inputs,
    pub options: &'a Options,
}
