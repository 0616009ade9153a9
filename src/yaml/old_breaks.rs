//! The line breaks of YAML 1.1 that are text in YAML 1.2 and so for the parser crate: U+0085, U+2028 and U+2029.

use std::borrow::Cow;

use super::rejected::has_content;

pub(crate) const NEXT_LINE: char = '\u{85}';

/// What is said of a key that kustomize cannot read back from its JSON.
pub(crate) const NEXT_LINE_IN_A_KEY: &str = "a mapping key must not contain the line break U+0085";

/// What is said of a text that kustomize cannot read back from its JSON.
pub(crate) const MARKER_AFTER_NEXT_LINE: &str = "a document marker must not follow the line break U+0085";

const SEPARATORS: [char; 2] = ['\u{2028}', '\u{2029}'];

/// Replaces U+0085, which Go's parsers read as `\n`, by a line break of the same length.
pub(super) fn without_next_lines(body: &str) -> Cow<'_, str> {
    if body.contains(NEXT_LINE) { body.replace(NEXT_LINE, "\r\n").into() } else { body.into() }
}

/// Returns whether a text may contain the escape sequence of U+0085, which is a line break where it is not escaped.
pub(crate) fn may_have_next_lines(body: &str) -> bool {
    body.contains("\\N") || body.contains("85")
}

/// Returns the offsets of U+2028 and U+2029.
pub(super) fn separators(body: &str) -> Vec<usize> {
    body.match_indices(SEPARATORS).map(|(at, _)| at).collect()
}

/// Returns whether nothing but a comment follows a separator on its line.
pub(super) fn is_end_of_line(text: &str) -> bool {
    let line = text.split('\n').next().unwrap_or_default();
    !line.split(SEPARATORS).any(has_content)
}

/// Returns the value of a quoted scalar, whose text is `raw` and for the parser crate `value`: Go's parsers keep the
/// separators, but not the blanks around them. Returns `None` if that cannot be told from the value: next to other line
/// breaks, and with escape sequences that stand for blanks or separators.
pub(super) fn quoted_value(raw: &str, value: &str) -> Option<String> {
    const BLANKS: [char; 2] = [' ', '\t'];
    let mut lines = raw.split(SEPARATORS).map(|line| line.trim_matches(BLANKS));
    let is_next_to_newline = lines.any(|line| line.starts_with(['\n', '\r']) || line.ends_with('\n'));
    let count = |text: &str| text.matches(SEPARATORS).count();
    if is_next_to_newline || count(raw) != count(value) {
        return None;
    }
    let mut result = String::with_capacity(value.len());
    let pieces: Vec<&str> = value.split_inclusive(SEPARATORS).collect();
    for (at, piece) in pieces.iter().enumerate() {
        let piece = if at > 0 { piece.trim_start_matches(BLANKS) } else { piece };
        match piece.strip_suffix(SEPARATORS) {
            Some(line) => {
                result.push_str(line.trim_end_matches(BLANKS));
                result.push_str(&piece[line.len()..]);
            }
            None => result.push_str(piece),
        }
    }
    let has_escapes = raw.starts_with('"') && raw.contains('\\');
    (result == value || !has_escapes).then_some(result)
}

/// Returns whether kustomize takes a part of a text in its JSON for a document marker, because U+0085 ends the line before it
/// (fixture `yaml/document-marker-after-a-next-line`).
pub(crate) fn has_marker_after_next_line(text: &str) -> bool {
    let mut lines = text.split(NEXT_LINE).skip(1).peekable();
    while let Some(line) = lines.next() {
        let after_marker = ["---", "..."].iter().find_map(|marker| line.strip_prefix(marker));
        let is_marker = after_marker.is_some_and(|rest| match rest.chars().next() {
            Some(c) => c == ' ',
            None => lines.peek().is_some(),
        });
        if is_marker {
            return true;
        }
    }
    false
}

/// Returns a text as kustomize reads it from its JSON, which contains U+0085 unescaped, so that it is a line break.
pub(crate) fn read_from_json(text: &str) -> Cow<'_, str> {
    if !text.contains(NEXT_LINE) {
        return text.into();
    }
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(NEXT_LINE) {
        result.push_str(rest[..at].trim_end_matches(' '));
        let run_end = rest[at..].find(|c| c != NEXT_LINE && c != ' ').map_or(rest.len(), |end| at + end);
        match rest[at..run_end].matches(NEXT_LINE).count() {
            1 => result.push(' '),
            breaks => result.extend(std::iter::repeat_n('\n', breaks - 1)),
        }
        rest = &rest[run_end..];
    }
    result.push_str(rest);
    result.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_separators_are_dropped() {
        let value = |raw: &str| quoted_value(&format!("\"{raw}\""), raw);
        assert_eq!(value("a\u{2028}b").unwrap(), "a\u{2028}b");
        assert_eq!(value("a \t\u{2028} \u{2029}  b c").unwrap(), "a\u{2028}\u{2029}b c");
        assert_eq!(value(" \u{2028}").unwrap(), "\u{2028}");
        assert_eq!(value("a\u{2028}\n b"), None);
        assert_eq!(value("a \n \u{2028}b"), None);
        assert_eq!(quoted_value("\"\\t\u{2028}\"", "\t\u{2028}"), None);
        assert_eq!(quoted_value("\"\\L\u{2028}\"", "\u{2028}\u{2028}"), None);
    }
}
