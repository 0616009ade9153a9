//! Errors and warnings as data. The `message` module turns them into text.

mod api_codes;
mod codes;
mod fix;
mod help;
mod of_yaml;
mod similar;
mod value_codes;

use std::collections::HashSet;
use std::fmt;

use crate::yaml::{Position, Span};

pub use codes::{Code, Level};
pub use fix::{Applicability, Fix, MissingReference, Misspelling, NewFile, TextEdit};
pub use help::{Help, Limit, Permission, flow_text};
pub use of_yaml::{SAME_KEY, check_depth, invalid_yaml, too_deep, unwritable};
pub use similar::{different_letters, letters, nearest, only_nearest};

/// The severity of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The input is invalid, and nothing is rendered.
    Error,
    /// The input is valid but probably not what was intended.
    Warning,
}

/// A span in a file with an explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The span.
    pub span: Span,
    /// The explanation; may be empty.
    pub text: String,
}

/// An error or a warning.
///
/// # Example
/// ```
/// use boutique::{Code, Help, Level, Limit, Options, Severity, io};
///
/// let host = io::MemoryHost::new([("/kustomization.yaml", "resources: [a.yaml]\n"), ("/a.yaml", "a: [[[[1]]]]\n")]);
/// let mut options = Options::default();
/// options.limits.nesting = 3;
/// let io::Outcome { result, inputs } = io::render(&host, "/", &options);
/// let error = &result.expect_err("it is nested too deep")[0];
///
/// assert_eq!((error.code, error.severity), (Code::TooDeep, Severity::Error));
/// assert_eq!((error.code.as_str(), error.code.level()), ("too-deep", Level::Error));
/// assert_eq!(error.help, Some(Help::Raise(Limit::Nesting)));
/// let label = &error.labels[0];
/// let location = inputs.location(label.span.start).expect("it is in a file");
/// assert_eq!((location.line, location.column), (1, 7));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The kind of diagnostic.
    pub code: Code,
    /// The severity.
    pub severity: Severity,
    /// The message.
    pub message: String,
    /// The first label is at the error; the others add context.
    pub labels: Vec<Label>,
    /// A way to fix the problem.
    pub help: Option<Help>,
    /// The entries through which the file was included, innermost first.
    pub chain: Vec<Span>,
    /// An edit that fixes the problem, if [`crate::lint::add_fixes`] was asked for one.
    pub fix: Option<Box<Fix>>,
    /// The word that is probably the cause.
    pub(crate) misspelling: Option<Box<Misspelling>>,
    /// The field that a configuration should list.
    pub(crate) missing_reference: Option<Box<MissingReference>>,
    /// Independent errors that were found together with this one.
    pub(crate) others: Vec<Diagnostic>,
}

/// The result of an operation that fails on invalid input.
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
            fix: None,
            misspelling: None,
            missing_reference: None,
            others: Vec::new(),
        })
    }

    pub(crate) fn warning(code: Code, message: impl Into<String>) -> Box<Diagnostic> {
        let mut warning = Diagnostic::error(code, message);
        warning.severity = Severity::Warning;
        warning
    }

    /// Adds a label. Spans outside of files are ignored, and so are spans that have a label already, such as that of a
    /// resource in a base that is listed twice.
    pub(crate) fn at(mut self: Box<Self>, span: impl Into<Span>, text: impl Into<String>) -> Box<Self> {
        let span = span.into();
        if span.start != Position::NONE && self.labels.iter().all(|label| label.span != span) {
            self.labels.push(Label { span, text: text.into() });
        }
        self
    }

    /// Adds a hint in words.
    pub(crate) fn hint(self: Box<Self>, hint: impl Into<String>) -> Box<Self> {
        self.help(Help::Text(hint.into()))
    }

    /// Adds help.
    pub(crate) fn help(mut self: Box<Self>, help: Help) -> Box<Self> {
        self.help = Some(help);
        self
    }

    /// Names the word that is probably the cause, so that a fix can replace it.
    pub(crate) fn misspelled(
        mut self: Box<Self>,
        position: Position,
        written: &str,
        meant: &str,
        applicability: Applicability,
    ) -> Box<Self> {
        let (written, meant) = (written.to_string(), meant.to_string());
        self.misspelling = Some(Box::new(Misspelling { position, written, meant, applicability }));
        self
    }

    /// Returns an error about an exceeded limit.
    pub(crate) fn exceeds(limit: Limit, message: impl Into<String>) -> Box<Diagnostic> {
        Diagnostic::error(Code::LimitExceeded, message).help(Help::Raise(limit))
    }

    /// Returns an error about a missing permission.
    pub(crate) fn denied(permission: Permission, message: impl Into<String>) -> Box<Diagnostic> {
        Diagnostic::error(Code::NotAllowed, message).help(Help::Allow(permission))
    }

    /// Adds the span of the entry that included the file.
    pub(crate) fn via(mut self: Box<Self>, span: impl Into<Span>) -> Box<Self> {
        self.chain.push(span.into());
        self
    }

    /// Combines errors into one that carries the others.
    ///
    /// # Errors
    /// Fails if there are any errors.
    pub(crate) fn combine(errors: impl IntoIterator<Item = Box<Diagnostic>>) -> Result<()> {
        let mut errors = errors.into_iter();
        let Some(mut first) = errors.next() else { return Ok(()) };
        first.others.extend(errors.flat_map(Diagnostic::flatten));
        Err(first)
    }

    /// Returns the error and all errors that it carries as a list.
    #[expect(clippy::boxed_local, reason = "the error of every `Result` is boxed")]
    pub(crate) fn flatten(mut self: Box<Self>) -> Vec<Diagnostic> {
        let others = std::mem::take(&mut self.others);
        let others = others.into_iter().flat_map(|other| Box::new(other).flatten());
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

/// The maximum number of reported errors. Each inclusion of a base with errors repeats them.
pub const MAX_ERRORS: usize = 1000;

/// Removes duplicates, such as the diagnostics of a base that is included twice.
pub fn without_duplicates(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut seen = HashSet::new();
    diagnostics.retain(|diagnostic| {
        let span = diagnostic.labels.first().map(|label| label.span);
        seen.insert((diagnostic.code, span, diagnostic.message.clone()))
    });
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_has_one_label() {
        let position = Position::new(crate::yaml::FileId(1), 7);
        let error = Diagnostic::error(Code::DuplicateResource, "twice").at(position, "this").at(position, "like this");
        assert_eq!(error.labels, [Label { span: position.into(), text: "this".to_string() }]);
    }
}
