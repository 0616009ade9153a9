//! The visible part of one line that may contain values of a Secret: known keys, with values that cannot be secret.

use super::words::{is_data_name, is_generator_name, is_literals_name};

/// Keys whose values are shown if they are plain words.
const PUBLIC_KEYS: [&str; 20] = [
    "$patch",
    "allowKindChange",
    "allowNameChange",
    "apiVersion",
    "behavior",
    "create",
    "delimiter",
    "disableNameSuffixHash",
    "fieldPath",
    "from",
    "group",
    "immutable",
    "index",
    "kind",
    "name",
    "namespace",
    "op",
    "path",
    "type",
    "version",
];

/// Keys whose values are collections of the former.
const COLLECTIONS: [&str; 15] = [
    "fieldPaths",
    "generators",
    "items",
    "metadata",
    "options",
    "patch",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "reject",
    "replacements",
    "select",
    "source",
    "target",
    "targets",
];

/// Keys whose values are paths.
const PATHS: [&str; 7] = ["env", "envs", "fieldPaths", "files", "patchesStrategicMerge", "resources", "valuesFile"];

/// What is known about a line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Visible<'a> {
    /// The length of the visible part in bytes.
    pub length: usize,
    /// The first key.
    pub first_key: &'a str,
    /// The last visible key, and the offset after its colon.
    pub last_key: Option<(&'a str, usize)>,
}

/// Returns the visible part of a line. `in_paths` says whether the line may be an element of a list of paths.
pub(super) fn visible_part(line: &str, in_paths: bool) -> Visible<'_> {
    let mut visible = Visible { length: line.len(), ..Visible::default() };
    let mut at = 0;
    loop {
        at = skip_punctuation(line, at);
        let rest = &line[at..];
        if rest.trim().is_empty() {
            return visible;
        }
        let Some((key, after_colon)) = key_at(line, at) else {
            let is_path = in_paths && visible.last_key.is_none() && is_plain(rest.trim_end());
            visible.length = if is_path { line.len() } else { at + own_key(rest, line[..at].contains('-')) };
            return visible;
        };
        if visible.last_key.is_none() {
            visible.first_key = key;
        }
        visible.last_key = Some((key, after_colon));
        let start = after_colon + line[after_colon..].len() - line[after_colon..].trim_start().len();
        match value_end(key, &line[start..]) {
            Some(length) => at = start + length,
            None => {
                visible.length = start;
                return visible;
            }
        }
    }
}

/// Returns whether a key is expected in a kustomization, a patch or a Secret outside of its values.
pub(super) fn is_known_key(key: &str) -> bool {
    PUBLIC_KEYS.contains(&key) || COLLECTIONS.contains(&key) || PATHS.contains(&key) || is_generator_name(key)
}

/// Returns whether a key contains values of a Secret. Other keys that are hidden only might.
pub(super) fn is_value_key(key: &str) -> bool {
    is_data_name(key) || is_literals_name(key) || key == "value"
}

/// Returns whether the lines after a key may be paths.
pub(super) fn is_path_key(key: &str) -> bool {
    PATHS.contains(&key)
}

/// Returns the length of the visible value of a key; `None` if the value is hidden. An empty value is visible.
fn value_end(key: &str, value: &str) -> Option<usize> {
    let is_open = value.trim().is_empty() || value.starts_with(['[', '{']);
    let is_block = value.starts_with(['|', '>']) && value[1..].trim().chars().all(|c| "+-0123456789".contains(c));
    let is_list = value.starts_with('[') && value.find(']').is_some_and(|end| is_plain_list(&value[1..end]));
    let is_collection = COLLECTIONS.contains(&key) || is_generator_name(key);
    if PATHS.contains(&key) && is_list {
        return value.find(']').map(|end| end + 1);
    }
    if value.trim().is_empty() || is_collection && is_open {
        return Some(0);
    }
    if is_collection && is_block {
        return Some(value.len());
    }
    // A name with an equals sign is a literal at the wrong place.
    let is_literal = |length: usize| key != "path" && !PATHS.contains(&key) && value[..length].contains('=');
    let is_public = PUBLIC_KEYS.contains(&key) || PATHS.contains(&key);
    plain_length(value).filter(|&length| is_public && !is_literal(length))
}

/// Returns the length of a value that consists of one plain word, which may have quotes.
fn plain_length(value: &str) -> Option<usize> {
    let end = value.find([',', '}', ']', ' ', '\t']).unwrap_or(value.len());
    let is_followed = value[end..].trim_start().is_empty() || value[end..].trim_start().starts_with([',', '}', ']']);
    (is_followed && is_plain(&value[..end])).then_some(end)
}

fn is_plain(text: &str) -> bool {
    let text = text.trim_matches(['"', '\'']).trim_end_matches("\",").trim_end_matches("',");
    text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/~*$=:?&%@+".contains(c)) && !text.ends_with(':')
}

fn is_plain_list(text: &str) -> bool {
    text.split(',').all(|element| is_plain(element.trim()))
}

/// Returns the offset of the next key or value.
fn skip_punctuation(line: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = &line[at..];
        let is_dash = rest.starts_with("- ") || rest == "-";
        match rest.chars().next() {
            Some(' ' | '\t' | '{' | '}' | '[' | ']' | ',') => at += 1,
            Some('-') if rest.starts_with("---") => at += 3,
            Some('-') if is_dash => at += 1,
            _ => return at,
        }
    }
}

/// Returns the key at an offset, and the offset after its colon.
fn key_at(line: &str, at: usize) -> Option<(&str, usize)> {
    let rest = line[at..].trim_start_matches(['"', '\'']);
    let start = line.len() - rest.len();
    let length =
        rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_-./$".contains(c)).filter(|&length| length > 0)?;
    let after_quotes = rest[length..].trim_start_matches(['"', '\'']);
    let after = after_quotes.trim_start().strip_prefix(':')?;
    let is_key =
        after.is_empty() || after.starts_with([' ', '\t', '{', '[']) || after_quotes.len() < rest.len() - length;
    is_key.then_some((&rest[..length], start + rest.len() - after.len()))
}

/// Returns the length of the prefix of a line that names its value: `  key: ` or `  - key=`.
pub(super) fn own_key_of_line(line: &str) -> usize {
    let content = line.trim_start_matches([' ', '\t', '-']);
    let start = line.len() - content.len();
    start + own_key(content, line.trim_start().starts_with('-'))
}

/// Returns the length of the prefix of an entry or an element that names its value: `key: ` or `key=`.
fn own_key(content: &str, is_element: bool) -> usize {
    // In an element, text before a colon may be part of the value.
    let ends: &[char] = if is_element { &['='] } else { &[':', '='] };
    if let Some(length) = variable_name(content).filter(|_| is_element) {
        return length;
    }
    let is_key = |key: &str, rest: &str| {
        let plain = key.trim_matches(['"', '\'']);
        // Base64 ends in `=`.
        let has_value = !rest.trim_start_matches(['=', ':']).trim_matches([' ', ',', '"', '\'']).is_empty();
        let is_entry = rest.starts_with('=') || rest.starts_with(": ") || key.ends_with(['"', '\'']);
        let is_named = plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
        !plain.is_empty() && is_named && has_value && is_entry
    };
    let length = content.find(ends).filter(|&at| is_key(&content[..at], &content[at..])).map_or(0, |at| at + 1);
    let rest = &content[length..];
    let spaces = if length > 0 { rest.len() - rest.trim_start().len() } else { 0 };
    length + spaces
}

/// Returns the length of the name of a variable that is not followed by `=`, as in the invalid literal `PASSWORD: x`.
pub(super) fn variable_name(element: &str) -> Option<usize> {
    let name = element.trim_start_matches(['"', '\'']);
    let length = name.find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_')?;
    let is_name = name[..length].starts_with(|c: char| c.is_ascii_uppercase()) && length > 1;
    let end = element.len() - name.len() + length;
    (is_name && element[end..].starts_with([':', ' '])).then_some(end + 1)
}
