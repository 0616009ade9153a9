//! Text that Go's parsers reject and the parser crate accepts.

use granit_parser::{Event, ScalarStyle};

use super::builder::Builder;
use super::resolve::GoYaml;

pub(super) const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// Finds control characters, which Go's parser rejects and the parser crate accepts.
pub(super) fn rejected_character(text: &str) -> Option<(usize, String)> {
    let is_suspect = |b: u8| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r') || matches!(b, 0x7f | 0xc2 | 0xef);
    let mut from = 0;
    while let Some(found) = text.as_bytes()[from..].iter().position(|&b| is_suspect(b)) {
        let at = from + found;
        let c = text[at..].chars().next().expect("a suspect byte starts a character");
        if matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
        {
            return Some((at, format!("control character U+{:04X} is not allowed", c as u32)));
        }
        from = at + c.len_utf8();
    }
    None
}

/// Returns whether a line consists of more than blanks and a comment.
pub(super) fn has_content(line: &str) -> bool {
    !line.trim().is_empty() && !line.trim_start().starts_with('#')
}

/// Finds a directive before a document that Go's parser rejects and the parser crate ignores.
pub(super) fn unknown_directive(before: &str) -> Option<usize> {
    let mut directives = before.lines().filter(|line| has_content(line)).take_while(|line| line.starts_with('%'));
    let unknown = directives.find(|line| !matches!(line.split_whitespace().next(), Some("%YAML" | "%TAG")))?;
    Some(unknown.as_ptr().addr() - before.as_ptr().addr())
}

/// Finds `...` before the first document, which Go's parser rejects (fixture `yaml/end-before-a-document`).
pub(super) fn leading_document_end(body: &str) -> Option<usize> {
    let line = body.lines().find(|line| has_content(line))?;
    let rest = line.strip_prefix("...")?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then(|| line.as_ptr().addr() - body.as_ptr().addr())
}

/// The text between two events in block context.
pub(super) struct Gap<'a> {
    pub body: &'a str,
    pub from: usize,
    pub to: usize,
    /// The end of the last scalar.
    pub scalar_end: usize,
    /// The column from which a tab may follow on the lines after a plain scalar, if the gap starts with its end. Go's scanner
    /// takes blank lines for a part of the scalar until it finds no text (fixture `yaml/tab-after-a-plain-scalar`).
    pub tab_column: Option<usize>,
    pub version: GoYaml,
}

/// Finds a tab that Go's scanner rejects: at the start of a line, including the first (fixture
/// `yaml/tab-before-a-document`), and after `-` and `?`.
pub(super) fn misplaced_tab(gap: &Gap<'_>) -> Option<usize> {
    let text = gap.body.get(gap.from..gap.to)?;
    let blank = text.len() - text.trim_start_matches(BLANKS).len();
    let mut allowed = gap.from > 0;
    let mut in_comment = false;
    let mut line = 0;
    for (at, b) in text.bytes().enumerate() {
        match b {
            b'\n' => (allowed, in_comment, line) = (false, false, at + 1),
            _ if in_comment => {}
            // A tab is also allowed after the header of a block scalar (fixture `yaml/tab-after-a-block-header`).
            b'#' | b'|' | b'>' => in_comment = true,
            // A directive.
            b'%' if at == line => in_comment = true,
            b'-' | b'?' => allowed = false,
            b':' => allowed = true,
            b'\t' if !allowed => {
                let is_after_plain = at < blank && gap.tab_column.is_some_and(|column| at - line >= column);
                if !is_after_plain && !is_between_comments(gap, gap.from + at) {
                    return Some(gap.from + at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Finds a tab before a column at the start of a line of a plain scalar, except the first (fixture
/// `yaml/tab-in-a-plain-scalar`).
pub(super) fn tab_before_column(raw: &str, column: usize) -> Option<usize> {
    let tab = |line: &str| line.find(|c| c != ' ').filter(|&at| at < column && line[at..].starts_with('\t'));
    raw.lines().skip(1).find_map(|line| tab(line).map(|at| line.as_ptr().addr() - raw.as_ptr().addr() + at))
}

/// Returns whether a tab is in blanks between two comments. After a comment on its own line or after `-`, Go's yaml v3
/// skips blanks if it finds another comment in the next 511 characters (fixture `yaml/tab-between-comments`).
fn is_between_comments(gap: &Gap<'_>, tab: usize) -> bool {
    const LOOKAHEAD: usize = 511;
    let is_blank = |b: &u8| BLANKS.contains(&char::from(*b));
    let bytes = gap.body.as_bytes();
    let start = gap.scalar_end.max(tab.saturating_sub(LOOKAHEAD));
    let Some(end_of_comment) = bytes[start..tab].iter().rposition(|b| !is_blank(b)).map(|at| start + at + 1) else {
        return false;
    };
    let blanks = bytes[end_of_comment..].iter().take(LOOKAHEAD + 1).take_while(|b| is_blank(b)).count();
    let line = bytes[..end_of_comment].iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let comment = line + bytes[line..end_of_comment].iter().take_while(|b| is_blank(b) || **b == b'-').count();
    gap.version == GoYaml::V3
        && blanks <= LOOKAHEAD
        && bytes.get(end_of_comment + blanks) == Some(&b'#')
        && comment >= gap.scalar_end
        && bytes.get(comment) == Some(&b'#')
}

/// Finds a tab among the spaces that indent a block scalar, whose text starts at an offset. Go's scanner rejects it before
/// the first line of text, and in the empty lines after it. An explicit indentation is not checked.
pub(super) fn tab_in_block_indentation(body: &str, text: usize) -> Option<usize> {
    let before = body[..text].trim_end();
    let header = before.rsplit('\n').next()?;
    let indicators = header.split(" #").next()?.trim_end().rsplit(['|', '>']).next()?;
    if indicators.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let lines = body[before.len()..].split_inclusive('\n').skip(1);
    let mut indent = usize::MAX;
    for line in lines {
        let spaces = line.bytes().take_while(|&b| b == b' ').count();
        match line.as_bytes().get(spaces) {
            Some(b'\t') if spaces < indent => return Some(line.as_ptr().addr() - body.as_ptr().addr() + spaces),
            None | Some(b'\n') => {}
            _ if indent == usize::MAX => indent = spaces,
            _ if spaces < indent => return None,
            _ => {}
        }
    }
    None
}

/// Finds errors in a scalar that Go's scanner reports and the parser crate does not: some escape sequences in double
/// quotes, except in JSON; a missing key; and a tag without a value that is not followed by whitespace (fixtures
/// `yaml/missing-key-in-flow`, `yaml/tag-before-a-comma`).
pub(super) fn rejected_scalar(
    body: &str,
    event: &Event<'_>,
    from: usize,
    raw: &str,
    builder: &Builder,
    is_json: bool,
) -> Option<(usize, String)> {
    match event {
        Event::Scalar(_, ScalarStyle::DoubleQuoted, ..) if is_json => None,
        Event::Scalar(_, ScalarStyle::DoubleQuoted, ..) => {
            rejected_escape(raw).map(|(at, message)| (from + at, message.to_string()))
        }
        Event::Scalar(_, ScalarStyle::Plain, _, Some(_)) if raw.is_empty() && builder.in_flow() => {
            let end = from + body[from..].find(|c: char| c.is_whitespace() || ",[]{}".contains(c))?;
            let is_tag = body[..end].ends_with(|c: char| !c.is_whitespace());
            let ends_at_blank = body[end..].starts_with(char::is_whitespace);
            (is_tag && !ends_at_blank).then(|| (end, "did not find expected whitespace after a tag".to_string()))
        }
        Event::Scalar(_, ScalarStyle::Plain, ..)
            if raw.is_empty() && builder.expects_key() && body[from..].starts_with(':') =>
        {
            let before = body[..from].trim_end();
            (!before.ends_with('?')).then(|| (from, "did not find expected key".to_string()))
        }
        // In flow style a question mark ends a plain scalar and starts a key, which is not allowed here.
        Event::Scalar(_, ScalarStyle::Plain, ..) if builder.in_flow() => {
            raw.find('?').map(|at| (from + at, "did not find expected ',' or '}'".to_string()))
        }
        _ => None,
    }
}

/// Finds escape sequences that Go's scanner rejects: `\/`, and surrogates as in JSON (fixtures `yaml/surrogates-in-*`).
fn rejected_escape(raw: &str) -> Option<(usize, &'static str)> {
    let bytes = raw.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|&b| b == b'\\') {
        at += found;
        match &bytes[at + 1..] {
            [b'/', ..] => return Some((at, "found unknown escape character `\\/`")),
            [b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..] => {
                return Some((at, "found invalid Unicode character escape code"));
            }
            _ => at = bytes.len().min(at + 2),
        }
    }
    None
}
