//! Notes: what the reference keeps in a resource's annotations while it renders.
//!
//! This program keeps the same in fields of [`Resource`]. What can see all annotations at once has to see the notes too,
//! because the reference carries them along (fixture `patches/json-copies-annotations`). So they are written into the
//! document for as long as that takes.

use std::sync::Arc;

use crate::yaml::Tree;

use crate::resource::PreviousId;
use crate::resource::Resource;
use crate::resource::metadata::metadata_entries;

pub const ORIGIN: &str = "config.kubernetes.io/origin";
pub const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";
pub const HELM_GENERATED: &str = "internal.config.kubernetes.io/helm-generated";

const INTERNAL: &str = "internal.config.kubernetes.io/";
const PREVIOUS_KINDS: &str = "internal.config.kubernetes.io/previousKinds";
const PREVIOUS_NAMES: &str = "internal.config.kubernetes.io/previousNames";
const PREVIOUS_NAMESPACES: &str = "internal.config.kubernetes.io/previousNamespaces";
const PREFIXES: &str = "internal.config.kubernetes.io/prefixes";
const SUFFIXES: &str = "internal.config.kubernetes.io/suffixes";
const NEEDS_HASH: &str = "internal.config.kubernetes.io/needsHashSuffix";
const BEHAVIOR: &str = "internal.config.kubernetes.io/generatorBehavior";

/// Annotations that never reach the output.
pub const BUILD_ANNOTATIONS: [&str; 19] = [
    PREVIOUS_KINDS,
    PREVIOUS_NAMES,
    PREFIXES,
    SUFFIXES,
    PREVIOUS_NAMESPACES,
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/allowKindChange",
    "internal.config.kubernetes.io/refBy",
    BEHAVIOR,
    NEEDS_HASH,
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
    HELM_GENERATED,
];

/// Returns whether a note is internal. The others are what `buildMetadata` shows.
pub fn is_internal(note: &str) -> bool {
    note.starts_with(INTERNAL)
}

impl Resource {
    /// Returns a resource with the memory that the reference's own annotations give it, if it has such annotations.
    pub(crate) fn with_notes(tree: Arc<Tree>) -> Resource {
        let mut resource = Resource::new(tree);
        let annotations = metadata_entries(resource.tree(), "annotations");
        let note = |name: &str| {
            let value = annotations.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
            value.map(|value| value.split(',').map(ToString::to_string).collect::<Vec<String>>())
        };
        let previous = [note(PREVIOUS_NAMES), note(PREVIOUS_NAMESPACES), note(PREVIOUS_KINDS)];
        let (prefixes, suffixes) = (note(PREFIXES), note(SUFFIXES));
        if let [Some(names), Some(namespaces), Some(kinds)] = previous {
            let ids = names.into_iter().zip(namespaces).zip(kinds);
            resource.previous = ids.map(|((name, namespace), kind)| PreviousId { name, namespace, kind }).collect();
            resource.is_annotated = true;
        }
        resource.prefixes = prefixes.unwrap_or_default();
        resource.suffixes = suffixes.unwrap_or_default();
        resource
    }

    /// Returns what the reference has in the annotations by now.
    fn notes(&self) -> Vec<(&'static str, String)> {
        let previous = |part: fn(&PreviousId) -> &str| {
            let parts: Vec<&str> = self.previous.iter().map(part).collect();
            (!parts.is_empty()).then(|| parts.join(","))
        };
        let list = |list: &[String]| (!list.is_empty()).then(|| list.join(","));
        let notes = [
            (PREVIOUS_KINDS, previous(|id| &id.kind)),
            (PREVIOUS_NAMES, previous(|id| &id.name)),
            (PREVIOUS_NAMESPACES, previous(|id| &id.namespace)),
            (PREFIXES, list(&self.prefixes)),
            (SUFFIXES, list(&self.suffixes)),
            (NEEDS_HASH, self.needs_hash.then(|| "enabled".to_string())),
            (BEHAVIOR, self.behavior.map(|behavior| behavior.word().to_string())),
            (HELM_GENERATED, self.from_helm.then(|| "true".to_string())),
            (ORIGIN, self.origin_text()),
            (TRANSFORMATIONS, self.transformations_text()),
        ];
        notes.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }

    /// Returns the text of the annotation that tells where the resource is from.
    pub(crate) fn origin_text(&self) -> Option<String> {
        self.origin.as_ref().map(|origin| origin.to_lines(""))
    }

    /// Returns the text of the annotation that tells which transformers ran on the resource.
    pub(crate) fn transformations_text(&self) -> Option<String> {
        let items = self.transformations.iter().map(|origin| {
            let lines = origin.to_lines("  ");
            format!("- {}", lines.trim_start())
        });
        (!self.transformations.is_empty()).then(|| items.collect())
    }

    /// Writes the notes into the annotations, and returns their names.
    pub(crate) fn write_notes(&mut self) -> Vec<&'static str> {
        if !self.is_annotated {
            return Vec::new();
        }
        let notes = self.notes();
        let position = self.position();
        let tree = self.tree_mut();
        if let Some(metadata) = tree.get(tree.root(), "metadata") {
            let annotations = match tree.get(metadata, "annotations") {
                Some(annotations) => annotations,
                None => {
                    let annotations = tree.mapping(position);
                    tree.append_entry(metadata, "annotations", annotations);
                    annotations
                }
            };
            if tree.is_mapping(annotations) {
                for (name, text) in &notes {
                    let value = tree.string(text, position);
                    tree.append_entry(annotations, name, value);
                }
            }
        }
        notes.into_iter().map(|(name, _)| name).collect()
    }

    /// Removes notes that were written, and returns those that were no longer there.
    pub(crate) fn remove_notes(&mut self, notes: &[&'static str]) -> Vec<&'static str> {
        if notes.is_empty() {
            return Vec::new();
        }
        let tree = self.tree_mut();
        let Some(metadata) = tree.get(tree.root(), "metadata") else { return notes.to_vec() };
        let Some(annotations) = tree.get(metadata, "annotations") else { return notes.to_vec() };
        let lost: Vec<_> = notes.iter().copied().filter(|note| tree.remove(annotations, note).is_none()).collect();
        if lost.len() < notes.len() && tree.is_empty(annotations) {
            tree.remove(metadata, "annotations");
        }
        lost
    }

    /// Forgets what the reference would have kept in these notes.
    pub(crate) fn forget(&mut self, notes: &[&str]) {
        if notes.is_empty() {
            return;
        }
        for &note in notes {
            match note {
                PREVIOUS_KINDS | PREVIOUS_NAMES | PREVIOUS_NAMESPACES => self.previous.clear(),
                PREFIXES => self.prefixes.clear(),
                SUFFIXES => self.suffixes.clear(),
                NEEDS_HASH => self.needs_hash = false,
                BEHAVIOR => self.behavior = None,
                HELM_GENERATED => self.from_helm = false,
                ORIGIN => self.origin = None,
                TRANSFORMATIONS => self.transformations.clear(),
                _ => {}
            }
        }
        self.is_annotated &= !self.notes().is_empty();
    }
}
