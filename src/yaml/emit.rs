//! Writes a tree as the reference prints it.
//!
//! The reference turns a resource into JSON and hands that to Go's yaml v2 writer, so: keys sorted, no comments, and the
//! quoting, folding and number rules of that writer (a port of libyaml's emitter), which this file follows.

use super::natural_order::{less, sort};
use super::position::Position;
use super::resolve::{Plain, Words, float_through_json, format_float, is_base60, plain_tag};
use super::tree::{Kind, NodeId, Style, Tag, Tree};
use super::typed::{Context, Scalar, typed};

/// A value that cannot be written.
#[derive(Clone, Debug)]
pub struct EmitError {
    pub position: Position,
    pub message: String,
}

/// The column after which plain and quoted scalars fold at a space.
const WIDTH: usize = 80;
/// The longest key that stands before a colon; longer ones are written with `?`.
const SIMPLE_KEY: usize = 128;

/// The longest key that the reference can read back from its own JSON, in characters.
const LONGEST_KEY: usize = 1022;
/// How deep the JSON of the reference may nest.
const DEEPEST: usize = 10_000;

/// Appends a document to `out`, ending with a newline.
pub fn write(tree: &Tree, out: &mut String) -> Result<(), EmitError> {
    let mut writer = Writer { tree, out, entries: Vec::new(), depth: 0 };
    writer.root(tree.root())
}

struct Writer<'a> {
    tree: &'a Tree,
    out: &'a mut String,
    /// The sorted entries of all mappings being written, innermost last: one buffer for the whole document.
    entries: Vec<Entry<'a>>,
    depth: usize,
}

#[derive(Clone)]
struct Entry<'a> {
    key: std::borrow::Cow<'a, str>,
    key_node: NodeId,
    value: NodeId,
}

impl<'a> Writer<'a> {
    fn root(&mut self, id: NodeId) -> Result<(), EmitError> {
        match self.tree.kind(id) {
            Kind::Mapping if !self.tree.is_empty(id) => self.mapping(id, 0, true, false)?,
            Kind::Sequence if !self.tree.is_empty(id) => self.sequence(id, 0, true, false)?,
            Kind::Mapping => self.out.push_str("{}"),
            Kind::Sequence => self.out.push_str("[]"),
            Kind::Scalar => self.scalar(id, 2, false)?,
        }
        self.out.push('\n');
        Ok(())
    }

    fn new_line(&mut self, indent: usize) {
        self.out.push('\n');
        self.spaces(indent);
    }

    fn spaces(&mut self, count: usize) {
        const SPACES: &str = "                                                                ";
        let mut left = count;
        while left > 0 {
            let now = left.min(SPACES.len());
            self.out.push_str(&SPACES[..now]);
            left -= now;
        }
    }

    /// Writes the entries of a mapping. With `inline`, the first one goes on the line that is open.
    fn mapping(&mut self, id: NodeId, indent: usize, inline: bool, in_flow: bool) -> Result<(), EmitError> {
        let in_flow = in_flow || self.tree.style(id) == Style::Flow;
        let base = self.entries.len();
        self.enter(id)?;
        self.collect_entries(id, in_flow)?;
        let end = self.entries.len();
        for i in base..end {
            if i > base || !inline {
                self.new_line(indent);
            }
            let value = self.entries[i].value;
            let key = std::mem::take(&mut self.entries[i].key);
            if is_simple_key(&key) {
                write_string(self.out, &key, indent + 2, true);
                self.out.push(':');
                self.value(value, indent, in_flow)?;
            } else {
                if key.chars().count() > LONGEST_KEY {
                    return self.fail(self.entries[i].key_node, "the key is too long");
                }
                self.out.push_str("? ");
                write_string(self.out, &key, indent + 2, false);
                self.new_line(indent);
                self.out.push(':');
                self.item(value, indent, in_flow)?;
            }
        }
        self.entries.truncate(base);
        self.depth -= 1;
        Ok(())
    }

    fn enter(&mut self, id: NodeId) -> Result<(), EmitError> {
        self.depth += 1;
        if self.depth > DEEPEST { self.fail(id, "nested too deep to be written") } else { Ok(()) }
    }

    /// Pushes the entries of a mapping in the order they are written.
    fn collect_entries(&mut self, id: NodeId, in_flow: bool) -> Result<(), EmitError> {
        let base = self.entries.len();
        let context = if in_flow { Context::Flow } else { Context::Key };
        let is_root = id == self.tree.root();
        let all_strings = is_root
            || self.tree.entries(id).all(|(key, _)| {
                self.tree.is_scalar(key)
                    && matches!(typed(self.tree, key, context), Ok(Scalar::Str(_)))
                    && self.tree.tag(key) != Tag::Timestamp
            });
        for (key_node, value) in self.tree.entries(id) {
            if self.tree.kind(key_node) != Kind::Scalar {
                return self.fail(key_node, "a mapping key must be a string");
            }
            let key = if all_strings {
                self.tree.text(key_node).into()
            } else {
                match typed(self.tree, key_node, context) {
                    Ok(Scalar::Str(text)) => text,
                    Ok(Scalar::Int(value)) => value.to_string().into(),
                    Ok(Scalar::Uint(value)) => value.to_string().into(),
                    _ => return self.fail(key_node, "a mapping key must be a string"),
                }
            };
            self.entries.push(Entry { key, key_node, value });
        }
        let entries = &mut self.entries[base..];
        sort(entries, |a, b| less(&a.key, &b.key));
        if !all_strings {
            // Different texts of one number are one key; the last one counts.
            let kept = keep_last_of_equal(entries, self.tree);
            self.entries.truncate(base + kept);
        }
        let entries = &self.entries[base..];
        for pair in entries.windows(2) {
            if pair[0].key == pair[1].key {
                let message = format!("mapping key `{}` is already defined", pair[1].key);
                let duplicate = pair.iter().map(|entry| self.tree.position(entry.key_node)).max();
                return Err(EmitError { position: duplicate.unwrap_or_default(), message });
            }
        }
        Ok(())
    }

    fn sequence(&mut self, id: NodeId, indent: usize, inline: bool, in_flow: bool) -> Result<(), EmitError> {
        let in_flow = in_flow || self.tree.style(id) == Style::Flow;
        let mut inline = inline;
        self.enter(id)?;
        for element in self.tree.children(id) {
            if !inline {
                self.new_line(indent);
            }
            inline = false;
            self.out.push('-');
            self.item(element, indent, in_flow)?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Writes what follows `key:` in a mapping at `indent`.
    fn value(&mut self, id: NodeId, indent: usize, in_flow: bool) -> Result<(), EmitError> {
        match self.tree.kind(id) {
            Kind::Mapping if !self.tree.is_empty(id) => self.mapping(id, indent + 2, false, in_flow),
            Kind::Sequence if !self.tree.is_empty(id) => self.sequence(id, indent, false, in_flow),
            _ => self.item(id, indent, in_flow),
        }
    }

    /// Writes what follows `-` in a sequence at `indent`, or `:` after a `?` key.
    fn item(&mut self, id: NodeId, indent: usize, in_flow: bool) -> Result<(), EmitError> {
        self.out.push(' ');
        match self.tree.kind(id) {
            Kind::Mapping | Kind::Sequence if self.tree.is_empty(id) => {
                self.enter(id)?;
                self.depth -= 1;
                self.out.push_str(if self.tree.is_mapping(id) { "{}" } else { "[]" });
            }
            Kind::Mapping => self.mapping(id, indent + 2, true, in_flow)?,
            Kind::Sequence => self.sequence(id, indent + 2, true, in_flow)?,
            Kind::Scalar => self.scalar(id, indent + 2, in_flow)?,
        }
        Ok(())
    }

    fn scalar(&mut self, id: NodeId, indent: usize, in_flow: bool) -> Result<(), EmitError> {
        let context = Context::of_value(in_flow);
        match typed(self.tree, id, context) {
            Ok(Scalar::Str(text)) => {
                if let Some(c) = text.chars().find(|&c| is_refused(c)) {
                    return self.fail(id, &format!("control character U+{:04X} is not allowed", c as u32));
                }
                if text.contains('\u{85}') {
                    write_string(self.out, &fold_next_line(&text), indent, false);
                } else {
                    write_string(self.out, &text, indent, false);
                }
            }
            Ok(Scalar::Null) => self.out.push_str("null"),
            Ok(Scalar::Bool(value)) => self.out.push_str(if value { "true" } else { "false" }),
            Ok(Scalar::Int(value)) => self.out.push_str(&value.to_string()),
            Ok(Scalar::Uint(value)) => self.out.push_str(&value.to_string()),
            Ok(Scalar::Float(value)) if !value.is_finite() => {
                return self.fail(id, "infinity and not-a-number have no JSON form");
            }
            Ok(Scalar::Float(value)) => match float_through_json(value) {
                Plain::Int(value) => self.out.push_str(&value.to_string()),
                Plain::Uint(value) => self.out.push_str(&value.to_string()),
                _ => self.out.push_str(&format_float(value)),
            },
            Err(message) => return self.fail(id, &message),
        }
        Ok(())
    }

    fn fail<T>(&self, id: NodeId, message: &str) -> Result<T, EmitError> {
        Err(EmitError { position: self.tree.position(id), message: message.to_string() })
    }
}

/// Moves the last of equal keys with different texts to the front of the list, and returns how many are left.
fn keep_last_of_equal(entries: &mut [Entry<'_>], tree: &Tree) -> usize {
    let mut kept = 0;
    for at in 0..entries.len() {
        let replaces = kept > 0
            && entries[kept - 1].key == entries[at].key
            && tree.text(entries[kept - 1].key_node) != tree.text(entries[at].key_node);
        if replaces {
            entries.swap(kept - 1, at);
        } else {
            entries.swap(kept, at);
            kept += 1;
        }
    }
    kept
}

/// Returns whether the reference's second reader refuses a character that its JSON holds unescaped.
fn is_refused(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

/// Returns a text after the reference read it from its JSON, where U+0085 stands as it is and counts as a line end.
fn fold_next_line(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\u{85}') {
        result.push_str(rest[..at].trim_end_matches(' '));
        let run_end = rest[at..].find(|c| c != '\u{85}' && c != ' ').map_or(rest.len(), |end| at + end);
        match rest[at..run_end].matches('\u{85}').count() {
            1 => result.push(' '),
            breaks => result.extend(std::iter::repeat_n('\n', breaks - 1)),
        }
        rest = &rest[run_end..];
    }
    result.push_str(rest);
    result
}

/// Returns whether a text can be written as a block scalar.
pub(super) fn is_block_allowed(text: &str) -> bool {
    analyze(text).block
}

fn is_simple_key(key: &str) -> bool {
    key.len() <= SIMPLE_KEY && !key.contains(is_break)
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

/// What a text allows, after libyaml's `yaml_emitter_analyze_scalar`.
struct Analysis {
    plain: bool,
    single_quoted: bool,
    block: bool,
}

fn analyze(text: &str) -> Analysis {
    let mut indicators = text.starts_with("---") || text.starts_with("...");
    let (mut special, mut breaks) = (false, false);
    let (mut space_break, mut break_space) = (false, false);
    let (mut previous_space, mut previous_break) = (false, false);
    let mut after_blank = true;
    let mut chars = text.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        let before_blank = chars.peek().is_none_or(|&next| matches!(next, ' ' | '\t'));
        indicators |= match c {
            '#' if first || after_blank => true,
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => first,
            '?' | '-' => first && before_blank,
            ':' => before_blank,
            _ => false,
        };
        special |= !is_printable(c);
        if c == ' ' {
            break_space |= previous_break;
            (previous_space, previous_break) = (true, false);
        } else if is_break(c) {
            breaks = true;
            space_break |= previous_space;
            (previous_space, previous_break) = (false, true);
        } else {
            (previous_space, previous_break) = (false, false);
        }
        after_blank = matches!(c, ' ' | '\t' | '\0') || is_break(c);
        first = false;
    }
    let leading = text.starts_with(|c| c == ' ' || is_break(c));
    let trailing = text.ends_with(|c| c == ' ' || is_break(c));
    Analysis {
        plain: !(indicators || leading || trailing || break_space || space_break || special || breaks),
        single_quoted: !(break_space || space_break || special),
        block: !(text.ends_with(' ') || space_break || special || text.is_empty()),
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

/// Writes a string. Lines that it continues on start at column `indent`.
fn write_string(out: &mut String, text: &str, indent: usize, is_key: bool) {
    let bytes = text.as_bytes();
    let looks_plain = bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.iter().all(|&b| SAFE[b as usize]);
    let resolves_to_string = plain_tag(text, Words::V2) == Tag::Str;
    if looks_plain && resolves_to_string {
        out.push_str(text);
        return;
    }
    let can_be_plain = resolves_to_string && !is_base60(text);
    let analysis = analyze(text);
    let multi_line = text.contains('\n');
    let mut style = if multi_line {
        Style::Literal
    } else if can_be_plain {
        Style::Plain
    } else {
        Style::DoubleQuoted
    };
    if is_key && text.contains(is_break) {
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
    let mut scalar = ScalarWriter::new(out, indent, !is_key);
    match style {
        Style::Plain => scalar.flow(text, false),
        Style::SingleQuoted => {
            scalar.put('\'');
            scalar.flow(text, true);
            scalar.put('\'');
        }
        Style::Literal => scalar.literal(text),
        _ => scalar.double_quoted(text),
    }
}

/// Writes a string on one line, quoted where it has to be, or where YAML 1.1 would read something else.
pub fn write_plain_or_quoted(out: &mut String, text: &str) {
    let is_plain = plain_tag(text, Words::V2) == Tag::Str && !is_base60(text);
    let style = if is_plain { Style::Plain } else { Style::DoubleQuoted };
    write_styled(out, text, style, 0, false);
}

/// Writes a string in a style of the writer's choice, as far as the text allows it; lines do not fold.
pub(super) fn write_styled(out: &mut String, text: &str, style: Style, indent: usize, in_flow: bool) {
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
    let mut scalar = ScalarWriter::new(out, indent, false);
    match style {
        Style::Plain | Style::Flow => scalar.flow(text, false),
        Style::SingleQuoted => {
            scalar.put('\'');
            scalar.flow(text, true);
            scalar.put('\'');
        }
        Style::Literal => scalar.literal(text),
        Style::Folded => scalar.block('>', text, &super::typed::fold(text)),
        Style::DoubleQuoted => scalar.double_quoted(text),
    }
}

/// Writes one scalar and keeps the column, which decides where long lines fold.
struct ScalarWriter<'a> {
    out: &'a mut String,
    column: usize,
    indent: usize,
    may_fold: bool,
}

impl<'a> ScalarWriter<'a> {
    fn new(out: &'a mut String, indent: usize, may_fold: bool) -> ScalarWriter<'a> {
        let line = out.rfind('\n').map_or(0, |at| at + 1);
        let column = out[line..].chars().count();
        ScalarWriter { out, column, indent, may_fold }
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
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
        let (mut spaces, mut breaks) = (false, false);
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c == ' ' {
                let inner = !quoted || at > 0 && at < text.len() - 1;
                let next_is_space = chars.peek().is_some_and(|&(_, next)| next == ' ');
                if self.folds_here() && !spaces && inner && !next_is_space {
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
                self.put(c);
                (spaces, breaks) = (false, false);
            }
        }
    }

    fn double_quoted(&mut self, text: &str) {
        self.put('"');
        let mut spaces = false;
        let mut chars = text.char_indices().peekable();
        // Go's writer takes every character for a byte order mark once the first one is.
        let escapes_all = text.starts_with('\u{feff}');
        while let Some((at, c)) = chars.next() {
            if escapes_all || !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                self.escape(c);
                spaces = false;
            } else if c == ' ' {
                if self.folds_here() && !spaces && at > 0 && at < text.len() - 1 {
                    self.put_break();
                    self.put_indent();
                    if chars.peek().is_some_and(|&(_, next)| next == ' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else {
                self.put(c);
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

    fn literal(&mut self, text: &str) {
        self.block('|', text, text);
    }

    /// Writes a text as a block whose lines stand for it under this indicator.
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
        let mut rest = lines;
        loop {
            let line_end = rest.find(is_break).unwrap_or(rest.len());
            if line_end > 0 {
                for _ in 0..self.indent {
                    self.out.push(' ');
                }
                self.out.push_str(&rest[..line_end]);
            }
            let Some(line_break) = rest[line_end..].chars().next() else { break };
            self.out.push(line_break);
            rest = &rest[line_end + line_break.len_utf8()..];
            if rest.is_empty() {
                // The newline that ends the last line is written by whoever writes next.
                if line_break == '\n' {
                    self.out.pop();
                }
                break;
            }
        }
    }
}
