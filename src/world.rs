//! The inputs, options and cache of a render.

use crate::budget::Activity;
use crate::cache::Cache;
use crate::inputs::Inputs;
use crate::options::Options;
use crate::resource::RenderLimits;

/// The inputs, options and cache of a render. Accumulation needs them, too: a function can be requested only when its
/// input is known.
#[derive(Clone, Copy)]
pub struct World<'a> {
    pub inputs: &'a Inputs,
    pub options: &'a Options,
    pub cache: &'a Cache,
    /// Records what is being worked on, and ends the work if it takes too long.
    pub activity: &'a Activity,
}

impl World<'_> {
    /// Returns the limits of the render, which depend on the size of the input.
    pub fn limits(&self) -> RenderLimits {
        self.options.render_limits.for_input(self.input_bytes())
    }

    /// Returns the size of all files in bytes.
    pub fn input_bytes(&self) -> usize {
        self.inputs.files().map(|file| file.bytes().len()).sum()
    }
}
