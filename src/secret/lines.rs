//! Masks values of Secrets in the source lines of messages.
//!
//! The text may be invalid YAML, which may be the reason for the message. So lines are classified heuristically, by
//! their indentation, brackets and keys. In doubt, a value is hidden.

/// The replacement for a value.
pub const MASK: &str = "***";

/// The minimum length in bytes of a part of a value that is masked in messages. Shorter parts occur in ordinary words.
const MIN_MASKED_LENGTH: usize = 4;

/// The fields whose values are secret in a document about a Secret.
const FIELDS: [&str; 4] = ["data", "stringData", "value", "sourceValue"];

/// The kinds that contain values of Secrets. Case is ignored, to include misspelled kinds.
const KINDS: [&str; 3] = ["Secret", "SecretList", "SecretGenerator"];

/// The field of a generator that contains values, and its likely misspelling.
const LITERALS: [&str; 2] = ["literals", "literal"];

/// The field of a kustomization that generates Secrets, and its likely misspelling.
const GENERATORS: [&str; 2] = ["secretGenerator", "secretGenerators"];

/// Splits the line that starts at an offset into a visible and a hidden part. The hidden part contains values of a
/// Secret, of a `secretGenerator` or of an env file.
pub fn split_line(text: &str, start: usize) -> (&str, &str) {
    let line = text[start..].lines().next().unwrap_or_default();
    line.split_at(shown_length(text, start, line).unwrap_or(line.len()))
}

/// Masks what a message quotes from the hidden parts of its source lines.
pub fn mask_quotes(text: &str, hidden: &[&str]) -> String {
    let mut text = text.to_string();
    for hidden in hidden {
        let full = hidden.trim().trim_matches(['"', '\'']);
        let quoted = text.split(['`', '"', '\'', '[', ']', '(', ')']).map(str::trim);
        let mut parts: Vec<String> = quoted.filter(|part| hidden.contains(part)).map(ToString::to_string).collect();
        parts.push(full.to_string());
        for part in parts.iter().filter(|part| part.len() >= MIN_MASKED_LENGTH) {
            text = text.replace(part, MASK);
        }
    }
    text
}

/// Returns the length of the visible part of each line, as [`split_line`] does, in one pass.
pub fn shown_lengths(text: &str) -> Vec<usize> {
    let mut lengths = Vec::new();
    let mut start = 0;
    let mut document: Option<(Document<'_>, Values)> = None;
    for line in text.split('\n') {
        let content = line.strip_suffix('\r').unwrap_or(line);
        if line.starts_with("---") {
            document = None;
            lengths.push(content.len());
        } else {
            let (document, values) = document.get_or_insert_with(|| (Document::around(text, start), Values::default()));
            lengths.push(document.shown_length(content, values).unwrap_or(content.len()));
            values.enter(content, document.is_about_secret);
        }
        start += line.len() + 1;
    }
    lengths
}

/// Returns the length of the visible part of a line; `None` if all of it is visible.
fn shown_length(text: &str, start: usize, line: &str) -> Option<usize> {
    let document = Document::around(text, start);
    let mut values = Values::default();
    for above in document.above.lines() {
        values.enter(above, document.is_about_secret);
    }
    document.shown_length(line, &values)
}

/// The document that contains a line.
struct Document<'a> {
    /// The lines above.
    above: &'a str,
    /// Whether the document contains a Secret, or may contain one.
    is_about_secret: bool,
    /// Whether the document configures a generator of Secrets.
    is_generator: bool,
}

impl<'a> Document<'a> {
    fn around(text: &'a str, start: usize) -> Document<'a> {
        let from = text[..start].rfind("\n---").map_or(0, |at| at + 1);
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let to = text[end..].find("\n---").map_or(text.len(), |at| end + at);
        let document = &text[from..to];
        Document {
            above: &text[from..start],
            is_about_secret: is_about_secret(document),
            is_generator: kinds(document).any(|kind| kind == KINDS[2]),
        }
    }

    /// Returns the length of the visible part of a line after `values`; `None` if all of it is visible.
    fn shown_length(&self, line: &str, values: &Values) -> Option<usize> {
        if line.trim().is_empty() || line.starts_with("---") {
            return None;
        }
        if let Some(length) = env_key(line) {
            return Some(length);
        }
        if values.secret_contains(line) {
            return Some(own_key(line));
        }
        let is_secret = self.is_about_secret;
        let fields = FIELDS.iter().filter(|_| is_secret);
        let literals = LITERALS.iter().filter(|_| self.is_generator || values.generator_contains(line));
        let hidden = fields.chain(literals).filter_map(|field| after_key(line, field)).min();
        let hidden = hidden.or_else(|| after_generator(line)).or_else(|| after_patch(line).filter(|_| is_secret));
        match hidden {
            Some(end) if !line[end..].trim().is_empty() => {
                Some(end + (line.len() - end - line[end..].trim_start().len()))
            }
            Some(_) => None,
            // The continuation of a scalar that starts on a previous line.
            None if is_secret && !is_entry(line) => Some(0),
            None => None,
        }
    }
}

/// Returns whether a document contains a Secret, or may contain one. A patch may have no kind.
fn is_about_secret(document: &str) -> bool {
    let has_data = |text| after_key(text, "data").is_some() && kinds(text).next().is_none();
    kinds(document).any(|kind| KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known)))
        || after_key(document, "stringData").is_some()
        || document.lines().any(|line| is_path_to_values(line) || after_key(line, "patch").is_some() && has_data(line))
        || has_data(document)
}

/// Returns the values of all keys `kind`, in YAML or JSON.
fn kinds(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("kind").filter_map(move |(at, word)| {
        let rest = text[at + word.len()..].trim_start_matches(['"', '\'']).trim_start();
        let value = rest.strip_prefix(':')?.trim_start().trim_start_matches(['"', '\'']);
        let end = value.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(value.len());
        Some(&value[..end])
    })
}

/// Returns whether a line contains the path of a JSON patch operation to the values of a Secret or a ConfigMap.
fn is_path_to_values(line: &str) -> bool {
    let paths = after_key(line, "path").into_iter().chain(after_key(line, "from"));
    paths.map(|end| line[end..].trim_start().trim_start_matches(['"', '\'', '\\'])).any(|path| {
        let field = path.strip_prefix('/').unwrap_or_default();
        let end = field.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(field.len());
        ["data", "stringData"].contains(&&field[..end])
    })
}

/// The open values at a line: those of fields on previous lines that have not ended yet.
#[derive(Default)]
struct Values {
    /// The value of a secret field.
    secret: Option<Value>,
    /// The value of a field that generates Secrets.
    generator: Option<Value>,
}

impl Values {
    /// Processes the next line.
    fn enter(&mut self, line: &str, is_secret: bool) {
        if line.trim().is_empty() {
            return;
        }
        for value in [&mut self.secret, &mut self.generator] {
            *value = value.take().filter(|value| value.contains(line)).map(|value| value.with(line));
        }
        if self.generator.is_none() {
            self.generator = GENERATORS.iter().find_map(|field| Value::of(field, line));
        }
        if self.secret.is_none() {
            let fields = FIELDS.iter().filter(|_| is_secret);
            let literals = LITERALS.iter().filter(|_| is_secret || self.generator.is_some());
            self.secret = fields.chain(literals).find_map(|field| Value::of(field, line));
        }
    }

    /// Returns whether a line belongs to the value of a secret field.
    fn secret_contains(&self, line: &str) -> bool {
        self.secret.as_ref().is_some_and(|value| value.contains(line))
    }

    /// Returns whether a line belongs to a field that generates Secrets.
    fn generator_contains(&self, line: &str) -> bool {
        self.generator.as_ref().is_some_and(|value| value.contains(line))
            || GENERATORS.iter().any(|field| after_key(line, field).is_some())
    }
}

/// The part of a field's value that was read so far.
struct Value {
    /// The column of the first key on the line of the field.
    column: usize,
    /// The number of open brackets.
    depth: usize,
    /// The open quote.
    quote: Option<char>,
    /// Whether the value starts with a bracket, a quote or a property. Otherwise, brackets and quotes have no meaning.
    is_flow: bool,
}

impl Value {
    /// Returns the value of a field if it starts on this line.
    fn of(field: &str, line: &str) -> Option<Value> {
        let rest = &line[after_key(line, field)?..];
        let column = line.len() - line.trim_start_matches([' ', '\t', '-']).len();
        let is_flow = rest.trim_start().starts_with(['{', '[', '"', '\'', '!', '&']);
        Some(Value { column, depth: 0, quote: None, is_flow }.with(rest))
    }

    /// Returns whether a line belongs to the value.
    fn contains(&self, line: &str) -> bool {
        let indentation = indentation(line);
        // A list may have the same indentation as its key.
        let is_item = indentation == self.column && line.trim_start().starts_with('-');
        self.depth > 0 || self.quote.is_some() || indentation > self.column || is_item
    }

    /// Processes more text of the value.
    fn with(mut self, text: &str) -> Value {
        let mut is_escaped = false;
        for c in text.chars().filter(|_| self.is_flow) {
            match (self.quote, c) {
                _ if is_escaped => is_escaped = false,
                (Some('"'), '\\') => is_escaped = true,
                (Some(quote), c) if c == quote => self.quote = None,
                (None, '"' | '\'') => self.quote = Some(c),
                (None, '[' | '{') => self.depth += 1,
                (None, ']' | '}') => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        self
    }
}

/// Returns the end of `KEY=` at the start of a line, as in an env file.
fn env_key(line: &str) -> Option<usize> {
    let content = line.trim_start();
    let end = content.find('=').filter(|&end| end > 0)?;
    let is_key = content[..end].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    let is_item = content.starts_with('-');
    (is_key && !is_item).then_some(line.len() - content.len() + end + 1)
}

/// Returns whether a line is an entry or an element, or contains only closing brackets.
fn is_entry(line: &str) -> bool {
    let content = line.trim_start();
    content.starts_with('-') || !key(line).is_empty() || !content.contains(|c: char| c.is_alphanumeric())
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// Returns the key of a line without quotes; empty if there is none.
fn key(line: &str) -> &str {
    let content = line.trim_start_matches([' ', '\t', '-', '{', '[']);
    content.split_once(':').map_or("", |(key, _)| key.trim().trim_matches(['"', '\'']))
}

/// Returns the end of the prefix of a line that names its value: `  key: ` or `  - key=`.
fn own_key(line: &str) -> usize {
    let content = line.trim_start_matches([' ', '\t', '-']);
    let start = line.len() - content.len();
    // In an element, text before a colon may be part of the value.
    let ends: &[char] = if line.trim_start().starts_with('-') { &['='] } else { &[':', '='] };
    if let Some(length) = variable_name(content).filter(|_| line.trim_start().starts_with('-')) {
        return start + length;
    }
    let is_key = |key: &str| {
        let plain = key.trim_matches(['"', '\'']);
        !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
    };
    let length = content.find(ends).filter(|&at| is_key(&content[..at])).map_or(0, |at| at + 1);
    let rest = &content[length..];
    let spaces = if length > 0 { rest.len() - rest.trim_start().len() } else { 0 };
    start + length + spaces
}

/// Returns the length of the name of a variable that is not followed by `=`, as in the invalid literal `PASSWORD: x`.
fn variable_name(element: &str) -> Option<usize> {
    let name = element.trim_start_matches(['"', '\'']);
    let length = name.find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_')?;
    let is_name = name[..length].starts_with(|c: char| c.is_ascii_uppercase()) && length > 1;
    let end = element.len() - name.len() + length;
    (is_name && element[end..].starts_with([':', ' '])).then_some(end + 1)
}

/// Returns the offset after `key:` in a text.
fn after_key(text: &str, key: &str) -> Option<usize> {
    text.match_indices(key).find_map(|(at, _)| {
        let is_start =
            !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '$') || text[..at].ends_with("\\n");
        let after = text[at + key.len()..].trim_start_matches(['"', '\'', '\\']);
        let end = text.len() - after.len();
        (is_start && after.starts_with(':')).then_some(end + 1)
    })
}

/// Returns the offset after the key of a field that generates Secrets, if its value is not a list or mapping.
fn after_generator(line: &str) -> Option<usize> {
    let end = GENERATORS.iter().find_map(|field| after_key(line, field))?;
    (!line[end..].trim_start().starts_with(['[', '{'])).then_some(end)
}

/// Returns the offset after `patch:`, if its value is not a patch or the start of one.
fn after_patch(line: &str) -> Option<usize> {
    let end = after_key(line, "patch")?;
    let rest = line[end..].trim_start();
    (!rest.starts_with(['|', '>']) && !rest.contains(':')).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns all lines with hidden parts masked.
    fn shown(text: &str) -> String {
        let mut start = 0;
        let (mut lines, mut lengths) = (Vec::new(), Vec::new());
        for line in text.split('\n') {
            let (shown, hidden) = split_line(text, start);
            lines.push(format!("{shown}{}", if hidden.is_empty() { "" } else { "***" }));
            lengths.push(shown.len());
            start += line.len() + 1;
        }
        assert_eq!(shown_lengths(text), lengths, "{text}");
        lines.join("\n")
    }

    #[test]
    fn messages_do_not_quote_hidden_parts() {
        let masked = |text| mask_quotes(text, &["", "[k=hunter2, 'a`b c']"]);
        assert_eq!(masked("make it a list: [hunter2]"), "make it a list: [***]");
        assert_eq!(masked("the key `k` exists"), "the key `k` exists");
        assert_eq!(mask_quotes("unknown value `a`b c` here", &["'a`b c'"]), "unknown value `***` here");
    }

    #[test]
    fn values_of_secrets_are_masked() {
        for (text, expected) in [
            ("kind: Secret\ndata:\n  a: eA==\n  b: |\n    x\n", "kind: Secret\ndata:\n  a: ***\n  b: ***\n    ***\n"),
            ("stringData: {a: b}\nkind: Secret", "stringData: ***\nkind: Secret"),
            ("{\"kind\": \"Secret\", \"data\": {\"a\": \"b\"}}", "{\"kind\": \"Secret\", \"data\": ***"),
            (
                "kind: ConfigMap\ndata:\n  a: x\n---\nkind: Secret\n",
                "kind: ConfigMap\ndata:\n  a: x\n---\nkind: Secret\n",
            ),
            ("kind: secret\ndata:\n\ta: x\n  b: @x", "kind: secret\ndata:\n\ta: ***\n  b: ***"),
            ("kind: SecretList\nitems:\n- data:\n    a: x", "kind: SecretList\nitems:\n- data:\n    a: ***"),
            (
                "kind: SecretGenerator\nliterals:\n- a=b\nfiles: [x]",
                "kind: SecretGenerator\nliterals:\n- a=***\nfiles: [x]",
            ),
            ("kind: Secret\nstringData:\n  a: |\n    x\nmore", "kind: Secret\nstringData:\n  a: ***\n    ***\n***"),
            ("stringData:\n  a: b\n", "stringData:\n  a: ***\n"),
            ("data:\n- a: [b", "data:\n- ***"),
            (
                "{\"kind\": \"Secret\",\n\"data\": {\n\"a\": \"}\",\n\"b\": \"c\"\n},\n\"type\": \"x\"}",
                "{\"kind\": \"Secret\",\n\"data\": ***\n\"a\": ***\n\"b\": ***\n***\n\"type\": \"x\"}",
            ),
            ("- op: test\n  path: /data/a\n  value: x", "- op: test\n  path: /data/a\n  value: ***"),
            ("- {op: add, path: /spec/a, value: x}", "- {op: add, path: /spec/a, value: x}"),
            ("- {op: add, path: /data/a, value: x}", "- {op: add, path: /data/a, value: ***"),
            (
                "patches:\n- target: {kind: Secret}\n  patch: \"[{\\\"value\\\": \\\"x\\\"}]\"",
                "patches:\n- target: {kind: Secret}\n  patch: \"[{\\\"value\\\": ***",
            ),
            ("patches:\n- target: {kind: Secret}\n  patch: x", "patches:\n- target: {kind: Secret}\n  patch: ***"),
            ("A=b\nexport=x\n# c=d", "A=***\nexport=***\n# c=d"),
            ("secretGenerator: a=b", "secretGenerator: ***"),
            (
                "secretGenerator: [{literals: [\n\"a=b\",\n\"c\"\n]}]\nresources: [a]",
                "secretGenerator: [{literals: ***\n\"a=***\n***\n***\nresources: [a]",
            ),
            ("kind: SecretStore\ndata:\n  a: x", "kind: SecretStore\ndata:\n  a: x"),
            (
                "secretGenerator:\n- name: a\n  literals:\n  - k=v\n  - oops\n  files: [x]\n",
                "secretGenerator:\n- name: a\n  literals:\n  - k=***\n  - ***\n  files: [x]\n",
            ),
            (
                "secretGenerator:\n- literals:\n  - PASSWORD sesame\n  - 'TOKEN: x'\n  - open sesame\n",
                "secretGenerator:\n- literals:\n  - PASSWORD ***\n  - 'TOKEN:***\n  - ***\n",
            ),
            ("secretGenerator: [{name: a, literals: [k=v]}]", "secretGenerator: [{name: a, literals: ***"),
            ("secretGenerator:\n- literals: [a=b]\n  name: x", "secretGenerator:\n- literals: ***\n  name: x"),
            ("configMapGenerator:\n- literals:\n  - k=v", "configMapGenerator:\n- literals:\n  - k=v"),
            (
                "patches:\n- target: {kind: Secret}\n  patch: |-\n    - op: add\n      value: x\nnamespace: a",
                "patches:\n- target: {kind: Secret}\n  patch: |-\n    - op: add\n      value: ***\nnamespace: a",
            ),
        ] {
            assert_eq!(shown(text), expected);
        }
    }
}
