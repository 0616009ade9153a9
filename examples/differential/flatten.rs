//! Flattens a tree: merges a kustomization into the one that includes it.

use std::collections::BTreeMap;

use crate::document::{Node, Value, list, text, unquoted};
use crate::tree::{File, Tree};

/// The fields that include directories.
const INCLUDING_FIELDS: [&str; 3] = ["resources", "bases", "components"];

/// Returns all trees in which one kustomization is merged into another that includes it.
pub fn flattened(tree: &Tree) -> Vec<Tree> {
    let directories = tree.kustomization_directories();
    let mut found = Vec::new();
    for outer in &directories {
        for inner in &directories {
            found.extend(merge(tree, outer, inner));
        }
    }
    found
}

/// Moves the files and fields of the directory `inner` into `outer`; `None` if `outer` does not include it.
fn merge(tree: &Tree, outer: &str, inner: &str) -> Option<Tree> {
    let (outer_path, mut kustomization) = kustomization(tree, outer)?;
    let (inner_path, merged) = kustomization_of_other(tree, outer, inner)?;
    let mut is_included = false;
    for field in INCLUDING_FIELDS {
        let Some(Value::Sequence { items, .. }) = get_mut(&mut kustomization, field).map(|node| &mut node.value) else {
            continue;
        };
        items.retain(|item| {
            let is_inner = item.as_text().is_some_and(|path| join(outer, &path) == inner);
            is_included |= is_inner;
            !is_inner
        });
    }
    if !is_included {
        return None;
    }
    for entry in merged.entries() {
        let key = unquoted(&entry.key);
        let mut value = entry.value.clone();
        if INCLUDING_FIELDS.contains(&key.as_str()) {
            value = list(value.items().iter().map(|item| match item.as_text() {
                Some(path) if path.starts_with("..") => text(relative(outer, &join(inner, &path))),
                _ => item.clone(),
            }));
        }
        match get_mut(&mut kustomization, &key).map(|node| &mut node.value) {
            Some(Value::Sequence { items, .. }) => items.extend(value.items().iter().cloned()),
            Some(_) => {}
            None if matches!(key.as_str(), "kind" | "apiVersion") => {}
            None => kustomization.set(key, value),
        }
    }
    let mut files = BTreeMap::new();
    for (path, file) in &tree.files {
        let moved = match path.strip_prefix(inner).and_then(|rest| rest.strip_prefix('/')) {
            _ if *path == inner_path => continue,
            Some(rest) => format!("{outer}/{rest}"),
            None => path.clone(),
        };
        if files.insert(moved, file.clone()).is_some() {
            return None;
        }
    }
    if let Some(File::Yaml(file)) = files.get_mut(&outer_path) {
        file.documents = vec![kustomization];
    }
    Some(Tree { files, ..tree.clone() })
}

fn kustomization_of_other(tree: &Tree, outer: &str, inner: &str) -> Option<(String, Node)> {
    if outer == inner { None } else { kustomization(tree, inner) }
}

/// Returns the kustomization of a directory, and the path of its file.
fn kustomization(tree: &Tree, directory: &str) -> Option<(String, Node)> {
    boutique::internals::FILE_NAMES.iter().find_map(|name| {
        let path = format!("{directory}/{name}");
        match tree.files.get(&path)? {
            File::Yaml(file) => Some((path, file.documents.first()?.clone())),
            File::Bytes(_) => None,
        }
    })
}

fn get_mut<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    let Value::Mapping { entries, .. } = &mut node.value else { return None };
    entries.iter_mut().find(|entry| unquoted(&entry.key) == key).map(|entry| &mut entry.value)
}

/// Resolves a path relative to a directory.
fn join(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = directory.split('/').collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Returns the relative path from one directory to another.
fn relative(from: &str, to: &str) -> String {
    format!("{}{to}", "../".repeat(from.matches('/').count() + 1))
}
