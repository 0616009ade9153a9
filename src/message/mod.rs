//! Messages: diagnostics with resolved locations, and their text.

mod fix;
pub mod printable;
mod source_lines;
mod style;
mod text;

use std::sync::Arc;

use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic, Help, Severity};
use crate::inputs::{Inputs, Line};
use crate::secret::{MASK, mask_quotes, mask_values};
use crate::yaml::Span;

use printable::printable;

pub use fix::{Change, Fix};
pub use source_lines::SourceLines;
pub use style::Style;
pub use text::Excerpt;

/// The program-specific wording of messages.
pub trait Words {
    /// Returns a path as it is displayed.
    fn path(&self, path: &str) -> String {
        path.to_string()
    }

    /// Returns help as it is displayed.
    fn help(&self, help: &Help) -> String {
        help.to_string()
    }
}

/// The wording of the library, which knows neither a working directory nor flags.
pub struct PlainWords;

impl Words for PlainWords {}

/// A diagnostic as it is displayed. This is also its documented JSON form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    pub severity: &'static str,
    /// `None` if the message is not about the input, such as for an output file that cannot be written.
    pub code: Option<&'static str>,
    pub message: String,
    /// The first label is at the error; the others add context.
    pub labels: Vec<Label>,
    /// The entries through which the file was included, innermost first.
    pub chain: Vec<Location>,
    pub help: Option<String>,
    /// An edit that fixes the problem. It is left out of the JSON form if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// A location with an explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    #[serde(flatten)]
    pub location: Location,
    pub text: String,
}

/// A range in one line of a file. Lines and columns start at 1; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// Relative to the working directory if the file is inside it, else absolute.
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    /// The column after the last character.
    pub end_column: usize,
    /// The line without its line break and without values of Secrets.
    #[serde(skip)]
    pub source: Arc<str>,
}

impl Message {
    /// Creates the message for a diagnostic and resolves its locations.
    pub fn new(diagnostic: &Diagnostic, inputs: &Inputs, words: &dyn Words) -> Message {
        let labels = diagnostic.labels.iter();
        let labels = labels.filter_map(|label| Some((Location::of(label.span, inputs, words)?, &label.text)));
        let labels: Vec<_> = labels.collect();
        // Values that are hidden in the source lines must not appear in the text, either.
        let lines: Vec<(&str, usize)> = labels.iter().map(|((_, line), _)| (line.text, line.shown)).collect();
        let credentials: Vec<&String> = labels.iter().flat_map(|((_, line), _)| line.credentials).collect();
        let masked = |text: &str| {
            let text = mask_quotes(text, &lines);
            mask_values(&text, inputs.values_in(&text))
        };
        let written = |text: &str| {
            let text = masked(text);
            printable(&credentials.iter().fold(text, |text, credential| text.replace(credential.as_str(), MASK)))
        };
        let (message, help) =
            (written(&diagnostic.message), diagnostic.help.as_ref().map(|help| written(&words.help(help))));
        let fix = diagnostic.fix.as_ref().and_then(|fix| Fix::new(fix, inputs, words, masked));
        let texts: Vec<String> = labels.iter().map(|(_, text)| written(text)).collect();
        let labels = labels.into_iter().zip(texts).map(|(((location, _), _), text)| Label { location, text });
        Message {
            severity: match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            code: Some(diagnostic.code.as_str()),
            message,
            labels: labels.collect(),
            chain: diagnostic.chain.iter().filter_map(|&span| Some(Location::of(span, inputs, words)?.0)).collect(),
            help,
            fix,
        }
    }

    /// Returns a message without a location.
    pub fn without_location(severity: &'static str, message: &str) -> Message {
        let (labels, chain) = (Vec::new(), Vec::new());
        Message { severity, code: None, message: printable(message), labels, chain, help: None, fix: None }
    }

    pub fn is_error(&self) -> bool {
        self.severity == "error"
    }

    /// Returns the location of the error.
    pub fn location(&self) -> Option<&Location> {
        self.labels.first().map(|label| &label.location)
    }

    /// Returns the key by which messages are sorted: location first.
    pub fn sort_key(&self) -> (&str, usize, usize, Option<&str>, &str) {
        let location = self.location();
        let (line, column) = location.map_or((0, 0), |location| (location.line, location.column));
        (location.map_or("", |location| &location.path), line, column, self.code, &self.message)
    }

    /// Returns the code of the diagnostic.
    pub fn kind(&self) -> Option<Code> {
        self.code.and_then(Code::from_name)
    }

    /// Returns the message, the text of the first label and the help as one string.
    pub fn full_text(&self) -> String {
        let label = self.labels.first().map_or("", |label| label.text.as_str());
        let help = self.help.as_ref().map(|help| format!("help: {help}")).unwrap_or_default();
        let parts = [self.message.as_str(), label, help.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

impl Location {
    /// Resolves a span, and returns its location with its line; `None` if it is not in a file.
    fn of<'a>(span: Span, inputs: &'a Inputs, words: &dyn Words) -> Option<(Location, Line<'a>)> {
        let file = inputs.file(span.start.file)?;
        let path = printable(&words.path(&file.path));
        let position = file.line_and_column(span.start.offset as usize);
        let line = inputs.line(file, position.0);
        Some((Location::in_line(path, position, &line, span.len as usize), line))
    }

    /// Returns the location of a range in a line.
    fn in_line(path: String, (number, column): (usize, usize), line: &Line<'_>, len: usize) -> Location {
        let end_column = column + len.clamp(1, line.characters.saturating_sub(column - 1).max(1));
        Location { path, line: number, column, end_line: number, end_column, source: line.masked.clone() }
    }
}

impl Diagnostic {
    /// Returns the text that the command prints for the diagnostic: the message, the source lines, the chain of
    /// including files, and help.
    pub fn to_text(&self, inputs: &Inputs) -> String {
        Message::new(self, inputs, &PlainWords).to_text(Style::plain())
    }
}
