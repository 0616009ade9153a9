//! The data of ConfigMaps and Secrets: its encoding, and merging by generators.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::yaml::{NodeId, Position, Tag, Tree, string_style};

use crate::resource::Resource;
use crate::resource::metadata::{metadata_entries, set_metadata_map};
use crate::resource::paths::field_spec::wrong_kind;

impl Resource {
    /// Inherits name, namespace, labels, annotations and bookkeeping data of the resource that this one replaces.
    pub(super) fn inherit_metadata(&mut self, old: &Resource) -> Result<()> {
        let is_requested = self.is_hash_enabled();
        let needs_hash = is_requested && old.is_hash_enabled();
        for field in ["labels", "annotations"] {
            let mut entries: BTreeMap<&str, (&str, Position)> = BTreeMap::new();
            for source in [old, &*self] {
                let tree = source.tree();
                let positions = first_positions(tree, tree.get_path(tree.root(), &["metadata", field]));
                for (key, text) in metadata_entries(tree, field) {
                    entries.insert(key, (text, positions.get(key).copied().unwrap_or(Position::NONE)));
                }
            }
            let entries = entries.into_iter();
            let own = |(key, (text, position)): (&str, (&str, _))| (key.to_string(), text.to_string().into(), position);
            let entries: Vec<(String, Cow<'_, str>, Position)> = entries.map(own).collect();
            set_metadata_map(self.tree_mut(), field, &entries)?;
        }
        let position = |path: &[&str]| {
            let tree = old.tree();
            tree.get_path(tree.root(), path).map_or(old.position(), |node| tree.position(node))
        };
        self.set_name(old.name(), position(&["metadata", "name"]))?;
        self.set_namespace(old.namespace(), position(&["metadata", "namespace"]))?;
        // The type only selects the resource, as that of a patch does.
        let tree = self.tree_mut();
        for field in ["apiVersion", "kind"] {
            let (own, inherited) = (tree.get(tree.root(), field), old.tree().get(old.root(), field));
            if let (Some(own), Some(inherited)) = (own, inherited)
                && tree.is_text(own, old.tree().text(inherited))
            {
                tree.set_position(own, old.tree().position(inherited));
            }
        }
        self.previous.clone_from(&old.previous);
        self.prefixes.clone_from(&old.prefixes);
        self.suffixes.clone_from(&old.suffixes);
        self.behavior = old.behavior;
        // A generator that requests a hash leaves it to the annotation of the old resource (fixture
        // `configMapGenerator/merge-keeps-the-hash-annotation`).
        let kept = old.hash_annotation_text().filter(|_| is_requested && !needs_hash);
        self.set_hash_enabled(needs_hash);
        if kept.is_some() {
            self.restore_hash_annotation(kept)?;
        }
        self.from_helm |= old.from_helm;
        self.variables.clone_from(&old.variables);
        self.history.clone_from(&old.history);
        self.transformations.clone_from(&old.transformations);
        if self.origin.is_none() {
            self.origin.clone_from(&old.origin);
        }
        // The annotation that requests a hash may come from a manifest (fixture `secretGenerator/replaces-a-hash-annotation`).
        self.is_annotated = old.is_annotated || needs_hash;
        Ok(())
    }

    /// Returns a warning for each entry whose value differs from that in the old resource.
    pub(super) fn overwritten_keys(&self, old: &Resource, field: &str) -> Vec<Diagnostic> {
        let (tree, old_tree) = (self.tree(), old.tree());
        let (Some(data), Some(old_data)) = (tree.get(self.root(), field), old_tree.get(old.root(), field)) else {
            return Vec::new();
        };
        // Messages show the source lines of their labels, which must not contain values of a Secret.
        let position = |resource: &Resource, value| match resource.kind() {
            "Secret" => resource.position(),
            _ => resource.tree().position(value),
        };
        let mut old_values = HashMap::new();
        for (key, value) in old_tree.entries(old_data) {
            old_values.entry(old_tree.text(key)).or_insert(value);
        }
        let warning = |(key, value)| {
            let key = tree.text(key);
            let old_value = *old_values.get(key)?;
            let is_overwritten = !old_tree.is_text(old_value, tree.text(value));
            is_overwritten.then(|| {
                *Diagnostic::warning(Code::OverwrittenKey, format!("the key `{key}` of {} is overwritten", old.label()))
                    .at(position(self, value), "new value")
                    .at(position(old, old_value), "previous value")
            })
        };
        tree.entries(data).filter_map(warning).collect()
    }

    /// Adds the entries of the old resource's data that this one does not have.
    pub(super) fn merge_data(&mut self, old: &Resource, field: &str) -> Result<()> {
        let old_tree = old.tree();
        let root = self.root();
        let tree = self.tree_mut();
        let mut entries: BTreeMap<String, (String, Position)> = BTreeMap::new();
        let old_data = old_tree.get(old_tree.root(), field);
        for (key, value) in old_data.into_iter().flat_map(|data| old_tree.entries(data)) {
            let text = if old_tree.is_null(value) { "" } else { old_tree.text(value) };
            // The first of equal keys counts (fixture `configMapGenerator/merge-over-duplicate-keys`).
            let entry = || (text.to_string(), old_tree.position(value));
            entries.entry(old_tree.text(key).to_string()).or_insert_with(entry);
        }
        if field == "data" && old.kind() == "Secret" {
            // Plain text in `stringData` takes precedence over `data`, and is encoded like generated values.
            let plain = old_tree.get(old_tree.root(), "stringData");
            for (key, value) in plain.into_iter().flat_map(|plain| old_tree.entries(plain)) {
                if !old_tree.is_scalar(value) {
                    return Err(wrong_kind(old_tree, value, "a scalar"));
                }
                let key = old_tree.text(key).to_string();
                let text = if old_tree.is_null(value) { "" } else { old_tree.text(value) };
                entries.insert(key, (base64_lines(text.as_bytes()), old_tree.position(value)));
            }
        }
        if let Some(data) = tree.get(root, field) {
            for (key, value) in tree.entries(data) {
                entries.insert(tree.text(key).to_string(), (tree.text(value).to_string(), tree.position(value)));
            }
            tree.remove(root, field);
        }
        let Some((_, &(_, first))) = entries.first_key_value() else { return Ok(()) };
        let data = tree.mapping(first);
        for (key, (text, position)) in &entries {
            let value = tree.scalar(text, Tag::Str, string_style(text), *position);
            tree.append_entry(data, key, value);
        }
        tree.append_entry(root, field, data);
        Ok(())
    }
}

/// Returns the positions of the values of a mapping by key. Of equal keys, the first counts.
fn first_positions(tree: &Tree, mapping: Option<NodeId>) -> HashMap<&str, Position> {
    let mut positions = HashMap::new();
    for (key, value) in mapping.into_iter().flat_map(|mapping| tree.entries(mapping)) {
        positions.entry(tree.text(key)).or_insert(tree.position(value));
    }
    positions
}

/// Encodes bytes as kustomize does: as base64, in lines of 70 characters unless a shorter line suffices.
pub fn base64_lines(bytes: &[u8]) -> String {
    const LINE: usize = 70;
    let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
    if encoded.len() < LINE {
        return encoded;
    }
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / LINE + 1);
    for chunk in encoded.as_bytes().chunks(LINE) {
        lines.push_str(std::str::from_utf8(chunk).expect("base64 is ASCII"));
        lines.push('\n');
    }
    lines
}
