//! The text of a message, in the style of rustc.

use std::fmt::{self, Write as _};

use crate::remote::without_credentials;

use super::printable::printable;
use super::style::Style;
use super::{Label, Location, Message};

/// The maximum number of characters of a source line that are shown.
const MAX_SOURCE_WIDTH: usize = 160;

const ERROR: &str = "1;31";
const WARNING: &str = "1;33";
const FRAME: &str = "1;34";
const HELP: &str = "1;36";
const BOLD: &str = "1";

impl Message {
    /// Returns the message as text: the message itself, the source lines, the chain of including files, and help.
    pub fn to_text(&self, style: Style) -> String {
        let mut text = String::new();
        self.write(&mut text, style).expect("strings can be written to");
        text
    }

    fn write(&self, out: &mut String, style: Style) -> fmt::Result {
        let color = if self.is_error() { ERROR } else { WARNING };
        match self.code {
            Some(code) => {
                let heading = style.paint(&format!("{}[{code}]", self.severity), color);
                writeln!(out, "{heading}: {}", style.paint(&self.message, BOLD))?;
            }
            // A message without a location is a single line, which needs no bold type.
            None => writeln!(out, "{}: {}", style.paint(self.severity, color), self.message)?,
        }
        let width = self.labels.iter().map(|label| label.location.line.to_string().len()).max().unwrap_or(1);
        let bar = style.paint("|", FRAME);
        for (at, Label { location, text }) in self.labels.iter().enumerate() {
            let arrow = style.paint(if at == 0 { "-->" } else { ":::" }, FRAME);
            writeln!(out, "{:width$} {arrow} {location}", "")?;
            writeln!(out, "{:width$} {bar}", "")?;
            let number = style.paint(&format!("{:>width$}", location.line), FRAME);
            let excerpt = Excerpt::new(location);
            writeln!(out, "{number} {bar} {}", excerpt.source)?;
            let color = if at == 0 { color } else { WARNING };
            let marks = style.paint(&format!("{} {text}", "^".repeat(excerpt.marks)), color);
            writeln!(out, "{:width$} {bar} {:indent$}{}", "", "", marks.trim_end(), indent = excerpt.indent)?;
        }
        for location in &self.chain {
            writeln!(out, "{:width$} = included from {location}", "")?;
        }
        if let Some(help) = &self.help {
            writeln!(out, "{:width$} = {}: {help}", "", style.paint("help", HELP))?;
        }
        if let Some(fix) = &self.fix {
            let heading = if fix.is_safe() { "fix" } else { "unsafe fix" };
            writeln!(out, "{:width$} = {}: {}", "", style.paint(heading, HELP), fix.title)?;
        }
        Ok(())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.line, self.column)
    }
}

/// The visible part of a source line and the marked range in it.
pub struct Excerpt {
    pub source: String,
    indent: usize,
    marks: usize,
}

impl Excerpt {
    pub fn new(location: &Location) -> Excerpt {
        let before = start_of(&location.source, location.column - 1);
        let (start, end) = words_around(&location.source, before.len());
        let before = without_credentials(&before[start..]).chars().count();
        let full = without_credentials(&location.source[start..end]);
        // Long lines are cut around the marked range.
        let cut = before.saturating_sub(MAX_SOURCE_WIDTH / 2);
        let cut = if full.chars().count() <= MAX_SOURCE_WIDTH { 0 } else { cut };
        let source = start_of(&full[start_of(&full, cut).len()..], MAX_SOURCE_WIDTH);
        let indent = before - cut;
        let rest = source.chars().count().saturating_sub(indent).max(1);
        let marks = (location.end_column - location.column).clamp(1, rest);
        Excerpt { source: printable(source), indent, marks }
    }
}

/// The distance around a position within which words of a line are looked at.
const WINDOW: usize = 512;

/// Returns the range of the words around a position. Words are not cut, since a part of a URL may be a secret.
fn words_around(line: &str, at: usize) -> (usize, usize) {
    let is_space = |&(_, byte): &(usize, &u8)| byte.is_ascii_whitespace();
    let bytes = line.as_bytes();
    let before = at.saturating_sub(WINDOW);
    let start = bytes[..before].iter().enumerate().rev().find(is_space).map_or(0, |(at, _)| at + 1);
    let after = (at + WINDOW).min(bytes.len());
    let end = bytes.iter().enumerate().skip(after).find(is_space).map_or(bytes.len(), |(at, _)| at);
    (start, end)
}

/// Returns the start of a text with this number of characters. Fast in a long line, which may have many messages.
fn start_of(text: &str, characters: usize) -> &str {
    let end = match text.is_ascii() {
        true => characters.min(text.len()),
        false => text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at),
    };
    &text[..end]
}
