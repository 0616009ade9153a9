//! Compiles the Kubernetes schema table of merge keys into Rust statics, so that nothing is parsed at startup, and deflates the table
//! of all fields, which only few commands need.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

#[path = "src/resource/schema/hash.rs"]
mod hash;

const TABLE: &str = "src/resource/schema/kubernetes-1.21.txt";
const FIELDS: &str = "src/validate/kubernetes/table.txt";

fn main() {
    println!("cargo::rerun-if-changed={TABLE}");
    let table = fs::read_to_string(TABLE).expect("the schema table is part of the crate");
    let mut compiler = Compiler::new(&table);
    for line in table.lines() {
        compiler.line(line);
    }
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("kubernetes_schema.rs"), compiler.finish()).expect("OUT_DIR is writable");
    println!("cargo::rerun-if-changed={FIELDS}");
    let fields = fs::read(FIELDS).expect("the table of fields is part of the crate");
    let deflated = miniz_oxide::deflate::compress_to_vec(&fields, 10);
    fs::write(Path::new(&out).join("kubernetes_table.deflate"), deflated).expect("OUT_DIR is writable");
}

/// All strings of the table, concatenated. Pointers to them would need relocation at every start of the program.
#[derive(Default)]
struct Texts {
    all: String,
    offsets: BTreeMap<String, usize>,
}

impl Texts {
    /// Returns the expression for a string.
    fn add(&mut self, text: &str) -> String {
        let at = *self.offsets.entry(text.to_string()).or_insert_with(|| {
            self.all.push_str(text);
            self.all.len() - text.len()
        });
        format!("Text {{ at: {at}, len: {} }}", text.len())
    }
}

struct Compiler<'a> {
    /// The definitions, sorted by name, with their numbers.
    numbers: BTreeMap<&'a str, u16>,
    texts: Texts,
    lists_of_keys: Vec<String>,
    /// The rows for resources, with the hashes that they are sorted by.
    resources: Vec<(u32, String)>,
    fields: String,
    field_count: usize,
    /// The index of the first field of each definition.
    starts: Vec<usize>,
}

impl<'a> Compiler<'a> {
    fn new(table: &'a str) -> Compiler<'a> {
        let mut numbers: BTreeMap<&str, u16> =
            table.lines().filter_map(|line| line.strip_prefix("definition ")).map(|name| (name, 0)).collect();
        // The definitions of the table are sorted by name, and so are their numbers.
        for (next, number) in (0..).zip(numbers.values_mut()) {
            *number = next;
        }
        Compiler {
            numbers,
            texts: Texts::default(),
            lists_of_keys: vec![String::new()],
            resources: Vec::new(),
            fields: String::new(),
            field_count: 0,
            starts: Vec::new(),
        }
    }

    fn number(&self, name: &str) -> u16 {
        self.numbers.get(name).copied().unwrap_or(u16::MAX)
    }

    fn line(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["#", ..] => {}
            ["resource", api_version, kind, scope, definition] => {
                let row = self.resource(api_version, kind, scope, definition);
                self.resources.push((hash::hash_of_type(api_version, kind), row));
            }
            ["definition", _] => self.starts.push(self.field_count),
            [name, shape, ref rest @ ..] => {
                let field = self.field(name, shape, rest);
                self.fields.push_str(&field);
                self.field_count += 1;
            }
            [..] => panic!("cannot read the schema line `{line}`"),
        }
    }

    fn resource(&mut self, api_version: &str, kind: &str, scope: &str, definition: &str) -> String {
        let scope = match scope {
            "cluster" => "Some(Scope::Cluster)",
            "namespaced" => "Some(Scope::Namespaced)",
            _ => "None",
        };
        let definition = self.number(definition);
        let hash = hash::hash_of_type(api_version, kind);
        let (kind, api_version) = (self.texts.add(kind), self.texts.add(api_version));
        format!(
            "    Row {{ hash: {hash}, kind: {kind}, api_version: {api_version}, scope: {scope}, definition: {definition} }},\n"
        )
    }

    fn field(&mut self, name: &str, shape: &str, rest: &[&str]) -> String {
        let shape = match shape {
            "object" => "Object",
            "list" => "List",
            "map" => "Map",
            _ => "Scalar",
        };
        let mut of = u16::MAX;
        let (mut patch, mut keys) = ("", String::new());
        for word in rest {
            if let Some(strategy) = word.strip_prefix("patch=") {
                patch = strategy;
            } else if let Some(list) = word.strip_prefix("keys=") {
                keys = list.split(',').map(|key| format!("{key:?}, ")).collect();
            } else {
                of = self.number(word);
            }
        }
        let keys = self.lists_of_keys.iter().position(|known| *known == keys).unwrap_or_else(|| {
            self.lists_of_keys.push(keys);
            self.lists_of_keys.len() - 1
        });
        let name = self.texts.add(name);
        let merge = patch.split(',').any(|strategy| strategy == "merge");
        let has_strategy = !patch.is_empty();
        format!(
            "    Field {{ name: {name}, shape: Shape::{shape}, of: {of}, merge: {merge}, has_strategy: {has_strategy}, keys: {keys} }},\n"
        )
    }

    fn finish(mut self) -> String {
        self.starts.push(self.field_count);
        let definitions: String =
            self.starts.windows(2).map(|pair| format!("    ({}, {}),\n", pair[0], pair[1])).collect();
        self.resources.sort();
        let rows: String = self.resources.into_iter().map(|(_, row)| row).collect();
        let names: String = self.numbers.keys().map(|name| format!("    {},\n", self.texts.add(name))).collect();
        let keys: String = self.lists_of_keys.iter().map(|keys| format!("    &[{keys}],\n")).collect();
        let (texts, fields) = (self.texts.all, self.fields);
        format!(
            "static TEXTS: &str = {texts:?};\nstatic LISTS_OF_KEYS: &[&[&str]] = &[\n{keys}];\nstatic DEFINITION_NAMES: &[Text] = &[\n{names}];\nstatic RESOURCES: &[Row] = &[\n{rows}];\nstatic DEFINITIONS: &[(u16, u16)] = &[\n{definitions}];\nstatic FIELDS: &[Field] = &[\n{fields}];\n"
        )
    }
}
