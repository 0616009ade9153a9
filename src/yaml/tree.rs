//! The tree of nodes: one arena per document.
//!
//! A [`Tree`] owns its nodes in one vector and addresses them by [`NodeId`], so that copying a resource is copying two
//! buffers, and a node can be changed in place while others are held by id. Scalars that stand in the source as they
//! are (plain, and quoted without escapes) are ranges of the shared source text; everything else lives in the tree's own
//! text buffer. Every node knows where its present value was written ([`Position`], eight bytes).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::position::Position;

/// A handle to a node of one [`Tree`]. Ids of one tree mean nothing in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

const NONE: u32 = u32::MAX;

/// The three shapes of a node. Aliases and merge keys are expanded by the reader and do not occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A scalar.
    Scalar,
    /// A mapping.
    Mapping,
    /// A list.
    Sequence,
}

/// The tag of a node as the reference's reader would resolve it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// No tag: the type is decided by the text when the node is written.
    None,
    /// A string.
    Str,
    /// An integer.
    Int,
    /// A floating point number.
    Float,
    /// A boolean.
    Bool,
    /// Null.
    Null,
    /// A date or a time.
    Timestamp,
    /// The merge key `<<`.
    Merge,
    /// Base64.
    Binary,
    /// A mapping.
    Map,
    /// A list.
    Seq,
    /// A tag that this program gives no meaning; such scalars are strings.
    Other,
}

/// How a node was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Plain scalars and block collections.
    Plain,
    /// In single quotes.
    SingleQuoted,
    /// In double quotes.
    DoubleQuoted,
    /// A literal block, after `|`.
    Literal,
    /// A folded block, after `>`.
    Folded,
    /// Flow collections: `[a]` and `{a: b}`.
    Flow,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Node {
    kind: Kind,
    tag: Tag,
    style: Style,
    flags: u8,
    /// Scalars: start of the text. Collections: first child.
    a: u32,
    /// Scalars: length of the text. Collections: last child.
    b: u32,
    next: u32,
    position: Position,
}

/// The tag was written out, so it decides the type whatever the text looks like.
const TAGGED: u8 = 1;
/// The text is in `own`, not in `source`.
const OWN: u8 = 2;
/// The node is listed in `Tree::twins`.
const TWIN: u8 = 4;
/// The value is not to be shown to everybody.
const PRIVATE: u8 = 8;

/// One YAML document.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: Vec<Node>,
    source: Arc<String>,
    own: String,
    root: NodeId,
    /// Groups of nodes that are one node in the reference, see [`Tree::twin`].
    twins: Vec<Vec<NodeId>>,
    /// Comments that hold JSON, by the value of the key they stand behind.
    json_comments: BTreeMap<NodeId, Arc<str>>,
}

impl Tree {
    /// Returns a tree whose root is an empty mapping.
    pub(crate) fn new_mapping(position: Position) -> Tree {
        Tree::new_mapping_of(Arc::default(), position)
    }

    /// Returns a tree whose root is an empty mapping, and whose scalars may refer to a text.
    pub(crate) fn new_mapping_of(source: Arc<String>, position: Position) -> Tree {
        let mut tree = Tree::without_root(source);
        tree.root = tree.mapping(position);
        tree
    }

    /// Returns a tree whose root is null.
    pub(super) fn new_null(position: Position) -> Tree {
        let mut tree = Tree::without_root(Arc::default());
        tree.root = tree.scalar("", Tag::Null, Style::Plain, position);
        tree
    }

    /// Returns a tree without nodes; the caller sets the root. Scalars may refer to `source`.
    pub(super) fn without_root(source: Arc<String>) -> Tree {
        Tree {
            nodes: Vec::new(),
            source,
            own: String::new(),
            root: NodeId(NONE),
            twins: Vec::new(),
            json_comments: BTreeMap::new(),
        }
    }

    /// Makes room for as many nodes.
    pub(super) fn reserve_nodes(&mut self, count: usize) {
        self.nodes.reserve(count);
    }

    /// Returns the first node in which two trees of one source differ, or what else does.
    pub(super) fn difference(&self, other: &Tree) -> Option<String> {
        let mut pairs = self.nodes.iter().zip(&other.nodes).enumerate();
        if let Some((at, (a, b))) = pairs.find(|(_, (a, b))| a != b) {
            let (a_text, b_text) = (self.text(NodeId(at as u32)), other.text(NodeId(at as u32)));
            return Some(format!("node {at}: {a_text:?} {a:?}\nis not {b_text:?} {b:?}"));
        }
        let rest = (self.nodes.len(), self.root, &self.own, &self.json_comments);
        let other_rest = (other.nodes.len(), other.root, &other.own, &other.json_comments);
        (rest != other_rest).then(|| format!("{rest:?} is not {other_rest:?}"))
    }

    /// Returns all nodes, also those that are no longer part of the document.
    pub(crate) fn node_ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// Makes another node of the tree its root.
    pub(crate) fn become_root(&mut self, root: NodeId) {
        self.root = root;
    }

    /// Returns the root node.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// Returns whether a node of a copy of this tree was there before.
    pub(crate) fn has(&self, id: NodeId) -> bool {
        (id.0 as usize) < self.nodes.len()
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    /// Returns the number of nodes ever created, which bounds the size of the document.
    pub(crate) fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the number of nodes that are part of the document; for a small one, the number of those ever created.
    pub(crate) fn nodes_in_document(&self) -> usize {
        const SMALL: usize = 256;
        if self.nodes.len() <= SMALL {
            return self.nodes.len();
        }
        let mut count = 0;
        let mut open = vec![self.root];
        while let Some(node) = open.pop() {
            count += 1;
            open.extend(self.children(node));
        }
        count
    }

    /// Returns how many bytes the tree takes, beside the text that it was read from.
    pub(crate) fn memory(&self) -> usize {
        self.nodes.len() * size_of::<Node>() + self.own.len()
    }

    /// Returns a number that [`Tree::text_bytes`] does not exceed: a document is no deeper than it has nodes, and each byte
    /// may be a line.
    pub(crate) fn most_text_bytes(&self) -> usize {
        let length = |node: &Node| if node.kind == Kind::Scalar { node.b as usize } else { 0 };
        let text = self.nodes.iter().map(length).fold(0, usize::saturating_add);
        text.saturating_add(text.saturating_add(self.nodes.len()).saturating_mul(2 * self.nodes.len()))
    }

    /// Returns how many bytes the texts of all scalars have together, with two in front of each line for each level.
    pub(crate) fn text_bytes(&self) -> usize {
        let of_text = |text: &str, indent: usize| {
            let lines = 1 + text.bytes().filter(|&b| b == b'\n').count();
            text.len() + indent * lines
        };
        let mut bytes = of_text(self.text(self.root), 0);
        let mut open = vec![(self.root, 0)];
        while let Some((node, indent)) = open.pop() {
            bytes = bytes.saturating_add(indent);
            for child in self.children(node) {
                if self.is_scalar(child) {
                    bytes = bytes.saturating_add(of_text(self.text(child), indent + 2));
                } else {
                    open.push((child, indent + 2));
                }
            }
        }
        bytes
    }

    // ---------------------------------------------------------------- reading

    /// Returns whether a node is a scalar, a mapping or a list.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.node(id).kind
    }

    /// Returns the type that a node was read as.
    pub fn tag(&self, id: NodeId) -> Tag {
        self.node(id).tag
    }

    /// Returns how a node is written.
    pub fn style(&self, id: NodeId) -> Style {
        self.node(id).style
    }

    pub(crate) fn is_tagged(&self, id: NodeId) -> bool {
        self.node(id).flags & TAGGED != 0
    }

    /// Returns whether the value is not to be shown to everybody, see [`Tree::make_private`].
    pub(crate) fn is_private(&self, id: NodeId) -> bool {
        self.node(id).flags & PRIVATE != 0
    }

    /// Returns where the present value of a node is written.
    pub fn position(&self, id: NodeId) -> Position {
        self.node(id).position
    }

    /// Returns whether a node is a mapping.
    pub fn is_mapping(&self, id: NodeId) -> bool {
        self.node(id).kind == Kind::Mapping
    }

    /// Returns whether a node is a list.
    pub fn is_sequence(&self, id: NodeId) -> bool {
        self.node(id).kind == Kind::Sequence
    }

    /// Returns whether a node is a scalar.
    pub fn is_scalar(&self, id: NodeId) -> bool {
        self.node(id).kind == Kind::Scalar
    }

    /// Returns whether a node is null.
    pub fn is_null(&self, id: NodeId) -> bool {
        self.node(id).tag == Tag::Null
    }

    /// Returns whether a null is written out, as `null` or `~`. No mapping has such a key (fixture `yaml/null-as-a-key`).
    pub(crate) fn is_null_word(&self, id: NodeId) -> bool {
        self.is_null(id) && !self.text(id).is_empty()
    }

    /// Returns whether the node is null, `{}` or `[]`.
    pub(crate) fn is_null_or_empty(&self, id: NodeId) -> bool {
        let node = self.node(id);
        node.tag == Tag::Null || node.kind != Kind::Scalar && node.a == NONE
    }

    /// Returns whether the node would be read as a string: tagged so, or not tagged at all.
    pub fn is_string(&self, id: NodeId) -> bool {
        let node = self.node(id);
        node.kind == Kind::Scalar && matches!(node.tag, Tag::Str | Tag::None)
    }

    /// Returns the text of a scalar, and the empty string for a collection.
    pub fn text(&self, id: NodeId) -> &str {
        let node = self.node(id);
        if node.kind != Kind::Scalar {
            return "";
        }
        let range = node.a as usize..node.a as usize + node.b as usize;
        if node.flags & OWN != 0 { &self.own[range] } else { &self.source[range] }
    }

    /// Iterates over the children: the elements of a sequence; keys and values in turn of a mapping.
    pub(crate) fn children(&self, id: NodeId) -> Children<'_> {
        let node = self.node(id);
        Children { tree: self, next: if node.kind == Kind::Scalar { NONE } else { node.a } }
    }

    /// Returns the node that follows in the same collection; for walks that change the tree.
    pub(crate) fn next_sibling(&self, id: NodeId) -> Option<NodeId> {
        let next = self.node(id).next;
        (next != NONE).then_some(NodeId(next))
    }

    /// Iterates over the elements of a sequence; nothing for other nodes.
    pub fn elements(&self, id: NodeId) -> Children<'_> {
        let node = self.node(id);
        Children { tree: self, next: if node.kind == Kind::Sequence { node.a } else { NONE } }
    }

    /// Iterates over the entries of a mapping; nothing for other nodes.
    pub fn entries(&self, id: NodeId) -> Entries<'_> {
        let node = self.node(id);
        Entries { tree: self, next: if node.kind == Kind::Mapping { node.a } else { NONE } }
    }

    /// Returns the number of entries of a mapping or elements of a sequence.
    pub fn len(&self, id: NodeId) -> usize {
        let children = self.children(id).count();
        if self.is_mapping(id) { children / 2 } else { children }
    }

    /// Returns whether a node has no children.
    pub fn is_empty(&self, id: NodeId) -> bool {
        self.children(id).next().is_none()
    }

    /// Returns the value of the first entry named `key`.
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.entries(id).find(|&(k, _)| self.is_text(k, key)).map(|(_, value)| value)
    }

    /// Returns whether the text of a node is `text`; quicker than comparing what [`Tree::text`] returns.
    pub(crate) fn is_text(&self, id: NodeId, text: &str) -> bool {
        let node = self.node(id);
        if node.kind != Kind::Scalar {
            return text.is_empty();
        }
        if node.b as usize != text.len() {
            return false;
        }
        let buffer = if node.flags & OWN != 0 { self.own.as_bytes() } else { self.source.as_bytes() };
        buffer[node.a as usize..].starts_with(text.as_bytes())
    }

    /// Returns the value at the end of a path of mapping keys.
    pub fn get_path(&self, id: NodeId, path: &[&str]) -> Option<NodeId> {
        path.iter().try_fold(id, |node, key| self.get(node, key))
    }

    // ---------------------------------------------------------------- creating

    fn push(&mut self, node: Node) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).expect("documents stay below the node limit"));
        self.nodes.push(node);
        id
    }

    pub(crate) fn mapping(&mut self, position: Position) -> NodeId {
        self.collection(Kind::Mapping, Tag::Map, Style::Plain, position)
    }

    pub(crate) fn sequence(&mut self, position: Position) -> NodeId {
        self.collection(Kind::Sequence, Tag::Seq, Style::Plain, position)
    }

    pub(super) fn collection(&mut self, kind: Kind, tag: Tag, style: Style, position: Position) -> NodeId {
        self.push(Node { kind, tag, style, flags: 0, a: NONE, b: NONE, next: NONE, position })
    }

    /// Creates a scalar with its own copy of `text`.
    pub(crate) fn scalar(&mut self, text: &str, tag: Tag, style: Style, position: Position) -> NodeId {
        let (a, b) = self.store(text);
        self.push(Node { kind: Kind::Scalar, tag, style, flags: OWN, a, b, next: NONE, position })
    }

    /// Creates a string scalar.
    pub(crate) fn string(&mut self, text: &str, position: Position) -> NodeId {
        self.scalar(text, Tag::Str, Style::Plain, position)
    }

    /// Creates a scalar whose text is all of the source.
    pub(crate) fn whole_source(&mut self, tag: Tag, style: Style, position: Position) -> NodeId {
        self.source_scalar(0, self.source.len(), tag, style, position)
    }

    /// Creates a scalar whose text is `start..start + len` of the source.
    pub(super) fn source_scalar(
        &mut self,
        start: usize,
        len: usize,
        tag: Tag,
        style: Style,
        position: Position,
    ) -> NodeId {
        self.push(Node {
            kind: Kind::Scalar,
            tag,
            style,
            flags: 0,
            a: start as u32,
            b: len as u32,
            next: NONE,
            position,
        })
    }

    fn store(&mut self, text: &str) -> (u32, u32) {
        let start = u32::try_from(self.own.len()).expect("documents stay below 4 GiB");
        self.own.push_str(text);
        (start, text.len() as u32)
    }

    /// Copies a subtree of another tree into this one, with its positions.
    pub(crate) fn copy_from(&mut self, other: &Tree, id: NodeId) -> NodeId {
        let node = *other.node(id);
        if node.kind == Kind::Scalar {
            let (a, b, flags) = if node.flags & OWN == 0 && Arc::ptr_eq(&self.source, &other.source) {
                (node.a, node.b, node.flags)
            } else {
                let (a, b) = self.store(other.text(id));
                (a, b, node.flags | OWN)
            };
            return self.push(Node { a, b, flags: flags & !TWIN, next: NONE, ..node });
        }
        let copy = self.push(Node { a: NONE, b: NONE, next: NONE, flags: node.flags & !TWIN, ..node });
        for child in other.children(id) {
            let child = self.copy_from(other, child);
            self.append(copy, child);
        }
        if let Some(comment) = other.json_comment(id) {
            self.json_comments.insert(copy, comment.clone());
        }
        copy
    }

    /// Returns the comment with JSON that stands behind the key of a value.
    pub(crate) fn json_comment(&self, id: NodeId) -> Option<&Arc<str>> {
        self.json_comments.get(&id)
    }

    /// Returns all comments with JSON.
    pub(crate) fn json_comments(&self) -> &BTreeMap<NodeId, Arc<str>> {
        &self.json_comments
    }

    pub(super) fn add_json_comment(&mut self, value: NodeId, comment: &str) {
        self.json_comments.insert(value, comment.into());
    }

    /// Copies a subtree of this tree.
    pub(crate) fn copy(&mut self, id: NodeId) -> NodeId {
        let node = *self.node(id);
        if node.kind == Kind::Scalar {
            return self.push(Node { next: NONE, flags: node.flags & !TWIN, ..node });
        }
        let copy = self.push(Node { a: NONE, b: NONE, next: NONE, flags: node.flags & !TWIN, ..node });
        let mut child = node.a;
        while child != NONE {
            let next = self.nodes[child as usize].next;
            let child_copy = self.copy(NodeId(child));
            self.append(copy, child_copy);
            child = next;
        }
        copy
    }

    // ---------------------------------------------------------------- changing

    pub(super) fn set_tagged(&mut self, id: NodeId, tag: Tag) {
        let node = self.node_mut(id);
        node.tag = tag;
        node.flags |= TAGGED;
    }

    pub(crate) fn set_tag(&mut self, id: NodeId, tag: Tag) {
        self.node_mut(id).tag = tag;
        self.update_twins(id);
    }

    pub(crate) fn set_style(&mut self, id: NodeId, style: Style) {
        self.node_mut(id).style = style;
        self.update_twins(id);
    }

    /// Sets where the present value was written.
    pub(crate) fn set_position(&mut self, id: NodeId, position: Position) {
        self.node_mut(id).position = position;
    }

    /// Notes that a value is not to be shown to everybody. Copies of the node know it, too; what is written is the same.
    pub(crate) fn make_private(&mut self, id: NodeId) {
        self.node_mut(id).flags |= PRIVATE;
        self.update_twins(id);
    }

    /// Gives a node the style of another. Whether its tag is written out is a part of that.
    pub(crate) fn copy_style(&mut self, to: NodeId, from: NodeId) {
        let Node { style, flags, .. } = *self.node(from);
        let node = self.node_mut(to);
        node.style = style;
        node.flags = node.flags & !TAGGED | flags & TAGGED;
        self.update_twins(to);
    }

    /// Takes away a tag that was written out.
    pub(crate) fn drop_tag(&mut self, id: NodeId) {
        let node = self.node_mut(id);
        if node.flags & TAGGED != 0 {
            node.tag = Tag::None;
            node.flags &= !TAGGED;
            self.update_twins(id);
        }
    }

    /// Replaces the text of a scalar, leaving its tag and style.
    pub(crate) fn set_text(&mut self, id: NodeId, text: &str, position: Position) {
        let (a, b) = self.store(text);
        let node = self.node_mut(id);
        debug_assert_eq!(node.kind, Kind::Scalar);
        (node.a, node.b) = (a, b);
        node.flags |= OWN;
        node.position = position;
        self.update_twins(id);
    }

    /// Creates a node that stays equal to `id`: whatever changes one of them changes both.
    ///
    /// The reference puts one and the same node in several places when it sets a label or an annotation, so that a later
    /// patch of one place changes the others (fixture `labels/patched-later`).
    pub(crate) fn twin(&mut self, id: NodeId) -> NodeId {
        let twin = self.push(Node { next: NONE, ..*self.node(id) });
        match self.twins.iter_mut().rev().find(|group| group.contains(&id)) {
            Some(group) => group.push(twin),
            None => self.twins.push(vec![id, twin]),
        }
        self.node_mut(id).flags |= TWIN;
        self.node_mut(twin).flags |= TWIN;
        twin
    }

    /// Returns whether a node stays equal to others.
    pub(crate) fn is_twin(&self, id: NodeId) -> bool {
        self.node(id).flags & TWIN != 0
    }

    /// Makes all nodes independent of each other.
    pub(crate) fn separate_twins(&mut self) {
        for id in std::mem::take(&mut self.twins).into_iter().flatten() {
            self.node_mut(id).flags &= !TWIN;
        }
    }

    fn update_twins(&mut self, id: NodeId) {
        if self.node(id).flags & TWIN == 0 {
            return;
        }
        let Some(group) = self.twins.iter().rev().find(|group| group.contains(&id)) else { return };
        let changed = *self.node(id);
        for twin in group.clone() {
            let next = self.node(twin).next;
            *self.node_mut(twin) = Node { next, ..changed };
        }
    }

    /// Appends a child that has no parent yet to a collection.
    pub(crate) fn append(&mut self, parent: NodeId, child: NodeId) {
        let last = self.node(parent).b;
        if last == NONE {
            self.node_mut(parent).a = child.0;
        } else {
            self.nodes[last as usize].next = child.0;
        }
        self.node_mut(parent).b = child.0;
        self.node_mut(child).next = NONE;
    }

    /// Appends an entry to a mapping, without looking whether the key is there.
    pub(crate) fn append_entry(&mut self, mapping: NodeId, key: &str, value: NodeId) {
        let position = self.position(value);
        let key = self.scalar(key, Tag::None, Style::Plain, position);
        self.append(mapping, key);
        self.append(mapping, value);
    }

    /// Adds an entry whose key is a string, whatever it looks like, at the end of a mapping.
    pub(crate) fn append_string_entry(&mut self, mapping: NodeId, key: &str, style: Style, value: NodeId) {
        let position = self.position(value);
        let key = self.scalar(key, Tag::Str, style, position);
        self.append(mapping, key);
        self.append(mapping, value);
    }

    /// Replaces the children of a collection. The children may have had other parents.
    pub(crate) fn set_children(&mut self, parent: NodeId, children: &[NodeId]) {
        let node = self.node_mut(parent);
        (node.a, node.b) = (NONE, NONE);
        for &child in children {
            self.append(parent, child);
        }
    }

    /// Removes the first entry named `key`, and returns its value.
    pub(crate) fn remove(&mut self, mapping: NodeId, key: &str) -> Option<NodeId> {
        let mut before = NONE;
        let mut entry = self.entries(mapping).next().map(|(k, _)| k)?.0;
        loop {
            let value = self.nodes[entry as usize].next;
            let after = self.nodes[value as usize].next;
            if self.is_text(NodeId(entry), key) {
                if before == NONE {
                    self.node_mut(mapping).a = after;
                } else {
                    self.nodes[before as usize].next = after;
                }
                if after == NONE {
                    self.node_mut(mapping).b = before;
                }
                self.nodes[value as usize].next = NONE;
                return Some(NodeId(value));
            }
            if after == NONE {
                return None;
            }
            (before, entry) = (value, after);
        }
    }

    /// Puts the content of `from` in the place of `to`, which keeps its own place among its siblings.
    pub(crate) fn overwrite(&mut self, to: NodeId, from: NodeId) {
        let Node { next, flags, .. } = *self.node(to);
        let from = *self.node(from);
        *self.node_mut(to) = Node { next, flags: from.flags & !TWIN | flags & TWIN, ..from };
        self.update_twins(to);
    }

    /// Turns a node into an empty collection of the given kind, as the reference does with a null it may create.
    pub(crate) fn become_collection(&mut self, id: NodeId, kind: Kind, tag: Tag) {
        let node = self.node_mut(id);
        (node.kind, node.tag, node.a, node.b) = (kind, tag, NONE, NONE);
        self.update_twins(id);
    }

    /// Changes every position, for a document that was written inside a value of another.
    pub(crate) fn map_positions(&mut self, map: impl Fn(Position) -> Position) {
        for node in &mut self.nodes {
            node.position = map(node.position);
        }
    }
}

/// The elements of a sequence, or the keys and values of a mapping, in order. See [`Tree::elements`].
pub struct Children<'a> {
    tree: &'a Tree,
    next: u32,
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        if self.next == NONE {
            return None;
        }
        let id = NodeId(self.next);
        self.next = self.tree.node(id).next;
        Some(id)
    }
}

/// The keys and values of a mapping, in order. See [`Tree::entries`].
pub struct Entries<'a> {
    tree: &'a Tree,
    next: u32,
}

impl Iterator for Entries<'_> {
    type Item = (NodeId, NodeId);

    fn next(&mut self) -> Option<(NodeId, NodeId)> {
        if self.next == NONE {
            return None;
        }
        let key = NodeId(self.next);
        let value = NodeId(self.tree.node(key).next);
        self.next = self.tree.node(value).next;
        Some((key, value))
    }
}
