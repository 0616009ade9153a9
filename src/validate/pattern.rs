//! Regular expressions of schemas, which have the syntax of Go.

use regex::{Regex, RegexBuilder};

/// The maximum size of a compiled expression in bytes. The engine is linear, so that only its size needs a limit.
const MAX_SIZE: usize = 1 << 20;

/// The maximum length of an expression in bytes.
const MAX_LENGTH: usize = 10_000;

/// Compiles an expression; `None` if it is not valid or too large.
pub fn compile(pattern: &str) -> Option<Regex> {
    if pattern.len() > MAX_LENGTH {
        return None;
    }
    RegexBuilder::new(&with_ascii_classes(pattern)).size_limit(MAX_SIZE).dfa_size_limit(MAX_SIZE).build().ok()
}

/// Replaces the classes that contain only ASCII characters in Go, and brackets that Go reads as characters.
fn with_ascii_classes(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut is_in_class = false;
    let mut characters = pattern.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('d') => text.push_str("[0-9]"),
                Some('D') => text.push_str("[^0-9]"),
                Some('w') => text.push_str("[0-9A-Za-z_]"),
                Some('W') => text.push_str("[^0-9A-Za-z_]"),
                Some('s') => text.push_str("[\\t\\n\\f\\r ]"),
                Some('S') => text.push_str("[^\\t\\n\\f\\r ]"),
                Some('b') if !is_in_class => text.push_str("(?-u:\\b)"),
                Some(escaped) => text.extend(['\\', escaped]),
                None => text.push('\\'),
            },
            '[' if is_in_class && characters.peek() != Some(&':') => text.push_str("\\["),
            '[' if !is_in_class => {
                is_in_class = true;
                text.push(c);
                if characters.next_if_eq(&'^').is_some() {
                    text.push('^');
                }
                if characters.next_if_eq(&']').is_some() {
                    text.push_str("\\]");
                }
            }
            '[' => {
                // A named class, up to its end.
                text.push(c);
                for c in characters.by_ref() {
                    text.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            ']' => {
                is_in_class = false;
                text.push(c);
            }
            '&' | '~' if is_in_class => text.extend(['\\', c]),
            _ => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_mean_what_they_mean_in_go() {
        for (pattern, text, expected) in [
            (r"^\d+$", "12", true),
            (r"^\d+$", "\u{0662}", false),
            (r"^[\w.-]+$", "a_b.c-d", true),
            (r"^[^]a]$", "b", true),
            (r"^[[a]+$", "[a", true),
            (r"^[[:alpha:]&&~]+$", "a&~", true),
            (r"\bcat\b", "a cat", true),
            (r"^\S+$", "a b", false),
        ] {
            assert_eq!(compile(pattern).map(|regex| regex.is_match(text)), Some(expected), "{pattern}");
        }
        for pattern in ["(", "(a{1000}){1000}", &"a".repeat(20_000)] {
            assert!(compile(pattern).is_none());
        }
    }
}
