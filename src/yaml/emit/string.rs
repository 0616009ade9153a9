//! How a string is written: plain, quoted, or as a block.

use super::scalar_writer::ScalarWriter;
use crate::yaml::resolve::{Words, is_base60, plain_tag};
use crate::yaml::scan::is_ordinary;
use crate::yaml::tree::{Style, Tag};

/// Returns whether a text can be written as a block scalar.
pub(in crate::yaml) fn is_block_allowed(text: &str) -> bool {
    analyze(text).block
}

pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

/// Returns whether the reference's second reader refuses a character that its JSON holds unescaped.
fn is_refused(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

/// What a text allows, after libyaml's `yaml_emitter_analyze_scalar`, and what it holds.
#[derive(Default)]
pub(super) struct Analysis {
    pub plain: bool,
    pub single_quoted: bool,
    pub block: bool,
    pub spaces: bool,
    /// Holds `\n`.
    pub newlines: bool,
    /// Holds any character that YAML 1.1 breaks lines at.
    pub breaks: bool,
    /// Holds U+0085.
    pub next_lines: bool,
    pub refused: Option<char>,
}

/// Bytes that change nothing unless they stand first.
const ORDINARY: [bool; 256] = {
    let mut ordinary = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        ordinary[byte as usize] = !matches!(byte, b'#' | b':');
        byte += 1;
    }
    ordinary
};

pub(super) fn analyze(text: &str) -> Analysis {
    if text.len() >= LONG && text.contains('\n') && !text.contains('\t') && is_ordinary(text.as_bytes()) {
        return analyze_lines(text);
    }
    let bytes = text.as_bytes();
    let mut found = Analysis::default();
    let before_blank = |at: usize| matches!(bytes.get(at + 1), None | Some(b' ' | b'\t'));
    let mut indicators = text.starts_with("---")
        || text.starts_with("...")
        || match bytes.first() {
            Some(b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!') => true,
            Some(b'|' | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`') => true,
            Some(b'?' | b'-') => before_blank(0),
            _ => false,
        };
    let (mut special, mut space_break, mut break_space) = (false, false, false);
    // Where the last line break ended.
    let mut line = usize::MAX;
    let mut at = 0;
    while let Some(&b) = bytes.get(at) {
        if ORDINARY[b as usize] {
            at += 1;
            continue;
        }
        let previous = at.checked_sub(1).map(|before| bytes[before]);
        match b {
            b' ' => {
                found.spaces = true;
                break_space |= line == at;
            }
            b':' => indicators |= before_blank(at),
            b'#' => indicators |= matches!(previous, Some(b' ' | b'\t' | b'\0')) || line == at,
            _ => {
                let c = text[at..].chars().next().expect("the loop moves from character to character");
                special |= !is_printable(c);
                found.newlines |= c == '\n';
                found.next_lines |= c == '\u{85}';
                if is_refused(c) && found.refused.is_none() {
                    found.refused = Some(c);
                }
                if is_break(c) {
                    found.breaks = true;
                    space_break |= previous == Some(b' ');
                    line = at + c.len_utf8();
                }
                at += c.len_utf8() - 1;
            }
        }
        at += 1;
    }
    let leading = text.starts_with(|c| c == ' ' || is_break(c));
    let trailing = bytes.last() == Some(&b' ') || line == bytes.len();
    found.plain = !(indicators || leading || trailing || break_space || space_break || special || found.breaks);
    found.single_quoted = !(break_space || space_break || special);
    found.block = !(text.ends_with(' ') || space_break || special || text.is_empty());
    found
}

/// From which length on several quick passes are quicker than a careful one.
const LONG: usize = 256;

/// Analyzes several lines of printable characters without other line breaks, which cannot be plain.
fn analyze_lines(text: &str) -> Analysis {
    let space_break = text.contains(" \n");
    Analysis {
        single_quoted: !space_break && !text.contains("\n "),
        block: !space_break && !text.ends_with(' '),
        spaces: text.contains(' '),
        newlines: true,
        breaks: true,
        ..Analysis::default()
    }
}

/// Returns the style in which a one-line string can be written that is no other type: plain if possible.
pub fn one_line_style(text: &str) -> Style {
    let Analysis { plain, single_quoted, .. } = analyze(text);
    match (plain, single_quoted) {
        (true, _) => Style::Plain,
        (false, true) => Style::SingleQuoted,
        (false, false) => Style::DoubleQuoted,
    }
}

/// Bytes that never need a closer look, wherever they stand in a text.
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

/// Writes a text that needs no quotes and cannot fold, and returns whether it is such a one.
pub(super) fn write_word(out: &mut String, text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_word = bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.iter().all(|&b| SAFE[b as usize])
        && plain_tag(text, Words::V2) == Tag::Str;
    if is_word {
        out.push_str(text);
    }
    is_word
}

/// Writes a string. Lines that it continues on start at column `indent`.
pub(super) fn write_analyzed(out: &mut String, text: &str, analysis: &Analysis, indent: usize, is_key: bool) {
    let mut style = if analysis.newlines {
        Style::Literal
    } else if plain_tag(text, Words::V2) == Tag::Str && !is_base60(text) {
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

/// Writes a string on one line, quoted where it has to be, or where YAML 1.1 would read something else.
pub fn write_plain_or_quoted(out: &mut String, text: &str) {
    let is_plain = plain_tag(text, Words::V2) == Tag::Str && !is_base60(text);
    let style = if is_plain { Style::Plain } else { Style::DoubleQuoted };
    write_styled(out, text, style, 0, false);
}

/// Writes a string on one line inside of a flow collection.
pub fn write_in_flow(out: &mut String, text: &str) {
    let is_plain = plain_tag(text, Words::V2) == Tag::Str && !is_base60(text);
    let style = if is_plain { Style::Plain } else { Style::DoubleQuoted };
    write_styled(out, text, style, 0, true);
}

/// Returns whether a text can be written as a block.
pub fn is_block_scalar(text: &str) -> bool {
    !text.starts_with([' ', '\n', '\t']) && is_block_allowed(text)
}

/// Writes a string in a style of the writer's choice, as far as the text allows it; lines do not fold.
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
    if matches!(style, Style::Literal | Style::Folded) && (!analysis.block || in_flow) {
        style = Style::DoubleQuoted;
    }
    ScalarWriter::new(out, indent, false).write(text, style);
}
