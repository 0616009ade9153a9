//! Bookkeeping annotations, which kustomize adds to resources during a render.
//!
//! boutique stores the same data in fields of [`Resource`]. Some steps can access all annotations at once, and must see
//! kustomize's (fixture `patches/json-copies-annotations`), which are temporarily written to the document.

use std::sync::Arc;

use crate::diagnostic::Result;
use crate::yaml::{NodeId, Tree};

use crate::resource::Resource;
use crate::resource::metadata::metadata_entries;
use crate::resource::{Affixes, PreviousId, origin};

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
/// The value of [`NEEDS_HASH`] that has an effect.
const ENABLED: &str = "enabled";
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

/// Returns whether a text, such as a selector, contains the name of a bookkeeping annotation.
pub fn has_bookkeeping_annotation(text: &str) -> bool {
    text.contains("config.kubernetes.io/")
}

/// Returns whether a bookkeeping annotation is internal. `buildMetadata` enables the others.
pub fn is_internal(annotation: &str) -> bool {
    annotation.starts_with(INTERNAL)
}

impl Resource {
    /// Returns a resource with the bookkeeping data from its annotations.
    pub(crate) fn with_bookkeeping(tree: Arc<Tree>) -> Resource {
        let mut resource = Resource::new(tree);
        let annotations = metadata_entries(resource.tree(), "annotations");
        let values = |name: &str| {
            let value = annotations.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
            value.map(|value| value.split(',').map(ToString::to_string).collect::<Vec<String>>())
        };
        let previous = [values(PREVIOUS_NAMES), values(PREVIOUS_NAMESPACES), values(PREVIOUS_KINDS)];
        let (prefixes, suffixes) = (values(PREFIXES), values(SUFFIXES));
        if let [Some(names), Some(namespaces), Some(kinds)] = previous {
            let ids = names.into_iter().zip(namespaces).zip(kinds);
            resource.previous = ids
                .map(|((name, namespace), kind)| PreviousId { name: name.as_str().into(), namespace, kind, times: 1 })
                .collect();
            resource.is_annotated = true;
        }
        resource.prefixes = prefixes.unwrap_or_default().into_iter().collect();
        resource.suffixes = suffixes.unwrap_or_default().into_iter().collect();
        resource
    }

    /// Returns the annotation in the document that asks for a hash in the name.
    pub(crate) fn hash_annotation(&self) -> Option<NodeId> {
        self.tree().get_path(self.root(), &["metadata", "annotations", NEEDS_HASH])
    }

    /// Returns whether the name gets a hash. An annotation in the document replaces the one of the generator (fixture
    /// `configMapGenerator/hash-annotation`).
    pub(crate) fn is_hash_enabled(&self) -> bool {
        self.hash_annotation().map_or(self.needs_hash, |annotation| self.tree().text(annotation) == ENABLED)
    }

    /// Returns the text of the annotation in the document that requests a hash.
    pub(crate) fn hash_annotation_text(&self) -> Option<String> {
        self.hash_annotation().map(|annotation| self.tree().text(annotation).to_string())
    }

    /// Restores that annotation if the document had it.
    ///
    /// # Errors
    /// Fails if the annotations are not a mapping.
    pub(crate) fn restore_hash_annotation(&mut self, former: Option<String>) -> Result<()> {
        if self.hash_annotation_text() == former {
            return Ok(());
        }
        self.set_annotation(NEEDS_HASH, former, self.position())
    }

    /// Sets whether the name gets a hash.
    pub(crate) fn set_hash_enabled(&mut self, is_enabled: bool) {
        self.needs_hash = is_enabled;
        if self.hash_annotation().is_some() {
            self.remove_bookkeeping(&[NEEDS_HASH]);
        }
    }

    /// Adopts the values that a patch gave to annotations, if they are among the `written` ones.
    ///
    /// # Errors
    /// Fails as [`Resource::adopt_origin`] does.
    pub(crate) fn adopt_annotations(&mut self, written: &[&str]) -> Result<()> {
        if written.contains(&NEEDS_HASH) {
            self.needs_hash = self.is_hash_enabled();
        }
        self.adopt_origin(written)
    }

    /// Adopts the text that a patch gave to the annotation with the origin, if that is one of the `written` annotations
    /// (fixture `buildMetadata/patched-origin`).
    ///
    /// # Errors
    /// Fails if the text is not an origin.
    pub(crate) fn adopt_origin(&mut self, written: &[&str]) -> Result<()> {
        if !written.contains(&ORIGIN) {
            return Ok(());
        }
        let tree = self.tree();
        let Some(annotation) = tree.get_path(self.root(), &["metadata", "annotations", ORIGIN]) else { return Ok(()) };
        let text: Arc<str> = tree.text(annotation).into();
        if tree.is_null(annotation) || self.origin_text().as_deref() == Some(&*text) {
            return Ok(());
        }
        origin::check(&text).map_err(|error| error.at(tree.position(annotation), "the value of this annotation"))?;
        if let Some(origin) = &mut self.origin {
            origin.patched = Some(text);
        }
        Ok(())
    }

    /// Returns the annotations that kustomize has at this point of the render.
    pub(crate) fn bookkeeping(&self) -> Vec<(&'static str, String)> {
        let previous = |part: fn(&PreviousId) -> &str| {
            let parts: Vec<&str> =
                self.previous.iter().flat_map(|id| std::iter::repeat_n(part(id), id.times)).collect();
            (!parts.is_empty()).then(|| parts.join(","))
        };
        let needs_hash = self.needs_hash && self.hash_annotation().is_none();
        let annotations = [
            (PREVIOUS_KINDS, previous(|id| &id.kind)),
            (PREVIOUS_NAMES, previous(|id| &id.name)),
            (PREVIOUS_NAMESPACES, previous(|id| &id.namespace)),
            (PREFIXES, self.prefixes.joined()),
            (SUFFIXES, self.suffixes.joined()),
            (NEEDS_HASH, needs_hash.then(|| ENABLED.to_string())),
            (BEHAVIOR, self.behavior.map(|behavior| behavior.as_str().to_string())),
            (HELM_GENERATED, self.from_helm.then(|| "true".to_string())),
            (ORIGIN, self.origin_text()),
            (TRANSFORMATIONS, self.transformations_text()),
        ];
        annotations.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }

    /// Returns the value of the annotation with the origin.
    pub(crate) fn origin_text(&self) -> Option<String> {
        self.origin.as_ref().map(|origin| match &origin.patched {
            Some(text) => text.to_string(),
            None => origin.to_lines(""),
        })
    }

    /// Returns the records of transformations that a manifest has, such as those that kustomize printed.
    pub(crate) fn former_transformations(&self) -> Option<&str> {
        let annotation = self.tree().get_path(self.root(), &["metadata", "annotations", TRANSFORMATIONS])?;
        Some(self.tree().text(annotation))
    }

    /// Returns the value of the annotation with the transformers that changed the resource.
    pub(crate) fn transformations_text(&self) -> Option<String> {
        let items = self.transformations.iter().map(|origin| origin.to_item());
        (!self.transformations.is_empty()).then(|| items.collect())
    }

    /// Writes the bookkeeping annotations to the document, and returns their names.
    pub(crate) fn write_bookkeeping(&mut self) -> Vec<&'static str> {
        if !self.is_annotated {
            return Vec::new();
        }
        let mut bookkeeping = self.bookkeeping();
        // Records in the manifest stay there: new ones are added to them at the end (fixture
        // `buildMetadata/transformations-and-json-patch`).
        let is_recorded = self.former_transformations().is_some();
        bookkeeping.retain(|(name, _)| !is_recorded || *name != TRANSFORMATIONS);
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
                for (name, text) in &bookkeeping {
                    // The manifest may have the annotation, too.
                    tree.remove(annotations, name);
                    let value = tree.string(text, position);
                    tree.append_entry(annotations, name, value);
                }
            }
        }
        bookkeeping.into_iter().map(|(name, _)| name).collect()
    }

    /// Removes bookkeeping annotations from the document, and returns those that were missing.
    pub(crate) fn remove_bookkeeping(&mut self, names: &[&'static str]) -> Vec<&'static str> {
        if names.is_empty() {
            return Vec::new();
        }
        let tree = self.tree_mut();
        let Some(metadata) = tree.get(tree.root(), "metadata") else { return names.to_vec() };
        let Some(annotations) = tree.get(metadata, "annotations") else { return names.to_vec() };
        let missing: Vec<_> = names.iter().copied().filter(|name| tree.remove(annotations, name).is_none()).collect();
        if missing.len() < names.len() && tree.is_empty(annotations) {
            tree.remove(metadata, "annotations");
        }
        missing
    }

    /// Clears the data that kustomize stores in these annotations.
    pub(crate) fn clear_bookkeeping(&mut self, names: &[&str]) {
        if names.is_empty() {
            return;
        }
        for &name in names {
            match name {
                PREVIOUS_KINDS | PREVIOUS_NAMES | PREVIOUS_NAMESPACES => self.previous.clear(),
                PREFIXES => self.prefixes = Affixes::default(),
                SUFFIXES => self.suffixes = Affixes::default(),
                NEEDS_HASH => self.needs_hash = false,
                BEHAVIOR => self.behavior = None,
                HELM_GENERATED => self.from_helm = false,
                ORIGIN => self.origin = None,
                TRANSFORMATIONS => self.transformations.clear(),
                _ => {}
            }
        }
        self.is_annotated &= !self.bookkeeping().is_empty();
    }
}
