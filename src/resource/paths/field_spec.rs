//! Field specs: the fields that a transformer sets, by kind.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Result, too_deep};
use crate::yaml::{Kind, NodeId, Position, Style, Tag, Tree, resolves_to_non_string};

use crate::resource::identity::Gvk;
use crate::resource::identity::group_version_kind;
use crate::resource::paths::written_path::{selects_elements, split_first, split_path};

/// A path to a field in resources of some kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// Selects the kinds; an empty part matches anything.
    pub gvk: Gvk,
    /// The path as written: names joined by `/`, where `\/` is a slash in a name and `[]` marks a list.
    pub path: Cow<'static, str>,
    /// Whether to create missing fields.
    pub create: bool,
    /// The position in a file; `NONE` if the field spec is built in.
    position: Position,
}

impl FieldSpec {
    pub fn new(gvk: Gvk, path: &str, create: bool) -> FieldSpec {
        FieldSpec { gvk, path: Cow::Owned(path.to_string()), create, position: Position::NONE }
    }

    /// Returns the field spec with a position in a file.
    pub fn written_at(self, position: Position) -> FieldSpec {
        FieldSpec { position, ..self }
    }

    /// Returns the path without a leading slash.
    pub fn names(&self) -> &str {
        self.path.strip_prefix('/').unwrap_or(&self.path)
    }

    /// Adds the path to an error about the field.
    pub fn considered(&self, mut error: Box<Diagnostic>) -> Box<Diagnostic> {
        error.message = format!("considering field `{}`: {}", self.path, error.message);
        error
    }

    /// Returns the field spec for resources of any kind.
    pub fn for_any_kind(&self) -> FieldSpec {
        FieldSpec { gvk: Gvk::default(), ..self.clone() }
    }

    /// Returns the field spec with `create` set.
    pub fn creating(&self) -> FieldSpec {
        FieldSpec { create: true, ..self.clone() }
    }

    /// Returns whether `other`, which has the same path, would have no effect in addition to this one.
    fn covers(&self, other: &FieldSpec) -> bool {
        other.gvk.selects_gvk(&self.gvk)
    }
}

/// A field spec of a default table.
#[derive(Clone, Copy, Debug)]
pub struct DefaultFieldSpec {
    pub group: &'static str,
    pub version: &'static str,
    pub kind: &'static str,
    pub path: &'static str,
    pub create: bool,
}

impl DefaultFieldSpec {
    pub const fn new(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        path: &'static str,
        create: bool,
    ) -> DefaultFieldSpec {
        DefaultFieldSpec { group, version, kind, path, create }
    }
}

impl From<&DefaultFieldSpec> for FieldSpec {
    fn from(spec: &DefaultFieldSpec) -> FieldSpec {
        let gvk = Gvk::built_in(spec.group, spec.version, spec.kind);
        FieldSpec { gvk, path: Cow::Borrowed(spec.path), create: spec.create, position: Position::NONE }
    }
}

/// Sorts field specs by the kinds that they select.
pub fn sort(specs: &mut [FieldSpec]) {
    specs.sort_by_cached_key(|spec| spec.gvk.order_key());
}

/// Adds the field specs that no existing one covers, and returns whether there are any. The effort is linear, since only
/// field specs with the same path are compared.
///
/// # Errors
/// Fails if an existing one has a different value of `create`.
pub fn merge_all<'a>(specs: &mut Vec<FieldSpec>, added: impl IntoIterator<Item = &'a FieldSpec>) -> Result<bool> {
    let mut added = added.into_iter().peekable();
    if added.peek().is_none() {
        return Ok(false);
    }
    let before = specs.len();
    let mut by_path: HashMap<Cow<'static, str>, Vec<usize>> = HashMap::with_capacity(before);
    for (at, spec) in specs.iter().enumerate() {
        by_path.entry(spec.path.clone()).or_default().push(at);
    }
    for spec in added {
        let same_path = by_path.entry(spec.path.clone()).or_default();
        match same_path.iter().map(|&at| &specs[at]).find(|known| known.covers(spec)) {
            Some(known) if known.create != spec.create => return Err(conflict(spec, known)),
            Some(_) => {}
            None => {
                same_path.push(specs.len());
                specs.push(spec.clone());
            }
        }
    }
    Ok(specs.len() > before)
}

/// Returns the error about field specs with different values of `create`.
fn conflict(spec: &FieldSpec, known: &FieldSpec) -> Box<Diagnostic> {
    let label = |spec: &FieldSpec| format!("`create: {}` here", spec.create);
    let error = Diagnostic::error(
        Code::InvalidValue,
        format!("conflicting field specs for `{}`: one creates the field, another does not", spec.path),
    )
    .at(spec.position, label(spec))
    .at(known.position, label(known));
    match known.position {
        Position::NONE => error.hint(format!("the built-in field spec has `create: {}`", known.create)),
        _ => error,
    }
}

/// The kind of node to create for a missing field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    Nothing,
    Mapping,
    Scalar(Tag),
}

/// A function that sets a field, given the tree and the node of the field.
pub type SetField<'a> = &'a mut dyn FnMut(&mut Tree, NodeId) -> Result<()>;

/// Returns the field specs that select a resource.
pub fn selected<'a>(specs: &'a [FieldSpec], tree: &Tree) -> Vec<&'a FieldSpec> {
    let (group, version, kind) = group_version_kind(tree);
    specs.iter().filter(|spec| spec.gvk.selects(group, version, kind)).collect()
}

/// Calls `set` for every field that a field spec refers to, if it selects the kind of the resource.
///
/// # Errors
/// Fails if the path leads through a scalar, or if `set` fails.
pub fn apply(tree: &mut Tree, spec: &FieldSpec, create: Create, position: Position, set: SetField<'_>) -> Result<()> {
    let (group, version, kind) = group_version_kind(tree);
    if spec.gvk.selects(group, version, kind) { apply_path(tree, spec, create, position, set) } else { Ok(()) }
}

/// Calls `set` for every field that a field spec refers to, regardless of the kind of the resource.
///
/// # Errors
/// Fails if the path leads through a scalar, or if `set` fails.
pub fn apply_path(
    tree: &mut Tree,
    spec: &FieldSpec,
    create: Create,
    position: Position,
    set: SetField<'_>,
) -> Result<()> {
    let mut walk = Walk { create: if spec.create { create } else { Create::Nothing }, position, set };
    let root = tree.root();
    walk.node(tree, root, Some(spec.names())).map_err(|error| spec.considered(error))
}

/// Returns whether the path of a field spec leads through the field of another one, or may do so.
pub fn any_contains_another(specs: &[&FieldSpec]) -> bool {
    let names = |spec: &FieldSpec| -> Vec<String> {
        let names = split_path(spec.names(), '/');
        let without_brackets = |name: &String| name.strip_suffix("[]").unwrap_or(name).trim().to_string();
        names.iter().map(without_brackets).filter(|name| !name.is_empty()).collect()
    };
    let mut paths: Vec<Vec<String>> = specs.iter().map(|spec| names(spec)).collect();
    paths.sort_unstable();
    paths.dedup();
    // Sorted, the paths that continue another one follow it.
    paths.windows(2).any(|pair| pair[1].starts_with(&pair[0]))
}

struct Walk<'a> {
    create: Create,
    position: Position,
    set: SetField<'a>,
}

impl Walk<'_> {
    fn node(&mut self, tree: &mut Tree, node: NodeId, path: Option<&str>) -> Result<()> {
        let Some(names) = path else { return (self.set)(tree, node) };
        if tree.is_null(node) {
            return Ok(());
        }
        match tree.kind(node) {
            Kind::Sequence => {
                let mut next = tree.children(node).next();
                while let Some(element) = next {
                    next = tree.next_sibling(element);
                    self.node(tree, element, path)?;
                }
                Ok(())
            }
            Kind::Mapping => {
                let (name, rest) = split_first(names, '/');
                self.mapping(tree, node, &name, rest)
            }
            Kind::Scalar => Err(Diagnostic::error(Code::InvalidFieldPath, "expected sequence or mapping node")
                .at(tree.position(node), "this is a scalar")),
        }
    }

    fn mapping(&mut self, tree: &mut Tree, node: NodeId, name: &str, rest: Option<&str>) -> Result<()> {
        let (name, is_sequence) = name.strip_suffix("[]").map_or((name, false), |name| (name, true));
        if name.is_empty() {
            return Err(Diagnostic::error(Code::InvalidFieldPath, "cannot set or create an empty field name"));
        }
        let name = name.trim();
        if name.is_empty() {
            // A blank name is ignored (fixture `configurations/blanks-in-a-path`).
            return self.node(tree, node, rest);
        }
        if selects_elements(name) {
            // Even if the mapping has a field with this name (fixture `configurations/index-in-a-path`).
            return Err(wrong_kind(tree, node, "a sequence"));
        }
        // The kinds of nodes that replace a missing and a null field. A path with `[]` turns null into a list, but a
        // missing list is never created.
        let (missing, null) = match self.create {
            _ if is_sequence => (None, Some((Kind::Sequence, Tag::None))),
            Create::Nothing => (None, None),
            Create::Mapping | Create::Scalar(_) if rest.is_some() => {
                (Some(Kind::Mapping), Some((Kind::Mapping, Tag::Map)))
            }
            Create::Mapping => (Some(Kind::Mapping), Some((Kind::Mapping, Tag::Map))),
            Create::Scalar(tag) => (Some(Kind::Scalar), Some((Kind::Scalar, tag))),
        };
        let field = match tree.get(node, name) {
            Some(field) => field,
            None => {
                let Some(kind) = missing else { return Ok(()) };
                let field = match kind {
                    Kind::Scalar => tree.scalar("", Tag::None, Style::Plain, self.position),
                    _ => tree.mapping(self.position),
                };
                tree.append_entry(node, name, field);
                field
            }
        };
        if tree.is_null(field) {
            match null {
                Some((Kind::Scalar, tag)) => tree.set_tag(field, tag),
                Some((kind, tag)) => {
                    tree.become_collection(field, kind, tag);
                    // The null is not the source of the collection.
                    tree.set_position(field, self.position);
                    if let Some(key) = tree.key(node, name) {
                        tree.set_position(key, self.position);
                    }
                }
                None => {}
            }
        }
        self.node(tree, field, rest)
    }
}

/// Sets a scalar without changing its style, as kustomize's setter does.
///
/// # Errors
/// Fails on a mapping or a sequence.
pub fn set_scalar(tree: &mut Tree, node: NodeId, text: &str, tag: Tag, position: Position) -> Result<()> {
    if !tree.is_null(node) && !tree.is_scalar(node) {
        return Err(wrong_kind(tree, node, "a scalar"));
    }
    tree.set_scalar(node, text, tag, tree.style(node), position);
    Ok(())
}

/// Returns the error for a node of the wrong kind.
pub fn wrong_kind(tree: &Tree, node: NodeId, expected: &str) -> Box<Diagnostic> {
    if tree.is_too_deep() {
        // A node that could not be created has no kind.
        return too_deep(tree);
    }
    let actual = match tree.kind(node) {
        Kind::Scalar => "a scalar",
        Kind::Mapping => "a mapping",
        Kind::Sequence => "a sequence",
    };
    Diagnostic::error(Code::InvalidFieldPath, format!("wrong node kind: expected {expected} but got {actual}"))
        .at(tree.position(node), format!("this is {actual}"))
}

/// Sets an entry in the mappings that field specs refer to, as kustomize does for a label or an annotation.
///
/// All new entries are linked, see [`Tree::linked_copy`].
pub struct EntrySetter<'a> {
    key: &'a str,
    text: &'a str,
    position: Position,
    style: Style,
    added: Option<NodeId>,
}

impl<'a> EntrySetter<'a> {
    pub fn new(key: &'a str, text: &'a str, position: Position) -> EntrySetter<'a> {
        let style = if resolves_to_non_string(text) { Style::DoubleQuoted } else { Style::Plain };
        EntrySetter { key, text, position, style, added: None }
    }

    /// Sets the entry in a mapping. A null is not changed; a field spec with `create` replaces it before (fixture
    /// `transformers/labels-in-null`).
    ///
    /// # Errors
    /// Fails on a scalar or a sequence.
    pub fn set(&mut self, tree: &mut Tree, mapping: NodeId, keys: &mut KeyIndex) -> Result<()> {
        if tree.is_null(mapping) {
            return Ok(());
        }
        if !tree.is_mapping(mapping) {
            return Err(wrong_kind(tree, mapping, "a mapping"));
        }
        if self.key.is_empty() {
            // kustomize interprets an empty name as the mapping itself (fixture `commonAnnotations/empty-name`).
            return Err(wrong_kind(tree, mapping, "a scalar"));
        }
        if let Some(field) = keys.get(tree, mapping, self.key) {
            self.style = tree.style(field);
            tree.set_scalar(field, self.text, Tag::Str, self.style, self.position);
            if let Some(added) = self.added.filter(|&added| tree.style(added) != self.style) {
                tree.set_style(added, self.style);
            }
            return Ok(());
        }
        let value = match self.added {
            Some(added) => tree.linked_copy(added),
            None => tree.scalar(self.text, Tag::Str, self.style, self.position),
        };
        self.added = Some(value);
        tree.append_entry(mapping, self.key, value);
        Ok(())
    }
}

/// The values of mappings by key, for many lookups in the same mappings, to which entries are only appended. For few lookups,
/// the mappings are searched instead.
#[derive(Default)]
pub struct KeyIndex {
    mappings: HashMap<NodeId, IndexedKeys>,
    is_enabled: bool,
}

/// The values of one mapping by key, up to the last entry that was there at the latest lookup.
#[derive(Default)]
struct IndexedKeys {
    values: HashMap<String, NodeId>,
    last: Option<NodeId>,
}

impl KeyIndex {
    /// Returns an index for a number of lookups.
    pub fn for_lookups(count: usize) -> KeyIndex {
        const FEW: usize = 16;
        KeyIndex { mappings: HashMap::new(), is_enabled: count > FEW }
    }

    /// Returns the value of the first entry with a key.
    fn get(&mut self, tree: &Tree, mapping: NodeId, key: &str) -> Option<NodeId> {
        if !self.is_enabled {
            return tree.get(mapping, key);
        }
        let keys = self.mappings.entry(mapping).or_default();
        let mut next = match keys.last {
            Some(last) => tree.next_sibling(last),
            None => tree.children(mapping).next(),
        };
        while let Some((key, value)) = next.and_then(|key| Some((key, tree.next_sibling(key)?))) {
            keys.values.entry(tree.text(key).to_string()).or_insert(value);
            keys.last = Some(value);
            next = tree.next_sibling(value);
        }
        keys.values.get(key).copied()
    }
}
