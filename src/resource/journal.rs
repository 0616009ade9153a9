//! What happened to resources on the way to the output: the steps that changed them, and warnings.
//!
//! A history is kept only when [`crate::Options::trace`] asks for it. Nothing that changes a resource has to know: after
//! each step, the documents are compared with those before it, by address. Unchanged ones are shared, so a history costs
//! a pointer for each resource, and a copy of what a step changes.

use crate::diagnostic::{Diagnostic, without_repetitions};
use crate::yaml::Span;

use crate::resource::{Resource, Step};

/// A resource that a step took out.
#[derive(Clone, Debug)]
pub struct Removed {
    /// As it was then.
    pub resource: Resource,
    /// `None` until the step is over.
    pub step: Option<Step>,
}

/// How many warnings are kept where bases are included that often that there are more than twice as many.
const MOST_WARNINGS: usize = 10_000;

/// Notes beside a list of resources.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    pub warnings: Vec<Diagnostic>,
    /// Warnings that are mere advice are wanted, too.
    pub wants_advice: bool,
    /// `None` when no histories are kept.
    pub removed: Option<Vec<Removed>>,
}

impl Journal {
    /// Adds the reference through which the files of all warnings but the first ones were reached.
    pub fn add_reference(&mut self, first: usize, reference: Span) {
        self.warnings[first..].iter_mut().for_each(|warning| warning.chain.push(reference));
    }

    /// Leaves out those of all warnings but the first ones that say that a component found nothing to change: what it is
    /// for may be elsewhere. As advice they are kept.
    pub fn forgive_component(&mut self, first: usize) {
        if !self.wants_advice {
            let mut at = 0;
            self.warnings.retain(|warning| {
                at += 1;
                at <= first || !warning.code.depends_on_resources()
            });
        }
    }

    /// Takes over the notes of a list whose resources are added to this one.
    pub fn append(&mut self, other: Journal) {
        self.warnings.extend(other.warnings);
        if self.warnings.len() > 2 * MOST_WARNINGS {
            self.warnings = without_repetitions(std::mem::take(&mut self.warnings));
            self.warnings.truncate(MOST_WARNINGS);
        }
        if let Some(removed) = &mut self.removed {
            removed.extend(other.removed.into_iter().flatten());
        }
    }
}
