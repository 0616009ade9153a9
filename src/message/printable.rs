//! Text that is safe to show.

use crate::remote::without_credentials;

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
pub fn is_deceptive(c: char) -> bool {
    let is_of_order =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    is_of_order || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}
