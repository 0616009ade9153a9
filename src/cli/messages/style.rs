//! Text for terminals: colour where it is wanted, and nothing that a terminal would act on.

use std::io::IsTerminal;

use crate::remote::without_credentials;
use serde::Serialize;

/// Paints text, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    colour: bool,
}

impl Style {
    /// Returns the style for a stream: in colour on a terminal, unless `NO_COLOR` is set.
    pub fn of(stream: &impl IsTerminal) -> Style {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Style { colour: stream.is_terminal() && !no_colour }
    }

    /// Returns the style that leaves text as it is.
    pub fn plain() -> Style {
        Style { colour: false }
    }

    /// Returns a text with the codes of a colour around it; the empty colour is none.
    pub fn paint(self, text: &str, colour: &str) -> String {
        if self.colour && !colour.is_empty() { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_string() }
    }
}

/// Replaces characters that a terminal would act on, and the passwords of URLs; newlines become spaces.
pub fn printable(text: &str) -> String {
    visible(&without_credentials(text).replace(['\n', '\t'], " "))
}

/// Replaces characters that a terminal would act on, and those that change the order in which a line is shown. Newlines
/// and tabs stay.
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            c if is_deceptive(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// Returns whether a terminal acts on a character, or shows what is around it in another order or on another line.
fn is_deceptive(c: char) -> bool {
    let is_of_order =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    is_of_order || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Returns a value as indented JSON that is safe to show, see [`safe_json`].
///
/// # Errors
/// Fails on values that have no JSON form.
pub fn pretty_json(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(safe_json(&serde_json::to_string_pretty(value)?) + "\n")
}

/// Returns JSON in which such characters, and the mark of old workflow commands, are written as escapes.
pub fn safe_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for (at, c) in json.char_indices() {
        let is_mark = c == '#' && json[at..].starts_with(COMMAND_ANYWHERE);
        if c != '\n' && (is_deceptive(c) || is_mark) {
            safe.push_str(&format!("\\u{:04x}", c as u32));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// What a line of a log starts with that GitHub Actions take for a command.
const COMMAND: &str = "::";

/// What they take for one wherever it stands.
const COMMAND_ANYWHERE: &str = "##[";

/// Returns a text in whose lines GitHub Actions find no commands, if they read it.
pub fn without_commands(text: &str) -> String {
    match std::env::var_os("GITHUB_ACTIONS") {
        Some(value) if !value.is_empty() => text.split_inclusive('\n').map(without_command).collect(),
        _ => text.to_string(),
    }
}

/// They may overlook what is not seen, so that goes first.
fn without_command(line: &str) -> String {
    let seen: String = line.chars().filter(|&c| !is_invisible(c)).collect();
    let is_command = seen.trim_start().starts_with(COMMAND) || seen.contains(COMMAND_ANYWHERE);
    if is_command { seen.replacen(COMMAND, ": :", 1).replace(COMMAND_ANYWHERE, "## [") } else { line.to_string() }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns a text in which nothing has a meaning to XML or HTML.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // These are no characters of XML.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_no_commands() {
        for (line, expected) in [
            (" ::error::a\n", " : :error::a\n"),
            ("a ::error::b", "a ::error::b"),
            ("a ##[error]b", "a ## [error]b"),
            ("\u{feff}:\u{200b}:error::a", ": :error::a"),
        ] {
            assert_eq!(without_command(line), expected);
        }
    }

    #[test]
    fn json_stays_what_it_is() {
        let value = serde_json::json!({"a": "\u{9b}\u{202e}x\n##[error]\u{7f}é"});
        let safe = safe_json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!safe.contains(['\u{9b}', '\u{202e}', '\u{7f}']) && !safe.contains("##["), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
