//! The policy for each file: that of the command line and of the configuration, with its overrides.

use std::path::Path;

use crate::Inputs;
use crate::diagnostic::Diagnostic;
use crate::policy::{Comments, Policy};

use super::configuration::{Configuration, Settings};
use super::patterns::Patterns;

/// The policies for the files of a tree.
pub struct Policies {
    policy: Policy,
    /// Files about which only errors are reported.
    excluded: Vec<Patterns>,
    overrides: Vec<(Patterns, Settings)>,
    /// Whether codes were selected on the command line, which takes precedence.
    has_selection: bool,
}

impl Policies {
    /// Combines the policy of the command line with a configuration.
    ///
    /// # Errors
    /// Fails if all patterns together are too large.
    pub fn new(mut policy: Policy, configuration: &Configuration, excluded: Vec<Patterns>) -> anyhow::Result<Policies> {
        let has_selection = policy.selected.is_some();
        policy.has_advice |= configuration.advice;
        apply(&configuration.settings, has_selection, &mut policy);
        let mut overrides = Vec::new();
        for entry in &configuration.overrides {
            let lines = entry.paths.iter().map(String::as_str);
            overrides.push((Patterns::new(&configuration.directory, lines)?, entry.settings.clone()));
        }
        Ok(Policies { policy, excluded, overrides, has_selection })
    }

    /// Returns the diagnostics to report, with their severity.
    pub fn apply(&self, diagnostics: Vec<Diagnostic>, inputs: &Inputs, comments: &Comments<'_>) -> Vec<Diagnostic> {
        if self.excluded.is_empty() && self.overrides.is_empty() {
            return self.policy.apply_with(diagnostics, comments);
        }
        let apply = |diagnostic: Diagnostic| {
            let file = diagnostic.labels.first().and_then(|label| inputs.file(label.span.start.file));
            let Some(file) = file else { return self.policy.apply_with([diagnostic], comments) };
            let path = Path::new(&file.real);
            let is_excluded = self.excluded.iter().any(|excluded| excluded.contain(path, false));
            if is_excluded && !diagnostic.is_error() {
                return Vec::new();
            }
            self.policy_of(path).apply_with([diagnostic], comments)
        };
        diagnostics.into_iter().flat_map(apply).collect()
    }

    fn policy_of(&self, path: &Path) -> Policy {
        let mut policy = self.policy.clone();
        for (_, settings) in self.overrides.iter().filter(|(paths, _)| paths.contain(path, false)) {
            apply(settings, self.has_selection, &mut policy);
        }
        policy
    }
}

/// Adds settings to a policy.
fn apply(settings: &Settings, has_selection: bool, policy: &mut Policy) {
    if let Some(selected) = settings.select.as_ref().filter(|_| !has_selection) {
        policy.selected = Some(selected.clone());
    }
    policy.allowed.extend(&settings.ignore);
}
