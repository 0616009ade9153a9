//! The `metadata` of a resource, and the check that a document is a resource.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::yaml::{Kind, NodeId, Position, Style, Tag, Tree, resolves_to_non_string, string_style};

use crate::resource::paths::field_spec::wrong_kind;

/// Returns a text in `metadata`; empty if it is missing.
pub fn metadata_text<'a>(tree: &'a Tree, field: &str) -> &'a str {
    let value = tree.get(tree.root(), "metadata").and_then(|metadata| tree.get(metadata, field));
    value.filter(|&value| !tree.is_null_or_empty(value)).map_or("", |value| tree.text(value))
}

/// Returns the entries of a mapping in `metadata`. Of equal keys, only the last counts.
pub fn metadata_entries<'a>(tree: &'a Tree, field: &str) -> Vec<(&'a str, &'a str)> {
    let Some(map) = tree.get_path(tree.root(), &["metadata", field]) else { return Vec::new() };
    let mut entries: Vec<(&str, &str)> = Vec::new();
    let mut places = Places::default();
    for (key, value) in tree.entries(map) {
        let (key, value) = (tree.text(key), tree.text(value));
        match places.find(&entries, key, |(known, _)| known) {
            Some(at) => entries[at].1 = value,
            None => entries.push((key, value)),
        }
    }
    entries
}

/// The places of entries in a growing list by key. A short list is searched instead.
#[derive(Default)]
struct Places<'a> {
    by_key: HashMap<&'a str, usize>,
}

impl<'a> Places<'a> {
    /// Returns the place of the entry with a key. If there is none, the caller appends it.
    fn find<T>(&mut self, entries: &[T], key: &'a str, key_of: impl Fn(&T) -> &'a str) -> Option<usize> {
        const SHORT: usize = 16;
        if entries.len() < SHORT {
            return entries.iter().position(|entry| key_of(entry) == key);
        }
        for (at, entry) in entries.iter().enumerate().skip(self.by_key.len()) {
            self.by_key.insert(key_of(entry), at);
        }
        self.by_key.get(key).copied()
    }
}

/// Returns the `metadata` mapping, and creates it if it is missing.
pub fn metadata_mut(tree: &mut Tree, position: Position) -> Result<NodeId> {
    let root = tree.root();
    let metadata = match tree.get(root, "metadata") {
        Some(metadata) => metadata,
        None => {
            let metadata = tree.mapping(position);
            tree.append_entry(root, "metadata", metadata);
            metadata
        }
    };
    if tree.is_null(metadata) {
        tree.become_collection(metadata, Kind::Mapping, Tag::Map);
    } else if !tree.is_mapping(metadata) {
        return Err(wrong_kind(tree, metadata, "a mapping"));
    }
    Ok(metadata)
}

/// Sets a field to an untagged text in the style of the old value, as kustomize does for names and kinds.
pub fn set_text_field(tree: &mut Tree, mapping: NodeId, key: &str, text: &str, position: Position) {
    match tree.get(mapping, key) {
        Some(field) => {
            // A name that was copied from a Secret remains secret with a prefix or a hash.
            let is_secret = tree.is_marked_secret(field);
            tree.set_scalar(field, text, Tag::None, tree.style(field), position);
            if is_secret {
                tree.mark_secret(field);
            }
        }
        None => {
            let style = if resolves_to_non_string(text) { Style::DoubleQuoted } else { Style::Plain };
            let value = tree.scalar(text, Tag::None, style, position);
            tree.append_entry(mapping, key, value);
        }
    }
}

/// Replaces a mapping in `metadata` by the given string entries. An empty mapping is removed.
///
/// # Errors
/// Fails if `metadata` is not a mapping.
pub fn set_metadata_map(tree: &mut Tree, field: &str, entries: &[(String, Cow<'_, str>, Position)]) -> Result<()> {
    let metadata = metadata_mut(tree, Position::NONE)?;
    let key_position = tree.key(metadata, field).map(|key| tree.position(key));
    let old = tree.get(metadata, field).map(|old| tree.entries(old).collect()).unwrap_or_default();
    let old = OldEntries::new(tree, old);
    tree.remove(metadata, field);
    if entries.is_empty() {
        return Ok(());
    }
    let mut children = Vec::with_capacity(2 * entries.len());
    for (at, (key, text, position)) in entries.iter().enumerate() {
        children.extend(old.set(tree, at, key, text, *position));
    }
    let map = tree.mapping(entries[0].2);
    tree.set_children(map, &children);
    let key = tree.append_entry(metadata, field, map);
    if let Some(position) = key_position {
        tree.set_position(key, position);
    }
    Ok(())
}

/// The entries of a mapping that is replaced. Most entries remain, so their nodes are used again: a chain of patches would
/// otherwise let the document grow with each.
struct OldEntries {
    entries: Vec<(NodeId, NodeId)>,
    /// The keys of values that were marked as secret.
    marked: HashSet<String>,
}

impl OldEntries {
    fn new(tree: &Tree, entries: Vec<(NodeId, NodeId)>) -> OldEntries {
        let marked = entries.iter().filter(|&&(_, value)| tree.is_marked_secret(value));
        let marked = marked.map(|&(key, _)| tree.text(key).to_string()).collect();
        OldEntries { entries, marked }
    }

    /// Returns the key and the value of the new entry with this number.
    fn set(&self, tree: &mut Tree, at: usize, key: &str, text: &str, position: Position) -> [NodeId; 2] {
        let is_usable = |node| tree.is_scalar(node) && !tree.is_linked(node) && tree.json_comment(node).is_none();
        let old = self.entries.get(at).copied();
        let old = old.filter(|&(old, value)| tree.text(old) == key && is_usable(old) && is_usable(value));
        let (key_node, value) = match old {
            Some((old, value)) => {
                tree.set_scalar(old, key, Tag::None, Style::Plain, position);
                tree.set_scalar(value, text, Tag::Str, string_style(text), position);
                (old, value)
            }
            None => {
                let value = tree.scalar(text, Tag::Str, string_style(text), position);
                (tree.scalar(key, Tag::None, Style::Plain, position), value)
            }
        };
        if self.marked.contains(key) {
            tree.mark_secret(value);
        }
        [key_node, value]
    }
}

/// Converts the values of a mapping in `metadata` to strings, as kustomize does whenever it rewrites the mapping, and
/// removes the entries for which `drop` returns true. An empty mapping is removed. A list is treated as alternating
/// keys and values (fixture `patches/json-annotations-as-a-list`).
///
/// # Errors
/// Fails if `metadata` is not a mapping, and on a list with an odd number of elements.
pub fn normalize_metadata_map(tree: &mut Tree, field: &str, drop: impl Fn(&str) -> bool) -> Result<()> {
    let Some(map) = tree.get_path(tree.root(), &["metadata", field]) else { return Ok(()) };
    let mut entries: Vec<(&str, NodeId)> = Vec::new();
    let mut places = Places::default();
    let children: Vec<NodeId> = tree.children(map).collect();
    for pair in children.chunks(2) {
        let &[key, value] = pair else { return Err(wrong_kind(tree, map, "a mapping")) };
        let key = tree.text(key);
        if drop(key) {
            continue;
        }
        match places.find(&entries, key, |(known, _)| known) {
            Some(at) => entries[at].1 = value,
            None => entries.push((key, value)),
        }
    }
    let own =
        |&(key, value): &(&str, NodeId)| (key.to_string(), tree.text(value).to_string().into(), tree.position(value));
    let entries: Vec<(String, Cow<'_, str>, Position)> = entries.iter().map(own).collect();
    set_metadata_map(tree, field, &entries)
}

/// Checks that a document is a resource.
///
/// # Errors
/// Fails if it has no kind or no name. Lists do not need a name.
pub fn check_is_resource(tree: &Tree) -> Result<()> {
    let root = tree.root();
    let position = tree.position(root);
    let text = |node: NodeId, field: &str| {
        tree.get(node, field).filter(|&value| !tree.is_null_or_empty(value)).map_or("", |value| tree.text(value))
    };
    let not_a_resource = |message: &str, hint: &str| {
        Err(Diagnostic::error(Code::NotAResource, message).at(position, "this document").hint(hint))
    };
    if !tree.is_mapping(root) {
        return not_a_resource(
            "the document is not a Kubernetes resource",
            "a resource is a mapping with apiVersion, kind and metadata.name",
        );
    }
    let kind = text(root, "kind");
    if kind.is_empty() {
        return not_a_resource("missing kind in object", "every resource needs `kind`");
    }
    if kind.ends_with("List") {
        return Ok(());
    }
    let name = tree.get(root, "metadata").map_or("", |metadata| text(metadata, "name"));
    if name.is_empty() && tree.get_path(root, &["metadata", "generateName"]).is_some() {
        return not_a_resource(
            &format!("missing metadata.name in object: this {kind} has only `generateName`"),
            "kustomize requires `metadata.name`: replace `generateName` by a name (with Argo CD, the annotation \
             `argocd.argoproj.io/hook-delete-policy: BeforeHookCreation` lets a hook run again)",
        );
    }
    if name.is_empty() {
        return not_a_resource("missing metadata.name in object", "every resource needs `metadata.name`");
    }
    Ok(())
}

/// The annotation of local configuration, which is not deployed.
pub const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";

/// Returns whether a resource is local configuration for tools.
pub fn is_local_config(tree: &Tree) -> bool {
    metadata_entries(tree, "annotations").iter().any(|&(key, value)| key == LOCAL_CONFIG && value != "false")
}
