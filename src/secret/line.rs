//! The visible part of one line that may contain values of a Secret: known keys, with values that cannot be secret.

use super::find::is_path_to_values;
use super::words::{is_data_name, is_generator_name, is_literals_name, keys};

/// Keys whose values are shown if they are plain words.
const PUBLIC_KEYS: [&str; 22] = [
    "$patch",
    "allowKindChange",
    "allowNameChange",
    "annotationSelector",
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
    "labelSelector",
    "name",
    "namespace",
    "op",
    "path",
    "type",
    "version",
];

/// Keys whose values are collections of the former.
const COLLECTIONS: [&str; 16] = [
    "fieldPaths",
    "generators",
    "items",
    "jsonOp",
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

/// Keys whose values are texts with YAML or JSON.
const TEXTS: [&str; 2] = ["jsonOp", "patch"];

/// Keys whose values are shown even if they have quotes, such as a pattern.
const QUOTED: [&str; 8] = ["from", "group", "kind", "name", "namespace", "op", "path", "version"];

/// Keys whose values are paths to fields of resources.
const FIELD_PATHS: [&str; 2] = ["fieldPath", "fieldpath"];

const LABEL_SELECTORS: [&str; 2] = ["annotationSelector", "labelSelector"];

/// What is known about a line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Visible<'a> {
    /// The length of the visible part in bytes.
    pub length: usize,
    /// The first key.
    pub first_key: &'a str,
    /// The last visible key, and the offset after its colon.
    pub last_key: Option<(&'a str, usize)>,
    /// Whether the last key is that of a value which a patch sets in a field without values of Secrets, such as `/kind`.
    pub is_public_value: bool,
    /// The path of the JSON patch operation that the end of the line belongs to.
    pub pointer: Option<&'a str>,
    /// The quote of the text that the end of the line belongs to: that of a patch in one line.
    pub quote: Option<char>,
}

/// Returns the visible part of a line. `in_paths` says whether the line may be an element of a list of paths, and `pointer` is the
/// path of the JSON patch operation on the line before.
pub(super) fn visible_part<'a>(line: &'a str, in_paths: bool, pointer: Option<&'a str>) -> Visible<'a> {
    let mut visible = Visible { length: line.len(), pointer, ..Visible::default() };
    let mut at = 0;
    loop {
        let before = at;
        at = skip_punctuation(line, at);
        // Another operation starts.
        visible.pointer = visible.pointer.filter(|_| !line[before..at].contains(['{', '-']));
        let rest = &line[at..];
        if rest.trim().is_empty() {
            return visible;
        }
        if visible.quote.is_some_and(|quote| rest.starts_with(quote)) {
            visible.quote = None;
            at += 1;
            continue;
        }
        let Some((key, after_colon)) = key_at(line, at) else {
            let is_path = in_paths && visible.last_key.is_none() && is_plain_path(rest.trim_end());
            visible.length = if is_path { line.len() } else { at + own_key(rest, line[..at].contains('-')) };
            return visible;
        };
        if visible.last_key.is_none() {
            visible.first_key = key;
        }
        visible.last_key = Some((key, after_colon));
        let start = after_colon + line[after_colon..].len() - line[after_colon..].trim_start().len();
        let value = &line[start..];
        if TEXTS.contains(&key) && is_quoted_patch(value) {
            visible.quote = value.chars().next();
            at = start + 1;
            continue;
        }
        let is_public_pointer = visible.pointer.is_some_and(|pointer| !is_path_to_values(pointer));
        visible.is_public_value = key == "value" && is_public_pointer && !value.trim().is_empty();
        match if visible.is_public_value { plain_length(value) } else { value_end(key, value) } {
            Some(length) => {
                at = start + length;
                if key == "path" {
                    visible.pointer = Some(value[..length].trim_matches(QUOTES)).filter(|path| path.starts_with('/'));
                }
            }
            None => {
                visible.is_public_value = false;
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
    let is_collection = COLLECTIONS.contains(&key) || is_generator_name(key);
    if let Some(length) = path_list_length(value).filter(|_| PATHS.contains(&key)) {
        return Some(length);
    }
    if value.trim().is_empty() || is_collection && is_open {
        return Some(0);
    }
    if is_collection && is_block {
        return Some(value.len());
    }
    let is_label_selector = LABEL_SELECTORS.contains(&key);
    // A name with an equals sign is a literal at the wrong place.
    let may_be_literal = key != "path" && !PATHS.contains(&key) && !FIELD_PATHS.contains(&key) && !is_label_selector;
    let is_public = PUBLIC_KEYS.contains(&key) || PATHS.contains(&key);
    let length = plain_length(value)
        .or_else(|| field_path_length(value).filter(|_| FIELD_PATHS.contains(&key)))
        .or_else(|| quoted_length(value).filter(|_| is_label_selector || QUOTED.contains(&key)))
        .or_else(|| requirements_length(value).filter(|_| is_label_selector));
    length.filter(|&length| is_public && !(may_be_literal && value[..length].contains('=')))
}

/// The characters around words. In a text inside of a text, quotes are escaped.
const QUOTES: [char; 3] = ['"', '\'', '\\'];

/// Returns whether a value is a quoted text that starts with a list or a mapping in brackets, or with an operation.
fn is_quoted_patch(value: &str) -> bool {
    let text = value.strip_prefix(['"', '\'']);
    text.is_some_and(|text| text.starts_with(['[', '{']) || text.starts_with("- "))
}

/// Returns the length of a quoted value without escape sequences.
fn quoted_length(value: &str) -> Option<usize> {
    let quote = value.chars().next().filter(|c| ['"', '\''].contains(c))?;
    let end = 2 + value[1..].find(quote)?;
    (is_end(&value[end..]) && !value[..end].contains('\\')).then_some(end)
}

/// Returns the length of the requirements of a label selector, such as `app in (web), tier`.
fn requirements_length(value: &str) -> Option<usize> {
    let end = value.find('}').unwrap_or(value.len());
    let is_part = |c: char| c.is_ascii_alphanumeric() || " ._-/=!,()".contains(c);
    value[..end].chars().all(is_part).then_some(end)
}

/// Returns the length of a value that consists of one plain word, which may have quotes.
fn plain_length(value: &str) -> Option<usize> {
    // In a text inside of a text, quotes and line breaks are escape sequences.
    let quote = if value.starts_with("\\\"") { 2 } else { 0 };
    let rest = &value[quote..];
    let mut end = quote + rest.find([',', '}', ']', ' ', '\t', '\\']).unwrap_or(rest.len());
    if quote > 0 && value[end..].starts_with("\\\"") {
        end += quote;
    }
    (is_end(&value[end..]) && is_plain(&value[..end])).then_some(end)
}

/// Returns whether a value ends before this text.
fn is_end(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with([',', '}', ']']) || rest.starts_with("\\n")
}

/// Returns the length of the path to a field, which may have brackets and quotes.
fn field_path_length(value: &str) -> Option<usize> {
    let mut depth = 0usize;
    let end = value.find(|c| {
        match c {
            '[' => depth += 1,
            ']' if depth > 0 => depth -= 1,
            _ => return depth == 0 && " \t,}]".contains(c),
        }
        false
    });
    let end = end.unwrap_or(value.len());
    (is_end(&value[end..]) && is_plain_path(&value[..end])).then_some(end)
}

/// Returns the length of a list of paths in brackets.
fn path_list_length(value: &str) -> Option<usize> {
    let list = value.strip_prefix('[')?;
    let mut depth = 1;
    let end = list.find(|c| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        depth == 0
    })?;
    list[..end].split(',').all(|element| is_plain_path(element.trim())).then_some(end + 2)
}

/// Returns whether a text is plain, also if it is a path with a selector, such as `spec.containers.[name=web].image`.
fn is_plain_path(text: &str) -> bool {
    let path = text.trim_matches(['"', '\'']);
    let is_field_path = path.starts_with(|c: char| c.is_ascii_alphabetic()) && path.contains(".[");
    is_plain(&if is_field_path { path.replace(['[', ']'], "") } else { text.to_string() })
}

fn is_plain(text: &str) -> bool {
    let text = text.trim_matches(QUOTES).trim_end_matches("\",").trim_end_matches("',");
    text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/~*$=:?&%@+".contains(c)) && !text.ends_with(':')
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
            // The line break of a text in double quotes.
            Some('\\') if rest.starts_with("\\n") => at += 2,
            Some('-') if is_dash => at += 1,
            _ => return at,
        }
    }
}

/// Returns the key at an offset, and the offset after its colon.
fn key_at(line: &str, at: usize) -> Option<(&str, usize)> {
    let rest = line[at..].trim_start_matches(QUOTES);
    let start = line.len() - rest.len();
    let length =
        rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_-./$".contains(c)).filter(|&length| length > 0)?;
    let after_quotes = rest[length..].trim_start_matches(QUOTES);
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

/// Returns a line with spaces in place of the keys of JSON patch operations, and of their names and paths, which are not secret even
/// if they are after a value. All offsets stay the same.
pub(super) fn without_operations(line: &str) -> String {
    let mut text = line.to_string();
    for (key, after) in keys(line).filter(|(key, _)| ["from", "op", "path", "value"].contains(key)) {
        let at = line.len() - after.len();
        let start = line[..at].rfind(key).unwrap_or(at);
        text.replace_range(start..start + key.len(), &" ".repeat(key.len()));
        let word = after.trim_start().trim_start_matches(QUOTES);
        let start = line.len() - word.len();
        let ends: &[char] = if line[..start].ends_with(QUOTES) { &QUOTES } else { &[' ', ',', '}', '\\'] };
        let word = &word[..word.find(ends).unwrap_or(word.len())];
        let is_name = key == "op" && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_name || key != "value" && word.starts_with('/') {
            text.replace_range(start..start + word.len(), &" ".repeat(word.len()));
        }
    }
    text
}
