//! The only place that touches the world: hosts answer what a render asks for.
#![allow(clippy::disallowed_methods)]

mod changed;
#[cfg(feature = "cli")]
mod git;
#[cfg(feature = "cli")]
mod helm;
#[cfg(feature = "cli")]
mod http;
#[cfg(feature = "cli")]
pub mod kubectl;
mod memory;
#[cfg(feature = "cli")]
mod network;
#[cfg(feature = "cli")]
mod open;
#[cfg(feature = "cli")]
mod os;
#[cfg(feature = "cli")]
mod process;
#[cfg(feature = "cli")]
mod program;
mod relocated;
#[cfg(feature = "cli")]
mod revision;
#[cfg(feature = "cli")]
mod temporary;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::diagnostic::Diagnostic;
use crate::halt::Halt;
use crate::inputs::{Inputs, Known};
use crate::load::{Cache, Target, load};
use crate::options::Options;
use crate::path::is_within;
use crate::render::{Rendered, render_with};
use crate::request::{Answer, Request};
use crate::structure::{self, Structure, Survey};

pub use changed::Changed;
pub use memory::MemoryHost;
#[cfg(feature = "cli")]
pub use network::Network;
#[cfg(feature = "cli")]
pub use open::read_file;
#[cfg(feature = "cli")]
pub use os::{HostLimits, OsHost, OsOptions};
pub use relocated::Relocated;
#[cfg(feature = "cli")]
pub use revision::{Revision, changed_since};

/// Returns a path with links followed, as far as it is there; the rest of it keeps its name.
#[cfg(feature = "cli")]
pub fn nearest_real(path: &std::path::Path) -> std::path::PathBuf {
    let known = path.ancestors().find_map(|ancestor| Some((ancestor, ancestor.canonicalize().ok()?)));
    match known {
        Some((ancestor, real)) => real.join(path.strip_prefix(ancestor).unwrap_or(path)),
        None => path.to_path_buf(),
    }
}

/// Answers requests about the world.
pub trait Host {
    fn answer(&self, request: &Request) -> Answer;
}

/// Renders, answering from `host` until nothing is missing. The inputs come back too: diagnostics refer to their files.
pub fn render(host: &dyn Host, options: &Options) -> (Result<Rendered, Vec<Diagnostic>>, Inputs) {
    let cache = Cache::default();
    let mut inputs = Inputs::new();
    let rendered = until_known(
        &mut inputs,
        |inputs| render_with(inputs, options, &cache),
        |inputs, request| ask(host, inputs, request),
    );
    (rendered, inputs)
}

/// Surveys what a kustomization includes, answering from `host`. The inputs come back too: problems refer to their files.
pub fn survey(host: &dyn Host, options: &Survey) -> (Result<Structure, Vec<Diagnostic>>, Inputs) {
    let mut inputs = Inputs::new();
    let structure = until_known(
        &mut inputs,
        |inputs| structure::survey(inputs, options),
        |inputs, request| ask(host, inputs, request),
    );
    (structure, inputs)
}

fn ask(host: &dyn Host, inputs: &mut Inputs, request: Request) {
    let answer = host.answer(&request);
    inputs.insert(request, answer);
}

/// Runs until nothing is missing, which `answer` tells the inputs.
fn until_known<T>(
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

/// Renders many targets of one world under the same options, from any number of threads. What lies outside of a target's
/// directory is read, parsed and rendered once for all of them; the rest is forgotten with the target.
pub struct Workspace<'a> {
    host: &'a (dyn Host + Sync),
    options: Options,
    shared: Mutex<Inputs>,
    cache: Cache,
}

impl<'a> Workspace<'a> {
    /// Returns a workspace; the target that the options name does not matter.
    pub fn new(host: &'a (dyn Host + Sync), options: Options) -> Workspace<'a> {
        Workspace { host, options, shared: Mutex::default(), cache: Cache::for_many() }
    }

    /// Renders a target, given as an absolute path or a URL. The inputs come back too: diagnostics refer to their files.
    pub fn render(&self, target: &str) -> (Result<Rendered, Vec<Diagnostic>>, Inputs) {
        let (result, mut inputs) = self.run(target, |inputs, options| render_with(inputs, options, &self.cache));
        if self.options.advice || result.as_ref().map_or(true, |rendered| !rendered.warnings().is_empty()) {
            self.add_shared_files(&mut inputs);
        }
        (result, inputs)
    }

    /// Loads a target. The inputs hold all that it reads, but for the output of functions.
    pub fn load(&self, target: &str) -> (Result<Arc<Target>, Vec<Diagnostic>>, Inputs) {
        let cache = Cache::default();
        self.run(target, |inputs, options| load(inputs, options, &cache))
    }

    fn run<T>(
        &self,
        target: &str,
        run: impl Fn(&Inputs, &Options) -> Result<T, Halt>,
    ) -> (Result<T, Vec<Diagnostic>>, Inputs) {
        let options = Options { target: target.to_string(), ..self.options.clone() };
        let mut inputs = self.shared().beside();
        let result = until_known(
            &mut inputs,
            |inputs| run(inputs, &options),
            |inputs, request| {
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
            },
        );
        (result, inputs)
    }

    /// Returns the answer to a request that others may have, too.
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
    pub fn add_shared_files(&self, inputs: &mut Inputs) {
        inputs.add_files(&self.shared());
    }

    fn shared(&self) -> MutexGuard<'_, Inputs> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
