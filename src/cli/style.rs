//! Text for terminals: colour where it is wanted, and nothing that a terminal would act on.

use std::io::IsTerminal;

use boutique::remote::without_credentials;

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
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
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
