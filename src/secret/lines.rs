//! Masks values of Secrets in the source lines of messages.
//!
//! The text may be invalid YAML, which may be the reason for the message. So a document that mentions a Secret is shown only as
//! far as it consists of known keys with plain values, see [`visible_part`]. In doubt, a value is hidden.

use std::collections::BTreeSet;

use base64::Engine as _;
use memchr::{memchr_iter, memmem};

use super::line::{
    Visible, is_known_key, is_path_key, is_value_key, own_key_of_line, variable_name, visible_part, without_operations,
};
use super::text::is_distinctive;
use super::uses::without_public_patches;
use super::words::{
    Mark, first_word, is_data_name, is_generator_name, is_literals_name, is_secret_kind_name, keys, mark,
};

/// The fields of a kustomization that have nothing to do with Secrets.
const PUBLIC_FIELDS: [&str; 27] = [
    "apiVersion",
    "bases",
    "buildMetadata",
    "commonAnnotations",
    "commonLabels",
    "components",
    "configMapGenerator",
    "configurations",
    "crds",
    "generatorOptions",
    "helmChartInflationGenerator",
    "helmCharts",
    "helmGlobals",
    "imageTags",
    "images",
    "kind",
    "labels",
    "metadata",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "openapi",
    "patchesStrategicMerge",
    "replicas",
    "resources",
    "sortOptions",
    "vars",
];

/// The other fields of a kustomization, which may contain parts of a Secret.
const OTHER_FIELDS: [&str; 6] =
    ["generators", "patches", "patchesJson6902", "replacements", "transformers", "validators"];

/// Returns the length of the visible part of each line of a file.
pub fn shown_lengths(path: &str, text: &str) -> Vec<usize> {
    classified(path, text).into_iter().map(|line| line.shown).collect()
}

/// Returns the values of Secrets in a file that are unlikely to occur elsewhere, as written and in base64.
pub fn hidden_values(path: &str, text: &str) -> Vec<String> {
    let mut values = BTreeSet::new();
    if !is_about_secrets(path, text) {
        return Vec::new();
    }
    for (line, Classified { shown, has_value }) in text.split('\n').zip(classified(path, text)) {
        if !has_value {
            continue;
        }
        let line = without_operations(line);
        let hidden = line[shown..].trim();
        let parts = hidden.split([' ', ',', '[', ']', '{', '}', '"', '\'']);
        let parts = parts.map(|part| part.split_once('=').map_or(part, |(_, value)| value));
        let full = hidden.trim_matches(['"', '\'']);
        let all = parts.chain((!full.starts_with(['[', '{'])).then_some(full));
        values.extend(all.filter(|part| is_distinctive(part)).map(ToString::to_string));
    }
    let base64 = base64::engine::general_purpose::STANDARD;
    let encoded: Vec<String> = values.iter().map(|value| base64.encode(value)).collect();
    values.into_iter().chain(encoded).collect()
}

/// The configuration of lint, which contains no values of Secrets.
const CONFIGURATION: &str = "boutique.toml";

/// How a line is shown.
#[derive(Clone, Copy, Debug)]
struct Classified {
    /// The length of the visible part in bytes.
    shown: usize,
    /// Whether the rest contains a value of a Secret, rather than something else that is hidden in doubt.
    has_value: bool,
}

fn classified(path: &str, text: &str) -> Vec<Classified> {
    if path.ends_with(CONFIGURATION) {
        return text.split('\n').map(|line| Classified { shown: line.len(), has_value: false }).collect();
    }
    match Some(text).filter(|text| is_about_secrets(path, text)).and_then(without_public_patches) {
        Some(text) => classified_lines(path, &text),
        None => classified_lines(path, text),
    }
}

fn classified_lines(path: &str, text: &str) -> Vec<Classified> {
    let mut result = Vec::new();
    let is_env = is_env_file(path, text);
    let is_marked = !is_env && Marks::of(text).shows_secret();
    for document in documents(text) {
        let lines: Vec<&str> = document.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
        if !is_env && is_about_secret(document, &Marks::of(document), is_marked) {
            let mut reader = Reader::new(&lines);
            result.extend(lines.iter().map(|line| reader.read(line)));
        } else {
            result.extend(lines.iter().map(|line| {
                let length = env_key(line)
                    .or_else(|| if is_env { variable_name(line).or(key_without_value(path, line)) } else { None });
                Classified { shown: length.unwrap_or(line.len()), has_value: false }
            }));
        }
    }
    result
}

/// Returns the documents of a text, without the line breaks between them.
fn documents(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = memmem::find(text.as_bytes(), b"\n---");
        rest = end.map(|end| &text[end + 1..]);
        Some(&text[..end.unwrap_or(text.len())])
    })
}

/// Returns whether a document in a file is about a Secret. Most files have none, so this is fast.
fn is_about_secrets(path: &str, text: &str) -> bool {
    let documents: Vec<(&str, Marks)> = documents(text).map(|document| (document, Marks::of(document))).collect();
    let is_marked = documents.iter().any(|(_, marks)| marks.shows_secret());
    documents.iter().any(|(document, marks)| is_about_secret(document, marks, is_marked)) && !is_env_file(path, text)
}

/// Returns whether a file is not YAML.
fn is_env_file(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_yaml = [".yaml", ".yml", ".json", "ustomization"].iter().any(|end| name.ends_with(end));
    !is_yaml && !text.contains("kind:") && !text.trim_start().starts_with(['{', '[', '-'])
}

/// What the keys and the paths in a text say about it.
#[derive(Default)]
struct Marks {
    /// A field that contains values of Secrets in any document.
    has_secret_field: bool,
    has_secret_kind: bool,
    /// The kind of the file that contains a patch does not say what the patch is for.
    has_kind: bool,
    has_data: bool,
    has_path: bool,
}

impl Marks {
    fn of(text: &str) -> Marks {
        let mut marks = Marks { has_path: has_path_to_values(text), ..Marks::default() };
        for (key, after) in keys(text) {
            match mark(key) {
                Some(Mark::StringData | Mark::Generator) => marks.has_secret_field = true,
                Some(Mark::Data) => marks.has_data = true,
                Some(Mark::Kind) => {
                    let kind = first_word(after);
                    marks.has_kind |= !["Kustomization", "Component"].contains(&kind);
                    marks.has_secret_kind |= is_secret_kind_name(kind);
                }
                None => {}
            }
        }
        marks.has_data |= marks.has_secret_field;
        marks
    }

    /// Returns whether the text contains a Secret.
    fn shows_secret(&self) -> bool {
        self.has_secret_field || self.has_secret_kind
    }
}

/// Returns whether a document contains a Secret, or may contain one. A patch may have no kind. `is_marked` says whether the
/// file contains a Secret: a separator may be at the wrong line.
fn is_about_secret(document: &str, marks: &Marks, is_marked: bool) -> bool {
    // Another resource may refer to a Secret.
    let is_other = || {
        let kinds = document.split('\n').filter_map(|line| line.strip_prefix("kind:")).map(first_word);
        kinds.filter(|kind| !["Kustomization", "Component"].contains(kind)).any(|kind| !is_secret_kind_name(kind))
    };
    marks.has_secret_field
        || marks.has_secret_kind && (marks.has_data || !is_other())
        || !marks.has_kind && (is_marked || marks.has_data)
        || marks.has_path
}

/// Returns whether a text contains the path of a JSON patch operation to the values of a Secret or a ConfigMap.
fn has_path_to_values(text: &str) -> bool {
    memchr_iter(b'/', text.as_bytes()).any(|at| {
        let is_start = at > 0 && b" \"'\\:".contains(&text.as_bytes()[at - 1]);
        is_start && text[at + 1..].split(|c: char| !c.is_ascii_alphanumeric()).next().is_some_and(is_data_name)
    })
}

/// Reads the lines of a document about a Secret.
struct Reader {
    is_kustomization: bool,
    /// Whether the lines belong to a field of a kustomization that has nothing to do with Secrets.
    is_public: bool,
    /// Whether the lines may be elements of a list of paths.
    in_paths: bool,
    /// The hidden value that the lines belong to.
    hidden: Option<Hidden>,
    /// The columns of the keys so far.
    columns: BTreeSet<usize>,
    /// The path of the JSON patch operation on the line before.
    pointer: Option<String>,
}

impl Reader {
    fn new(document: &[&str]) -> Reader {
        let is_field = |line: &&str| {
            let key = field(line);
            key.is_some_and(|key| OTHER_FIELDS.contains(&key) || is_generator_name(key) || key == "resources")
        };
        let is_kustomization = document.iter().any(is_field);
        Reader {
            is_kustomization,
            is_public: false,
            in_paths: false,
            hidden: None,
            columns: BTreeSet::new(),
            pointer: None,
        }
    }

    /// Classifies the next line.
    fn read(&mut self, line: &str) -> Classified {
        let all = Classified { shown: line.len(), has_value: false };
        if line.trim().is_empty() {
            return all;
        }
        if let Some(field) = field(line).filter(|_| self.is_kustomization) {
            self.is_public = PUBLIC_FIELDS.contains(&field);
            self.hidden = self.hidden.take().filter(|hidden| hidden.depth > 0 || hidden.quote.is_some());
        }
        if self.is_public && self.hidden.is_none() {
            return all;
        }
        let pointer = self.pointer.take();
        let visible = visible_part(line, self.in_paths, pointer.as_deref());
        if let Some(hidden) = self.hidden.take().filter(|hidden| !self.leaves(hidden, line, &visible)) {
            let has_value = hidden.is_value;
            self.hidden = Some(hidden.with(line));
            return Classified { shown: own_key_of_line(line), has_value };
        }
        self.pointer = visible.pointer.map(ToString::to_string);
        let column = column(line);
        if let Some((key, end)) = visible.last_key {
            self.columns.insert(column);
            self.in_paths = is_path_key(key) && line[end..].trim().is_empty();
            if !is_known_key(key) && !visible.is_public_value {
                let hidden = Hidden::new(column, rest_of_value(&line[end..], visible.quote), is_value_key(key));
                let has_value = hidden.is_value;
                self.hidden = Some(hidden);
                return Classified { shown: visible.length, has_value };
            }
        }
        Classified { shown: visible.length, has_value: visible.length < line.len() && is_value_line(&visible) }
    }

    /// Returns whether a line is after a hidden value. A key with wrong indentation is not.
    fn leaves(&self, hidden: &Hidden, line: &str, visible: &Visible<'_>) -> bool {
        let is_field = visible.last_key.is_some() && is_known_key(visible.first_key);
        !hidden.contains(line) && is_field && self.columns.contains(&column(line))
    }
}

/// Returns the text after a key that decides where its value ends; empty if it is part of a quoted text that ends on the same line.
fn rest_of_value(rest: &str, quote: Option<char>) -> &str {
    let ends = quote.is_some_and(|quote| rest.trim_end_matches([' ', ',', '}', ']']).ends_with(quote));
    if ends { "" } else { rest }
}

/// Returns whether the hidden part of a line is a literal: an element of a list without a key.
fn is_value_line(visible: &Visible<'_>) -> bool {
    visible.last_key.is_none_or(|(key, _)| is_literals_name(key))
}

/// Returns the field of a kustomization that starts on a line.
fn field(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(':')?;
    (!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(key)
}

/// Returns the column of the first key of a line.
fn column(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t', '-']).len()
}

/// The part of a hidden value that was read so far.
struct Hidden {
    /// The column of the first key on the line of its key.
    column: usize,
    /// The number of open brackets.
    depth: usize,
    /// The open quote.
    quote: Option<char>,
    /// Whether the value starts with a bracket, a quote or a property. Otherwise, brackets and quotes have no meaning.
    is_flow: bool,
    /// Whether its key is one with values of a Secret.
    is_value: bool,
}

impl Hidden {
    fn new(column: usize, rest: &str, is_value: bool) -> Hidden {
        let is_flow = rest.trim_start().starts_with(['{', '[', '"', '\'', '!', '&']);
        Hidden { column, depth: 0, quote: None, is_flow, is_value }.with(rest)
    }

    /// Returns whether a line belongs to the value.
    fn contains(&self, line: &str) -> bool {
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        // A list may have the same indentation as its key.
        let is_item = indentation == self.column && line.trim_start().starts_with('-');
        self.depth > 0 || self.quote.is_some() || indentation > self.column || is_item
    }

    /// Processes more text of the value.
    fn with(mut self, text: &str) -> Hidden {
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

/// Returns the length of the first word of a line of an env file that has no equals sign: the rest was meant to be a value.
fn key_without_value(path: &str, line: &str) -> Option<usize> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_named_env = name.contains("env") || name.contains("secret");
    let length = line.find([' ', ':', '\t']).filter(|_| is_named_env && !line.starts_with('#'));
    length.map(|length| length + 1)
}

/// Returns the end of `KEY=` at the start of a line, as in an env file.
fn env_key(line: &str) -> Option<usize> {
    let content = line.trim_start();
    let end = content.find('=').filter(|&end| end > 0)?;
    let is_key = !content.starts_with('-') && !content[..end].contains([':', '{', '[', '"', '\'', '#', '<', '(']);
    is_key.then_some(line.len() - content.len() + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns all lines with hidden parts masked.
    fn shown(path: &str, text: &str) -> String {
        let masked = text.split('\n').zip(shown_lengths(path, text)).map(|(line, shown)| match line.split_at(shown) {
            (shown, "") => shown.to_string(),
            (shown, _) => format!("{shown}***"),
        });
        masked.collect::<Vec<_>>().join("\n")
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
            assert_eq!(shown("a.yaml", text), expected);
        }
    }
    #[test]
    fn values_in_wrong_places_are_masked() {
        for (text, expected) in [
            (
                "kind: Secret\nmetadata: {name: s}\n---\n  password: x\n",
                "kind: Secret\nmetadata: {name: s}\n---\n  password: ***\n",
            ),
            ("kind: Secret\npassword: x", "kind: Secret\npassword: ***"),
            (
                "kind: Secret\nstringData:\n   password: x\n  name: y",
                "kind: Secret\nstringData:\n   password: ***\n  name: ***",
            ),
            ("kind: Secret\ndata:\n  a: >\n    UTBGTg==", "kind: Secret\ndata:\n  a: ***\n    ***"),
            ("--- {kind: Secret, data: {a: b}}", "--- {kind: Secret, data: ***"),
            ("kind: Secret # x", "kind: ***"),
            ("kind: Secret\n# x", "kind: Secret\n***"),
            ("secretGenerator:\n- name: gliterals: [a=x]", "secretGenerator:\n- name: ***"),
            (
                "secretGenerator:\n- name: g\n  literals:\n  type: Opaque\n  - pw=x",
                "secretGenerator:\n- name: g\n  literals:\n  type: Opaque\n  - pw=***",
            ),
            ("secretGenerator:\n- litterals: [pw=x]", "secretGenerator:\n- litterals: ***"),
            ("secretGenerator:\n- files:\n  - a=b.yaml\nx: y", "secretGenerator:\n- files:\n  - a=b.yaml\nx: ***"),
            (
                "resources: [a]\nliterals: [pw=x]\nsecretGenerator: []",
                "resources: [a]\nliterals: ***\nsecretGenerator: []",
            ),
            (
                "patches:\n- target: {kind: Secret}\n  patch: |-\n    - op: add\n     vaule: x",
                "patches:\n- target: {kind: Secret}\n  patch: |-\n    - op: add\n     vaule: ***",
            ),
        ] {
            assert_eq!(shown("a.yaml", text), expected);
        }
        assert_eq!(shown("e.env", "MY KEY=x\nPASSWORD: y"), "MY KEY=***\nPASSWORD:***");
    }

    #[test]
    fn values_are_listed() {
        let values = |text| hidden_values("a.yaml", text);
        assert_eq!(values("kind: Secret\ndata:\n  a: hunter2\n  b: default"), ["hunter2", "aHVudGVyMg=="]);
        assert_eq!(values("secretGenerator:\n- literals: [a=hunter2]"), ["hunter2", "aHVudGVyMg=="]);
        assert!(values("kind: ConfigMap\ndata: {a: hunter2}").is_empty());
    }
}
