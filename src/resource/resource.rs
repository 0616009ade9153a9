//! One resource: its document, and what a render has to remember about it.

use std::borrow::Cow;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::yaml::{FileId, Kind, NodeId, ParseLimits, Plain, Position, Style, Tag, Tree, Words, parse_value, resolve};

use super::Origin;
use super::State;
use super::field_spec::{self, Create, EntrySetter, FieldSpec, wrong_kind};
use super::gvk::{Gvk, ResId, effective_namespace, split_api_version};
use super::schema::Schema;

/// What a generated resource does with one of the same identity that is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behavior {
    Unspecified,
    Create,
    Replace,
    Merge,
}

impl Behavior {
    /// Reads the word of a kustomization file; unknown words are unspecified, as in the reference.
    pub fn from_word(word: &str) -> Behavior {
        match word {
            "create" => Behavior::Create,
            "replace" => Behavior::Replace,
            "merge" => Behavior::Merge,
            _ => Behavior::Unspecified,
        }
    }

    /// Returns the word for it, as the reference notes it.
    pub fn word(self) -> &'static str {
        match self {
            Behavior::Unspecified => "unspecified",
            Behavior::Create => "create",
            Behavior::Replace => "replace",
            Behavior::Merge => "merge",
        }
    }
}

/// A name that the resource had before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousId {
    pub name: String,
    /// The effective namespace, see [`effective_namespace`].
    pub namespace: String,
    pub kind: String,
}

/// A Kubernetes resource in a render.
#[derive(Clone, Debug)]
pub struct Resource {
    tree: Arc<Tree>,
    /// Former identities, oldest first.
    pub previous: Vec<PreviousId>,
    pub prefixes: Vec<String>,
    pub suffixes: Vec<String>,
    pub needs_hash: bool,
    /// `None` for what no generator made.
    pub behavior: Option<Behavior>,
    /// Helm made it, so the `namespace` field leaves it alone.
    pub from_helm: bool,
    /// The names of the variables that take their value from it.
    pub variables: Vec<String>,
    pub origin: Option<Origin>,
    pub transformations: Vec<Origin>,
    /// The reference would have put some of the above into the resource's annotations by now.
    pub is_annotated: bool,
    /// See [`Resource::history`].
    pub(super) history: Vec<State>,
    /// How many bytes its former identities and transformations take, at most.
    remembered: usize,
}

impl Resource {
    pub fn new(tree: Arc<Tree>) -> Resource {
        Resource {
            tree,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            needs_hash: false,
            behavior: None,
            from_helm: false,
            variables: Vec::new(),
            origin: None,
            transformations: Vec::new(),
            is_annotated: false,
            history: Vec::new(),
            remembered: 0,
        }
    }

    /// Returns how many bytes the resource takes, beside the text that it was read from.
    pub fn memory(&self) -> usize {
        self.tree.memory() + self.remembered
    }

    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Returns the document for changing, copying it first if others share it.
    pub fn tree_mut(&mut self) -> &mut Tree {
        Arc::make_mut(&mut self.tree)
    }

    pub fn shared_tree(&self) -> &Arc<Tree> {
        &self.tree
    }

    pub fn root(&self) -> NodeId {
        self.tree.root()
    }

    /// Returns where the resource starts.
    pub fn position(&self) -> Position {
        self.tree.position(self.tree.root())
    }

    /// Returns where a field is written, or else the resource.
    pub fn field_position(&self, path: &[&str]) -> Position {
        self.tree.get_path(self.root(), path).map_or(self.position(), |field| self.tree.position(field))
    }

    /// Returns where the name is written, or else the resource.
    pub fn name_position(&self) -> Position {
        self.field_position(&["metadata", "name"])
    }

    pub fn kind(&self) -> &str {
        api_version_and_kind(&self.tree).1
    }

    pub fn api_version(&self) -> &str {
        api_version_and_kind(&self.tree).0
    }

    /// Returns what of the type does not change when an API matures.
    pub fn group_and_kind(&self) -> (&str, &str) {
        let (group, _, kind) = group_version_kind(&self.tree);
        (group, kind)
    }

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

    pub fn is_cluster_scoped(&self, schema: &Schema) -> bool {
        let (api_version, kind) = api_version_and_kind(&self.tree);
        schema.is_cluster_scoped(api_version, kind)
    }

    /// Returns the namespace by which the resource is told apart.
    pub fn effective_namespace(&self, schema: &Schema) -> &str {
        effective_namespace(self.namespace(), self.is_cluster_scoped(schema))
    }

    pub fn id(&self) -> ResId {
        ResId { gvk: self.gvk(), name: self.name().to_string(), namespace: self.namespace().to_string() }
    }

    /// Returns kind and name as they are shown to people.
    pub fn label(&self) -> String {
        format!("{}/{}", self.kind(), self.name())
    }

    /// Returns the first identity: kind, name and effective namespace.
    pub fn original(&self, schema: &Schema) -> (&str, &str, &str) {
        match self.previous.first() {
            Some(first) => (&first.kind, &first.name, effective_namespace(&first.namespace, false)),
            None => (self.kind(), self.name(), self.effective_namespace(schema)),
        }
    }

    /// Remembers the present identity before it changes.
    pub fn store_previous_id(&mut self, schema: &Schema) {
        let previous = PreviousId {
            name: self.name().to_string(),
            namespace: self.effective_namespace(schema).to_string(),
            kind: self.kind().to_string(),
        };
        self.remembered +=
            size_of::<PreviousId>() + previous.name.len() + previous.namespace.len() + previous.kind.len();
        self.previous.push(previous);
        self.mark_annotated();
    }

    /// Notes that the reference keeps bookkeeping in the annotations of this resource from now on, which drops empty ones.
    pub fn mark_annotated(&mut self) {
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

    pub fn set_kind(&mut self, kind: &str) {
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
    /// Fails when `metadata` is no mapping.
    pub fn set_name(&mut self, name: &str, position: Position) -> Result<()> {
        let metadata = metadata_mut(self.tree_mut(), position)?;
        set_text_field(self.tree_mut(), metadata, "name", name, position);
        Ok(())
    }

    /// Sets `metadata.namespace`; an empty one is removed.
    ///
    /// # Errors
    /// Fails when `metadata` is no mapping.
    pub fn set_namespace(&mut self, namespace: &str, position: Position) -> Result<()> {
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

    /// Takes over the memory of the resource whose place this one takes.
    pub fn remember_as(&mut self, old: &Resource) {
        let tree = std::mem::replace(&mut self.tree, old.tree.clone());
        *self = Resource { tree, ..old.clone() };
    }

    /// Checks that notes can be added to the annotations.
    ///
    /// # Errors
    /// Fails on annotations that are neither null nor a mapping (fixture `errors/origin-of-scalar-annotations`).
    pub fn check_annotations(&self) -> Result<()> {
        match self.tree.get_path(self.root(), &["metadata", "annotations"]) {
            Some(annotations) if !self.tree.is_null(annotations) && !self.tree.is_mapping(annotations) => {
                Err(wrong_kind(&self.tree, annotations, "a mapping"))
            }
            _ => Ok(()),
        }
    }

    /// Sets where the resource came from; the reference keeps that in an annotation.
    pub fn set_origin(&mut self, origin: Option<Origin>) {
        if origin.is_some() {
            self.mark_annotated();
            self.origin = origin;
        }
    }

    /// Notes that a transformer ran; on a resource without origin, it must have made the resource.
    pub fn add_transformation(&mut self, origin: &Origin) {
        if self.origin.is_none() {
            self.set_origin(Some(origin.clone()));
        } else {
            self.rewrite_annotations();
            self.remembered += size_of::<Origin>() + origin.to_lines("").len();
            self.transformations.push(origin.clone());
        }
    }

    /// Makes all annotations strings that no other field shares, as the reference does when it writes the build metadata
    /// among them (fixture `buildMetadata/annotations-are-rewritten`).
    fn rewrite_annotations(&mut self) {
        let tree = self.tree();
        let Some(annotations) = tree.get_path(tree.root(), &["metadata", "annotations"]) else { return };
        let is_rewritten = |value: NodeId| tree.tag(value) == Tag::Str && !tree.is_twin(value);
        if tree.is_mapping(annotations) && !tree.entries(annotations).all(|(_, value)| is_rewritten(value)) {
            normalize_metadata_map(self.tree_mut(), "annotations", |_| false)
                .expect("annotations are a mapping in a mapping");
        }
    }

    /// Sets an annotation, if there is a text for it. Its source is the resource, which it tells about.
    ///
    /// # Errors
    /// Fails where `metadata` or its annotations are no mapping.
    pub fn set_annotation(&mut self, key: &str, text: Option<String>) -> Result<()> {
        let Some(text) = text else { return Ok(()) };
        let spec = FieldSpec::new(Gvk::default(), "metadata/annotations", true);
        let position = self.position();
        let mut setter = EntrySetter::new(key, &text, position);
        field_spec::apply(self.tree_mut(), &spec, Create::Mapping, position, &mut |tree, node| setter.set(tree, node))
    }

    /// Returns the entries of `metadata.labels` or `metadata.annotations`, the last of equal keys only.
    pub fn metadata_map(&self, field: &str) -> Vec<(&str, &str)> {
        metadata_entries(&self.tree, field)
    }
}

/// Returns the texts of `apiVersion` and `kind` at the root.
pub fn api_version_and_kind(tree: &Tree) -> (&str, &str) {
    let text = |key| tree.get(tree.root(), key).map_or("", |value| tree.text(value));
    (text("apiVersion"), text("kind"))
}

/// Returns group, version and kind at the root.
pub fn group_version_kind(tree: &Tree) -> (&str, &str, &str) {
    let (api_version, kind) = api_version_and_kind(tree);
    let (group, version) = split_api_version(api_version);
    (group, version, kind)
}

fn metadata_text<'a>(tree: &'a Tree, field: &str) -> &'a str {
    let value = tree.get(tree.root(), "metadata").and_then(|metadata| tree.get(metadata, field));
    value.filter(|&value| !tree.is_null_or_empty(value)).map_or("", |value| tree.text(value))
}

/// Returns the entries of a map in `metadata`, the last of equal keys only.
pub fn metadata_entries<'a>(tree: &'a Tree, field: &str) -> Vec<(&'a str, &'a str)> {
    let Some(map) = tree.get_path(tree.root(), &["metadata", field]) else { return Vec::new() };
    let mut entries: Vec<(&str, &str)> = Vec::new();
    for (key, value) in tree.entries(map) {
        let (key, value) = (tree.text(key), tree.text(value));
        match entries.iter_mut().find(|(known, _)| *known == key) {
            Some(entry) => entry.1 = value,
            None => entries.push((key, value)),
        }
    }
    entries
}

/// Returns the `metadata` mapping, creating it where it is missing.
fn metadata_mut(tree: &mut Tree, position: Position) -> Result<NodeId> {
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

/// Sets a field to an untagged text, keeping the style of the field, as the reference does with names and kinds.
pub fn set_text_field(tree: &mut Tree, mapping: NodeId, key: &str, text: &str, position: Position) {
    match tree.get(mapping, key) {
        Some(field) => {
            let style = tree.style(field);
            let value = tree.scalar(text, Tag::None, style, position);
            tree.overwrite(field, value);
        }
        None => {
            let style = if is_not_a_string_in_yaml_1_1(text) { Style::DoubleQuoted } else { Style::Plain };
            let value = tree.scalar(text, Tag::None, style, position);
            tree.append_entry(mapping, key, value);
        }
    }
}

/// Replaces a map in `metadata` by string entries, in the order of their keys; an empty map is removed.
///
/// # Errors
/// Fails when `metadata` is no mapping.
pub fn set_metadata_map(tree: &mut Tree, field: &str, entries: &[(String, Cow<'_, str>, Position)]) -> Result<()> {
    let metadata = metadata_mut(tree, Position::NONE)?;
    let old: Vec<_> = tree.get(metadata, field).map(|old| tree.entries(old).collect()).unwrap_or_default();
    let private = old.into_iter().filter(|&(_, value)| tree.is_private(value));
    let private: Vec<String> = private.map(|(key, _)| tree.text(key).to_string()).collect();
    tree.remove(metadata, field);
    if entries.is_empty() {
        return Ok(());
    }
    let map = tree.mapping(entries[0].2);
    for (key, text, position) in entries {
        let value = tree.scalar(text, Tag::Str, string_style(text), *position);
        tree.append_entry(map, key, value);
        if private.contains(key) {
            tree.make_private(value);
        }
    }
    tree.append_entry(metadata, field, map);
    Ok(())
}

/// Turns the values of a map in `metadata` into strings, as the reference does whenever it rewrites the map, and leaves
/// out the entries that `drop` names. A map without entries disappears. What a list holds are keys and values in turn
/// (fixture `patches/json-annotations-as-a-list`).
///
/// # Errors
/// Fails when `metadata` is no mapping, and on a list that lacks a value.
pub fn normalize_metadata_map(tree: &mut Tree, field: &str, drop: impl Fn(&str) -> bool) -> Result<()> {
    let Some(map) = tree.get_path(tree.root(), &["metadata", field]) else { return Ok(()) };
    let mut entries: Vec<(String, Cow<'_, str>, Position)> = Vec::new();
    let children: Vec<NodeId> = tree.children(map).collect();
    for pair in children.chunks(2) {
        let &[key, value] = pair else { return Err(wrong_kind(tree, map, "a mapping")) };
        let (key, text, position) = (tree.text(key), tree.text(value).to_string(), tree.position(value));
        if drop(key) {
            continue;
        }
        match entries.iter_mut().find(|(known, ..)| known == key) {
            Some(entry) => (entry.1, entry.2) = (text.into(), position),
            None => entries.push((key.to_string(), text.into(), position)),
        }
    }
    set_metadata_map(tree, field, &entries)
}

/// Checks that a document is a resource.
///
/// # Errors
/// Fails when it has no kind or no name. Lists need no name.
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
            "the document is no Kubernetes resource",
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
    if name.is_empty() {
        return not_a_resource("missing metadata.name in object", "every resource needs `metadata.name`");
    }
    Ok(())
}

/// The style that the reference gives a string it sets itself.
pub fn string_style(text: &str) -> Style {
    if text.contains('\n') {
        Style::Literal
    } else if is_not_a_string_in_yaml_1_1(text) {
        Style::DoubleQuoted
    } else {
        Style::Plain
    }
}

/// Returns whether a plain text would be read as something else than a string under YAML 1.1, which takes more than the
/// newline for a line break.
pub fn is_not_a_string_in_yaml_1_1(text: &str) -> bool {
    if text.is_empty() || text.contains('\n') {
        return false;
    }
    let inside = text.trim_matches([' ', '\u{85}', '\u{2028}', '\u{2029}']);
    let is_string = |text: &str| matches!(resolve(text, Words::V2), Plain::Str | Plain::Timestamp(_));
    if !may_be_structured(inside) {
        return !is_string(inside);
    }
    // What is no YAML at all is a string.
    let Ok(value) = parse_value(&Arc::new(inside.to_string()), FileId::NONE, ParseLimits::default()) else {
        return false;
    };
    let Some(tree) = value else { return true };
    let root = tree.root();
    match tree.kind(root) {
        Kind::Scalar if tree.is_tagged(root) => !matches!(tree.tag(root), Tag::Str | Tag::Other | Tag::None),
        Kind::Scalar => tree.style(root) == Style::Plain && !is_string(tree.text(root)),
        Kind::Mapping | Kind::Sequence => true,
    }
}

/// Returns whether a text may be more than a plain scalar for a YAML reader.
fn may_be_structured(text: &str) -> bool {
    const INDICATORS: &[char] =
        &['-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`'];
    text.starts_with(INDICATORS) || text.ends_with(':') || text.contains(": ") || text.contains(" #")
}
