//! Source lines beside messages: those that hold values of Secrets are shown without them.
//!
//! The text may be no YAML at all, which is what the message is about. So lines are judged by how they look: by their
//! indentation and their keys. Rather too much is left out than too little.

/// What stands for a value.
const MASK: &str = "***";

/// The keys whose values are secret in a document that is about a Secret.
const SECRET_FIELDS: [&str; 4] = ["data", "stringData", "value", "patch"];

/// Returns the line that starts at an offset as it may be shown: without the values of a Secret or of a
/// `secretGenerator`.
pub fn shown_line(text: &str, start: usize) -> String {
    let line = text[start..].lines().next().unwrap_or_default();
    if line.trim().is_empty() || line.starts_with("---") {
        return line.to_string();
    }
    let (before, after) = document_around(text, start);
    let is_secret = is_about_secret(before) || is_about_secret(line) || is_about_secret(after);
    let parents = parents(before, line);
    let in_generator = parents.contains(&"secretGenerator") || key(line) == "secretGenerator";
    let fields: &[&str] = match (in_generator, is_secret) {
        (true, _) => &["literals"],
        (false, true) => &SECRET_FIELDS,
        (false, false) => return line.to_string(),
    };
    if parents.iter().any(|parent| fields.contains(parent)) {
        return format!("{}{MASK}", own_key(line));
    }
    match fields.iter().filter_map(|field| behind_key(line, field)).min() {
        Some(end) if !line[end..].trim().is_empty() => format!("{} {MASK}", &line[..end]),
        _ => line.to_string(),
    }
}

/// Returns what is before and behind a line in its document.
fn document_around(text: &str, start: usize) -> (&str, &str) {
    let from = text[..start].rfind("\n---").map_or(0, |at| at + 1);
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let to = text[end..].find("\n---").map_or(text.len(), |at| end + at);
    (&text[from..start], &text[end..to])
}

/// Returns whether a text says that something is a Secret, in block style or as JSON.
fn is_about_secret(text: &str) -> bool {
    text.match_indices("kind").any(|(at, word)| {
        let rest = text[at + word.len()..].trim_start_matches(['"', '\'']).trim_start();
        let value = rest.strip_prefix(':').map(str::trim_start).unwrap_or_default().trim_start_matches(['"', '\'']);
        value.strip_prefix("Secret").is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    })
}

/// Returns the keys of the lines that a line is below of, innermost first.
fn parents<'a>(before: &'a str, line: &str) -> Vec<&'a str> {
    let mut parents = Vec::new();
    // A list may stand as far left as its key.
    let mut indentation = indentation(line);
    let mut is_item = line.trim_start().starts_with('-');
    for above in before.lines().rev().filter(|above| !above.trim().is_empty()) {
        let column = self::indentation(above);
        let is_above_item = above.trim_start().starts_with('-');
        if column < indentation || column == indentation && is_item && !is_above_item {
            // `- key: value` is an item and the first key of a mapping, which the line may belong to as well.
            if above.len() - above.trim_start_matches([' ', '-']).len() < indentation || !is_above_item {
                parents.push(key(above));
            }
            (indentation, is_item) = (column, is_above_item);
            if column == 0 && !is_item {
                break;
            }
        }
    }
    parents
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Returns the key of a line, without quotes; the empty text if it has none.
fn key(line: &str) -> &str {
    let content = line.trim_start_matches([' ', '-', '{', '[']);
    content.split_once(':').map_or("", |(key, _)| key.trim().trim_matches(['"', '\'']))
}

/// Returns the beginning of a line that names what the value is for: `  key: ` or `  - key=`.
fn own_key(line: &str) -> &str {
    let content = line.trim_start_matches([' ', '-']);
    let start = line.len() - content.len();
    let is_key = |key: &str| {
        let plain = key.trim_matches(['"', '\'']);
        !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
    };
    let length = content.find([':', '=']).filter(|&at| is_key(&content[..at])).map_or(0, |at| at + 1);
    let rest = &content[length..];
    let spaces = if length > 0 { rest.len() - rest.trim_start().len() } else { 0 };
    &line[..start + length + spaces]
}

/// Returns the place behind `key:` in a line.
fn behind_key(line: &str, key: &str) -> Option<usize> {
    line.match_indices(key).find_map(|(at, _)| {
        let is_start = !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        let after = line[at + key.len()..].trim_start_matches(['"', '\'']);
        let end = line.len() - after.len();
        (is_start && after.starts_with(':')).then_some(end + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns all lines as they may be shown.
    fn shown(text: &str) -> String {
        let mut start = 0;
        let mut lines = Vec::new();
        for line in text.split('\n') {
            lines.push(shown_line(text, start));
            start += line.len() + 1;
        }
        lines.join("\n")
    }

    #[test]
    fn values_of_secrets_are_left_out() {
        for (text, expected) in [
            ("kind: Secret\ndata:\n  a: eA==\n  b: |\n    x\n", "kind: Secret\ndata:\n  a: ***\n  b: ***\n    ***\n"),
            ("stringData: {a: b}\nkind: Secret", "stringData: ***\nkind: Secret"),
            ("{\"kind\": \"Secret\", \"data\": {\"a\": \"b\"}}", "{\"kind\": \"Secret\", \"data\": ***"),
            (
                "kind: ConfigMap\ndata:\n  a: x\n---\nkind: Secret\n",
                "kind: ConfigMap\ndata:\n  a: x\n---\nkind: Secret\n",
            ),
            ("kind: SecretStore\ndata:\n  a: x", "kind: SecretStore\ndata:\n  a: x"),
            (
                "secretGenerator:\n- name: a\n  literals:\n  - k=v\n  - oops\n  files: [x]\n",
                "secretGenerator:\n- name: a\n  literals:\n  - k=***\n  - ***\n  files: [x]\n",
            ),
            ("secretGenerator: [{name: a, literals: [k=v]}]", "secretGenerator: [{name: a, literals: ***"),
            ("secretGenerator:\n- literals: [a=b]\n  name: x", "secretGenerator:\n- literals: ***\n  name: x"),
            ("configMapGenerator:\n- literals:\n  - k=v", "configMapGenerator:\n- literals:\n  - k=v"),
            (
                "patches:\n- target: {kind: Secret}\n  patch: |-\n    - op: add\n      value: x\nnamespace: a",
                "patches:\n- target: {kind: Secret}\n  patch: ***\n    - op: ***\n      value: ***\nnamespace: a",
            ),
        ] {
            assert_eq!(shown(text), expected);
        }
    }
}
