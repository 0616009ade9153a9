//! Diagnostics with their locations looked up, and their text.

pub mod printable;
mod style;
mod text;

use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic, Help, Severity};
use crate::inputs::{Inputs, line_and_column, line_start};
use crate::secret::{MASK, mask_quotes, split_line};
use crate::yaml::Span;

use printable::printable;

pub use style::Style;
pub use text::Excerpt;

/// What a program calls things in its messages.
pub trait Words {
    /// Returns a path as it is shown.
    fn path(&self, path: &str) -> String {
        path.to_string()
    }

    /// Returns help as it is shown.
    fn help(&self, help: &Help) -> String {
        help.to_string()
    }
}

/// The words of the library, which knows neither a working directory nor flags.
pub struct PlainWords;

impl Words for PlainWords {}

/// A diagnostic as it is shown. This is also its documented JSON form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    pub severity: &'static str,
    /// `None` for what is about no input, such as an output file that cannot be written.
    pub code: Option<&'static str>,
    pub message: String,
    /// The first is where the mistake is; the others help to understand it.
    pub labels: Vec<Label>,
    /// The references through which the file was reached, innermost first.
    pub chain: Vec<Location>,
    pub help: Option<String>,
}

/// A place and what to say about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    #[serde(flatten)]
    pub location: Location,
    pub text: String,
}

/// A stretch of one line of a file. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// As seen from the working directory if it lies in it, else absolute.
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    /// The column behind the last character.
    pub end_column: usize,
    /// The line, with line ends and values of Secrets cut off.
    #[serde(skip)]
    pub source: String,
    /// What is not shown of it.
    #[serde(skip)]
    hidden: String,
}

impl Message {
    /// Looks up the locations of a diagnostic.
    pub fn new(diagnostic: &Diagnostic, inputs: &Inputs, words: &dyn Words) -> Message {
        let labels = diagnostic.labels.iter();
        let labels = labels.filter_map(|label| Some((Location::new(label.span, inputs, words)?, &label.text)));
        let labels: Vec<(Location, &String)> = labels.collect();
        // What is hidden in a line is hidden in the words about it.
        let hidden: Vec<&str> = labels.iter().map(|(location, _)| location.hidden.as_str()).collect();
        let written = |text: &str| printable(&mask_quotes(text, &hidden));
        let (message, help) =
            (written(&diagnostic.message), diagnostic.help.as_ref().map(|help| written(&words.help(help))));
        let texts: Vec<String> = labels.iter().map(|(_, text)| written(text)).collect();
        let labels = labels.into_iter().zip(texts).map(|((location, _), text)| Label { location, text });
        Message {
            severity: match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            code: Some(diagnostic.code.as_str()),
            message,
            labels: labels.collect(),
            chain: diagnostic.chain.iter().filter_map(|&span| Location::new(span, inputs, words)).collect(),
            help,
        }
    }

    /// Returns a message that is about no file.
    pub fn without_location(severity: &'static str, message: &str) -> Message {
        let (labels, chain) = (Vec::new(), Vec::new());
        Message { severity, code: None, message: printable(message), labels, chain, help: None }
    }

    pub fn is_error(&self) -> bool {
        self.severity == "error"
    }

    /// Returns where the mistake is.
    pub fn place(&self) -> Option<&Location> {
        self.labels.first().map(|label| &label.location)
    }

    /// Returns what messages are sorted by: their places, as people would read them.
    pub fn sort_key(&self) -> (&str, usize, usize, Option<&str>, &str) {
        let place = self.place();
        let (line, column) = place.map_or((0, 0), |place| (place.line, place.column));
        (place.map_or("", |place| &place.path), line, column, self.code, &self.message)
    }

    /// Returns the kind of diagnostic.
    pub fn kind(&self) -> Option<Code> {
        self.code.and_then(Code::from_name)
    }

    /// Returns the message and what the first label says, as one text.
    pub fn full_text(&self) -> String {
        let label = self.labels.first().map_or("", |label| label.text.as_str());
        let help = self.help.as_ref().map(|help| format!("help: {help}")).unwrap_or_default();
        let parts = [self.message.as_str(), label, help.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

impl Location {
    /// Looks a place up; `None` for what no file wrote.
    pub fn new(span: Span, inputs: &Inputs, words: &dyn Words) -> Option<Location> {
        let file = inputs.file(span.start.file)?;
        let text = file.shown_text();
        let offset = span.start.offset as usize;
        let (line, column) = line_and_column(&text, offset);
        let line_start = line_start(&text, offset);
        let source = text[line_start..].lines().next().unwrap_or_default();
        let rest = source.chars().count().saturating_sub(column - 1).max(1);
        let end_column = column + (span.len as usize).clamp(1, rest);
        let path = printable(&words.path(&file.path));
        let (shown, hidden) = split_line(&text, line_start);
        let source = if hidden.is_empty() { shown.to_string() } else { format!("{shown}{MASK}") };
        Some(Location { path, line, column, end_line: line, end_column, source, hidden: hidden.to_string() })
    }
}

impl Diagnostic {
    /// Returns the diagnostic as text, like the command prints it: what is wrong, the source lines, the chain of files that
    /// led there, and help.
    pub fn to_text(&self, inputs: &Inputs) -> String {
        Message::new(self, inputs, &PlainWords).to_text(Style::plain())
    }
}
