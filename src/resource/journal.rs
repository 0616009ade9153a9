//! The events of a render: steps that changed resources, and warnings.
//!
//! Histories are recorded only if [`crate::Options::trace`] is set. Code that changes resources is not aware of them:
//! after each step, the documents are compared with the previous ones by address. Unchanged documents are shared, so
//! that a history costs a pointer per resource, and a copy of each document that a step changes.

use crate::diagnostic::{Diagnostic, without_duplicates};
use crate::yaml::Span;

use crate::resource::overwritten::Watch;
use crate::resource::{Resource, Step};

/// A resource that a step removed.
#[derive(Clone, Debug)]
pub struct Removed {
    /// The resource before the step.
    pub resource: Resource,
    /// `None` until the step ends.
    pub step: Option<Step>,
}

/// The number of warnings that are kept once there are more than twice as many, because bases are included many times.
const MAX_WARNINGS: usize = 10_000;

/// The events that belong to a list of resources.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    pub warnings: Vec<Diagnostic>,
    /// Whether the diagnostics of lint are recorded, too.
    pub wants_lint: bool,
    /// The values of the patches of the current kustomization, while lint wants to know which are replaced.
    pub watch: Option<Box<Watch>>,
    /// `None` if histories are not recorded.
    pub removed: Option<Vec<Removed>>,
}

impl Journal {
    /// Adds the span of the entry that included the files of the warnings after the first `start` ones.
    pub fn add_included_from(&mut self, start: usize, span: Span) {
        self.warnings[start..].iter_mut().for_each(|warning| warning.chain.push(span));
    }

    /// Removes warnings about entries of a component that match nothing, except the first `start` warnings. The
    /// matching resources may be elsewhere. For lint, the warnings are kept.
    pub fn suppress_component_warnings(&mut self, start: usize) {
        if !self.wants_lint {
            let of_component = self.warnings.split_off(start);
            self.warnings.extend(of_component.into_iter().filter(|warning| !warning.code.depends_on_resources()));
        }
    }

    /// Appends the events of another list, whose resources are appended to this one.
    pub fn append(&mut self, other: Journal) {
        self.warnings.extend(other.warnings);
        if self.warnings.len() > 2 * MAX_WARNINGS {
            self.warnings = without_duplicates(std::mem::take(&mut self.warnings));
            self.warnings.truncate(MAX_WARNINGS);
        }
        if let Some(removed) = &mut self.removed {
            removed.extend(other.removed.into_iter().flatten());
        }
    }
}
