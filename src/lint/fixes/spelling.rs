//! The spelling of fields, names, paths and codes.

use std::ops::Range;

use crate::diagnostic::{Fix, Misspelling, TextEdit};
use crate::yaml::{Position, Span, write_in_flow};

/// Returns the fix that replaces a misspelled word; `None` if the word is not written as it was read, for example with
/// escapes or an anchor.
pub fn fix(misspelling: &Misspelling, text: &str) -> Option<Fix> {
    let Misspelling { position, written, meant, applicability } = misspelling;
    let range = word(text, position.offset as usize, written)?;
    let is_quoted = text[..range.start].ends_with(['"', '\'']);
    let is_writable = match is_quoted {
        true => !meant.contains(['"', '\'', '\\']) && !meant.chars().any(char::is_control),
        false => is_plain(meant),
    };
    let span = Span::new(Position::new(position.file, range.start), range.len());
    let title = format!("replace `{written}` with `{meant}`");
    is_writable.then(|| Fix::new(title, *applicability, vec![TextEdit { span, text: meant.clone() }]))
}

/// Returns the range of a word at a position: a scalar that is plain, or between quotes.
fn word(text: &str, start: usize, written: &str) -> Option<Range<usize>> {
    let at = text.get(start..)?;
    let quote = at.chars().next().filter(|c| ['"', '\''].contains(c) && !written.starts_with(*c));
    let start = start + quote.map_or(0, char::len_utf8);
    let rest = text[start..].strip_prefix(written).filter(|_| !written.is_empty())?;
    let ends = match quote {
        Some(quote) => rest.starts_with(quote),
        None => {
            rest.is_empty()
                || rest.starts_with(char::is_whitespace)
                || rest.starts_with([',', ':', ']', '}', '"', '\''])
        }
    };
    ends.then(|| start..start + written.len())
}

/// Returns the text in a range that is a plain scalar.
pub fn plain_word(text: &str, range: Range<usize>) -> Option<&str> {
    let value = text.get(range.clone())?;
    (word(text, range.start, value)? == range && !text[..range.start].ends_with(['"', '\''])).then_some(value)
}

/// Returns the value of a scalar of a known length, which is plain or in quotes without escapes.
pub fn scalar_text(text: &str, start: usize, len: usize) -> Option<&str> {
    let quotes = usize::from(text.get(start..)?.starts_with(['"', '\'']));
    let value = text.get(start + quotes..start + quotes + len)?;
    word(text, start, value).map(|range| &text[range])
}

/// Returns whether a word needs no quotes, wherever it is written.
fn is_plain(word: &str) -> bool {
    let mut written = String::new();
    write_in_flow(&mut written, word);
    written == word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_scalars() {
        assert_eq!(word("nam: a", 0, "nam"), Some(0..3));
        assert_eq!(word("['nam']", 1, "nam"), Some(2..5));
        assert_eq!(word("\"nam\": a", 0, "nam"), Some(1..4));
        assert_eq!(word("[nam]", 1, "nam"), Some(1..4));
        for (text, written) in [("name: a", "nam"), ("&a nam", "nam"), ("\"n\\x61m\"", "nam"), ("na", "nam"), ("", "")]
        {
            assert_eq!(word(text, 0, written), None, "{text}");
        }
    }
}
