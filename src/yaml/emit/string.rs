//! Writes strings: plain, quoted, or as a block.

use super::scalar_writer::ScalarWriter;
use crate::yaml::analysis::{Analysis, analyze, is_block_allowed};
use crate::yaml::resolve::{GoYaml, is_base60, plain_tag};
use crate::yaml::tree::{Style, Tag};

/// Returns the simplest style that a one-line text allows, assuming that it does not resolve to another type.
pub fn one_line_style(text: &str) -> Style {
    let Analysis { plain, single_quoted, .. } = analyze(text);
    match (plain, single_quoted) {
        (true, _) => Style::Plain,
        (false, true) => Style::SingleQuoted,
        (false, false) => Style::DoubleQuoted,
    }
}

/// Returns the style in which Go's yaml v3 writes a text with several lines: a block, unless its characters do not allow that
/// (fixture `labels/after-a-json-patch-with-emoji`).
pub fn multi_line_style(text: &str) -> Style {
    if is_block_allowed(text) { Style::Literal } else { Style::DoubleQuoted }
}

/// What is said of an unreadable block scalar.
pub const UNREADABLE_BLOCK: &str =
    "a block scalar must not start with a tab: kustomize cannot read back what it writes for it";

/// Returns whether kustomize writes a text of this style as a block scalar that it cannot parse.
pub fn is_unreadable_block(text: &str, style: Style) -> bool {
    let is_block = || match style {
        Style::Literal | Style::Folded => true,
        Style::Plain | Style::Flow => text.contains('\n'),
        Style::SingleQuoted | Style::DoubleQuoted => false,
    };
    text.starts_with('\t') && is_block() && is_block_allowed(text)
}

/// Bytes that never require quotes.
const SAFE: [bool; 256] = {
    let mut safe = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        safe[byte] = b.is_ascii_alphanumeric()
            || matches!(b, b'_' | b'/' | b'.' | b'-' | b'+' | b'=' | b'(' | b')' | b';' | b'$');
        byte += 1;
    }
    safe
};

/// Writes a text if it is a single word that needs no quotes, and returns whether it is.
pub(super) fn write_word(out: &mut String, text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_word = bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.iter().all(|&b| SAFE[b as usize])
        && plain_tag(text, GoYaml::V2) == Tag::Str;
    if is_word {
        out.push_str(text);
    }
    is_word
}

/// Writes a string. Continuation lines start at column `indent`.
pub(super) fn write_analyzed(out: &mut String, text: &str, analysis: &Analysis, indent: usize, is_key: bool) {
    let mut style = if analysis.newlines {
        Style::Literal
    } else if plain_tag(text, GoYaml::V2) == Tag::Str && !is_base60(text) {
        Style::Plain
    } else {
        Style::DoubleQuoted
    };
    if is_key && analysis.breaks {
        style = Style::DoubleQuoted;
    }
    if style == Style::Plain && !analysis.plain {
        style = Style::SingleQuoted;
    }
    if style == Style::SingleQuoted && !analysis.single_quoted {
        style = Style::DoubleQuoted;
    }
    if style == Style::Literal && (!analysis.block || is_key) {
        style = Style::DoubleQuoted;
    }
    ScalarWriter::new(out, indent, !is_key && analysis.spaces).write(text, style);
}

/// Writes a string on one line, in quotes if it needs them or would have another type in YAML 1.1.
pub fn write_plain_or_quoted(out: &mut String, text: &str) {
    let is_plain = plain_tag(text, GoYaml::V2) == Tag::Str && !is_base60(text);
    let style = if is_plain { Style::Plain } else { Style::DoubleQuoted };
    write_styled(out, text, style, 0, false);
}

/// Writes a string on one line inside a flow collection.
pub fn write_in_flow(out: &mut String, text: &str) {
    let is_plain = plain_tag(text, GoYaml::V2) == Tag::Str && !is_base60(text);
    let style = if is_plain { Style::Plain } else { Style::DoubleQuoted };
    write_styled(out, text, style, 0, true);
}

/// Returns whether a text can be written as a block scalar without an indentation indicator.
pub fn is_block_scalar(text: &str) -> bool {
    !text.starts_with([' ', '\n', '\t']) && is_block_allowed(text)
}

/// Writes a string in the given style if the text allows it, else in quotes. Lines do not fold.
pub(in crate::yaml) fn write_styled(out: &mut String, text: &str, style: Style, indent: usize, in_flow: bool) {
    let analysis = analyze(text);
    let mut style = style;
    if style == Style::Plain {
        let indicators = in_flow && text.contains([',', '?', '[', ']', '{', '}', ':']);
        if !analysis.plain || indicators || text.is_empty() && in_flow {
            style = Style::SingleQuoted;
        }
    }
    if style == Style::SingleQuoted && !analysis.single_quoted {
        style = Style::DoubleQuoted;
    }
    if matches!(style, Style::Literal | Style::Folded) && (!analysis.block_with_tabs || in_flow) {
        style = Style::DoubleQuoted;
    }
    ScalarWriter::new(out, indent, false).write(text, style);
}
