//! File name patterns with the syntax of Go's `filepath.Glob`: `*`, `?`, `[a-z]`, `[^a-z]` and `\`.

use std::path::Path;

use crate::path::{belongs_to_git, is_git_directory};
use anyhow::{Context as _, bail};

/// Returns the paths that match a pattern, sorted, except for those that belong to git. A path without special characters
/// matches itself if it exists.
///
/// # Errors
/// Fails on a malformed pattern.
pub fn glob(pattern: &str) -> anyhow::Result<Vec<String>> {
    if !has_special_characters(pattern) {
        let is_found = !belongs_to_git(pattern) && Path::new(pattern).exists();
        return Ok(if is_found { vec![pattern.to_string()] } else { Vec::new() });
    }
    let (directory, name) = pattern.rsplit_once('/').map_or(("", pattern), |(directory, name)| (directory, name));
    let is_root = directory.is_empty() && pattern.starts_with('/');
    let directories = match directory {
        "" if is_root => vec!["/".to_string()],
        "" => vec![String::new()],
        directory => glob(directory)?,
    };
    let name: Vec<char> = name.chars().collect();
    check(&name).with_context(|| format!("syntax error in pattern `{pattern}`"))?;
    let mut found = Vec::new();
    for directory in directories {
        // As in Go, an unreadable directory has no matches.
        let Ok(entries) = Path::new(if directory.is_empty() { "." } else { &directory }).read_dir() else { continue };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|entry| matches(&name, &entry.chars().collect::<Vec<_>>())).collect();
        names.retain(|name| !is_git_directory(name));
        names.sort();
        let separator = if directory.is_empty() || directory.ends_with('/') { "" } else { "/" };
        found.extend(names.into_iter().map(|name| format!("{directory}{separator}{name}")));
    }
    Ok(found)
}

/// Returns whether a pattern matches a path, component by component, like Go's `filepath.Match`.
///
/// # Errors
/// Fails on a malformed pattern.
pub fn matches_path(pattern: &str, path: &str) -> anyhow::Result<bool> {
    let parts: Vec<Vec<char>> = pattern.split('/').map(|part| part.chars().collect()).collect();
    for part in &parts {
        check(part).with_context(|| format!("syntax error in pattern `{pattern}`"))?;
    }
    let names: Vec<Vec<char>> = path.split('/').map(|name| name.chars().collect()).collect();
    Ok(parts.len() == names.len() && parts.iter().zip(&names).all(|(part, name)| matches(part, name)))
}

fn has_special_characters(pattern: &str) -> bool {
    pattern.contains(['*', '?', '[', '\\'])
}

/// Checks that every character class and every escape of a pattern is complete.
fn check(pattern: &[char]) -> anyhow::Result<()> {
    match pattern {
        [] => Ok(()),
        ['\\'] => bail!("trailing `\\`"),
        ['\\', _, rest @ ..] => check(rest),
        ['[', rest @ ..] => match class(rest, '\0') {
            Some((_, rest)) => check(rest),
            None => bail!("unclosed `[`"),
        },
        [_, rest @ ..] => check(rest),
    }
}

/// Returns whether a pattern without slashes matches a name.
fn matches(pattern: &[char], name: &[char]) -> bool {
    // The pattern after the last `*`, and the rest of the name that it was last tried on. On a mismatch, the `*` takes one
    // more character.
    let (mut pattern, mut name) = (pattern, name);
    let mut retry: Option<(&[char], &[char])> = None;
    loop {
        let step = match (pattern, name) {
            ([], []) => return true,
            (['*', rest @ ..], _) => {
                retry = Some((rest, name));
                Some((rest, name))
            }
            (['?', rest @ ..], [_, name @ ..]) => Some((rest, name)),
            (['[', rest @ ..], [first, name @ ..]) => {
                class(rest, *first).filter(|(is_in, _)| *is_in).map(|(_, rest)| (rest, name))
            }
            (['\\', literal, rest @ ..], [first, name @ ..]) if literal == first => Some((rest, name)),
            ([literal, rest @ ..], [first, name @ ..]) if literal == first && *literal != '\\' => Some((rest, name)),
            _ => None,
        };
        (pattern, name) = match (step, retry) {
            (Some(step), _) => step,
            (None, Some((rest, [_, name @ ..]))) => {
                retry = Some((rest, name));
                (rest, name)
            }
            (None, _) => return false,
        };
    }
}

/// Parses a character class after its `[`. Returns whether it contains a character, and the pattern after it.
fn class(pattern: &[char], character: char) -> Option<(bool, &[char])> {
    let (is_negated, mut rest) = match pattern {
        ['^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut is_in = false;
    let mut is_first = true;
    loop {
        let (low, after) = match rest {
            [']', rest @ ..] if !is_first => return Some((is_in != is_negated, rest)),
            ['\\', low, after @ ..] | [low, after @ ..] => (*low, after),
            [] => return None,
        };
        let (high, after) = match after {
            ['-', '\\', high, after @ ..] | ['-', high, after @ ..] if *high != ']' => (*high, after),
            after => (low, after),
        };
        is_in |= (low..=high).contains(&character);
        (rest, is_first) = (after, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_in_go() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        for (pattern, name, expected) in [
            ("*.yaml", "a.yaml", true),
            ("*.yaml", ".yaml", true),
            ("*.yaml", "a.yml", false),
            ("a*b*c", "aXbYbZc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("[]a]", "]", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("**", "anything", true),
        ] {
            assert_eq!(matches(&chars(pattern), &chars(name)), expected, "{pattern} {name}");
        }
        for malformed in ["[a", "a\\", "[^"] {
            assert!(check(&chars(malformed)).is_err(), "{malformed}");
        }
    }
}
