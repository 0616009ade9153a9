//! Bounds on what a render may grow to, whatever its input says.

use crate::diagnostic::{Diagnostic, Limit, Result};

/// Bounds on a render. They are far above what anyone means to render.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RenderLimits {
    /// How deep bases may be nested.
    pub include_depth: usize,
    /// How many kustomizations may be included; one counts as often as it is.
    pub bases: usize,
    /// How many resources there may be.
    pub resources: usize,
    /// How many bytes the resources may take while they are made, and by how many they may grow.
    pub memory: usize,
    /// How many bytes of text there may be in the output.
    pub output: usize,
    /// How many nodes of resources may be gone through by all steps together, which takes some ten seconds.
    pub work: usize,
    /// How many bytes a compiled pattern may take.
    pub pattern: usize,
}

impl Default for RenderLimits {
    fn default() -> RenderLimits {
        RenderLimits {
            include_depth: 1000,
            bases: 100_000,
            resources: 1_000_000,
            memory: 1 << 30,
            output: 512 << 20,
            work: 200_000_000,
            pattern: 2 << 20,
        }
    }
}

/// Counts the nodes that are gone through.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    nodes: usize,
    limit: usize,
}

impl Work {
    pub fn new(limit: usize) -> Work {
        Work { nodes: 0, limit }
    }

    /// Counts nodes that are gone through.
    ///
    /// # Errors
    /// Fails if there were too many.
    pub fn count(&mut self, nodes: usize) -> Result<()> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= self.limit {
            return Ok(());
        }
        let message = format!("render work limit exceeded: more than {} nodes visited", self.limit);
        Err(Diagnostic::exceeds(Limit::Work, message))
    }

    /// Counts what others have counted.
    pub fn add(&mut self, other: Work) {
        self.nodes = self.nodes.saturating_add(other.nodes);
    }
}

impl Default for Work {
    fn default() -> Work {
        Work::new(RenderLimits::default().work)
    }
}

/// Checks how much memory resources take, or have grown by.
///
/// # Errors
/// Fails if it is too much.
pub fn check_memory(bytes: usize, limit: usize) -> Result<()> {
    if bytes <= limit {
        return Ok(());
    }
    let message = format!("memory limit exceeded: resources take more than {limit} bytes");
    Err(Diagnostic::exceeds(Limit::ResourceMemory, message))
}
