//! The state of the loading phase.

use std::collections::HashMap;

use crate::budget::Activity;
use crate::cache::Cache;
use crate::diagnostic::{Diagnostic, MAX_ERRORS, Result};
use crate::halt::Halt;
use crate::inputs::{Found, Inputs, Output};
use crate::options::{LoadRestrictions, Options};
use crate::request::Request;
use crate::resource::{Origin, Resource};
use crate::target::{PluginList, Target};
use crate::world::World;
use crate::yaml::Span;

/// A function that returns the configurations of a list of plugins. If the origin of the kustomization is given, each
/// configuration has an origin.
pub type PluginConfigurations = fn(&PluginList, &Target, World<'_>, Option<&Origin>) -> Result<Vec<Resource>, Halt>;

pub(super) struct Loader<'a> {
    pub(super) inputs: &'a Inputs,
    pub(super) options: &'a Options,
    pub(super) cache: &'a Cache,
    pub(super) activity: &'a Activity,
    pub(super) configurations: PluginConfigurations,
    pub(super) needs: Vec<Request>,
    /// The first [`MAX_ERRORS`] errors.
    pub(super) errors: Vec<Diagnostic>,
    /// The number of failures, including those that are not reported.
    pub(super) failed: usize,
    /// The directories being loaded, outermost first.
    pub(super) open: Vec<OpenDirectory>,
    /// The number of directories whose loading was started.
    pub(super) loaded: usize,
    /// Directories that cannot be loaded yet, with a request that must be answered first. Each is tried once per round,
    /// however often it is included.
    pub(super) waiting: HashMap<String, Request>,
}

/// A directory that is being loaded.
pub(super) struct OpenDirectory {
    pub(super) directory: String,
    /// The entry that includes it.
    pub(super) included_from: Option<Span>,
    /// The repository, if the directory is the first one in a clone.
    pub(super) repository: Option<Repository>,
    /// The `namespace` of the kustomization, which charts of its bases inherit.
    pub(super) namespace: String,
}

/// A clone of a repository, whose kustomizations may not refer to anything outside it.
#[derive(Clone)]
pub(super) struct Repository {
    pub(super) directory: String,
    /// The URL as written in the entry.
    pub(super) raw: String,
    /// The URL of the repository, without credentials.
    pub(super) url: String,
}

impl<'a> Loader<'a> {
    /// Returns a loader in its initial state.
    pub(super) fn new(world: World<'a>, configurations: PluginConfigurations) -> Loader<'a> {
        let World { inputs, options, cache, activity } = world;
        Loader {
            configurations,
            inputs,
            options,
            cache,
            activity,
            needs: Vec::new(),
            errors: Vec::new(),
            failed: 0,
            open: Vec::new(),
            loaded: 0,
            waiting: HashMap::new(),
        }
    }

    /// Returns what a request found; if that is not known, adds the request to the needs.
    pub(super) fn find(&mut self, request: Request) -> Option<&'a Found> {
        let found = self.inputs.found(&request);
        if found.is_none() {
            self.needs.push(request);
        }
        found
    }

    /// Returns the output of a request's program; if it is not known, adds the request to the needs.
    pub(super) fn output(&mut self, request: Request) -> Option<&'a Output> {
        let output = self.inputs.output(&request);
        if output.is_none() {
            self.needs.push(request);
        }
        output
    }

    pub(super) fn fail(&mut self, error: Box<Diagnostic>) {
        self.failed += 1;
        let left = MAX_ERRORS.saturating_sub(self.errors.len());
        let clones: Vec<&Repository> = self.open.iter().filter_map(|open| open.repository.as_ref()).collect();
        for mut error in error.flatten().into_iter().take(left) {
            // The directories of clones have random names, and are removed at the end.
            for clone in &clones {
                error.message = error.message.replace(&clone.directory, &clone.url);
            }
            let chain = self.open.iter().rev().filter_map(|open| open.included_from);
            error.chain.extend(chain.filter(|&span| error.labels.iter().all(|label| label.span != span)));
            self.errors.push(error);
        }
    }

    /// Returns whether files must be in or below the directory of their kustomization. In a clone they always must.
    pub(super) fn is_restricted(&self) -> bool {
        self.options.load_restrictions == LoadRestrictions::RootOnly || self.current_repository().is_some()
    }

    pub(super) fn current_repository(&self) -> Option<&Repository> {
        self.open.iter().rev().find_map(|open| open.repository.as_ref())
    }
}
