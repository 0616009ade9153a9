//! The result of a comparison, which the output formats show.

use std::collections::BTreeSet;

use crate::diff::{self, Counts, Diff, Secrets};

use crate::cli::comparison::locations::Locations;
use crate::cli::comparison::side::{Read, Resources};
use crate::cli::exit::Code;
use crate::cli::streams::print_error;

/// All comparisons of a run.
#[derive(Default)]
pub struct Report {
    pub comparisons: Vec<Comparison>,
    /// The number of targets that could not be compared.
    pub failed: usize,
}

/// The comparison of the two sides of a target.
pub struct Comparison {
    /// The name of the target, if multiple targets are compared.
    pub name: Option<String>,
    /// The name of the old side; `None` if it does not exist.
    pub before: Option<String>,
    /// The name of the new side; `None` if it does not exist.
    pub after: Option<String>,
    pub diff: Diff,
    /// Another finding, such as a missing snapshot.
    pub remark: Option<String>,
}

/// The level of detail of a comparison.
#[derive(Clone, Copy)]
pub struct Detail {
    pub secrets: Secrets,
    /// Whether to look up where each new value was written.
    pub has_sources: bool,
}

/// A side of a comparison. `read` is `None` if the side does not exist.
pub struct Side<'a> {
    name: &'a str,
    read: Option<Read>,
}

impl<'a> Side<'a> {
    pub fn new(name: &'a str, read: Option<Read>) -> Side<'a> {
        Side { name, read }
    }

    fn name(&self) -> Option<String> {
        self.read.is_some().then(|| self.name.to_string())
    }
}

impl Comparison {
    /// Compares two sides.
    ///
    /// # Errors
    /// Returns the errors of both sides, as text.
    pub fn new(name: Option<String>, before: Side<'_>, after: Side<'_>, detail: Detail) -> Result<Comparison, String> {
        let (before_name, after_name) = (before.name(), after.name());
        let empty = || Resources { resources: Vec::new(), inputs: Default::default() };
        let (before, after) =
            match (before.read.unwrap_or_else(|| Ok(empty())), after.read.unwrap_or_else(|| Ok(empty()))) {
                (Ok(before), Ok(after)) => (before, after),
                (before, after) => {
                    // An error of both sides is reported once.
                    let messages: BTreeSet<String> = [before.err(), after.err()].into_iter().flatten().collect();
                    return Err(messages.into_iter().collect());
                }
            };
        let mut diff = diff::compare(&before.resources, &after.resources, detail.secrets);
        if detail.has_sources {
            let (before, after) = (Locations::new(&before.inputs), Locations::new(&after.inputs));
            diff.add_sources(|position| before.find(position), |position| after.find(position));
        }
        Ok(Comparison { name, before: before_name, after: after_name, diff, remark: None })
    }

    /// Returns the comparison of two sides with identical text.
    pub fn same(name: &str, before: &str, resources: usize) -> Comparison {
        let diff = Diff { unchanged: resources, ..Diff::default() };
        let name = name.to_string();
        Comparison { before: Some(before.to_string()), after: Some(name.clone()), name: Some(name), diff, remark: None }
    }

    pub fn differs(&self) -> bool {
        !self.diff.is_empty() || self.before.is_none() || self.after.is_none() || self.remark.is_some()
    }

    /// Returns the title of the comparison, in one line.
    pub fn title(&self) -> String {
        match (&self.name, &self.before, &self.after) {
            (Some(name), Some(_), Some(_)) => name.clone(),
            (None, Some(before), Some(after)) => format!("{before} -> {after}"),
            (name, None, after) => format!("{} (new)", name.as_ref().or(after.as_ref()).map_or("", String::as_str)),
            (name, before, None) => {
                format!("{} (removed)", name.as_ref().or(before.as_ref()).map_or("", String::as_str))
            }
        }
    }
}

impl Report {
    /// Iterates over the comparisons with differences.
    pub fn differing(&self) -> impl Iterator<Item = &Comparison> {
        self.comparisons.iter().filter(|comparison| comparison.differs())
    }

    /// Returns whether the report may contain multiple targets.
    pub fn has_multiple_targets(&self) -> bool {
        self.comparisons.iter().any(|comparison| comparison.name.is_some())
    }

    pub fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        for counts in self.comparisons.iter().map(|comparison| comparison.diff.counts()) {
            sum.added += counts.added;
            sum.changed += counts.changed;
            sum.removed += counts.removed;
            sum.new_hashes_only += counts.new_hashes_only;
            sum.unchanged += counts.unchanged;
        }
        sum
    }

    /// Returns the counts as text.
    pub fn summary(&self) -> String {
        let counts = self.counts();
        let mut text = format!("{} added, {} changed, {} removed", counts.added, counts.changed, counts.removed);
        if counts.new_hashes_only > 0 {
            text += &format!(", {} with new hashes only", counts.new_hashes_only);
        }
        text += &format!(", {} unchanged", counts.unchanged);
        if self.has_multiple_targets() {
            text += &format!(" (in {} of {} targets)", self.differing().count(), self.comparisons.len());
        }
        if self.failed > 0 {
            text += &format!(", {} not compared", self.failed);
        }
        text
    }

    pub fn code(&self) -> Code {
        match self.differing().next() {
            _ if self.failed > 0 => Code::COMPARISON_FAILED,
            Some(_) => Code::DIFFERENT,
            None => Code::SAME,
        }
    }
}

/// Prints the errors of failed comparisons, and returns a report of the others.
pub fn collect(comparisons: Vec<Result<Comparison, String>>) -> Report {
    let mut report = Report::default();
    for comparison in comparisons {
        match comparison {
            Ok(comparison) => report.comparisons.push(comparison),
            Err(messages) => {
                report.failed += 1;
                print_error(&messages);
            }
        }
    }
    report
}
