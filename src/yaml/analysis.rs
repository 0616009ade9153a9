//! Analysis of the characters of a text: the styles that they allow.

/// Returns whether Go's yaml v3 can write a text as a block scalar.
pub(super) fn is_block_allowed(text: &str) -> bool {
    analyze(text).block_with_tabs
}

pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

/// Returns whether kustomize's YAML parser rejects a character that its JSON encoder does not escape.
fn is_rejected(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

/// The styles that a text allows and the characters that it contains, as in libyaml's `yaml_emitter_analyze_scalar`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Analysis {
    pub plain: bool,
    pub single_quoted: bool,
    /// Whether Go's yaml v2 allows a block, for which a tab is a special character.
    pub block: bool,
    /// Whether Go's yaml v3 allows a block, which may contain tabs.
    pub block_with_tabs: bool,
    pub spaces: bool,
    /// Contains `\n`.
    pub newlines: bool,
    /// Contains any line break of YAML 1.1.
    pub breaks: bool,
    /// Contains U+0085.
    pub next_lines: bool,
    /// The first character on which kustomize fails.
    pub rejected: Option<char>,
}

/// Bytes that need no analysis unless they come first.
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
    if text.len() >= MIN_FAST_LENGTH && is_several_lines(text) { analyze_lines(text) } else { analyze_characters(text) }
}

/// Analyzes any text.
fn analyze_characters(text: &str) -> Analysis {
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
    let (mut special, mut tabs, mut space_break, mut break_space) = (false, false, false, false);
    // The end of the last line break.
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
            b'\t' => tabs = true,
            b'#' => indicators |= matches!(previous, Some(b' ' | b'\t' | b'\0')) || line == at,
            _ => {
                let c = text[at..].chars().next().expect("the loop advances by whole characters");
                special |= !is_printable(c);
                found.newlines |= c == '\n';
                found.next_lines |= c == '\u{85}';
                if is_rejected(c) && found.rejected.is_none() {
                    found.rejected = Some(c);
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
    found.plain = !(indicators || leading || trailing || break_space || space_break || special || tabs || found.breaks);
    found.single_quoted = !(break_space || space_break || special || tabs);
    found.block_with_tabs = !(text.ends_with(' ') || space_break || special || text.is_empty());
    found.block = found.block_with_tabs && !tabs;
    found
}

/// The minimum length at which several fast passes beat one careful pass.
const MIN_FAST_LENGTH: usize = 256;

/// Returns whether a text consists of several lines of printable characters, without tabs and other line breaks.
fn is_several_lines(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Emoji and all else beyond U+FFFF are ordinary to a reader, but not printable.
    text.contains('\n') && is_ordinary(bytes) && !bytes.iter().any(|&b| b == b'\t' || b >= 0xf0)
}

/// Analyzes a text for which [`is_several_lines`] holds. It cannot be plain.
fn analyze_lines(text: &str) -> Analysis {
    let space_break = text.contains(" \n");
    let block = !space_break && !text.ends_with(' ');
    Analysis {
        single_quoted: !space_break && !text.contains("\n "),
        block,
        block_with_tabs: block,
        spaces: text.contains(' '),
        newlines: true,
        breaks: true,
        ..Analysis::default()
    }
}

/// Returns whether a text is free of control characters other than tabs and newlines, of Unicode line breaks and of
/// byte order marks.
pub(super) fn is_ordinary(bytes: &[u8]) -> bool {
    let mut chunks = bytes.chunks(64);
    let mut at = 0;
    chunks.all(|chunk| {
        let from = at;
        at += chunk.len();
        let suspect =
            chunk.iter().fold(false, |found, &b| found | (b < b' ' && b != b'\n' && b != b'\t') | (b >= 0x7f));
        !suspect || (from..at).all(|at| is_ordinary_at(bytes, at))
    })
}

fn is_ordinary_at(bytes: &[u8], at: usize) -> bool {
    match &bytes[at..] {
        [b'\n' | b'\t', ..] => true,
        [0..b' ' | 0x7f, ..] => false,
        [0xc2, 0x80..=0x9f, ..] => false,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => false,
        [0xef, 0xbb, 0xbf, ..] | [0xef, 0xbf, 0xbe | 0xbf, ..] => false,
        _ => true,
    }
}

/// Checks that the analysis of several lines agrees with that of the characters.
///
/// # Errors
/// Fails if they differ.
pub fn analyses_agree(text: &str) -> Result<(), String> {
    if !is_several_lines(text) {
        return Ok(());
    }
    let (lines, characters) = (analyze_lines(text), analyze_characters(text));
    if lines == characters { Ok(()) } else { Err(format!("{text:?}: {lines:?} is not {characters:?}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every character at the start, the end, and around spaces and line breaks.
    #[test]
    fn analyses_agree_on_every_character() {
        let mut text = String::new();
        for c in '\0'..=char::MAX {
            for (before, after) in [("a\n", ""), ("", "\nb"), ("a ", " \nb"), ("a\n ", "\n")] {
                text.clear();
                text.extend([before, c.encode_utf8(&mut [0; 4]), after]);
                analyses_agree(&text).unwrap();
            }
        }
    }
}
