//! Field specs: which fields of which kinds a transformer sets.

use std::borrow::Cow;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::yaml::{Kind, NodeId, Position, Style, Tag, Tree, resolves_to_non_string};

use crate::resource::identity::Gvk;
use crate::resource::identity::group_version_kind;
use crate::resource::paths::written_path::{names_an_element, split_first};

/// A path to a field in resources of some kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// Selects the kinds; an empty part matches anything.
    pub gvk: Gvk,
    /// The path as written: names joined by `/`, where `\/` is a slash in a name and `[]` marks a list.
    pub path: Cow<'static, str>,
    /// Create the field where it is missing.
    pub create: bool,
    /// Where it is written, if it is not built in.
    position: Position,
}

impl FieldSpec {
    pub fn new(gvk: Gvk, path: &str, create: bool) -> FieldSpec {
        FieldSpec { gvk, path: Cow::Owned(path.to_string()), create, position: Position::NONE }
    }

    /// Returns the same field spec, written in a file.
    pub fn written_at(self, position: Position) -> FieldSpec {
        FieldSpec { position, ..self }
    }

    /// Returns the names on the path, behind the leading slash it may have.
    pub fn names(&self) -> &str {
        self.path.strip_prefix('/').unwrap_or(&self.path)
    }

    /// Returns the same path for resources of any kind.
    pub fn for_any_kind(&self) -> FieldSpec {
        FieldSpec { gvk: Gvk::default(), ..self.clone() }
    }

    /// Returns the same field spec, creating what is missing.
    pub fn creating(&self) -> FieldSpec {
        FieldSpec { create: true, ..self.clone() }
    }

    /// Returns whether adding `other` beside this one would change nothing.
    fn covers(&self, other: &FieldSpec) -> bool {
        other.gvk.selects_gvk(&self.gvk) && self.path == other.path
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

/// Sorts field specs by the kinds they select.
pub fn sort(specs: &mut [FieldSpec]) {
    specs.sort_by_cached_key(|spec| spec.gvk.order_key());
}

/// Adds a field spec unless an equal one is there.
///
/// # Errors
/// Fails when the same field is to be created and not to be created.
pub fn merge_one(specs: &mut Vec<FieldSpec>, spec: FieldSpec) -> Result<()> {
    match specs.iter().find(|known| known.covers(&spec)) {
        Some(known) if known.create != spec.create => {
            let what = |spec: &FieldSpec| format!("this one says `create: {}`", spec.create);
            let error = Diagnostic::error(
                Code::InvalidValue,
                format!("conflicting field specs for `{}`: one creates the field, another does not", spec.path),
            )
            .at(spec.position, what(&spec))
            .at(known.position, what(known));
            Err(match known.position {
                Position::NONE => error.hint(format!("the one that is built in says `create: {}`", known.create)),
                _ => error,
            })
        }
        Some(_) => Ok(()),
        None => {
            specs.push(spec);
            Ok(())
        }
    }
}

/// The kind of node to create where a field is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    Nothing,
    Mapping,
    Scalar(Tag),
}

/// Sets a field: called with the tree and the node that the field spec led to.
pub type SetField<'a> = &'a mut dyn FnMut(&mut Tree, NodeId) -> Result<()>;

/// Returns the specs that select the resource.
pub fn selected<'a>(specs: &'a [FieldSpec], tree: &Tree) -> Vec<&'a FieldSpec> {
    let (group, version, kind) = group_version_kind(tree);
    specs.iter().filter(|spec| spec.gvk.selects(group, version, kind)).collect()
}

/// Calls `set` on every node that the spec leads to, if the resource is of a kind that it selects.
///
/// # Errors
/// Fails when the path leads through a scalar, and where `set` does.
pub fn apply(tree: &mut Tree, spec: &FieldSpec, create: Create, position: Position, set: SetField<'_>) -> Result<()> {
    let (group, version, kind) = group_version_kind(tree);
    if spec.gvk.selects(group, version, kind) { apply_path(tree, spec, create, position, set) } else { Ok(()) }
}

/// Calls `set` on every node that the spec leads to, of whatever kind the resource is.
///
/// # Errors
/// Fails when the path leads through a scalar, and where `set` does.
pub fn apply_path(
    tree: &mut Tree,
    spec: &FieldSpec,
    create: Create,
    position: Position,
    set: SetField<'_>,
) -> Result<()> {
    let mut walk = Walk { create: if spec.create { create } else { Create::Nothing }, position, set };
    let root = tree.root();
    walk.node(tree, root, Some(spec.names())).map_err(|mut error| {
        error.message = format!("considering field `{}`: {}", spec.path, error.message);
        error
    })
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
            // Blanks are no name (fixture `configurations/blanks-in-a-path`).
            return self.node(tree, node, rest);
        }
        if names_an_element(name) {
            // Also where the mapping has a field of that name (fixture `configurations/index-in-a-path`).
            return Err(wrong_kind(tree, node, "a sequence"));
        }
        // What a missing or null field turns into: a list hint turns null into a list, nothing creates one.
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
                Some((kind, tag)) => tree.become_collection(field, kind, tag),
                None => {}
            }
        }
        self.node(tree, field, rest)
    }
}

/// Puts a scalar in the place of a node, which keeps its style, as the reference's setter does.
///
/// # Errors
/// Fails on a mapping or a sequence.
pub fn set_scalar(tree: &mut Tree, node: NodeId, text: &str, tag: Tag, position: Position) -> Result<()> {
    if !tree.is_null(node) && !tree.is_scalar(node) {
        return Err(wrong_kind(tree, node, "a scalar"));
    }
    let style = tree.style(node);
    let value = tree.scalar(text, tag, style, position);
    tree.overwrite(node, value);
    Ok(())
}

/// Returns the error for a node of the wrong kind.
pub fn wrong_kind(tree: &Tree, node: NodeId, expected: &str) -> Box<Diagnostic> {
    let actual = match tree.kind(node) {
        Kind::Scalar => "a scalar",
        Kind::Mapping => "a mapping",
        Kind::Sequence => "a sequence",
    };
    Diagnostic::error(Code::InvalidFieldPath, format!("wrong node kind: expected {expected} but got {actual}"))
        .at(tree.position(node), format!("this is {actual}"))
}

/// Sets one entry of the mappings that field specs lead to, as the reference does for a label or an annotation.
///
/// One node is put in all places where the entry is new, see [`Tree::linked_copy`].
pub struct EntrySetter<'a> {
    key: &'a str,
    text: &'a str,
    position: Position,
    style: Style,
    placed: Option<NodeId>,
}

impl<'a> EntrySetter<'a> {
    pub fn new(key: &'a str, text: &'a str, position: Position) -> EntrySetter<'a> {
        let style = if resolves_to_non_string(text) { Style::DoubleQuoted } else { Style::Plain };
        EntrySetter { key, text, position, style, placed: None }
    }

    /// Sets the entry in a mapping. Null, which a field spec that creates does not leave, stays null (fixture
    /// `transformers/labels-in-null`).
    ///
    /// # Errors
    /// Fails on a scalar or a sequence.
    pub fn set(&mut self, tree: &mut Tree, mapping: NodeId) -> Result<()> {
        if tree.is_null(mapping) {
            return Ok(());
        }
        if !tree.is_mapping(mapping) {
            return Err(wrong_kind(tree, mapping, "a mapping"));
        }
        if self.key.is_empty() {
            // The reference takes no name for the mapping itself (fixture `commonAnnotations/empty-name`).
            return Err(wrong_kind(tree, mapping, "a scalar"));
        }
        if let Some(field) = tree.get(mapping, self.key) {
            self.style = tree.style(field);
            let value = tree.scalar(self.text, Tag::Str, self.style, self.position);
            tree.overwrite(field, value);
            if let Some(placed) = self.placed {
                tree.set_style(placed, self.style);
            }
            return Ok(());
        }
        let value = match self.placed {
            Some(placed) => tree.linked_copy(placed),
            None => tree.scalar(self.text, Tag::Str, self.style, self.position),
        };
        self.placed = Some(value);
        tree.append_entry(mapping, self.key, value);
        Ok(())
    }
}
