//! Limits on a render, which protect against hostile input.

use crate::diagnostic::{Diagnostic, Limit, Result};

/// Limits on a render. The defaults are far above normal use.
///
/// # Example
/// ```
/// use boutique::{Help, Limit, Options, RenderLimits, io};
///
/// let host = io::MemoryHost::new([("/kustomization.yaml", "configMapGenerator: [{name: a}, {name: b}]\n")]);
/// let mut limits = RenderLimits::default();
/// limits.resources = 1;
/// let mut options = Options::default();
/// options.render_limits = limits;
/// let errors = io::render(&host, "/", &options).result.expect_err("there are two resources");
/// assert_eq!(errors[0].help, Some(Help::Raise(Limit::Resources)));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RenderLimits {
    /// The maximum nesting depth of included kustomizations.
    pub include_depth: usize,
    /// The maximum number of included kustomizations. Each inclusion counts.
    pub bases: usize,
    /// The maximum number of resources.
    pub resources: usize,
    /// The maximum size of all resources in memory, and of the growth by all steps, in bytes.
    pub memory: usize,
    /// The size for each byte of input up to which resources may grow beyond `memory`: a large tree may take more.
    pub memory_per_byte: usize,
    /// The maximum size of the output in bytes.
    pub output: usize,
    /// The maximum number of nodes that all steps together may visit. The default takes about five seconds.
    pub work: usize,
    /// The maximum size of a compiled pattern in bytes.
    pub pattern: usize,
}

impl Default for RenderLimits {
    fn default() -> RenderLimits {
        RenderLimits {
            include_depth: 1000,
            bases: 100_000,
            resources: 1_000_000,
            memory: 384 << 20,
            memory_per_byte: 24,
            output: 512 << 20,
            work: 200_000_000,
            pattern: 2 << 20,
        }
    }
}

impl RenderLimits {
    /// Returns the limits for an input of this size in bytes.
    pub(crate) fn for_input(mut self, bytes: usize) -> RenderLimits {
        self.memory = self.memory.max(bytes.saturating_mul(self.memory_per_byte));
        self
    }
}

/// A counter of visited nodes.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    nodes: usize,
    limit: usize,
}

impl Work {
    pub fn new(limit: usize) -> Work {
        Work { nodes: 0, limit }
    }

    /// Adds to the number of visited nodes.
    ///
    /// # Errors
    /// Fails if the limit is exceeded.
    pub fn count(&mut self, nodes: usize) -> Result<()> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= self.limit {
            return Ok(());
        }
        Err(too_much_work(self.limit))
    }

    /// Adds the number of another counter.
    pub fn add(&mut self, other: Work) {
        self.nodes = self.nodes.saturating_add(other.nodes);
    }
}

impl Default for Work {
    fn default() -> Work {
        Work::new(RenderLimits::default().work)
    }
}

/// Returns the error about steps that visit too many nodes.
pub fn too_much_work(limit: usize) -> Box<Diagnostic> {
    Diagnostic::exceeds(Limit::Work, format!("render work limit exceeded: more than {limit} nodes visited"))
}

/// Checks the size or the growth of resources against the memory limit.
///
/// # Errors
/// Fails if the limit is exceeded.
pub fn check_memory(bytes: usize, limit: usize) -> Result<()> {
    if bytes <= limit {
        return Ok(());
    }
    let message = format!("memory limit exceeded: resources use more than {limit} bytes");
    Err(Diagnostic::exceeds(Limit::ResourceMemory, message))
}
