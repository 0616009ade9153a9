//! Selectors of patches and replacements: anchored regular expressions over identities, and label selectors.

use std::sync::Arc;

use crate::diagnostic::Result;
use crate::kustomization::{Located, SelectorConfig};
use crate::yaml::Span;

use crate::resource::Resource;
use crate::resource::bookkeeping::has_bookkeeping_annotation;
use crate::resource::identity::group_version_kind;
use crate::resource::identity::{Gvk, ResId};
use crate::resource::metadata::metadata_entries;
use crate::resource::schema::Schema;
use crate::resource::select::label_selector::LabelSelector;
use crate::resource::select::patterns::{self, Patterns};

/// A compiled selector.
#[derive(Clone, Debug)]
pub struct Selector {
    group: Pattern,
    version: Pattern,
    kind: Pattern,
    name: Pattern,
    namespace: Pattern,
    /// An invalid selector is reported when a resource is matched (fixture `patches/invalid-selector-without-match`).
    labels: Result<LabelSelector>,
    annotations: Result<LabelSelector>,
    /// Whether the identity part is empty.
    pub is_id_empty: bool,
    /// Whether the annotation selector may be about annotations that only kustomize has.
    selects_bookkeeping: bool,
    /// Whether the label and annotation selectors are empty.
    pub is_metadata_empty: bool,
}

/// A pattern for one part of an identity.
#[derive(Clone, Debug)]
enum Pattern {
    Anything,
    /// A pattern without special characters.
    Exactly(String),
    Matches(patterns::Pattern),
}

impl Pattern {
    fn new(field: &Located<String>, patterns: &Arc<Patterns>) -> Result<Pattern> {
        let pattern = field.as_str();
        if pattern.is_empty() {
            return Ok(Pattern::Anything);
        }
        if pattern.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/')) {
            return Ok(Pattern::Exactly(pattern.to_string()));
        }
        let anchored = format!("^(?:{pattern})$");
        patterns
            .compile(&anchored)
            .map(Pattern::Matches)
            .map_err(|error| error.diagnostic(pattern).at(Span::new(field.position, pattern.len()), "this pattern"))
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Anything => true,
            Pattern::Exactly(exact) => exact == text,
            Pattern::Matches(pattern) => pattern.is_match(text),
        }
    }
}

impl Selector {
    /// Compiles a selector with the patterns of a render. Empty parts match anything.
    ///
    /// # Errors
    /// Fails on invalid patterns.
    pub fn new(config: &SelectorConfig, patterns: &Arc<Patterns>) -> Result<Selector> {
        let labels = |field: &Located<String>| {
            let span = Span::new(field.position, field.len());
            LabelSelector::parse(field).map_err(|error| error.at(span, "this selector"))
        };
        let id = [&config.group, &config.version, &config.kind, &config.name, &config.namespace];
        Ok(Selector {
            group: Pattern::new(&config.group, patterns)?,
            version: Pattern::new(&config.version, patterns)?,
            kind: Pattern::new(&config.kind, patterns)?,
            name: Pattern::new(&config.name, patterns)?,
            namespace: Pattern::new(&config.namespace, patterns)?,
            labels: labels(&config.label_selector),
            annotations: labels(&config.annotation_selector),
            is_id_empty: id.iter().all(|part| part.is_empty()),
            selects_bookkeeping: has_bookkeeping_annotation(&config.annotation_selector),
            is_metadata_empty: config.label_selector.is_empty() && config.annotation_selector.is_empty(),
        })
    }

    /// Returns the current or former name of all selected resources, if the selector specifies it exactly.
    pub fn exact_name(&self) -> Option<&str> {
        match &self.name {
            Pattern::Exactly(name) => Some(name),
            _ => None,
        }
    }

    pub fn matches_gvk(&self, gvk: &Gvk) -> bool {
        self.matches_parts(&gvk.group, &gvk.version, &gvk.kind)
    }

    fn matches_parts(&self, group: &str, version: &str, kind: &str) -> bool {
        self.kind.matches(kind) && self.group.matches(group) && self.version.matches(version)
    }

    /// Returns whether an identity is selected; an empty namespace is not replaced by the default one.
    pub fn matches_id(&self, id: &ResId) -> bool {
        self.matches_gvk(&id.gvk) && self.name.matches(&id.name) && self.namespace.matches(&id.namespace)
    }

    /// Returns whether a resource's labels and annotations are selected. Annotations are checked only if the labels match.
    ///
    /// # Errors
    /// Fails on invalid label selectors.
    pub fn matches_metadata(&self, resource: &Resource) -> Result<bool> {
        if self.is_metadata_empty {
            return Ok(true);
        }
        let labels = self.labels.as_ref().map_err(Clone::clone)?;
        if !labels.matches(&metadata_entries(resource.tree(), "labels")) {
            return Ok(false);
        }
        // (fixture `replacements/selector-for-hash-annotation`)
        let bookkeeping = if self.selects_bookkeeping { resource.bookkeeping() } else { Vec::new() };
        let mut annotations = metadata_entries(resource.tree(), "annotations");
        annotations.extend(bookkeeping.iter().map(|(name, text)| (*name, text.as_str())));
        Ok(self.annotations.as_ref().map_err(Clone::clone)?.matches(&annotations))
    }

    /// Returns whether a resource is selected by its current or its original identity.
    ///
    /// # Errors
    /// Fails on invalid label selectors, if the identity is selected.
    pub fn matches(&self, resource: &Resource, schema: &Schema) -> Result<bool> {
        Ok(self.matches_identity(resource, schema) && self.matches_metadata(resource)?)
    }

    /// Returns whether a resource's current or original identity is selected.
    pub fn matches_identity(&self, resource: &Resource, schema: &Schema) -> bool {
        let (group, version, kind) = group_version_kind(resource.tree());
        if !self.matches_parts(group, version, kind) {
            return false;
        }
        let (_, original_name, original_namespace) = resource.original(schema);
        (self.name.matches(original_name) || self.name.matches(resource.name()))
            && (self.namespace.matches(original_namespace)
                || self.namespace.matches(resource.effective_namespace(schema)))
    }

    /// Checks the label and annotation selectors without matching a resource.
    ///
    /// # Errors
    /// Fails on invalid label selectors.
    pub fn check_metadata(&self) -> Result<()> {
        let check = |selector: &Result<LabelSelector>| selector.as_ref().map(|_| ()).map_err(Clone::clone);
        check(&self.labels).and_then(|()| check(&self.annotations))
    }
}
