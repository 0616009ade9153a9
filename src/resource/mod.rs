//! Resources: their identity, and how they are selected and changed.

mod affixes;
pub mod bookkeeping;
pub mod data;
mod former_name;
mod history;
pub mod identity;
mod journal;
pub mod limits;
pub mod manifest;
pub mod metadata;
mod nothing_to_change;
pub mod origin;
mod overwritten;
pub mod patch;
pub mod paths;
pub mod schema;
pub mod select;
mod set;
pub mod transformer_config;

use std::sync::Arc;

use crate::diagnostic::Result;
use crate::yaml::{NodeId, Position, Tag, Tree};

use identity::{api_version_and_kind, effective_namespace, group_version_kind};
use metadata::{metadata_entries, metadata_mut, metadata_text, normalize_metadata_map, set_text_field};
use paths::field_spec::{self, Create, EntrySetter, KeyIndex, wrong_kind};

pub use affixes::{AddedAffix, Affixes};
pub use former_name::FormerName;
pub use history::{Copied, CopySource, State, Step};
pub use identity::{Gvk, ResId};
pub use journal::{Journal, Removed};
pub use limits::{RenderLimits, Work};
pub use origin::{ConfiguredBy, Origin};
pub use paths::field_spec::FieldSpec;
pub use schema::Schema;
pub use set::{Identity, Resources};

/// The behavior of a generated resource towards an existing one with the same identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behavior {
    Unspecified,
    Create,
    Replace,
    Merge,
}

impl Behavior {
    /// Returns the behavior with a name. As in kustomize, unknown names mean unspecified.
    pub(crate) fn from_name(name: &str) -> Behavior {
        match name {
            "create" => Behavior::Create,
            "replace" => Behavior::Replace,
            "merge" => Behavior::Merge,
            _ => Behavior::Unspecified,
        }
    }

    /// Returns the name of the behavior.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Behavior::Unspecified => "unspecified",
            Behavior::Create => "create",
            Behavior::Replace => "replace",
            Behavior::Merge => "merge",
        }
    }
}

/// A former identity of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousId {
    pub name: FormerName,
    /// The effective namespace, see [`effective_namespace`].
    pub namespace: String,
    pub kind: String,
    /// The number of times that kustomize records it in succession.
    pub times: usize,
}

/// A Kubernetes resource in a render.
///
/// # Example
/// ```
/// use boutique::{Options, io};
///
/// let host = io::MemoryHost::new([
///     ("/kustomization.yaml", "namespace: shop\nresources: [web.yaml]\n"),
///     ("/web.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n"),
/// ]);
/// let rendered = io::render(&host, "/", &Options::default()).result.expect("it is valid");
/// let web = &rendered.resources()[0];
/// assert_eq!((web.kind(), web.namespace(), web.name()), ("Deployment", "shop", "web"));
/// assert_eq!((&*web.gvk().group, &*web.gvk().version), ("apps", "v1"));
/// assert_eq!(web.id().name, "web");
/// let replicas = web.tree().get_path(web.root(), &["spec", "replicas"]).expect("it has the field");
/// assert_eq!(web.tree().text(replicas), "2");
/// ```
#[derive(Clone, Debug)]
pub struct Resource {
    tree: Arc<Tree>,
    /// Former identities, oldest first.
    pub(crate) previous: Vec<PreviousId>,
    pub(crate) prefixes: Affixes,
    pub(crate) suffixes: Affixes,
    pub(crate) needs_hash: bool,
    /// `None` if no generator created the resource.
    pub(crate) behavior: Option<Behavior>,
    /// Whether a Helm chart created the resource. The `namespace` field does not change it in this case.
    pub(crate) from_helm: bool,
    /// The names of the variables that get their value from the resource.
    pub(crate) variables: Vec<String>,
    pub(crate) origin: Option<Origin>,
    pub(crate) transformations: Vec<Arc<Origin>>,
    /// Whether kustomize has added bookkeeping annotations by now.
    pub(crate) is_annotated: bool,
    /// See [`Resource::history`].
    pub(super) history: Vec<Arc<State>>,
    /// The values that were copied into the document since the last recorded state.
    copied: Vec<Copied>,
    /// An upper bound of the size of former identities and transformations in bytes.
    bookkeeping_bytes: usize,
}

impl Resource {
    pub(crate) fn new(tree: Arc<Tree>) -> Resource {
        Resource {
            tree,
            previous: Vec::new(),
            prefixes: Affixes::default(),
            suffixes: Affixes::default(),
            needs_hash: false,
            behavior: None,
            from_helm: false,
            variables: Vec::new(),
            origin: None,
            transformations: Vec::new(),
            is_annotated: false,
            history: Vec::new(),
            copied: Vec::new(),
            bookkeeping_bytes: 0,
        }
    }

    /// Returns the size of the resource in bytes, without its source text.
    pub(crate) fn memory(&self) -> usize {
        self.tree.memory() + self.bookkeeping_bytes
    }

    /// Returns the document.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Returns the document for modification. A shared document is copied first.
    pub(crate) fn tree_mut(&mut self) -> &mut Tree {
        Arc::make_mut(&mut self.tree)
    }

    /// Lowers the depth that changes of the document may lead to.
    fn limit_depth(&mut self, limit: usize) {
        if self.tree.depth_limit() > limit {
            self.tree_mut().limit_depth(limit);
        }
    }

    pub(crate) fn shared_tree(&self) -> &Arc<Tree> {
        &self.tree
    }

    /// Returns the root of the document.
    pub fn root(&self) -> NodeId {
        self.tree.root()
    }

    /// Returns the position of the resource.
    pub fn position(&self) -> Position {
        self.tree.position(self.tree.root())
    }

    /// Returns the position of a field, or else of the resource.
    pub(crate) fn field_position(&self, path: &[&str]) -> Position {
        self.tree.get_path(self.root(), path).map_or(self.position(), |field| self.tree.position(field))
    }

    /// Returns the position of the name, or else of the resource.
    pub(crate) fn name_position(&self) -> Position {
        self.field_position(&["metadata", "name"])
    }

    /// Returns `kind`, or the empty string.
    pub fn kind(&self) -> &str {
        api_version_and_kind(&self.tree).1
    }

    /// Returns `apiVersion`, or the empty string.
    pub fn api_version(&self) -> &str {
        api_version_and_kind(&self.tree).0
    }

    /// Returns group and kind, which do not change when the version of an API does.
    pub(crate) fn group_and_kind(&self) -> (&str, &str) {
        let (group, _, kind) = group_version_kind(&self.tree);
        (group, kind)
    }

    /// Returns group, version and kind.
    pub fn gvk(&self) -> Gvk {
        let (api_version, kind) = api_version_and_kind(&self.tree);
        Gvk::from_api_version(api_version, kind)
    }

    /// Returns `metadata.name`, or the empty string.
    pub fn name(&self) -> &str {
        metadata_text(&self.tree, "name")
    }

    /// Returns `metadata.namespace`, or the empty string.
    pub fn namespace(&self) -> &str {
        metadata_text(&self.tree, "namespace")
    }

    pub(crate) fn is_cluster_scoped(&self, schema: &Schema) -> bool {
        let (api_version, kind) = api_version_and_kind(&self.tree);
        schema.is_cluster_scoped(api_version, kind)
    }

    /// Returns the namespace that is part of the identity.
    pub(crate) fn effective_namespace(&self, schema: &Schema) -> &str {
        effective_namespace(self.namespace(), self.is_cluster_scoped(schema))
    }

    /// Returns the identity.
    pub fn id(&self) -> ResId {
        ResId { gvk: self.gvk(), name: self.name().to_string(), namespace: self.namespace().to_string() }
    }

    /// Returns kind and name for display. A name that was copied from a Secret is masked.
    pub fn label(&self) -> String {
        format!("{}/{}", self.kind(), if self.has_secret_name() { "***" } else { self.name() })
    }

    /// Returns whether the name was copied from a Secret.
    pub(crate) fn has_secret_name(&self) -> bool {
        let name = self.tree.get_path(self.root(), &["metadata", "name"]);
        name.is_some_and(|name| self.tree.is_marked_secret(name))
    }

    /// Marks the name as copied from a Secret.
    pub(crate) fn mark_name(&mut self) {
        if let Some(name) = self.tree.get_path(self.root(), &["metadata", "name"]) {
            self.tree_mut().mark_secret(name);
        }
    }

    /// Returns the first identity: kind, name and effective namespace.
    pub(crate) fn original(&self, schema: &Schema) -> (&str, &str, &str) {
        match self.previous.first() {
            Some(first) => (&first.kind, &first.name, effective_namespace(&first.namespace, false)),
            None => (self.kind(), self.name(), self.effective_namespace(schema)),
        }
    }

    /// Records the current identity before it changes.
    pub(crate) fn store_previous_id(&mut self, schema: &Schema) {
        // Thousands of patches may record the same identity.
        let (name, kind, namespace) = (self.name(), self.kind(), self.effective_namespace(schema));
        let is_same = |last: &PreviousId| *last.name == *name && last.kind == kind && last.namespace == namespace;
        if self.previous.last().is_some_and(is_same) {
            self.previous.last_mut().into_iter().for_each(|last| last.times += 1);
            return self.mark_annotated();
        }
        let previous =
            PreviousId { name: name.into(), namespace: namespace.to_string(), kind: kind.to_string(), times: 1 };
        // An entry of the index by name takes some space, too.
        const INDEX_ENTRY: usize = 64;
        let texts = previous.name.len() + previous.namespace.len() + previous.kind.len();
        self.bookkeeping_bytes += size_of::<PreviousId>() + INDEX_ENTRY + texts;
        let shared = former_name::share(self.previous.iter_mut().map(|previous| &mut previous.name), &previous.name);
        self.bookkeeping_bytes = self.bookkeeping_bytes.saturating_sub(shared);
        self.previous.push(previous);
        self.mark_annotated();
    }

    /// Records that kustomize adds bookkeeping annotations from now on, which removes an empty mapping of annotations.
    pub(crate) fn mark_annotated(&mut self) {
        if self.is_annotated {
            return;
        }
        self.is_annotated = true;
        let root = self.root();
        let Some(metadata) = self.tree.get(root, "metadata") else { return };
        if self.tree.get(metadata, "annotations").is_some_and(|annotations| self.tree.is_empty(annotations)) {
            self.tree_mut().remove(metadata, "annotations");
        }
    }

    pub(crate) fn set_kind(&mut self, kind: &str) {
        if self.kind() == kind {
            return;
        }
        let root = self.root();
        let position = self.tree.get(root, "kind").map_or(Position::NONE, |node| self.tree.position(node));
        set_text_field(self.tree_mut(), root, "kind", kind, position);
    }

    /// Sets `metadata.name`.
    ///
    /// # Errors
    /// Fails if `metadata` is not a mapping.
    pub(crate) fn set_name(&mut self, name: &str, position: Position) -> Result<()> {
        let metadata = metadata_mut(self.tree_mut(), position)?;
        set_text_field(self.tree_mut(), metadata, "name", name, position);
        Ok(())
    }

    /// Sets `metadata.namespace`; an empty one is removed.
    ///
    /// # Errors
    /// Fails if `metadata` is not a mapping.
    pub(crate) fn set_namespace(&mut self, namespace: &str, position: Position) -> Result<()> {
        if namespace.is_empty() {
            let root = self.root();
            if let Some(metadata) = self.tree.get(root, "metadata")
                && self.tree.get(metadata, "namespace").is_some()
            {
                self.tree_mut().remove(metadata, "namespace");
            }
            return Ok(());
        }
        let metadata = metadata_mut(self.tree_mut(), position)?;
        set_text_field(self.tree_mut(), metadata, "namespace", namespace, position);
        Ok(())
    }

    /// Inherits the bookkeeping data of the resource that this one replaces.
    pub(crate) fn inherit_bookkeeping(&mut self, old: &Resource) {
        let tree = std::mem::replace(&mut self.tree, old.tree.clone());
        *self = Resource { tree, ..old.clone() };
    }

    /// Checks that annotations can be added.
    ///
    /// # Errors
    /// Fails on annotations that are neither null nor a mapping (fixture `buildMetadata/origin-of-scalar-annotations`).
    pub(crate) fn check_annotations(&self) -> Result<()> {
        match self.tree.get_path(self.root(), &["metadata", "annotations"]) {
            Some(annotations) if !self.tree.is_null(annotations) && !self.tree.is_mapping(annotations) => {
                Err(wrong_kind(&self.tree, annotations, "a mapping"))
            }
            _ => Ok(()),
        }
    }

    /// Sets the origin, which kustomize stores in an annotation.
    pub(crate) fn set_origin(&mut self, origin: Option<Origin>) {
        if origin.is_some() {
            self.mark_annotated();
            self.origin = origin;
        }
    }

    /// Records a transformer that ran. If the resource has no origin, the transformer has created it.
    pub(crate) fn add_transformation(&mut self, origin: &Arc<Origin>) {
        if self.origin.is_none() {
            self.set_origin(Some(Origin::clone(origin)));
        } else {
            self.rewrite_annotations();
            self.bookkeeping_bytes += size_of::<Arc<Origin>>();
            self.transformations.push(origin.clone());
        }
    }

    /// Converts all annotations to strings that are not linked to other fields, as kustomize does when it adds build
    /// metadata (fixture `buildMetadata/annotations-are-rewritten`).
    fn rewrite_annotations(&mut self) {
        let tree = self.tree();
        let Some(annotations) = tree.get_path(tree.root(), &["metadata", "annotations"]) else { return };
        let is_rewritten = |value: NodeId| tree.tag(value) == Tag::Str && !tree.is_linked(value);
        if tree.is_mapping(annotations) && !tree.entries(annotations).all(|(_, value)| is_rewritten(value)) {
            normalize_metadata_map(self.tree_mut(), "annotations", |_| false)
                .expect("annotations are a mapping in a mapping");
        }
    }

    /// Sets an annotation if `text` is not `None`.
    ///
    /// # Errors
    /// Fails if `metadata` or the annotations are not a mapping.
    pub(crate) fn set_annotation(&mut self, key: &str, text: Option<String>, position: Position) -> Result<()> {
        let Some(text) = text else { return Ok(()) };
        let spec = FieldSpec::new(Gvk::default(), "metadata/annotations", true);
        let mut setter = EntrySetter::new(key, &text, position);
        field_spec::apply(self.tree_mut(), &spec, Create::Mapping, position, &mut |tree, node| {
            setter.set(tree, node, &mut KeyIndex::default())
        })
    }

    /// Returns the entries of `metadata.labels` or `metadata.annotations`. Of equal keys, only the last counts.
    pub(crate) fn metadata_map(&self, field: &str) -> Vec<(&str, &str)> {
        metadata_entries(&self.tree, field)
    }

    /// Adds the current document to the history if a step has changed it. Returns the added size in bytes.
    pub(super) fn record(&mut self, step: Step) -> usize {
        let copied = std::mem::take(&mut self.copied);
        let is_changed = self.history.last().is_none_or(|last| !Arc::ptr_eq(&last.tree, self.shared_tree()));
        if !is_changed {
            return 0;
        }
        let tree = self.shared_tree().clone();
        let bytes = tree.memory();
        self.history.push(Arc::new(State { step, tree, copied }));
        bytes
    }

    /// Records that a value was copied from another field. Without a history there is no source, and nothing is recorded.
    pub(crate) fn record_copy(&mut self, node: NodeId, source: Option<Arc<CopySource>>, is_part: bool) {
        self.copied.extend(source.map(|source| Copied { node, source, is_part }));
    }

    /// Returns a field as the source of copies; `None` if histories are not recorded.
    pub(crate) fn copy_source(&self, node: NodeId) -> Option<Arc<CopySource>> {
        let resource = self.history.first()?.clone();
        Some(Arc::new(CopySource { resource, states: self.history.len(), tree: self.tree.clone(), node }))
    }

    /// Returns the states of the document, oldest first. Empty unless [`crate::Options::trace`] is set.
    pub(crate) fn history(&self) -> &[Arc<State>] {
        &self.history
    }
}
