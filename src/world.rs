//! What a render knows of the world.

use crate::inputs::Inputs;
use crate::options::Options;
use crate::target::Cache;

/// What is known of the world: functions can only be asked for when their input is known.
#[derive(Clone, Copy)]
pub struct World<'a> {
    pub inputs: &'a Inputs,
    pub options: &'a Options,
    pub cache: &'a Cache,
}
