//! Hosts, which answer the requests of a render. Nothing else accesses files, programs or the network.
//!
//! # Example
//! A host that counts the requests to another host:
//! ```
//! use boutique::io::{self, Host, MemoryHost};
//! use boutique::{Answer, Options, Request};
//!
//! struct Counting(MemoryHost, std::cell::Cell<usize>);
//!
//! impl Host for Counting {
//!     fn answer(&self, request: &Request) -> Answer {
//!         self.1.set(self.1.get() + 1);
//!         match request {
//!             // Nothing is fetched, and no program is run.
//!             Request::Git(git) => Answer::Failed(format!("{} is not available", git.url).into()),
//!             Request::HelmChart(chart) => Answer::Failed(format!("{} is not available", chart.name).into()),
//!             Request::Program(run) => Answer::Failed(format!("{:?} is not run", run.program).into()),
//!             request => self.0.answer(request),
//!         }
//!     }
//! }
//!
//! let files = MemoryHost::new([("/kustomization.yaml", "configMapGenerator:\n- name: shop\n  literals: [a=b]\n")]);
//! let host = Counting(files, std::cell::Cell::new(0));
//! assert!(io::render(&host, "/", &Options::default()).result.is_ok());
//! assert!(host.1.get() > 0);
//! ```
#![allow(clippy::disallowed_methods)]

mod mapped;
mod memory;
#[cfg(feature = "os")]
mod os;
mod overlay;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cache::Cache;
use crate::diagnostic::Diagnostic;
use crate::halt::Halt;
use crate::inputs::{Inputs, KnownAnswer};
use crate::load::{Ahead, Reader};
use crate::options::Options;
use crate::path::is_within;
use crate::render::{Rendered, load_with, render_with};
use crate::request::{Answer, Request};
use crate::survey::{self, Repositories, Structure};
use crate::target::Target;

pub(crate) use mapped::MappedHost;
pub use memory::MemoryHost;
#[cfg(feature = "os")]
pub(crate) use os::{
    Changes, Directory, Revision, check_not_of_git, clean_up_before_exit, kubectl, nearest_real, read_file,
    with_temporary_name,
};
#[cfg(feature = "os")]
pub use os::{HostLimits, Network, OsHost, OsOptions};
#[cfg(feature = "cli")]
pub(crate) use os::{bytes_read, computing_time, count_bytes, memory_in_use, wait_for_files};
pub use overlay::OverlayHost;

/// Answers the requests of a render.
pub trait Host {
    /// Answers a request. During a render, the answer to a request must not change.
    fn answer(&self, request: &Request) -> Answer;
}

/// The result of a run, and its inputs with the files that diagnostics refer to.
#[derive(Debug)]
pub struct Outcome<T> {
    /// The result, or all errors.
    pub result: Result<T, Vec<Diagnostic>>,
    /// All answers that the run needed.
    pub inputs: Inputs,
}

/// Renders the kustomization in a directory, given as an absolute path or a URL, with answers from `host`.
pub fn render(host: &dyn Host, target: &str, options: &Options) -> Outcome<Rendered> {
    resume(host, Inputs::new(), target, options, &Cache::default())
}

/// Renders like [`render`], with the answers that are known already.
pub(crate) fn resume(
    host: &dyn Host,
    mut inputs: Inputs,
    target: &str,
    options: &Options,
    cache: &Cache,
) -> Outcome<Rendered> {
    let _kept = options.budget.keep(target);
    let result = resolve_requests(
        &mut inputs,
        Ahead::new(Reader::Render, options),
        |inputs| render_with(inputs, target, options, cache),
        |inputs, request| answer(host, inputs, request),
    );
    Outcome { result, inputs }
}

/// Surveys the kustomization in a directory, given as an absolute path or a URL, with answers from `host`.
pub fn survey(host: &dyn Host, target: &str, repositories: Repositories, options: &Options) -> Outcome<Structure> {
    let mut inputs = Inputs::new();
    let result = resolve_requests(
        &mut inputs,
        Ahead::new(Reader::Survey, options),
        |inputs| survey::survey(inputs, target, repositories, options),
        |inputs, request| answer(host, inputs, request),
    );
    Outcome { result, inputs }
}

fn answer(host: &dyn Host, inputs: &mut Inputs, request: Request) {
    let answer = host.answer(&request);
    inputs.insert(request, answer);
}

/// Retries `run` and answers its requests, and those for bases that follow, until none is left.
fn resolve_requests<T>(
    inputs: &mut Inputs,
    mut ahead: Ahead,
    run: impl Fn(&Inputs) -> Result<T, Halt>,
    answer: impl Fn(&mut Inputs, Request),
) -> Result<T, Vec<Diagnostic>> {
    loop {
        match run(inputs) {
            Ok(result) => return Ok(result),
            Err(Halt::Failed(diagnostics)) => return Err(diagnostics),
            Err(Halt::Needs(mut requests)) => {
                for _ in 0..=ahead.depth {
                    let unknown: Vec<Request> = std::mem::take(&mut requests);
                    for request in unknown {
                        if inputs.get(&request).is_none() {
                            answer(inputs, request.clone());
                            requests.extend(ahead.requests(&request, inputs));
                        }
                    }
                }
            }
        }
    }
}

/// Renders many targets with the same options, from any number of threads. Everything outside a target's directory is read,
/// parsed and rendered once for all targets.
///
/// # Example
/// ```
/// use boutique::{Options, io};
///
/// let host = io::MemoryHost::new([
///     ("/dev/kustomization.yaml", "namespace: dev\nresources: [../base]\n"),
///     ("/prod/kustomization.yaml", "namespace: prod\nresources: [../base]\n"),
///     ("/base/kustomization.yaml", "resources: [shop.yaml]\n"),
///     ("/base/shop.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\n"),
/// ]);
/// let workspace = io::Workspace::new(&host, Options::default());
/// for target in ["/dev", "/prod"] {
///     let rendered = workspace.render(target).result.expect("the tree is valid");
///     assert_eq!(rendered.resources()[0].namespace(), &target[1..]);
/// }
/// ```
pub struct Workspace<'a> {
    host: &'a (dyn Host + Sync),
    options: Options,
    shared: Mutex<Inputs>,
    cache: Cache,
}

impl<'a> Workspace<'a> {
    /// Returns a workspace with an empty cache.
    pub fn new(host: &'a (dyn Host + Sync), options: Options) -> Workspace<'a> {
        Workspace { host, options, shared: Mutex::default(), cache: Cache::shared() }
    }

    /// Renders a target, given as an absolute path or a URL.
    pub fn render(&self, target: &str) -> Outcome<Rendered> {
        let mut outcome = self.run(target, |inputs| render_with(inputs, target, &self.options, &self.cache));
        if self.options.lint || outcome.result.as_ref().map_or(true, |rendered| !rendered.warnings().is_empty()) {
            self.add_shared_files(&mut outcome.inputs);
        }
        outcome
    }

    /// Loads a target. The inputs contain everything that it reads, except for the output of functions.
    pub(crate) fn load(&self, target: &str) -> Outcome<Arc<Target>> {
        let cache = Cache::default();
        self.run(target, |inputs| load_with(inputs, target, &self.options, &cache))
    }

    fn run<T>(&self, target: &str, run: impl Fn(&Inputs) -> Result<T, Halt>) -> Outcome<T> {
        let _kept = self.options.budget.keep(target);
        let mut inputs = self.shared().with_shared_ids();
        let ahead = Ahead::new(Reader::Render, &self.options);
        let result = resolve_requests(&mut inputs, ahead, run, |inputs, request| {
            let is_private = match &request {
                Request::Path { path, .. } => is_within(path, target),
                Request::HelmTemplate(_) | Request::Program(_) => true,
                Request::Git(_) | Request::Http { .. } | Request::HelmChart(_) => false,
            };
            if is_private {
                answer(self.host, inputs, request);
            } else {
                let known = self.shared_answer(&request);
                inputs.insert_known(request, known);
            }
        });
        Outcome { result, inputs }
    }

    /// Returns the answer to a request that is shared with other targets.
    fn shared_answer(&self, request: &Request) -> KnownAnswer {
        if let Some(known) = self.shared().get(request) {
            return known.clone();
        }
        // The lock is not held during the request: two threads may make the same request, and the first answer is stored.
        let answer = self.host.answer(request);
        let mut shared = self.shared();
        match shared.get(request) {
            Some(known) => known.clone(),
            None => shared.insert(request.clone(), answer),
        }
    }

    /// Adds the files that targets share to the inputs of a target, for diagnostics that refer to them.
    pub(crate) fn add_shared_files(&self, inputs: &mut Inputs) {
        inputs.add_files(&self.shared());
    }

    fn shared(&self) -> MutexGuard<'_, Inputs> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
