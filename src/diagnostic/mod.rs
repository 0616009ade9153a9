//! Errors and warnings as data. `cli::report` turns them into text.

mod codes;
mod help;
mod of_yaml;

use std::collections::HashSet;
use std::fmt;

use crate::yaml::{Position, Span};

pub use codes::{Code, Level};
pub use help::{Help, Limit, Permission};
pub use of_yaml::{invalid_yaml, unwritable};

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It is wrong, and nothing is rendered.
    Error,
    /// It may be wrong.
    Warning,
}

/// A place in a file and what to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What it is about.
    pub span: Span,
    /// What to say about it; may be empty.
    pub text: String,
}

/// An error or a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The kind of diagnostic.
    pub code: Code,
    /// How severe it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The first label is where the mistake is; the others help to understand it.
    pub labels: Vec<Label>,
    /// What would work instead.
    pub help: Option<Help>,
    /// The references through which the file was reached, innermost first.
    pub chain: Vec<Span>,
    /// More mistakes, which were found with this one and do not follow from it.
    pub(crate) others: Vec<Diagnostic>,
}

/// The result of everything that can be wrong with the input.
pub type Result<T, E = Box<Diagnostic>> = std::result::Result<T, E>;

impl Diagnostic {
    pub(crate) fn error(code: Code, message: impl Into<String>) -> Box<Diagnostic> {
        Box::new(Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            labels: Vec::new(),
            help: None,
            chain: Vec::new(),
            others: Vec::new(),
        })
    }

    pub(crate) fn warning(code: Code, message: impl Into<String>) -> Box<Diagnostic> {
        let mut warning = Diagnostic::error(code, message);
        warning.severity = Severity::Warning;
        warning
    }

    /// Adds a place. Places that no file holds are left out, and those that have a label already, such as the resource
    /// of a base that is listed twice.
    pub(crate) fn at(mut self: Box<Self>, span: impl Into<Span>, text: impl Into<String>) -> Box<Self> {
        let span = span.into();
        if span.start != Position::NONE && self.labels.iter().all(|label| label.span != span) {
            self.labels.push(Label { span, text: text.into() });
        }
        self
    }

    /// Adds advice: the nearest thing that would work.
    pub(crate) fn hint(self: Box<Self>, hint: impl Into<String>) -> Box<Self> {
        self.help(Help::Text(hint.into()))
    }

    /// Adds what would work instead.
    pub(crate) fn help(mut self: Box<Self>, help: Help) -> Box<Self> {
        self.help = Some(help);
        self
    }

    /// Returns the error about a limit that is exceeded.
    pub(crate) fn exceeds(limit: Limit, message: impl Into<String>) -> Box<Diagnostic> {
        Diagnostic::error(Code::LimitExceeded, message).help(Help::Raise(limit))
    }

    /// Returns the error about something that is not allowed.
    pub(crate) fn denied(permission: Permission, message: impl Into<String>) -> Box<Diagnostic> {
        Diagnostic::error(Code::NotAllowed, message).help(Help::Allow(permission))
    }

    /// Adds the reference that led to the file of the mistake.
    pub(crate) fn via(mut self: Box<Self>, span: impl Into<Span>) -> Box<Self> {
        self.chain.push(span.into());
        self
    }

    /// Fails with the mistakes, if there are any: the first has the others with it.
    ///
    /// # Errors
    /// Fails if there is a mistake.
    pub(crate) fn together(mistakes: impl IntoIterator<Item = Box<Diagnostic>>) -> Result<()> {
        let mut mistakes = mistakes.into_iter();
        let Some(mut first) = mistakes.next() else { return Ok(()) };
        first.others.extend(mistakes.flat_map(Diagnostic::apart));
        Err(first)
    }

    /// Returns the mistake and those that were found with it, each by itself.
    #[expect(clippy::boxed_local, reason = "errors come boxed out of every `Result`")]
    pub(crate) fn apart(mut self: Box<Self>) -> Vec<Diagnostic> {
        let others = std::mem::take(&mut self.others);
        let others = others.into_iter().flat_map(|other| Box::new(other).apart());
        std::iter::once(*self).chain(others).collect()
    }

    /// Returns whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}[{}]: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for Diagnostic {}

/// How many errors are reported. A base with errors may be included in many ways, each of which repeats them.
pub const MAX_ERRORS: usize = 1000;

/// Returns each diagnostic once: those of a base that is included twice are the same.
pub fn without_repetitions(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut seen = HashSet::new();
    diagnostics.retain(|diagnostic| {
        let place = diagnostic.labels.first().map(|label| label.span);
        seen.insert((diagnostic.code, place, diagnostic.message.clone()))
    });
    diagnostics
}

/// The longest word for which a near one is looked for, in characters: the effort is the square of it, and names of Kubernetes
/// are no longer.
const LONGEST_WORD: usize = 253;

/// Returns the candidate nearest to `word`, if it is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let len = word.chars().count();
    let limit = (len / 3).max(1);
    if len > LONGEST_WORD {
        return None;
    }
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 4 * (len + limit) && candidate.chars().count().abs_diff(len) <= limit)
        .map(|candidate| (distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// The number of insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_one_label() {
        let place = Position::new(crate::yaml::FileId(1), 7);
        let error = Diagnostic::error(Code::DuplicateResource, "twice").at(place, "this").at(place, "like this");
        assert_eq!(error.labels, [Label { span: place.into(), text: "this".to_string() }]);
    }

    #[test]
    fn the_nearest_word_is_found() {
        assert_eq!(nearest("namePrefx", ["namePrefix", "nameSuffix"]), Some("namePrefix"));
        assert_eq!(nearest("resuorces", ["resources", "replicas"]), Some("resources"));
        assert_eq!(nearest("something", ["resources"]), None);
    }
}
