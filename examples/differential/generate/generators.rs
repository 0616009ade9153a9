//! Generates `configMapGenerator`, `secretGenerator` and `generatorOptions`, with their source files.

use crate::document::{Node, Value, list, raw, text, texts};
use crate::map;
use crate::tree::File;

use super::{Generator, KnownResource, Scope, manifests, scalars};

/// Contents of files that become values.
const CONTENTS: &[&[u8]] = &[
    b"plain content\n",
    b"no line break at the end",
    b"",
    b"\n",
    b"a: b\nc:\n- d\n",
    b"windows\r\nline ends\r\n",
    b"tab\tand trailing space \nnext\n",
    b"\xff\xfe\x00binary",
    b"\x00\x01\x02",
    "unicode \u{e9} \u{1F600}\n".as_bytes(),
    b"\xef\xbb\xbfbyte order mark\n",
    b"  leading spaces\nmore\n",
    b"\n\nleading line breaks\n",
    b"trailing line breaks\n\n\n",
    b"---\nlooks: like yaml\n---\n",
    b"# comment\n",
    b"true",
    b"0123",
    b"a line that is longer than eighty columns so that a writer which folds has to fold it somewhere, perhaps here",
    b"\xff\xd8\xff\xe0 a longer binary file whose encoding has more than seventy columns, so that it is split over lines",
    b"bell \x07 and escape \x1b\n",
    b"next line \xc2\x85 and line separator \xe2\x80\xa8 inside\n",
    b"$(APP) and ${APP}\n",
];

/// Contents of environment files.
const ENVIRONMENTS: &[&[u8]] = &[
    b"A=1\nB=two\n",
    b"# comment\n\nKEY=value\n",
    b"KEY=a=b=c\n",
    b"EMPTY=\n",
    b"  INDENTED=x\n",
    b"SPACES= x y \n",
    b"QUOTED=\"x\"\nSINGLE='y'\n",
    b"\xef\xbb\xbfBOM=1\n",
    b"CRLF=1\r\nNEXT=2\r\n",
    b"NO_LINE_BREAK=1",
    b"UNSET_IN_THE_ENVIRONMENT_OF_ANYONE\n",
    b"dotted.name=1\ndashed-name=2\n",
    b"UNICODE=\xc3\xa9\n",
    b"BACKSLASH=a\\nb\n",
    b"HASH=a#b # c\n",
    b"TAB=\tx\n",
    b"",
];

const LITERALS: &[&str] = &[
    "key=value",
    "a=1",
    "b=true",
    "c=",
    "d=a=b",
    "e='quoted'",
    "f=\"quoted\"",
    "g='half",
    "h=two words",
    "i= leading",
    "j=trailing ",
    "k=\u{e9}\u{1F600}",
    "l=line\nbreak",
    "m=null",
    "n=0x1F",
    "dotted.key=x",
    "with-dash=x",
    "_u=1",
    "o=''",
    "p=\"it's\"",
    "q=$(APP)",
    "r=#hash",
    "s=a: b",
    "LEVEL=info",
    "key=other",
    "t=an ordinary sentence that is longer than eighty columns so that a writer which folds has to fold it somewhere",
];

impl Generator<'_> {
    /// Adds the generators of a kustomization.
    pub fn config_maps_and_secrets(&mut self, directory: &str, scope: &mut Scope, kustomization: &mut Node) {
        for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            if !self.wants(field, 18) {
                continue;
            }
            let mut entries = Vec::new();
            for _ in 0..self.random.between(1, 2) {
                entries.extend(self.generator(directory, kind, scope));
            }
            if !entries.is_empty() {
                kustomization.set(field, list(entries));
            }
        }
        if self.wants("generatorOptions", 8) {
            let options = self.generator_options();
            kustomization.set("generatorOptions", options);
        }
    }

    /// Returns an entry of a generator field, and adds the generated resource to the scope.
    pub fn generator(&mut self, directory: &str, kind: &str, scope: &mut Scope) -> Option<Node> {
        let known: Vec<KnownResource> = scope.iter().filter(|known| known.kind == kind).cloned().collect();
        self.has_generated = true;
        let mut entry = Node::mapping();
        let existing = if self.chance(35) { self.random.choose(&known).cloned() } else { None };
        match existing {
            Some(known) if known.api_version == "v1" => {
                let original = self.random.chance(50);
                let (first, last) = (known.names.first(), known.names.last());
                entry.set("name", text(if original { first } else { last }.map_or("", String::as_str)));
                let behaviors =
                    if known.generated { &["merge", "replace"][..] } else { &["merge", "merge", "replace"] };
                entry.set("behavior", text(*self.random.pick(behaviors)));
                let (first, last) = (known.namespaces.first(), known.namespaces.last());
                let namespace = if original { first } else { last };
                if let Some(namespace) = namespace.filter(|namespace| !namespace.is_empty()) {
                    entry.set("namespace", text(namespace));
                }
            }
            _ => {
                let name = manifests::random_name(&mut self.random, self.features);
                let value = crate::document::unquoted(&name);
                // Generators require a string, which an unquoted number is not.
                if !self.used.insert((kind.to_string(), value.clone())) && !self.wants_error(20) {
                    return None;
                }
                entry.set("name", text(&value));
                let mut namespace = String::new();
                if self.chance(8) {
                    namespace = self.random.pick(manifests::NAMESPACES).to_string();
                    entry.set("namespace", text(&namespace));
                }
                if self.chance(8) {
                    entry.set("behavior", text("create"));
                }
                if self.wants_error(5) {
                    entry.set("behavior", text(*self.random.pick(&["merge", "replace", "unknown"])));
                }
                let node = map! {
                    "apiVersion" => text("v1"),
                    "kind" => text(kind),
                    "metadata" => map! { "name" => text(&value) },
                };
                scope.push(KnownResource {
                    api_version: "v1".to_string(),
                    kind: kind.to_string(),
                    names: vec![value],
                    namespaces: vec![namespace],
                    node,
                    generated: true,
                    patched: true,
                });
            }
        }
        self.sources(directory, &mut entry);
        if kind == "Secret" && self.chance(30) {
            entry.set("type", text(*self.random.pick(&["Opaque", "kubernetes.io/tls", "custom", ""])));
        }
        if self.chance(25) {
            let options = self.generator_options();
            entry.set("options", options);
        }
        Some(entry)
    }

    /// Adds literals, files and environment files.
    pub fn sources(&mut self, directory: &str, entry: &mut Node) {
        if self.chance(70) {
            let mut literals: Vec<&str> = Vec::new();
            for _ in 0..self.random.between(1, 3) {
                let literal = *self.random.pick(LITERALS);
                let key = |literal: &str| literal.split('=').next().map(String::from);
                if self.allows_errors || literals.iter().all(|other| key(other) != key(literal)) {
                    literals.push(literal);
                }
            }
            if self.wants_error(5) {
                literals.push(*self.random.pick(&["no-equals", "=x", "bad key=x", "\u{e9}=x"]));
            }
            let mut literals = texts(literals);
            if self.wants("odd-scalars", 10)
                && let Value::Sequence { items, .. } = &mut literals.value
            {
                let written = *self.random.pick(&["z=null", "z=1", "\"z=tab\\t\"", "z=a#b", "z=- x", "'z=a: b'"]);
                items.push(raw(written));
            }
            if self.wants("texts", 15)
                && let Value::Sequence { items, .. } = &mut literals.value
            {
                let value = scalars::random_text(&mut self.random);
                items.push(text(format!("text={value}")));
            }
            entry.set("literals", literals);
        }
        if self.chance(30) {
            let mut files = Vec::new();
            for _ in 0..self.random.between(1, 2) {
                let name = self.content_file(directory, CONTENTS, ".txt");
                files.push(match self.random.below(4) {
                    0 => format!("renamed{}={name}", self.file_names),
                    _ => name,
                });
            }
            entry.set("files", texts(files));
        }
        if self.chance(25) {
            let name = self.content_file(directory, ENVIRONMENTS, ".env");
            if self.chance(20) {
                entry.set("env", text(name));
            } else {
                entry.set("envs", texts([name]));
            }
        }
    }

    fn content_file(&mut self, directory: &str, contents: &[&[u8]], ending: &str) -> String {
        let name = self.new_file_name("content", ending);
        let content = if ending == ".txt" && self.wants("texts", 25) {
            scalars::random_text(&mut self.random).into_bytes()
        } else {
            self.random.pick(contents).to_vec()
        };
        self.files.insert(format!("{directory}/{name}"), File::Bytes(content));
        name
    }

    /// Returns generator options.
    pub fn generator_options(&mut self) -> Node {
        let mut options = Node::mapping();
        if self.chance(40) {
            options.set("disableNameSuffixHash", raw(*self.random.pick(&["true", "true", "false"])));
        }
        if self.chance(40) {
            let key = *self.random.pick(manifests::LABEL_KEYS);
            options.set("labels", map! { key => text(scalars::word(&mut self.random)) });
        }
        if self.chance(40) {
            options.set("annotations", map! { "note" => self.string() });
        }
        if self.chance(20) {
            options.set("immutable", raw(*self.random.pick(&["true", "false"])));
        }
        options
    }
}
