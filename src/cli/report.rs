//! Diagnostics as text, in the manner of a good compiler.

use std::fmt::Write as _;
use std::io::Write as _;

use boutique::diagnostic::Label;
use boutique::load::remote::without_credentials;
use boutique::yaml::Span;
use boutique::{Diagnostic, Inputs, Severity};

use super::exit::Code;
use super::many::working_directory;
use super::style::{Style, printable};

/// The longest part of a source line that is shown.
const WIDEST: usize = 160;

/// Prints diagnostics.
pub struct Reporter {
    style: Style,
}

impl Reporter {
    /// Returns a reporter for standard error: in colour on a terminal, unless `NO_COLOR` is set.
    pub fn for_stderr() -> Reporter {
        Reporter { style: Style::of(&std::io::stderr()) }
    }

    /// Prints diagnostics to standard error.
    pub fn print(&self, diagnostics: &[Diagnostic], inputs: &Inputs) {
        // A closed standard error leaves nobody to tell.
        let _ = std::io::stderr().write_all(self.text(diagnostics, inputs).as_bytes());
    }

    /// Returns diagnostics as text, with an empty line behind each.
    pub fn text(&self, diagnostics: &[Diagnostic], inputs: &Inputs) -> String {
        diagnostics.iter().map(|diagnostic| self.render(diagnostic, inputs) + "\n").collect()
    }

    /// Prints a warning that is about no file.
    pub fn warn(&self, message: &str) {
        let heading = self.paint("warning", "1;33");
        let _ = writeln!(std::io::stderr(), "{heading}: {}", printable(message));
    }

    /// Prints what to do next.
    pub fn hint(&self, message: &str) {
        let heading = self.paint("help", "1;36");
        let _ = writeln!(std::io::stderr(), "{heading}: {}", printable(message));
    }

    /// Prints what was done.
    pub fn tell(&self, message: &str) {
        let _ = writeln!(std::io::stderr(), "{}", printable(message));
    }

    /// Prints text that is made for terminals already.
    pub fn raw(&self, text: &str) {
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    /// Warns of a flag as kustomize does.
    pub fn deprecated_flag(&self, flag: &str, advice: &str) {
        let _ = writeln!(std::io::stderr(), "Flag --{flag} has been deprecated, {advice}");
    }

    /// Prints an error that is about no file.
    pub fn fail(&self, error: &anyhow::Error) -> Code {
        let _ = std::io::stderr().write_all(self.error_text(error).as_bytes());
        Code::Failure
    }

    /// Returns an error that is about no file as text.
    pub fn error_text(&self, error: &anyhow::Error) -> String {
        let heading = self.paint("error", "1;31");
        format!("{heading}: {}\n", printable(&format!("{error:#}")))
    }

    fn paint(&self, text: &str, style: &str) -> String {
        self.style.paint(text, style)
    }

    /// Returns a diagnostic as text: message, source lines, the chain of references, hint.
    pub fn render(&self, diagnostic: &Diagnostic, inputs: &Inputs) -> String {
        let heading = match diagnostic.severity {
            Severity::Error => self.paint("error", "1;31"),
            Severity::Warning => self.paint("warning", "1;33"),
        };
        let mut text = format!("{heading}: {}\n", self.paint(&printable(&diagnostic.message), "1"));
        let places: Vec<Place> = diagnostic.labels.iter().filter_map(|label| Place::new(label, inputs)).collect();
        let width = places.iter().map(|place| place.line.to_string().len()).max().unwrap_or(1);
        let bar = self.paint("|", "1;34");
        for (at, place) in places.iter().enumerate() {
            let arrow = self.paint(if at == 0 { "-->" } else { ":::" }, "1;34");
            let location = format!("{}:{}:{}", place.path, place.line, place.column);
            writeln!(text, "{:width$} {arrow} {location}", "").expect("writing to a string");
            writeln!(text, "{:width$} {bar}", "").expect("writing to a string");
            let number = self.paint(&format!("{:>width$}", place.line), "1;34");
            writeln!(text, "{number} {bar} {}", place.source).expect("writing to a string");
            let style = if at == 0 && diagnostic.is_error() { "1;31" } else { "1;33" };
            let marks = self.paint(&format!("{} {}", "^".repeat(place.marks), place.label), style);
            writeln!(text, "{:width$} {bar} {:indent$}{}", "", "", marks.trim_end(), indent = place.indent)
                .expect("writing to a string");
        }
        for reference in &diagnostic.chain {
            if let Some(place) = Place::of_span(*reference, "", inputs) {
                writeln!(text, "{:width$} = included from {}:{}:{}", "", place.path, place.line, place.column)
                    .expect("writing to a string");
            }
        }
        if let Some(hint) = &diagnostic.hint {
            let heading = self.paint("help", "1;36");
            writeln!(text, "{:width$} = {heading}: {}", "", printable(hint)).expect("writing to a string");
        }
        text
    }
}

/// A label with the source line it is about.
pub(super) struct Place {
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub source: String,
    indent: usize,
    marks: usize,
    label: String,
}

impl Place {
    fn new(label: &Label, inputs: &Inputs) -> Option<Place> {
        Place::of_span(label.span, &label.text, inputs)
    }

    pub(super) fn of_span(span: Span, label: &str, inputs: &Inputs) -> Option<Place> {
        let file = inputs.file(span.start.file)?;
        let path = shown_path(&file.path);
        let text = file.shown_text();
        let mut offset = (span.start.offset as usize).min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line_start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let line = text[..offset].matches('\n').count() + 1;
        let column = text[line_start..offset].chars().count() + 1;
        let before = without_credentials(&text[line_start..offset]).chars().count();
        let full = without_credentials(text[line_start..].lines().next().unwrap_or_default());
        // Long lines are cut so that the place stays in view.
        let cut = before.saturating_sub(WIDEST / 2);
        let cut = if full.chars().count() <= WIDEST { 0 } else { cut };
        let source: String = full.chars().skip(cut).take(WIDEST).collect();
        let indent = before - cut;
        let rest = source.chars().count().saturating_sub(indent).max(1);
        let marks = (span.len as usize).clamp(1, rest);
        Some(Place { path, line, column, source: printable(&source), indent, marks, label: printable(label) })
    }
}

/// Returns a path as seen from the working directory, if it lies in it.
pub fn shown_path(path: &str) -> String {
    let relative = working_directory().ok().and_then(|directory| {
        let directory = directory.trim_end_matches('/');
        path.strip_prefix(directory)?.strip_prefix('/').map(ToString::to_string)
    });
    printable(&relative.unwrap_or_else(|| path.to_string()))
}
