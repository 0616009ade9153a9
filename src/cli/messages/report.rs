//! Reporting of messages on standard error, in the format that the user has chosen.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::diagnostic::{Diagnostic, Help, MAX_ERRORS};
use crate::inputs::Inputs;
use crate::message::{Message, Style, Words};
use clap::ValueEnum;

use crate::cli::exit::Code;
use crate::cli::flags::help::help_text;
use crate::cli::messages::github;
use crate::cli::messages::sarif;
use crate::cli::messages::style::{printable, safe_json, style_of, without_commands};
use crate::cli::paths;
use crate::cli::streams::print_error;

/// The maximum number of errors and warnings of one target that are reported.
const MAX_REPORTED: usize = MAX_ERRORS;

/// The format of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Human-readable text with source excerpts
    #[default]
    Text,
    /// One JSON object per line
    Json,
    /// GitHub Actions workflow commands, shown as annotations
    Github,
    /// A SARIF 2.1.0 log for code scanning and editors
    Sarif,
}

/// The words of the command line: paths are relative to the working directory, and help names flags.
pub struct CommandWords;

impl Words for CommandWords {
    fn path(&self, path: &str) -> String {
        paths::shown(path)
    }

    fn help(&self, help: &Help) -> String {
        help_text(help)
    }
}

/// The style and the format that the user has chosen, for messages that are about the process. They belong to it.
static CURRENT: Mutex<(Style, Format)> = Mutex::new((Style::plain(), Format::Text));

/// Formats and prints messages.
pub struct Reporter {
    style: Style,
    format: Format,
    /// The messages of a format that is written as one document at the end.
    collected: Mutex<Vec<Message>>,
}

impl Reporter {
    /// Returns a reporter that prints text in the style of standard error, see [`style_of`].
    pub fn for_stderr() -> Reporter {
        Reporter { style: style_of(&std::io::stderr()), format: Format::Text, collected: Mutex::default() }
    }

    pub fn new(style: Style, format: Format) -> Reporter {
        *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = (style, format);
        Reporter { style, format, collected: Mutex::default() }
    }

    /// Returns a reporter that prints like the last one.
    pub fn current() -> Reporter {
        let (style, format) = *CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        Reporter::new(style, format)
    }

    /// Prints diagnostics to standard error.
    pub fn print(&self, diagnostics: &[Diagnostic], inputs: &Inputs) {
        print(&self.text(diagnostics, inputs));
    }

    /// Returns diagnostics in the format of the reporter. Formats that are one document are empty until
    /// [`Reporter::finish`].
    pub fn text(&self, diagnostics: &[Diagnostic], inputs: &Inputs) -> String {
        let message = |diagnostic| Message::new(diagnostic, inputs, &CommandWords);
        let reported = diagnostics.iter().take(MAX_REPORTED).map(message);
        reported.chain(left_out(diagnostics)).map(|message| self.message_text(message)).collect()
    }

    /// Prints a warning without a location.
    pub fn warn(&self, message: &str) {
        print(&self.message_text(Message::without_location("warning", message)));
    }

    /// Prints a suggestion of what to do next.
    pub fn hint(&self, message: &str) {
        let heading = self.paint("help", "1;36");
        print(&without_commands(&format!("{heading}: {}\n", printable(message))));
    }

    /// Prints a status message.
    pub fn info(&self, message: &str) {
        print(&without_commands(&format!("{}\n", printable(message))));
    }

    /// Prints text that is already formatted.
    pub fn raw(&self, text: &str) {
        print(&without_commands(text));
    }

    /// Warns about a deprecated flag, as kustomize does.
    pub fn deprecated_flag(&self, flag: &str, advice: &str) {
        print(&format!("Flag --{flag} has been deprecated, {advice}\n"));
    }

    /// Prints an error without a location.
    pub fn error(&self, message: &str) {
        print(&self.message_text(Message::without_location("error", message)));
    }

    /// Prints an error without a location, and returns the exit code.
    pub fn fail(&self, error: &anyhow::Error) -> Code {
        print(&self.error_text(error));
        Code::Failure
    }

    /// Returns an error without a location in the format of the reporter.
    pub fn error_text(&self, error: &anyhow::Error) -> String {
        self.message_text(Message::without_location("error", &format!("{error:#}")))
    }

    /// Prints the collected messages of a format that is one document.
    pub fn finish(&self) {
        print(&self.collected_text());
    }

    /// Returns the collected messages of a format that is one document; empty for the other formats.
    pub fn collected_text(&self) -> String {
        match self.format {
            Format::Sarif => {
                // Targets are rendered in parallel and finish in any order.
                let mut messages = std::mem::take(&mut *self.collected());
                messages.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
                sarif::log(&messages)
            }
            Format::Text | Format::Json | Format::Github => String::new(),
        }
    }

    /// Returns a message in the format of the reporter; empty if the format collects messages.
    pub fn message_text(&self, message: Message) -> String {
        match self.format {
            // A message with an excerpt is followed by an empty line.
            Format::Text if message.code.is_some() => without_commands(&message.to_text(self.style)) + "\n",
            Format::Text => without_commands(&message.to_text(self.style)),
            Format::Json => {
                safe_json(&serde_json::to_string(&message).expect("messages consist of strings and numbers")) + "\n"
            }
            Format::Github => github::command(&message),
            Format::Sarif => {
                self.collected().push(message);
                String::new()
            }
        }
    }

    fn collected(&self) -> MutexGuard<'_, Vec<Message>> {
        self.collected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn paint(&self, text: &str, style: &str) -> String {
        self.style.paint(text, style)
    }
}

/// Returns the message that counts the diagnostics after the reported ones.
fn left_out(diagnostics: &[Diagnostic]) -> Option<Message> {
    let left_out = diagnostics.get(MAX_REPORTED..).filter(|left_out| !left_out.is_empty())?;
    let severity = if left_out.iter().any(Diagnostic::is_error) { "error" } else { "warning" };
    let plural = if left_out.len() == 1 { "" } else { "s" };
    Some(Message::without_location(severity, &format!("and {} more {severity}{plural}", left_out.len())))
}

/// Writes to standard error.
fn print(text: &str) {
    print_error(text);
}
