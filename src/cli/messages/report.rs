//! Messages in the format that the user wants; as text, in the manner of a good compiler.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::remote::without_credentials;
use crate::{Diagnostic, Inputs};
use clap::ValueEnum;

use crate::cli::exit::Code;
use crate::cli::messages::github;
use crate::cli::messages::message::{Label, Location, Message};
use crate::cli::messages::sarif;
use crate::cli::messages::style::{Style, printable, safe_json, without_commands};

/// The longest part of a source line that is shown.
const WIDEST: usize = 160;

/// How messages are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, with the lines they are about
    #[default]
    Text,
    /// A JSON object on each line
    Json,
    /// Workflow commands, which GitHub shows beside the lines
    Github,
    /// One SARIF 2.1.0 log, for code scanning and editors
    Sarif,
}

/// Writes messages.
pub struct Reporter {
    style: Style,
    format: Format,
    /// What a log in one piece will hold.
    kept: Mutex<Vec<Message>>,
}

impl Reporter {
    /// Returns a reporter for standard error: text, in colour on a terminal, unless `NO_COLOR` is set.
    pub fn for_stderr() -> Reporter {
        Reporter::new(Style::of(&std::io::stderr()), Format::Text)
    }

    pub fn new(style: Style, format: Format) -> Reporter {
        Reporter { style, format, kept: Mutex::default() }
    }

    /// Prints diagnostics to standard error.
    pub fn print(&self, diagnostics: &[Diagnostic], inputs: &Inputs) {
        print(&self.text(diagnostics, inputs));
    }

    /// Returns diagnostics as they are printed; what belongs into a log in one piece is kept for [`Reporter::finish`].
    pub fn text(&self, diagnostics: &[Diagnostic], inputs: &Inputs) -> String {
        diagnostics.iter().map(|diagnostic| self.written(Message::new(diagnostic, inputs))).collect()
    }

    /// Prints a warning that is about no file.
    pub fn warn(&self, message: &str) {
        print(&self.written(Message::without_place("warning", message)));
    }

    /// Prints what to do next.
    pub fn hint(&self, message: &str) {
        let heading = self.paint("help", "1;36");
        print(&without_commands(&format!("{heading}: {}\n", printable(message))));
    }

    /// Prints what was done.
    pub fn tell(&self, message: &str) {
        print(&without_commands(&format!("{}\n", printable(message))));
    }

    /// Prints text that is made for terminals already.
    pub fn raw(&self, text: &str) {
        print(&without_commands(text));
    }

    /// Warns of a flag as kustomize does.
    pub fn deprecated_flag(&self, flag: &str, advice: &str) {
        let _ = writeln!(std::io::stderr(), "Flag --{flag} has been deprecated, {advice}");
    }

    /// Prints an error that is about no file.
    pub fn fail(&self, error: &anyhow::Error) -> Code {
        print(&self.error_text(error));
        Code::Failure
    }

    /// Returns an error that is about no file as text.
    pub fn error_text(&self, error: &anyhow::Error) -> String {
        self.written(Message::without_place("error", &format!("{error:#}")))
    }

    /// Prints what is only complete at the end.
    pub fn finish(&self) {
        print(&self.end());
    }

    /// Returns what is only complete at the end.
    pub fn end(&self) -> String {
        match self.format {
            Format::Sarif => {
                // Targets are rendered at once, and end in any order.
                let mut messages = std::mem::take(&mut *self.kept());
                messages.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
                sarif::log(&messages)
            }
            Format::Text | Format::Json | Format::Github => String::new(),
        }
    }

    /// Returns a message as it is written.
    pub fn written(&self, message: Message) -> String {
        match self.format {
            // What is about a file has an empty line behind it.
            Format::Text if message.code.is_some() => without_commands(&self.render(&message)) + "\n",
            Format::Text => without_commands(&self.render(&message)),
            Format::Json => safe_json(&serde_json::to_string(&message).expect("messages are texts and numbers")) + "\n",
            Format::Github => github::command(&message),
            Format::Sarif => {
                self.kept().push(message);
                String::new()
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Message>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn paint(&self, text: &str, style: &str) -> String {
        self.style.paint(text, style)
    }

    /// Returns a message as text: message, source lines, the chain of references, help.
    fn render(&self, message: &Message) -> String {
        let style = if message.is_error() { "1;31" } else { "1;33" };
        let heading = match message.code {
            Some(code) => self.paint(&format!("{}[{code}]", message.severity), style),
            None => self.paint(message.severity, style),
        };
        // What is about no file is not set in bold, as nothing follows.
        let title = if message.code.is_some() { self.paint(&message.message, "1") } else { message.message.clone() };
        let mut text = format!("{heading}: {title}\n");
        let width = message.labels.iter().map(|label| label.location.line.to_string().len()).max().unwrap_or(1);
        let bar = self.paint("|", "1;34");
        for (at, label) in message.labels.iter().enumerate() {
            let Label { location, text: label } = label;
            let arrow = self.paint(if at == 0 { "-->" } else { ":::" }, "1;34");
            writeln!(text, "{:width$} {arrow} {}", "", written_place(location)).expect("writing to a string");
            writeln!(text, "{:width$} {bar}", "").expect("writing to a string");
            let number = self.paint(&format!("{:>width$}", location.line), "1;34");
            let excerpt = Excerpt::new(location);
            writeln!(text, "{number} {bar} {}", excerpt.source).expect("writing to a string");
            let style = if at == 0 { style } else { "1;33" };
            let marks = self.paint(&format!("{} {label}", "^".repeat(excerpt.marks)), style);
            writeln!(text, "{:width$} {bar} {:indent$}{}", "", "", marks.trim_end(), indent = excerpt.indent)
                .expect("writing to a string");
        }
        for location in &message.chain {
            writeln!(text, "{:width$} = included from {}", "", written_place(location)).expect("writing to a string");
        }
        if let Some(help) = &message.help {
            let heading = self.paint("help", "1;36");
            writeln!(text, "{:width$} = {heading}: {help}", "").expect("writing to a string");
        }
        text
    }
}

/// Writes to standard error.
fn print(text: &str) {
    // A closed standard error leaves nobody to tell.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn written_place(location: &Location) -> String {
    format!("{}:{}:{}", location.path, location.line, location.column)
}

/// The part of a source line that is shown, and what is marked in it.
pub struct Excerpt {
    pub source: String,
    indent: usize,
    marks: usize,
}

impl Excerpt {
    pub fn new(location: &Location) -> Excerpt {
        let before: String = location.source.chars().take(location.column - 1).collect();
        let before = without_credentials(&before).chars().count();
        let full = without_credentials(&location.source);
        // Long lines are cut so that the place stays in view.
        let cut = before.saturating_sub(WIDEST / 2);
        let cut = if full.chars().count() <= WIDEST { 0 } else { cut };
        let source: String = full.chars().skip(cut).take(WIDEST).collect();
        let indent = before - cut;
        let rest = source.chars().count().saturating_sub(indent).max(1);
        let marks = (location.end_column - location.column).clamp(1, rest);
        Excerpt { source: printable(&source), indent, marks }
    }
}
