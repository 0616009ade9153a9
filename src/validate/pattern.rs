//! Regular expressions of schemas, which have the syntax of Go.

use regex::Regex;

use crate::resource::select::pattern as go;

/// The maximum size of a compiled expression in bytes. The engine is linear, so that only its size needs a limit.
const MAX_SIZE: usize = 1 << 20;

/// The maximum length of an expression in bytes.
const MAX_LENGTH: usize = 10_000;

/// Compiles an expression; `None` if it is not valid or too large.
pub fn compile(pattern: &str) -> Option<Regex> {
    if pattern.len() > MAX_LENGTH {
        return None;
    }
    go::compile(pattern, MAX_SIZE).ok().map(|(regex, _)| regex)
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
