//! Messages in the format that the user wants; as text, in the manner of a good compiler.

use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::diagnostic::{Diagnostic, Help};
use crate::inputs::Inputs;
use crate::message::{Message, Style, Words};
use clap::ValueEnum;

use crate::cli::exit::Code;
use crate::cli::flags::help::help_text;
use crate::cli::messages::github;
use crate::cli::messages::sarif;
use crate::cli::messages::style::{printable, safe_json, style_of, without_commands};
use crate::cli::paths;

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

/// The words of the command line: paths relative to the working directory, and flags.
pub struct CommandWords;

impl Words for CommandWords {
    fn path(&self, path: &str) -> String {
        paths::shown(path)
    }

    fn help(&self, help: &Help) -> String {
        help_text(help)
    }
}

/// Writes messages.
pub struct Reporter {
    style: Style,
    format: Format,
    /// What a log in one piece will hold.
    collected: Mutex<Vec<Message>>,
}

impl Reporter {
    /// Returns a reporter for standard error: text, in color on a terminal, unless `NO_COLOR` is set.
    pub fn for_stderr() -> Reporter {
        Reporter::new(style_of(&std::io::stderr()), Format::Text)
    }

    pub fn new(style: Style, format: Format) -> Reporter {
        Reporter { style, format, collected: Mutex::default() }
    }

    /// Prints diagnostics to standard error.
    pub fn print(&self, diagnostics: &[Diagnostic], inputs: &Inputs) {
        print(&self.text(diagnostics, inputs));
    }

    /// Returns diagnostics as they are printed; what belongs into a log in one piece is collected for [`Reporter::finish`].
    pub fn text(&self, diagnostics: &[Diagnostic], inputs: &Inputs) -> String {
        diagnostics
            .iter()
            .map(|diagnostic| self.message_text(Message::new(diagnostic, inputs, &CommandWords)))
            .collect()
    }

    /// Prints a warning that is about no file.
    pub fn warn(&self, message: &str) {
        print(&self.message_text(Message::without_location("warning", message)));
    }

    /// Prints what to do next.
    pub fn hint(&self, message: &str) {
        let heading = self.paint("help", "1;36");
        print(&without_commands(&format!("{heading}: {}\n", printable(message))));
    }

    /// Prints what was done.
    pub fn info(&self, message: &str) {
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
        self.message_text(Message::without_location("error", &format!("{error:#}")))
    }

    /// Prints what is only complete at the end.
    pub fn finish(&self) {
        print(&self.collected_text());
    }

    /// Returns what is only complete at the end.
    pub fn collected_text(&self) -> String {
        match self.format {
            Format::Sarif => {
                // Targets are rendered at once, and end in any order.
                let mut messages = std::mem::take(&mut *self.collected());
                messages.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
                sarif::log(&messages)
            }
            Format::Text | Format::Json | Format::Github => String::new(),
        }
    }

    /// Returns a message as it is written.
    pub fn message_text(&self, message: Message) -> String {
        match self.format {
            // What is about a file has an empty line behind it.
            Format::Text if message.code.is_some() => without_commands(&message.to_text(self.style)) + "\n",
            Format::Text => without_commands(&message.to_text(self.style)),
            Format::Json => safe_json(&serde_json::to_string(&message).expect("messages are texts and numbers")) + "\n",
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

/// Writes to standard error.
fn print(text: &str) {
    // A closed standard error leaves nobody to tell.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
