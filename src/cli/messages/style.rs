//! Styling and escaping of text for terminals, logs and HTML pages.

use std::io::IsTerminal;

use crate::message::Style;
use crate::message::printable::is_deceptive;
use crate::remote::without_credentials;
use serde::Serialize;

pub use crate::message::printable::{printable, visible};

/// Returns the style for a stream: colored on a terminal. `NO_COLOR` and `CLICOLOR_FORCE` override that, in this order.
pub fn style_of(stream: &impl IsTerminal) -> Style {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let is_forced = variable("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    let is_colored = variable("NO_COLOR").is_none() && (is_forced || stream.is_terminal());
    if is_colored { Style::colored() } else { Style::plain() }
}

/// Returns a value as indented JSON that is safe to print, see [`safe_json`]. Credentials in URLs are masked.
///
/// # Errors
/// Fails on values that cannot be represented in JSON.
pub fn pretty_json(value: &impl Serialize) -> anyhow::Result<String> {
    let json = serde_json::to_string_pretty(value)?;
    // Each string has a line of its own.
    let lines = json.split_inclusive('\n').map(without_credentials);
    Ok(safe_json(&lines.collect::<String>()) + "\n")
}

/// Returns JSON in which deceptive characters, and the prefix of old workflow commands, are escaped.
pub fn safe_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for (at, c) in json.char_indices() {
        let is_command = c == '#' && json[at..].starts_with(COMMAND_ANYWHERE);
        if c != '\n' && (is_deceptive(c) || is_command) {
            safe.push_str(&format!("\\u{:04x}", c as u32));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// The prefix of a log line that GitHub Actions interprets as a workflow command.
const COMMAND: &str = "::";

/// The prefix of an old workflow command, which is recognized anywhere in a line.
const COMMAND_ANYWHERE: &str = "##[";

/// Returns a text with workflow commands disabled if the program runs in GitHub Actions.
pub fn without_commands(text: &str) -> String {
    match std::env::var_os("GITHUB_ACTIONS") {
        Some(value) if !value.is_empty() => text.split_inclusive('\n').map(without_command).collect(),
        _ => text.to_string(),
    }
}

/// Disables the workflow command in a line. Invisible characters are removed first, as GitHub may ignore them.
fn without_command(line: &str) -> String {
    let visible: String = line.chars().filter(|&c| !is_invisible(c)).collect();
    let is_command = visible.trim_start().starts_with(COMMAND) || visible.contains(COMMAND_ANYWHERE);
    if is_command { visible.replacen(COMMAND, ": :", 1).replace(COMMAND_ANYWHERE, "## [") } else { line.to_string() }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
}

/// Escapes a text for XML and HTML.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // XML does not allow these characters.
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
    fn commands_are_disabled() {
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
    fn escaping_preserves_json_values() {
        let value = serde_json::json!({"a": "\u{9b}\u{202e}x\n##[error]\u{7f}é"});
        let safe = safe_json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!safe.contains(['\u{9b}', '\u{202e}', '\u{7f}']) && !safe.contains("##["), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
