//! Imports point downwards: the order of the modules is written down here, and no two files import each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use walkdir::WalkDir;

/// The modules at the top of `src`, from the bottom up. Each imports only from the floors below its own.
const FLOORS: &[&[&str]] = &[
    &["parallel", "path", "yaml"],
    &["diagnostic"],
    &["budget", "request"],
    &["remote"],
    &["halt", "resource"],
    &["kustomization", "options", "references", "secret"],
    &["accumulated", "emit", "inputs", "order"],
    &["diff", "merge_keys", "message", "policy", "resolve", "target"],
    &["cache", "generate", "transform"],
    &["world"],
    &["edit", "plugins"],
    &["accumulate", "load"],
    &["render", "survey"],
    &["explain", "io", "lint", "validate"],
    &["localize", "properties"],
    &["internals"],
    &["cli"],
    &["lib", "main"],
];

/// The path of a module: `["yaml", "emit"]`. That of the library's root is empty.
type Module = Vec<String>;

/// A file of `src`.
struct File {
    module: Module,
    text: String,
    /// The names that the file re-exports, with the paths of the items.
    reexports: BTreeMap<String, Vec<String>>,
}

/// All files of `src`, by their modules.
struct Sources(BTreeMap<Module, File>);

impl Sources {
    fn read() -> Sources {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        for entry in WalkDir::new(&root).into_iter().map(|entry| entry.expect("sources can be listed")) {
            let path = entry.path().strip_prefix(&root).expect("it is below");
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let mut module: Module = path
                .with_extension("")
                .iter()
                .map(|name| name.to_str().expect("names are UTF-8").to_string())
                .collect();
            if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
                module.pop();
            }
            files.push((module, fs::read_to_string(entry.path()).expect("sources are text")));
        }
        Sources::new(files)
    }

    fn new(files: Vec<(Module, String)>) -> Sources {
        let files = files.into_iter().map(|(module, text)| {
            let text = without_tests(&text);
            (module.clone(), File { module, text, reexports: BTreeMap::new() })
        });
        let mut sources = Sources(files.collect());
        let reexports: Vec<_> = sources.0.values().map(|file| sources.reexports(file)).collect();
        sources.0.values_mut().zip(reexports).for_each(|(file, reexports)| file.reexports = reexports);
        sources
    }

    fn reexports(&self, file: &File) -> BTreeMap<String, Vec<String>> {
        let mut reexports = BTreeMap::new();
        for (is_public, tree) in uses(&file.text) {
            for path in flatten(&tree).into_iter().filter(|_| is_public) {
                let Some(absolute) = self.absolute(&file.module, &path) else { continue };
                if path.last().is_some_and(|name| name == "*") {
                    // A glob stands for the items that the module defines.
                    let from = absolute[..absolute.len() - 1].to_vec();
                    let text = &self.0[&from].text;
                    for name in defined(text) {
                        reexports.insert(name.clone(), [&from[..], &[name]].concat());
                    }
                } else if let Some(name) = path.last() {
                    reexports.insert(name.clone(), absolute);
                }
            }
        }
        reexports
    }

    /// Returns a path from the root of the library; `None` for the path of an item of another crate.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" | "boutique" => Some(rest.to_vec()),
            "self" => Some([&module[..], rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|name| *name == "super").count();
                Some([&module[..module.len().checked_sub(ups)?], &path[ups..]].concat())
            }
            _ => {
                let child = [&module[..], std::slice::from_ref(first)].concat();
                self.0.contains_key(&child).then(|| [&module[..], path].concat())
            }
        }
    }

    /// Returns the module that defines the item at a path.
    fn definition(&self, path: &[String]) -> Option<Module> {
        let module = (0..=path.len()).rev().map(|len| path[..len].to_vec()).find(|part| self.0.contains_key(part))?;
        match path.get(module.len()).and_then(|name| self.0[&module].reexports.get(name)) {
            Some(elsewhere) => self.definition(&[&elsewhere[..], &path[module.len() + 1..]].concat()),
            None => Some(module),
        }
    }

    /// Returns the modules whose items a file re-exports.
    fn reexported(&self, file: &File) -> BTreeSet<Module> {
        file.reexports.values().filter_map(|path| self.definition(path)).collect()
    }

    /// Returns the modules that a file imports from, other than by re-exporting their items.
    fn imports(&self, file: &File) -> BTreeSet<Module> {
        let used = uses(&file.text).into_iter().filter(|(is_public, _)| !is_public);
        let used: Vec<Vec<String>> = used.flat_map(|(_, tree)| flatten(&tree)).collect();
        let in_code = inline_paths(&file.text).into_iter().map(|path| {
            // The first name may be a module that the file has imported.
            let imported = used.iter().find(|used| used.last() == path.first());
            imported.map_or(path.clone(), |imported| [&imported[..], &path[1..]].concat())
        });
        let paths = in_code.chain(used.iter().cloned());
        let absolute = paths.filter_map(|path| self.absolute(&file.module, &path));
        let without_glob = absolute.map(|mut path| {
            path.retain(|name| name != "*" && name != "self");
            path
        });
        without_glob.filter_map(|path| self.definition(&path)).filter(|module| *module != file.module).collect()
    }
}

/// Removes comments, and the tests of a file, which may import from anywhere.
fn without_tests(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end].lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Returns the trees of all `use` declarations, and whether they are public.
fn uses(text: &str) -> Vec<(bool, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("use ") {
        let line = rest[..at].rsplit('\n').next().unwrap_or_default().trim();
        let Some(end) = rest[at..].find(';') else { break };
        if line.is_empty() || line.starts_with("pub") {
            found.push((!line.is_empty(), rest[at + 4..at + end].to_string()));
        }
        rest = &rest[at + end..];
    }
    found
}

/// Splits a tree with braces into paths.
fn flatten(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((prefix, inside)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![path.split("::").map(|name| name.trim().to_string()).filter(|name| !name.is_empty()).collect()];
    };
    let inside = inside.strip_suffix('}').unwrap_or(inside);
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inside[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[from..]);
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| flatten(&format!("{prefix}{}", part.trim()))).collect()
}

/// Returns the paths in the code of a text, outside of `use` declarations.
fn inline_paths(text: &str) -> Vec<Vec<String>> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut code = text.to_string();
    uses(text).iter().for_each(|(_, tree)| code = code.replace(&format!("use {tree};"), ""));
    let words = code.split(|c| !is_name(c)).filter(|word| word.contains("::"));
    let paths = words.map(|word| word.split("::").filter(|name| !name.is_empty()).map(ToString::to_string).collect());
    paths.filter(|path: &Vec<String>| path.len() > 1).collect()
}

/// Returns the names of the public items that a text defines.
fn defined(text: &str) -> Vec<String> {
    let kinds = ["fn", "struct", "enum", "trait", "type", "const", "static"];
    let words: Vec<&str> = text.split_whitespace().collect();
    let items = words.windows(3).filter(|words| words[0].starts_with("pub") && kinds.contains(&words[1]));
    items.map(|words| words[2].split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap().to_string()).collect()
}

fn top(module: &Module) -> &str {
    module.first().map_or("lib", String::as_str)
}

#[test]
fn modules_import_only_from_below() {
    let sources = Sources::read();
    let floor = |name: &str| FLOORS.iter().position(|floor| floor.contains(&name));
    let mut wrong = BTreeSet::new();
    for file in sources.0.values() {
        let importer = top(&file.module);
        let Some(own) = floor(importer) else {
            wrong.insert(format!("{importer} is on no floor"));
            continue;
        };
        let imports = &sources.imports(file) | &sources.reexported(file);
        for import in imports.iter().filter(|import| top(import) != importer) {
            if floor(top(import)).is_none_or(|floor| floor >= own) {
                wrong.insert(format!("{} imports from {}", file.module.join("/"), import.join("/")));
            }
        }
    }
    assert!(wrong.is_empty(), "imports that do not point downwards:\n{}", Vec::from_iter(wrong).join("\n"));
    let modules: BTreeSet<&str> = sources.0.keys().map(top).collect();
    let gone: Vec<&&str> = FLOORS.iter().copied().flatten().filter(|name| !modules.contains(**name)).collect();
    assert!(gone.is_empty(), "on a floor, but not in src: {gone:?}");
}

#[test]
fn no_files_import_each_other() {
    let sources = Sources::read();
    let mut left: BTreeMap<&Module, BTreeSet<Module>> =
        sources.0.values().map(|file| (&file.module, sources.imports(file))).collect();
    // A file that imports none of the remaining files is in no cycle.
    loop {
        let present: BTreeSet<&Module> = left.keys().copied().collect();
        let before = left.len();
        left.retain(|_, imports| imports.iter().any(|import| present.contains(import)));
        if left.len() == before {
            break;
        }
    }
    let present: BTreeSet<&Module> = left.keys().copied().collect();
    let arrows = left.iter().flat_map(|(module, imports)| {
        let inside = imports.iter().filter(|import| present.contains(import));
        inside.map(|import| format!("{} -> {}", module.join("/"), import.join("/")))
    });
    let arrows: Vec<String> = arrows.collect();
    assert!(arrows.is_empty(), "these files import each other, or files that do:\n{}", arrows.join("\n"));
}

#[test]
fn imports_of_all_forms_are_found() {
    let files = [
        ("", "pub use load::Loader;\nmod load;\n"),
        ("load", "mod entry;\npub(crate) use crate::yaml::*;\npub struct Loader;\n"),
        ("load/entry", "use super::Loader;\n"),
        ("yaml", "pub struct Tree;\npub(crate) fn parse() {}\n"),
        ("nested", "use crate::{\n    load::{self, entry::Entry},\n    yaml::{Tree as Document},\n};\n"),
        ("glob", "use crate::yaml::*;\n"),
        ("inline", "fn run() -> Option<crate::yaml::Tree> {\n    use crate::load;\n    load::entry::run()\n}\n"),
        ("reexported", "use crate::Loader;\nfn read() {\n    boutique::load::parse();\n}\n"),
        ("other", "use std::io;\n// use crate::load;\n#[cfg(test)]\nmod tests {\n    use crate::yaml;\n}\n"),
    ];
    let module =
        |name: &str| -> Module { name.split('/').filter(|part| !part.is_empty()).map(str::to_string).collect() };
    let sources = Sources::new(files.map(|(name, text)| (module(name), text.to_string())).to_vec());
    let names = |modules: BTreeSet<Module>| modules.iter().map(|module| module.join("/")).collect::<Vec<_>>().join(" ");
    let found = files.map(|(name, _)| (name, names(sources.imports(&sources.0[&module(name)]))));
    let expected = [
        ("", ""),
        ("load", ""),
        ("load/entry", "load"),
        ("yaml", ""),
        ("nested", "load load/entry yaml"),
        ("glob", "yaml"),
        ("inline", "load load/entry yaml"),
        ("reexported", "load yaml"),
        ("other", ""),
    ];
    assert_eq!(found, expected.map(|(name, imports)| (name, imports.to_string())));
    assert_eq!(names(sources.reexported(&sources.0[&module("load")])), "yaml");
}

#[test]
fn imports_of_the_sources_are_found() {
    let sources = Sources::read();
    let imports = |module: &[&str]| {
        let module: Module = module.iter().map(ToString::to_string).collect();
        sources.imports(&sources.0[&module]).iter().map(|import| import.join("/")).collect::<BTreeSet<_>>()
    };
    let of_render = imports(&["render"]);
    for expected in ["accumulate", "resource/journal", "cache", "resolve/name_reference"] {
        assert!(of_render.contains(expected), "{expected} is not among {of_render:?}");
    }
    assert!(imports(&["transform"]).contains("transform/images"));
    assert!(imports(&["yaml", "tree"]).iter().all(|import| import.starts_with("yaml/")));
}
