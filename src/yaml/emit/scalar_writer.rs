//! Writes the characters of scalars.

use crate::yaml::analysis::{is_break, is_printable};
use crate::yaml::tree::Style;
use crate::yaml::typed::fold;

/// The column after which plain and quoted scalars fold at a space.
const WIDTH: usize = 80;

/// Bytes that need attention in plain and single-quoted text: spaces, quotes, and the first bytes of line breaks.
const FLOW_STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    stops[b' ' as usize] = true;
    stops[b'\'' as usize] = true;
    stops[b'\n' as usize] = true;
    stops[b'\r' as usize] = true;
    stops[0xc2] = true;
    stops[0xe2] = true;
    stops
};

/// Bytes that are never escaped in double-quoted text.
const UNESCAPED: [bool; 256] = {
    let mut unescaped = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        unescaped[byte as usize] = !matches!(byte, b'"' | b'\\');
        byte += 1;
    }
    unescaped
};

/// Writes one scalar and tracks the column, which determines where long lines fold.
pub(super) struct ScalarWriter<'a> {
    out: &'a mut String,
    /// Tracked only if lines may fold, and after line breaks.
    column: usize,
    indent: usize,
    may_fold: bool,
}

impl<'a> ScalarWriter<'a> {
    pub(super) fn new(out: &'a mut String, indent: usize, may_fold: bool) -> ScalarWriter<'a> {
        let column = if may_fold {
            let line = out.rfind('\n').map_or(0, |at| at + 1);
            out[line..].chars().count()
        } else {
            0
        };
        ScalarWriter { out, column, indent, may_fold }
    }

    /// Writes a text in a style that the text allows.
    pub(super) fn write(mut self, text: &str, style: Style) {
        match style {
            Style::Plain | Style::Flow => self.flow(text, false),
            Style::SingleQuoted => {
                self.put('\'');
                self.flow(text, true);
                self.put('\'');
            }
            Style::Literal => self.block('|', text, text),
            Style::Folded => self.block('>', text, &fold(text)),
            Style::DoubleQuoted => self.double_quoted(text),
        }
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    /// Writes text without line breaks unchanged.
    fn put_text(&mut self, text: &str) {
        self.out.push_str(text);
        if self.may_fold {
            self.column += text.chars().count();
        }
    }

    fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn put_indent(&mut self) {
        while self.column < self.indent {
            self.put(' ');
        }
    }

    fn folds_here(&self) -> bool {
        self.may_fold && self.column > WIDTH
    }

    /// Writes plain text, or the inside of single quotes.
    fn flow(&mut self, text: &str, quoted: bool) {
        let bytes = text.as_bytes();
        let (mut spaces, mut breaks) = (false, false);
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let start = at;
            at += c.len_utf8();
            if c == ' ' {
                let inner = !quoted || start > 0 && at < text.len();
                if self.folds_here() && !spaces && inner && bytes.get(at) != Some(&b' ') {
                    self.put_break();
                    self.put_indent();
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else if is_break(c) {
                if !breaks && c == '\n' {
                    self.put_break();
                }
                self.out.push(c);
                self.column = 0;
                breaks = true;
            } else {
                if breaks {
                    self.put_indent();
                }
                if quoted && c == '\'' {
                    self.put('\'');
                }
                at = bytes[at..].iter().position(|&b| FLOW_STOPS[b as usize]).map_or(text.len(), |len| at + len);
                self.put_text(&text[start..at]);
                (spaces, breaks) = (false, false);
            }
        }
    }

    fn double_quoted(&mut self, text: &str) {
        self.put('"');
        let bytes = text.as_bytes();
        let mut spaces = false;
        // If the text starts with a byte order mark, Go's emitter escapes every character.
        let escapes_all = text.starts_with('\u{feff}');
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let start = at;
            at += c.len_utf8();
            if escapes_all || !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                self.escape(c);
                spaces = false;
            } else if c == ' ' {
                if self.folds_here() && !spaces && start > 0 && at < text.len() {
                    self.put_break();
                    self.put_indent();
                    if bytes.get(at) == Some(&b' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else {
                at = bytes[at..].iter().position(|&b| !UNESCAPED[b as usize]).map_or(text.len(), |len| at + len);
                self.put_text(&text[start..at]);
                spaces = false;
            }
        }
        self.put('"');
    }

    fn escape(&mut self, c: char) {
        let short = match c {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = c as u32;
                let escaped = match code {
                    0..=0xff => format!("\\x{code:02X}"),
                    0x100..=0xffff => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                };
                self.out.push_str(&escaped);
                self.column += escaped.len();
                return;
            }
        };
        self.put('\\');
        self.put(short);
    }

    /// Writes a text as a block scalar. `lines` is the text as it is written with this indicator.
    fn block(&mut self, indicator: char, text: &str, lines: &str) {
        self.out.push(indicator);
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.out.push('2');
        }
        let mut from_end = text.chars().rev();
        if !from_end.next().is_some_and(is_break) {
            self.out.push('-');
        } else if from_end.next().is_none_or(is_break) {
            self.out.push('+');
        }
        self.out.push('\n');
        let has_other_breaks = lines.contains('\u{2028}') || lines.contains('\u{2029}');
        let mut rest = lines;
        loop {
            let line_end = if has_other_breaks { rest.find(is_break) } else { rest.find('\n') };
            let line_end = line_end.unwrap_or(rest.len());
            if line_end > 0 {
                put_spaces(self.out, self.indent);
                self.out.push_str(&rest[..line_end]);
            }
            let Some(line_break) = rest[line_end..].chars().next() else { break };
            self.out.push(line_break);
            rest = &rest[line_end + line_break.len_utf8()..];
            if rest.is_empty() {
                // The caller writes the newline at the end of the last line.
                if line_break == '\n' {
                    self.out.pop();
                }
                break;
            }
        }
    }
}

pub(super) fn put_spaces(out: &mut String, count: usize) {
    const SPACES: &str = "                                                                ";
    match SPACES.get(..count) {
        Some(spaces) => out.push_str(spaces),
        None => out.extend(std::iter::repeat_n(' ', count)),
    }
}
