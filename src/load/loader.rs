//! The state of loading.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, MAX_ERRORS, Result};
use crate::halt::Halt;
use crate::inputs::{Found, Inputs, Output};
use crate::options::{LoadRestrictions, Options};
use crate::request::Request;
use crate::resource::{Origin, Resource};
use crate::target::{Cache, PluginList, Target};
use crate::world::World;
use crate::yaml::Span;

/// Returns the configurations that a list of plugins amounts to, with the origin of the kustomization if that is wanted.
pub type PluginConfigurations = fn(&PluginList, &Target, World<'_>, Option<&Origin>) -> Result<Vec<Resource>, Halt>;

pub(super) struct Loader<'a> {
    pub(super) inputs: &'a Inputs,
    pub(super) options: &'a Options,
    pub(super) cache: &'a Cache,
    pub(super) configurations: PluginConfigurations,
    pub(super) needs: Vec<Request>,
    /// The first [`MAX_ERRORS`] mistakes.
    pub(super) errors: Vec<Diagnostic>,
    /// How often something could not be loaded.
    pub(super) failed: usize,
    /// The directories being loaded, outermost first.
    pub(super) open: Vec<Open>,
    /// How many were begun.
    pub(super) loaded: usize,
    /// What those lack that are not known yet: they are not looked at again, however often they are included.
    pub(super) waiting: HashMap<String, Request>,
}

/// A directory that is being loaded.
pub(super) struct Open {
    pub(super) directory: String,
    /// The reference that led to it.
    pub(super) reference: Option<Span>,
    /// The repository it is in, if it was cloned.
    pub(super) repository: Option<Repository>,
    /// What the kustomization says under `namespace`, for charts below it.
    pub(super) namespace: String,
}

/// A clone, which nothing inside it may leave.
#[derive(Clone)]
pub(super) struct Repository {
    pub(super) directory: String,
    /// The URL by which it was referred to.
    pub(super) raw: String,
}

impl<'a> Loader<'a> {
    /// Returns a loader that has loaded nothing.
    pub(super) fn new(world: World<'a>, configurations: PluginConfigurations) -> Loader<'a> {
        let World { inputs, options, cache } = world;
        Loader {
            configurations,
            inputs,
            options,
            cache,
            needs: Vec::new(),
            errors: Vec::new(),
            failed: 0,
            open: Vec::new(),
            loaded: 0,
            waiting: HashMap::new(),
        }
    }

    /// Returns what a request found, or records that it is needed.
    pub(super) fn find(&mut self, request: Request) -> Option<&'a Found> {
        let found = self.inputs.found(&request);
        if found.is_none() {
            self.needs.push(request);
        }
        found
    }

    /// Returns what the program of a request printed, or records that it is needed.
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
        for mut error in error.apart().into_iter().take(left) {
            let references = self.open.iter().rev().filter_map(|open| open.reference);
            error
                .chain
                .extend(references.filter(|&reference| error.labels.iter().all(|label| label.span != reference)));
            self.errors.push(error);
        }
    }

    /// Returns whether files have to lie below their kustomization. In a clone they always have to.
    pub(super) fn is_restricted(&self) -> bool {
        self.options.load_restrictions == LoadRestrictions::RootOnly || self.repository_of_present().is_some()
    }

    pub(super) fn repository_of_present(&self) -> Option<&Repository> {
        self.open.iter().rev().find_map(|open| open.repository.as_ref())
    }
}
