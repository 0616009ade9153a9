//! Compiles the Kubernetes schema table into Rust statics, so that nothing is parsed at start-up.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

#[path = "src/resource/schema/hash.rs"]
mod hash;

const TABLE: &str = "src/resource/schema/kubernetes-1.21.txt";

/// All texts of the table, one behind the other. Pointers to them would have to be relocated whenever the program starts.
#[derive(Default)]
struct Texts {
    all: String,
    places: BTreeMap<String, usize>,
}

impl Texts {
    /// Returns the expression for a text.
    fn add(&mut self, text: &str) -> String {
        let at = *self.places.entry(text.to_string()).or_insert_with(|| {
            self.all.push_str(text);
            self.all.len() - text.len()
        });
        format!("Text {{ at: {at}, len: {} }}", text.len())
    }
}

fn main() {
    println!("cargo::rerun-if-changed={TABLE}");
    let text = fs::read_to_string(TABLE).expect("the schema table is part of the crate");
    let mut numbers = BTreeMap::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("definition ") {
            numbers.insert(name, 0);
        }
    }
    // The definitions of the table are sorted by name, and so are their numbers.
    for (next, number) in numbers.values_mut().enumerate() {
        *number = next as u16;
    }
    let number = |name: &str| numbers.get(name).copied().unwrap_or(u16::MAX);
    let mut texts = Texts::default();
    let mut lists_of_keys = vec![String::new()];
    let mut resources = Vec::new();
    let mut definitions = String::new();
    let mut fields = String::new();
    let mut count = 0;
    let mut close = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["#", ..] => {}
            ["resource", api_version, kind, scope, definition] => {
                let scope = match scope {
                    "cluster" => "Some(Scope::Cluster)",
                    "namespaced" => "Some(Scope::Namespaced)",
                    _ => "None",
                };
                let definition = number(definition);
                let hash = hash::hash_of_type(api_version, kind);
                let (kind, api_version) = (texts.add(kind), texts.add(api_version));
                resources.push((hash, format!("    Row {{ hash: {hash}, kind: {kind}, api_version: {api_version}, scope: {scope}, definition: {definition} }},\n")));
            }
            ["definition", _] => close.push(count),
            [name, shape, ref rest @ ..] => {
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
                        of = number(word);
                    }
                }
                let keys = lists_of_keys.iter().position(|known| *known == keys).unwrap_or_else(|| {
                    lists_of_keys.push(keys);
                    lists_of_keys.len() - 1
                });
                let name = texts.add(name);
                let merge = patch.split(',').any(|strategy| strategy == "merge");
                let has_strategy = !patch.is_empty();
                writeln!(
                    fields,
                    "    Field {{ name: {name}, shape: Shape::{shape}, of: {of}, merge: {merge}, has_strategy: {has_strategy}, keys: {keys} }},"
                )
                .expect("writing to a string");
                count += 1;
            }
            [..] => panic!("cannot read the schema line `{line}`"),
        }
    }
    close.push(count);
    for pair in close.windows(2) {
        writeln!(definitions, "    ({}, {}),", pair[0], pair[1]).expect("writing to a string");
    }
    resources.sort();
    let rows: String = resources.into_iter().map(|(_, row)| row).collect();
    let names: String = numbers.keys().map(|name| format!("    {},\n", texts.add(name))).collect();
    let keys: String = lists_of_keys.iter().map(|keys| format!("    &[{keys}],\n")).collect();
    let texts = texts.all;
    let out = format!(
        "static TEXTS: &str = {texts:?};\nstatic LISTS_OF_KEYS: &[&[&str]] = &[\n{keys}];\nstatic DEFINITION_NAMES: &[Text] = &[\n{names}];\nstatic RESOURCES: &[Row] = &[\n{rows}];\nstatic DEFINITIONS: &[(u16, u16)] = &[\n{definitions}];\nstatic FIELDS: &[Field] = &[\n{fields}];\n"
    );
    let target = Path::new(&env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("kubernetes_schema.rs");
    fs::write(target, out).expect("OUT_DIR is writable");
}
