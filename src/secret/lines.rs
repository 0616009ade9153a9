//! Source lines beside messages: those that hold values of Secrets are shown without them.
//!
//! The text may be no YAML at all, which is what the message is about. So lines are judged by how they look: by their
//! indentation, their brackets and their keys. Rather too much is left out than too little.

/// What stands for a value.
pub const MASK: &str = "***";

/// How long a piece of a value is, in bytes, that is looked for in words; shorter ones are in all words.
const SHORTEST: usize = 4;

/// The fields whose values are secret in a document that is about a Secret.
const FIELDS: [&str; 4] = ["data", "stringData", "value", "sourceValue"];

/// The kinds that hold values of Secrets. One that is misspelt in case is none, but was meant to be.
const KINDS: [&str; 3] = ["Secret", "SecretList", "SecretGenerator"];

/// The field of a generator that holds values, and what it may be mistaken for.
const LITERALS: [&str; 2] = ["literals", "literal"];

/// The field of a kustomization that generates Secrets, and what it may be mistaken for.
const GENERATORS: [&str; 2] = ["secretGenerator", "secretGenerators"];

/// Returns the line that starts at an offset in two parts: what may be shown of it, and what not, which are the values of a
/// Secret or of a `secretGenerator`, or of a line of an env file.
pub fn split_line(text: &str, start: usize) -> (&str, &str) {
    let line = text[start..].lines().next().unwrap_or_default();
    line.split_at(shown_length(text, start, line).unwrap_or(line.len()))
}

/// Masks what words quote of the hidden parts of lines that they are about.
pub fn mask_words(text: &str, hidden: &[&str]) -> String {
    let mut text = text.to_string();
    for hidden in hidden {
        let whole = hidden.trim().trim_matches(['"', '\'']);
        let quoted = text.split(['`', '"', '\'', '[', ']', '(', ')']).map(str::trim);
        let mut pieces: Vec<String> = quoted.filter(|piece| hidden.contains(piece)).map(ToString::to_string).collect();
        pieces.push(whole.to_string());
        for piece in pieces.iter().filter(|piece| piece.len() >= SHORTEST) {
            text = text.replace(piece, MASK);
        }
    }
    text
}

/// Returns how much of a line may be shown; `None` if it is all of it.
fn shown_length(text: &str, start: usize, line: &str) -> Option<usize> {
    if line.trim().is_empty() || line.starts_with("---") {
        return None;
    }
    if let Some(length) = env_key(line) {
        return Some(length);
    }
    let document = Document::around(text, start);
    let is_secret = document.is_about_secret();
    let mut values = Values::default();
    for above in document.text[..document.line].lines() {
        values.enter(above, is_secret);
    }
    if values.hold(line) {
        return Some(own_key(line));
    }
    let fields = FIELDS.iter().filter(|_| is_secret);
    let literals = LITERALS.iter().filter(|_| document.is_generator() || values.are_in_generator(line));
    let hidden = fields.chain(literals).filter_map(|field| behind_key(line, field)).min();
    let hidden = hidden.or_else(|| behind_generator(line)).or_else(|| behind_patch(line).filter(|_| is_secret));
    match hidden {
        Some(end) if !line[end..].trim().is_empty() => Some(end + (line.len() - end - line[end..].trim_start().len())),
        Some(_) => None,
        // The rest of a text that has begun on a line above.
        None if is_secret && !is_entry(line) => Some(0),
        None => None,
    }
}

/// The document that a line is in.
struct Document<'a> {
    text: &'a str,
    /// Where the line starts in it.
    line: usize,
}

impl<'a> Document<'a> {
    fn around(text: &'a str, start: usize) -> Document<'a> {
        let from = text[..start].rfind("\n---").map_or(0, |at| at + 1);
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let to = text[end..].find("\n---").map_or(text.len(), |at| end + at);
        Document { text: &text[from..to], line: start - from }
    }

    /// Returns whether something in it is a Secret, or may be one, as far as can be told: a patch need not say so.
    fn is_about_secret(&self) -> bool {
        let has_data = |text| behind_key(text, "data").is_some() && kinds(text).next().is_none();
        kinds(self.text).any(|kind| KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known)))
            || behind_key(self.text, "stringData").is_some()
            || self
                .text
                .lines()
                .any(|line| is_path_to_values(line) || behind_key(line, "patch").is_some() && has_data(line))
            || has_data(self.text)
    }

    /// Returns whether it configures a generator of Secrets.
    fn is_generator(&self) -> bool {
        kinds(self.text).any(|kind| kind == KINDS[2])
    }
}

/// Returns the words behind `kind`, in block style or as JSON.
fn kinds(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("kind").filter_map(move |(at, word)| {
        let rest = text[at + word.len()..].trim_start_matches(['"', '\'']).trim_start();
        let value = rest.strip_prefix(':')?.trim_start().trim_start_matches(['"', '\'']);
        let end = value.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(value.len());
        Some(&value[..end])
    })
}

/// Returns whether a line is that of an operation of a JSON patch that leads to the values of a Secret, or of a ConfigMap.
fn is_path_to_values(line: &str) -> bool {
    let paths = behind_key(line, "path").into_iter().chain(behind_key(line, "from"));
    paths.map(|end| line[end..].trim_start().trim_start_matches(['"', '\'', '\\'])).any(|path| {
        let field = path.strip_prefix('/').unwrap_or_default();
        let end = field.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(field.len());
        ["data", "stringData"].contains(&&field[..end])
    })
}

/// The values that are open on a line: those of the fields above that have not ended yet.
#[derive(Default)]
struct Values {
    /// Of a field that is secret.
    secret: Option<Value>,
    /// Of a field that generates Secrets.
    generator: Option<Value>,
}

impl Values {
    /// Goes on to the next line.
    fn enter(&mut self, line: &str, is_secret: bool) {
        if line.trim().is_empty() {
            return;
        }
        for value in [&mut self.secret, &mut self.generator] {
            *value = value.take().filter(|value| value.holds(line)).map(|value| value.with(line));
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

    fn hold(&self, line: &str) -> bool {
        self.secret.as_ref().is_some_and(|value| value.holds(line))
    }

    /// Returns whether a line belongs to a field that generates Secrets.
    fn are_in_generator(&self, line: &str) -> bool {
        self.generator.as_ref().is_some_and(|value| value.holds(line))
            || GENERATORS.iter().any(|field| behind_key(line, field).is_some())
    }
}

/// The value of a field, as far as it has been read.
struct Value {
    /// Where the first key of the field's line stands.
    column: usize,
    /// How many brackets are open.
    depth: usize,
    /// The quote that is open.
    quote: Option<char>,
    /// It has brackets or quotes around it; those in other texts mean nothing.
    is_flow: bool,
}

impl Value {
    /// Returns the value of a field if its line is this one.
    fn of(field: &str, line: &str) -> Option<Value> {
        let rest = &line[behind_key(line, field)?..];
        let column = line.len() - line.trim_start_matches([' ', '\t', '-']).len();
        let is_flow = rest.trim_start().starts_with(['{', '[', '"', '\'', '!', '&']);
        Some(Value { column, depth: 0, quote: None, is_flow }.with(rest))
    }

    fn holds(&self, line: &str) -> bool {
        let indentation = indentation(line);
        // A list may stand as far left as its key.
        let is_item = indentation == self.column && line.trim_start().starts_with('-');
        self.depth > 0 || self.quote.is_some() || indentation > self.column || is_item
    }

    /// Reads more of it.
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

/// Returns the end of `KEY=`, as lines of env files start.
fn env_key(line: &str) -> Option<usize> {
    let content = line.trim_start();
    let end = content.find('=').filter(|&end| end > 0)?;
    let is_key = content[..end].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    let is_item = content.starts_with('-');
    (is_key && !is_item).then_some(line.len() - content.len() + end + 1)
}

/// Returns whether a line is an entry or an element, or only closes what is open.
fn is_entry(line: &str) -> bool {
    let content = line.trim_start();
    content.starts_with('-') || !key(line).is_empty() || !content.contains(|c: char| c.is_alphanumeric())
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// Returns the key of a line, without quotes; the empty text if it has none.
fn key(line: &str) -> &str {
    let content = line.trim_start_matches([' ', '\t', '-', '{', '[']);
    content.split_once(':').map_or("", |(key, _)| key.trim().trim_matches(['"', '\'']))
}

/// Returns the end of the beginning of a line that names what the value is for: `  key: ` or `  - key=`.
fn own_key(line: &str) -> usize {
    let content = line.trim_start_matches([' ', '\t', '-']);
    let start = line.len() - content.len();
    // What looks like the key of an element may be the beginning of a text.
    let ends: &[char] = if line.trim_start().starts_with('-') { &['='] } else { &[':', '='] };
    let is_key = |key: &str| {
        let plain = key.trim_matches(['"', '\'']);
        !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
    };
    let length = content.find(ends).filter(|&at| is_key(&content[..at])).map_or(0, |at| at + 1);
    let rest = &content[length..];
    let spaces = if length > 0 { rest.len() - rest.trim_start().len() } else { 0 };
    start + length + spaces
}

/// Returns the place behind `key:` in a text.
fn behind_key(text: &str, key: &str) -> Option<usize> {
    text.match_indices(key).find_map(|(at, _)| {
        let is_start =
            !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '$') || text[..at].ends_with("\\n");
        let after = text[at + key.len()..].trim_start_matches(['"', '\'', '\\']);
        let end = text.len() - after.len();
        (is_start && after.starts_with(':')).then_some(end + 1)
    })
}

/// Returns the place behind a field that generates Secrets, if what is there is no list or mapping.
fn behind_generator(line: &str) -> Option<usize> {
    let end = GENERATORS.iter().find_map(|field| behind_key(line, field))?;
    (!line[end..].trim_start().starts_with(['[', '{'])).then_some(end)
}

/// Returns the place behind `patch:`, if what is there is no patch, and none begins.
fn behind_patch(line: &str) -> Option<usize> {
    let end = behind_key(line, "patch")?;
    let rest = line[end..].trim_start();
    (!rest.starts_with(['|', '>']) && !rest.contains(':')).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns all lines as they may be shown.
    fn shown(text: &str) -> String {
        let mut start = 0;
        let mut lines = Vec::new();
        for line in text.split('\n') {
            let (shown, hidden) = split_line(text, start);
            lines.push(format!("{shown}{}", if hidden.is_empty() { "" } else { "***" }));
            start += line.len() + 1;
        }
        lines.join("\n")
    }

    #[test]
    fn words_do_not_quote_what_is_hidden() {
        let masked = |text| mask_words(text, &["", "[k=hunter2, 'a`b c']"]);
        assert_eq!(masked("make it a list: [hunter2]"), "make it a list: [***]");
        assert_eq!(masked("the key `k` is there"), "the key `k` is there");
        assert_eq!(mask_words("no `a`b c`, sorry", &["'a`b c'"]), "no `***`, sorry");
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
