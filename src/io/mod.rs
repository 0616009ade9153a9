//! The only place that touches the world: hosts answer what a render asks for.
#![allow(clippy::disallowed_methods)]

#[cfg(feature = "cli")]
mod git;
#[cfg(feature = "cli")]
mod helm;
#[cfg(feature = "cli")]
mod http;
#[cfg(feature = "cli")]
pub(crate) mod kubectl;
mod mapped;
mod memory;
#[cfg(feature = "cli")]
mod network;
#[cfg(feature = "cli")]
mod open;
#[cfg(feature = "cli")]
mod options;
#[cfg(feature = "cli")]
mod os;
mod overlay;
#[cfg(feature = "cli")]
mod process;
#[cfg(feature = "cli")]
mod program;
#[cfg(feature = "cli")]
mod revision;
#[cfg(feature = "cli")]
mod temporary;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::diagnostic::Diagnostic;
use crate::halt::Halt;
use crate::inputs::{Inputs, Known};
use crate::options::Options;
use crate::path::is_within;
use crate::render::{Rendered, load_with, render_with};
use crate::request::{Answer, Request};
use crate::survey::{self, Structure, Survey};
use crate::target::{Cache, Target};

pub(crate) use mapped::MappedHost;
pub use memory::MemoryHost;
#[cfg(feature = "cli")]
pub use network::Network;
#[cfg(feature = "cli")]
pub(crate) use open::read_file;
#[cfg(feature = "cli")]
pub use options::{HostLimits, OsOptions};
#[cfg(feature = "cli")]
pub use os::OsHost;
pub use overlay::OverlayHost;
#[cfg(feature = "cli")]
pub(crate) use revision::{Revision, changed_since};
#[cfg(feature = "cli")]
pub(crate) use temporary::clean_up_before_exit;

/// Returns a path with links followed, as far as it is there; the rest of it keeps its name.
#[cfg(feature = "cli")]
pub(crate) fn nearest_real(path: &std::path::Path) -> std::path::PathBuf {
    let known = path.ancestors().find_map(|ancestor| Some((ancestor, ancestor.canonicalize().ok()?)));
    match known {
        Some((ancestor, real)) => real.join(path.strip_prefix(ancestor).unwrap_or(path)),
        None => path.to_path_buf(),
    }
}

/// Answers requests about the world.
pub trait Host {
    /// Answers a request. The same request must have the same answer during a render.
    fn answer(&self, request: &Request) -> Answer;
}

/// What came of a run, with the inputs: diagnostics refer to the files in them.
#[derive(Debug)]
pub struct Outcome<T> {
    /// The result, or all errors.
    pub result: Result<T, Vec<Diagnostic>>,
    /// All answers that the run needed.
    pub inputs: Inputs,
}

/// Renders the kustomization in a directory, given as an absolute path or a URL, with answers from `host`.
pub fn render(host: &dyn Host, target: &str, options: &Options) -> Outcome<Rendered> {
    let cache = Cache::default();
    let mut inputs = Inputs::new();
    let result = resolve_requests(
        &mut inputs,
        |inputs| render_with(inputs, target, options, &cache),
        |inputs, request| ask(host, inputs, request),
    );
    Outcome { result, inputs }
}

/// Surveys what a kustomization includes, with answers from `host`.
pub fn survey(host: &dyn Host, options: &Survey) -> Outcome<Structure> {
    let mut inputs = Inputs::new();
    let result = resolve_requests(
        &mut inputs,
        |inputs| survey::survey(inputs, options),
        |inputs, request| ask(host, inputs, request),
    );
    Outcome { result, inputs }
}

fn ask(host: &dyn Host, inputs: &mut Inputs, request: Request) {
    let answer = host.answer(&request);
    inputs.insert(request, answer);
}

/// Retries `run`, answering its requests, until none is left.
fn resolve_requests<T>(
    inputs: &mut Inputs,
    run: impl Fn(&Inputs) -> Result<T, Halt>,
    answer: impl Fn(&mut Inputs, Request),
) -> Result<T, Vec<Diagnostic>> {
    loop {
        match run(inputs) {
            Ok(result) => return Ok(result),
            Err(Halt::Failed(diagnostics)) => return Err(diagnostics),
            Err(Halt::Needs(requests)) => {
                for request in requests {
                    if inputs.get(&request).is_none() {
                        answer(inputs, request);
                    }
                }
            }
        }
    }
}

/// Renders many targets of one world under the same options, from any number of threads. Everything outside of a target's
/// directory is read, parsed and rendered once for all of them; the rest is forgotten with the target.
pub struct Workspace<'a> {
    host: &'a (dyn Host + Sync),
    options: Options,
    shared: Mutex<Inputs>,
    cache: Cache,
}

impl<'a> Workspace<'a> {
    /// Returns a workspace that has rendered nothing.
    pub fn new(host: &'a (dyn Host + Sync), options: Options) -> Workspace<'a> {
        Workspace { host, options, shared: Mutex::default(), cache: Cache::for_many() }
    }

    /// Renders a target, given as an absolute path or a URL.
    pub fn render(&self, target: &str) -> Outcome<Rendered> {
        let mut outcome = self.run(target, |inputs| render_with(inputs, target, &self.options, &self.cache));
        if self.options.advice || outcome.result.as_ref().map_or(true, |rendered| !rendered.warnings().is_empty()) {
            self.add_shared_files(&mut outcome.inputs);
        }
        outcome
    }

    /// Loads a target. The inputs hold everything that it reads, except for the output of functions.
    pub(crate) fn load(&self, target: &str) -> Outcome<Arc<Target>> {
        let cache = Cache::default();
        self.run(target, |inputs| load_with(inputs, target, &self.options, &cache))
    }

    fn run<T>(&self, target: &str, run: impl Fn(&Inputs) -> Result<T, Halt>) -> Outcome<T> {
        let mut inputs = self.shared().with_shared_ids();
        let result = resolve_requests(&mut inputs, run, |inputs, request| {
            let is_private = match &request {
                Request::Path { path, .. } => is_within(path, target),
                Request::HelmTemplate(_) | Request::Program(_) => true,
                Request::Git(_) | Request::Http { .. } | Request::HelmChart(_) => false,
            };
            if is_private {
                ask(self.host, inputs, request);
            } else {
                let known = self.known(&request);
                inputs.insert_known(request, known);
            }
        });
        Outcome { result, inputs }
    }

    /// Returns the answer to a request that other targets may share.
    fn known(&self, request: &Request) -> Known {
        if let Some(known) = self.shared().get(request) {
            return known.clone();
        }
        // Nobody waits for it: two threads may ask for the same, of which one answer is kept.
        let answer = self.host.answer(request);
        let mut shared = self.shared();
        match shared.get(request) {
            Some(known) => known.clone(),
            None => shared.insert(request.clone(), answer),
        }
    }

    /// Adds the files that targets share to the inputs of one, for positions that refer to them.
    pub(crate) fn add_shared_files(&self, inputs: &mut Inputs) {
        inputs.add_files(&self.shared());
    }

    fn shared(&self) -> MutexGuard<'_, Inputs> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
