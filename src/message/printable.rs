//! Text that is safe to display.

use crate::remote::without_credentials;

/// Replaces terminal control characters and the passwords of URLs. Line breaks and tabs become spaces.
pub fn printable(text: &str) -> String {
    let text = without_credentials(text);
    if is_plain(&text) { text } else { visible(&text.replace(['\n', '\t'], " ")) }
}

/// Returns whether a text consists of printable ASCII characters, as most do.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Replaces terminal control characters, characters that reorder a line, and the passwords of URLs. Line breaks and tabs stay.
pub fn visible(text: &str) -> String {
    let text = without_credentials(text);
    if is_plain(&text) {
        return text;
    }
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            c if is_deceptive(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// Returns whether a character controls a terminal, reorders the text around it, or breaks the line.
pub fn is_deceptive(c: char) -> bool {
    let is_bidirectional =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    is_bidirectional || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}
