//! The check of all targets.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::io::{Host, Workspace};
use crate::message::Message;
use crate::{Options, parallel};

use super::check::{Checked, How, check, messages_of_targets, unused_files};
use super::search::{Configurations, Search, names_in};
use crate::cli::flags::schemas::Validation;
use crate::cli::paths;
use crate::cli::targets::{self, Manifests, Targets};

/// What is checked, and how.
pub struct Linter {
    pub configurations: Configurations,
    pub searches: Vec<Search>,
    pub options: Options,
    /// Whether outputs are compared.
    pub has_outputs: bool,
    /// What objects are checked against.
    pub validation: Option<Validation>,
}

/// The result of checking all targets.
pub struct Report {
    pub messages: Vec<Message>,
    pub found: Targets,
    /// The hash of the output of each target, if it renders.
    pub outputs: BTreeMap<String, Option<u64>>,
    pub left_out: Option<String>,
}

impl Linter {
    /// Checks all targets.
    ///
    /// # Errors
    /// Fails when a directory cannot be read.
    pub fn lint(&self, host: &(dyn Host + Sync)) -> anyhow::Result<Report> {
        let searches = &self.searches;
        let mut found = Targets::default();
        let (mut targets, mut files): (BTreeMap<String, &Search>, _) = (BTreeMap::new(), Vec::new());
        for search in searches {
            let (mut of_search, files_of_search) = self.configurations.find(search, host, &self.options)?;
            for target in std::mem::take(&mut of_search.directories) {
                targets.entry(target).or_insert(search);
            }
            files.push((search, files_of_search));
            found.extend(of_search);
        }
        found.directories = targets.keys().cloned().collect();
        let roots: Vec<&Path> = searches.iter().map(|search| search.root.as_path()).collect();
        let manifests = Manifests::read(&roots, host, self.options.limits)?;
        let workspace = Workspace::new(host, self.options.clone());
        let targets: Vec<(String, &Search)> = targets.into_iter().collect();
        let checked = parallel::map(&targets, targets::default_jobs(), |(target, search)| {
            let list = |directory: &str| names_in(directory, &search.root);
            let how =
                How { policies: &search.policies, has_outputs: self.has_outputs, validation: self.validation.as_ref() };
            check(target, &manifests, &workspace, &how, &list)
        });
        let mut messages = messages_of_targets(&checked, &manifests);
        let left_out = left_out_checks(&targets, &checked, &found);
        for (search, files) in files {
            messages.extend(unused_files(files, search, &checked, &manifests, host)?);
        }
        if searches.iter().all(|search| !search.files.is_empty()) {
            messages.retain(|message| searches.iter().any(|search| search.concerns(message)));
        }
        messages.extend(found.unreadable.iter().map(|error| Message::without_location("error", error)));
        messages.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        messages.dedup();
        self.remove_other_fixes(&mut messages);
        let outputs =
            targets.into_iter().zip(&checked).map(|((target, _), checked)| (target, checked.output)).collect();
        Ok(Report { messages, found, outputs, left_out })
    }

    /// Removes the fixes that would change files which are not checked, or create files that exist.
    fn remove_other_fixes(&self, messages: &mut [Message]) {
        let mut known: HashMap<String, bool> = HashMap::new();
        for message in messages {
            message.fix.take_if(|fix| {
                let mut new = fix.changes.iter().filter(|change| change.is_new);
                let replaces = new.any(|change| Path::new(&change.file).symlink_metadata().is_ok());
                replaces
                    || !fix.changes.iter().all(|change| match known.get(&change.file) {
                        Some(&may_change) => may_change,
                        None => *known.entry(change.file.clone()).or_insert(self.may_change(&change.file)),
                    })
            });
        }
    }

    fn may_change(&self, file: &str) -> bool {
        self.searches.iter().any(|search| self.configurations.may_change(search, file))
    }
}

/// The maximum number of targets that a line of the summary names.
const MAX_NAMES: usize = 3;

/// Returns a line about the checks that are left out because a target fails or a path cannot be read.
fn left_out_checks(targets: &[(String, &Search)], checked: &[Checked], found: &Targets) -> Option<String> {
    let failed = targets.iter().zip(checked).filter(|(_, checked)| checked.provided.is_none());
    let failed: Vec<String> = failed.map(|((target, _), _)| paths::shown(target)).collect();
    let names = failed[..failed.len().min(MAX_NAMES)].join(", ");
    let reason = match failed.len() {
        0 if found.unreadable.is_empty() => return None,
        0 => "some paths cannot be read".to_string(),
        1 => format!("a target does not render: {names}"),
        count if count <= MAX_NAMES => format!("{count} targets do not render: {names}"),
        count => format!("{count} targets do not render: {names} and {} more", count - MAX_NAMES),
    };
    Some(format!("left out what only the output would show: {reason}"))
}
