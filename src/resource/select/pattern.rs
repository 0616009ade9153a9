//! Translates regular expressions from Go's dialect to that of the `regex` crate. Both engines run in linear time.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

use crate::diagnostic::{Code, Diagnostic, Limit};
use crate::resource::limits::too_much_work;

/// The maximum repeat count in Go.
const MAX_REPEAT: u32 = 1000;

/// The reason why a pattern cannot be compiled.
#[derive(Clone, Debug)]
pub enum PatternError {
    Invalid(String),
    /// The compiled pattern exceeds this limit in bytes.
    TooLarge(usize),
    /// All patterns together take longer than visits to this number of nodes.
    TooMuchWork(usize),
}

impl PatternError {
    /// Returns the diagnostic for a pattern.
    pub fn diagnostic(&self, pattern: &str) -> Box<Diagnostic> {
        match self {
            PatternError::Invalid(reason) => {
                Diagnostic::error(Code::InvalidSelector, format!("invalid pattern `{pattern}`: {reason}"))
            }
            PatternError::TooLarge(limit) => {
                let message = format!("pattern size limit exceeded: the compiled pattern uses more than {limit} bytes");
                Diagnostic::exceeds(Limit::PatternSize, message)
            }
            PatternError::TooMuchWork(limit) => too_much_work(*limit),
        }
    }
}

/// Compiles a pattern, and estimates the number of its states. The result must not exceed `limit` bytes.
///
/// # Errors
/// Fails if Go's `regexp.Compile` does, or if the limit is exceeded.
pub fn compile(pattern: &str, limit: usize) -> Result<(Regex, usize), PatternError> {
    let mut translation = Translation { rest: pattern.chars().peekable(), out: String::new(), sizes: Sizes::default() };
    translation.run().map_err(PatternError::Invalid)?;
    let regex = RegexBuilder::new(&translation.out).size_limit(limit).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => PatternError::TooLarge(limit),
        error => {
            let text = error.to_string();
            PatternError::Invalid(text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_string())
        }
    })?;
    Ok((regex, translation.sizes.total))
}

/// Estimates the number of states of a pattern while it is read.
#[derive(Default)]
struct Sizes {
    total: usize,
    /// The size of the last atom: a character, a class or a group.
    atom: usize,
    /// The sizes before the open groups.
    open: Vec<usize>,
}

impl Sizes {
    /// The number of states of a class of characters with all alphabets.
    const LARGE_CLASS: usize = 100;
    /// The number of states of a class with almost all characters.
    const NEGATED_CLASS: usize = 10;

    /// Adds the atom that begins with a character, which may be escaped.
    fn add(&mut self, c: char, escaped: Option<char>) {
        match (c, escaped) {
            ('(', _) => self.open.push(self.total),
            (')', _) => {
                let before = self.open.pop().unwrap_or_default();
                self.atom = self.total - before;
                return;
            }
            // Counted when it is read.
            ('[', _) => return,
            ('\\', Some('p' | 'P')) => self.atom = Self::LARGE_CLASS,
            ('.', _) | ('\\', Some('D' | 'S' | 'W')) => self.atom = Self::NEGATED_CLASS,
            _ => self.atom = 1,
        }
        self.total = self.total.saturating_add(self.atom);
    }

    /// Adds a class, given its text.
    fn add_class(&mut self, class: &str) {
        self.atom = match class {
            class if !class.is_ascii() || class.contains("\\p") || class.contains("\\P") => Self::LARGE_CLASS,
            class if class.contains('^') => Self::NEGATED_CLASS,
            _ => 1,
        };
        self.total = self.total.saturating_add(self.atom);
    }

    /// Repeats the last atom.
    fn repeat(&mut self, count: usize) {
        let added = self.atom.saturating_mul(count.max(1) - 1);
        self.total = self.total.saturating_add(added);
        self.atom = self.atom.saturating_add(added);
    }
}

struct Translation<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    sizes: Sizes,
}

impl Translation<'_> {
    fn run(&mut self) -> Result<(), String> {
        let mut repeated = false;
        while let Some(c) = self.rest.next() {
            let count = if c == '{' { self.count()? } else { None };
            let repeats = matches!(c, '*' | '+' | '?') || count.is_some();
            if repeats && repeated {
                return Err("invalid nested repetition operator".to_string());
            }
            repeated = repeats;
            match count {
                Some(count) => self.sizes.repeat(count),
                None if repeats => {}
                None => self.sizes.add(c, self.rest.peek().copied()),
            }
            match c {
                '*' | '+' | '?' => self.repetition(c),
                '{' if repeats => {
                    self.out.push('{');
                    self.copy_through('}');
                    self.laziness();
                }
                '{' | '}' => self.out.extend(['\\', c]),
                '\\' => self.escape(false)?,
                '[' => {
                    let start = self.out.len();
                    self.class()?;
                    self.sizes.add_class(&self.out[start..]);
                }
                '(' => self.group()?,
                c => self.out.push(c),
            }
        }
        Ok(())
    }

    fn repetition(&mut self, c: char) {
        self.out.push(c);
        self.laziness();
    }

    fn laziness(&mut self) {
        if self.rest.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
    }

    fn copy_through(&mut self, end: char) {
        for c in self.rest.by_ref() {
            self.out.push(c);
            if c == end {
                break;
            }
        }
    }

    /// Returns the maximum of the repeat count that the opening brace before the current character starts.
    fn count(&self) -> Result<Option<usize>, String> {
        let mut rest = self.rest.clone();
        let mut counts = String::new();
        while let Some(c) = rest.next_if(|&c| c.is_ascii_digit() || c == ',') {
            counts.push(c);
        }
        if rest.next() != Some('}') {
            return Ok(None);
        }
        let (min, max) = counts.split_once(',').unwrap_or((&counts, ""));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(min) || !max.is_empty() && !is_number(max) {
            return Ok(None);
        }
        let is_too_large = |text: &str| !text.is_empty() && text.parse().is_ok_and(|count: u32| count > MAX_REPEAT);
        if is_too_large(min) || is_too_large(max) {
            return Err(format!("invalid repeat count: the maximum is {MAX_REPEAT}"));
        }
        let count = if max.is_empty() { min } else { max };
        Ok(Some(count.parse().unwrap_or(usize::MAX)))
    }

    /// Translates an escape sequence after its backslash. Go's character classes contain only ASCII.
    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let Some(c) = self.rest.next() else { return Err("trailing backslash at end of expression".to_string()) };
        let set = match c.to_ascii_lowercase() {
            'd' => "0-9",
            'w' => "0-9A-Za-z_",
            's' => r"\t\n\f\r ",
            'q' if c == 'Q' && !in_class => {
                self.quoted();
                return Ok(());
            }
            'b' if !in_class => {
                self.out.push_str(if c == 'b' { r"(?-u:\b)" } else { r"\B" });
                return Ok(());
            }
            _ if c.is_ascii_punctuation() => {
                // In Go, escaped punctuation never has a special meaning.
                self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
                return Ok(());
            }
            'u' => return Err(format!("invalid escape sequence: `\\{c}`")),
            _ => {
                self.out.extend(['\\', c]);
                return Ok(());
            }
        };
        match (c.is_ascii_uppercase(), in_class) {
            (false, true) => self.out.push_str(set),
            (true, _) => self.out.extend(["[^", set, "]"]),
            (false, false) => self.out.extend(["[", set, "]"]),
        }
        Ok(())
    }

    /// Copies literal text up to `\E`.
    fn quoted(&mut self) {
        let mut literal = String::new();
        for c in self.rest.by_ref() {
            literal.push(c);
            if literal.ends_with("\\E") {
                literal.truncate(literal.len() - 2);
                break;
            }
        }
        self.out.push_str(&regex::escape(&literal));
    }

    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        if self.rest.next_if_eq(&']').is_some() {
            self.out.push_str(r"\]");
        }
        while let Some(c) = self.rest.next() {
            match c {
                ']' => {
                    self.out.push(']');
                    return Ok(());
                }
                '[' if self.rest.peek() == Some(&':') => {
                    self.out.push('[');
                    self.copy_through(']');
                    continue;
                }
                '\\' if matches!(self.rest.peek(), Some('d' | 'D' | 's' | 'S' | 'w' | 'W')) => {
                    self.escape(true)?;
                    continue;
                }
                c => self.member(c)?,
            }
            if self.begins_range() {
                self.out.extend(self.rest.next());
                let last = self.rest.next().expect("a range has an end");
                self.member(last)?;
            }
        }
        Err("missing closing ]".to_string())
    }

    /// Translates a character of a class. Go has no set operators, and a dash outside a range is literal.
    fn member(&mut self, c: char) -> Result<(), String> {
        match c {
            '\\' => return self.escape(true),
            '[' | ']' | '&' | '~' | '-' => self.out.extend(['\\', c]),
            c => self.out.push(c),
        }
        Ok(())
    }

    /// Returns whether the next characters are a dash and the end of a range.
    fn begins_range(&self) -> bool {
        let mut rest = self.rest.clone();
        rest.next() == Some('-') && rest.next().is_some_and(|c| c != ']')
    }

    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        self.out.push('?');
        let flags: String = self.rest.clone().take_while(|&c| c.is_ascii_alphabetic() || c == '-').collect();
        let is_name = matches!(self.rest.clone().nth(flags.len()), Some('<')) && matches!(&flags[..], "" | "P");
        if !is_name && !flags.chars().all(|c| matches!(c, 'i' | 'm' | 's' | 'U' | '-')) {
            return Err(format!("invalid or unsupported Perl syntax: `(?{flags}`"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_go() {
        for (pattern, text, expected) in [
            (r"\Qa.b\E+", "a.bbb", true),
            (r"\Qa.b\E", "axb", false),
            ("x{y", "x{y", true),
            ("a{2}", "aa", true),
            ("a{,2}", "a{,2}", true),
            ("[a&&b]", "&", true),
            ("[[:alpha:]]", "q", true),
            ("[[a]", "[", true),
            (r"\d", "٣", false),
            (r"[^\d]", "a", true),
            (r"[\w-.]+", "a-.", true),
            (r"[\x20-\x7e]", "~", true),
            ("[+--]+", "+,-", true),
            ("[--a]", "9", true),
            ("[a-]", "-", true),
            (r"\<a\-\_", "<a-_", true),
            ("(?i)A-B", "a-b", true),
            ("a+?b", "aab", true),
            ("(?P<name>x)", "x", true),
        ] {
            let (regex, _) = compile(&format!("^(?:{pattern})$"), usize::MAX).expect(pattern);
            assert_eq!(regex.is_match(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn patterns_that_go_rejects_are_errors() {
        for pattern in
            ["[a--z]", "[a--]", "[=--f]", r"\u0061", "a**", "a{2}{3}", "a{1001}", "(?x) a", "[a", "(a", "a\\", "(?=a)"]
        {
            assert!(compile(pattern, usize::MAX).is_err(), "{pattern}");
        }
    }
}
