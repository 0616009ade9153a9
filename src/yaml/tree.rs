//! YAML documents as trees of nodes, one arena per document.
//!
//! A [`Tree`] owns its nodes in one vector and addresses them by [`NodeId`], so that a resource is copied by copying
//! two buffers, and a node can be changed in place while others are referred to by id. Scalars that occur unchanged in
//! the source (plain, and quoted without escapes) are ranges of the shared source text; all other text is in the tree's
//! own buffer. Every node has the [`Position`] of its current value, eight bytes.

mod depth;
mod linked;
mod unused;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::position::Position;

/// The id of a node in one [`Tree`]. It has no meaning in another tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    /// Returns the index of the node among all nodes ever created in its tree.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

const NONE: u32 = u32::MAX;

/// The kind of a node. The parser expands aliases and merge keys, so they do not occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A scalar.
    Scalar,
    /// A mapping.
    Mapping,
    /// A list.
    Sequence,
}

/// The tag of a node, as kustomize's YAML parser resolves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// No tag: the text determines the type when the node is written.
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
    /// An unknown tag, which makes a scalar a string.
    Other,
}

/// The style in which a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Plain scalars and block collections.
    Plain,
    /// Scalars in single quotes.
    SingleQuoted,
    /// Scalars in double quotes.
    DoubleQuoted,
    /// Literal blocks (`|`).
    Literal,
    /// Folded blocks (`>`).
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

/// The tag is explicit, so it determines the type regardless of the text.
const TAGGED: u8 = 1;
/// The text is in `own`, not in `source`.
const OWN: u8 = 2;
/// The node is listed in `Tree::links`.
const LINKED: u8 = 4;
/// The value is from a Secret.
const SECRET: u8 = 8;

/// The depth of a document that the stack of a thread has room for.
pub(super) const MAX_DEPTH: usize = 10_000;

/// What is known about the depth of a tree: the number of nested collections.
#[derive(Clone, Copy, Debug)]
struct Depth {
    /// An upper bound for the nodes of the document, and for those that are not attached to it.
    bound: usize,
    limit: usize,
    /// Whether a node was dropped because the tree would have been too deep with it.
    is_exceeded: bool,
}

/// One YAML document.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: Vec<Node>,
    source: Arc<String>,
    own: String,
    /// The length of `own` when unused texts were freed.
    own_in_use: usize,
    root: NodeId,
    /// Groups of nodes that are a single node in kustomize, see [`Tree::linked_copy`].
    links: Vec<Vec<NodeId>>,
    /// Comments with JSON, by the value of the key that they follow.
    json_comments: BTreeMap<NodeId, Arc<str>>,
    depth: Depth,
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
            own_in_use: 0,
            root: NodeId(NONE),
            links: Vec::new(),
            json_comments: BTreeMap::new(),
            depth: Depth { bound: 1, limit: MAX_DEPTH, is_exceeded: false },
        }
    }

    /// Reserves capacity for nodes.
    pub(super) fn reserve_nodes(&mut self, count: usize) {
        self.nodes.reserve(count);
    }

    /// Describes the first difference between two trees of the same source; `None` if they are equal.
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

    /// Returns the text that the tree was parsed from.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Returns all nodes, including those that are no longer part of the document.
    pub(crate) fn node_ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// Sets the root.
    pub(crate) fn set_root(&mut self, root: NodeId) {
        self.root = root;
    }

    /// Returns the root node.
    pub fn root(&self) -> NodeId {
        self.root
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

    /// Returns the number of nodes in the document. For a small tree, removed nodes count, too.
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

    /// Returns the size of the tree in bytes, without its source text.
    pub(crate) fn memory(&self) -> usize {
        self.nodes.len() * size_of::<Node>() + self.own.len()
    }

    /// Returns an upper bound of [`Tree::text_bytes`], which assumes that a document is as deep as it has nodes, and
    /// that each byte is on a line of its own.
    pub(crate) fn max_text_bytes(&self) -> usize {
        let length = |node: &Node| if node.kind == Kind::Scalar { node.b as usize } else { 0 };
        let text = self.nodes.iter().map(length).fold(0, usize::saturating_add);
        text.saturating_add(text.saturating_add(self.nodes.len()).saturating_mul(2 * self.nodes.len()))
    }

    /// Returns the total size of all scalars in bytes, including two bytes of indentation per line and level.
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

    /// Returns the tag of a node.
    pub fn tag(&self, id: NodeId) -> Tag {
        self.node(id).tag
    }

    /// Returns the style of a node.
    pub fn style(&self, id: NodeId) -> Style {
        self.node(id).style
    }

    pub(crate) fn is_tagged(&self, id: NodeId) -> bool {
        self.node(id).flags & TAGGED != 0
    }

    /// Returns whether a value is from a Secret, see [`Tree::mark_secret`].
    pub(crate) fn is_marked_secret(&self, id: NodeId) -> bool {
        self.node(id).flags & SECRET != 0
    }

    /// Returns the position of the current value of a node.
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

    /// Returns whether a node is null and written as `null` or `~`, which is not allowed as a key (fixture
    /// `yaml/null-as-a-key`).
    pub(crate) fn is_explicit_null(&self, id: NodeId) -> bool {
        self.is_null(id) && !self.text(id).is_empty()
    }

    /// Returns whether a node is null, `{}` or `[]`.
    pub(crate) fn is_null_or_empty(&self, id: NodeId) -> bool {
        let node = self.node(id);
        node.tag == Tag::Null || node.kind != Kind::Scalar && node.a == NONE
    }

    /// Returns whether a node is a scalar with a string tag or without a tag.
    pub fn is_string(&self, id: NodeId) -> bool {
        let node = self.node(id);
        node.kind == Kind::Scalar && matches!(node.tag, Tag::Str | Tag::None)
    }

    /// Returns the text of a scalar; empty for a collection.
    pub fn text(&self, id: NodeId) -> &str {
        let node = self.node(id);
        if node.kind != Kind::Scalar {
            return "";
        }
        let range = node.a as usize..node.a as usize + node.b as usize;
        if node.flags & OWN != 0 { &self.own[range] } else { &self.source[range] }
    }

    /// Iterates over the elements of a sequence, or alternately over the keys and values of a mapping.
    pub(crate) fn children(&self, id: NodeId) -> Children<'_> {
        let node = self.node(id);
        Children { tree: self, next: if node.kind == Kind::Scalar { NONE } else { node.a } }
    }

    /// Returns the next node in the same collection, for loops that change the tree.
    pub(crate) fn next_sibling(&self, id: NodeId) -> Option<NodeId> {
        let next = self.node(id).next;
        (next != NONE).then_some(NodeId(next))
    }

    /// Iterates over the elements of a sequence. Other nodes have none.
    pub fn elements(&self, id: NodeId) -> Children<'_> {
        let node = self.node(id);
        Children { tree: self, next: if node.kind == Kind::Sequence { node.a } else { NONE } }
    }

    /// Iterates over the entries of a mapping. Other nodes have none.
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

    /// Returns the key of the first entry named `key`.
    pub(crate) fn key(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.entries(id).map(|(k, _)| k).find(|&k| self.is_text(k, key))
    }

    /// Returns whether one of the trees is a changed copy of the other, so that the nodes that both have are the same.
    pub(crate) fn is_copy_of(&self, other: &Tree) -> bool {
        Arc::ptr_eq(&self.source, &other.source)
    }

    /// Returns whether the document consists of the same nodes in the same places as `other`, of which it is a changed copy.
    /// Only texts may differ.
    pub(crate) fn has_nodes_of(&self, other: &Tree) -> bool {
        let is_same = |(node, other): (&Node, &Node)| {
            let has_same_children = node.kind == Kind::Scalar || (node.a, node.b) == (other.a, other.b);
            node.kind == other.kind && node.next == other.next && has_same_children
        };
        self.is_copy_of(other)
            && self.root == other.root
            && self.nodes.len() >= other.nodes.len()
            && self.nodes.iter().zip(&other.nodes).all(is_same)
    }

    /// Returns whether a node has the text that a node of another tree has.
    pub(crate) fn has_text_of(&self, id: NodeId, other: &Tree, other_id: NodeId) -> bool {
        let (node, other_node) = (self.node(id), other.node(other_id));
        let is_in_source = (node.flags | other_node.flags) & OWN == 0 && self.is_copy_of(other);
        let is_same_range = (node.kind, node.a, node.b) == (other_node.kind, other_node.a, other_node.b);
        is_in_source && is_same_range || self.text(id) == other.text(other_id)
    }

    /// Returns whether the text of a node is `text`. Faster than a comparison with [`Tree::text`].
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

    /// Returns the value at a path of mapping keys.
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

    /// Creates a scalar whose text is the complete source.
    pub(crate) fn source_as_scalar(&mut self, tag: Tag, style: Style, position: Position) -> NodeId {
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

    /// Copies a subtree of another tree, including its positions.
    pub(crate) fn copy_from(&mut self, other: &Tree, id: NodeId) -> NodeId {
        self.admit_depth_of(other);
        self.copy_nodes_from(other, id)
    }

    fn copy_nodes_from(&mut self, other: &Tree, id: NodeId) -> NodeId {
        let node = *other.node(id);
        if node.kind == Kind::Scalar {
            let (a, b, flags) = if node.flags & OWN == 0 && Arc::ptr_eq(&self.source, &other.source) {
                (node.a, node.b, node.flags)
            } else {
                let (a, b) = self.store(other.text(id));
                (a, b, node.flags | OWN)
            };
            return self.push(Node { a, b, flags: flags & !LINKED, next: NONE, ..node });
        }
        let copy = self.push(Node { a: NONE, b: NONE, next: NONE, flags: node.flags & !LINKED, ..node });
        for child in other.children(id) {
            let child = self.copy_nodes_from(other, child);
            self.attach(copy, child);
        }
        if let Some(comment) = other.json_comment(id) {
            self.json_comments.insert(copy, comment.clone());
        }
        copy
    }

    /// Returns the comment with JSON after the key of a value.
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
        self.copy_with(id, |tree, scalar| {
            let node = *tree.node(scalar);
            tree.push(Node { next: NONE, flags: node.flags & !LINKED, ..node })
        })
    }

    /// Copies a subtree, with copies of its scalars that `copy_scalar` makes.
    fn copy_with(&mut self, id: NodeId, copy_scalar: fn(&mut Tree, NodeId) -> NodeId) -> NodeId {
        let node = *self.node(id);
        if node.kind == Kind::Scalar {
            return copy_scalar(self, id);
        }
        let copy = self.push(Node { a: NONE, b: NONE, next: NONE, flags: node.flags & !LINKED, ..node });
        let mut child = node.a;
        while child != NONE {
            let next = self.nodes[child as usize].next;
            let child_copy = self.copy_with(NodeId(child), copy_scalar);
            self.attach(copy, child_copy);
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
        self.update_linked(id);
    }

    pub(crate) fn set_style(&mut self, id: NodeId, style: Style) {
        self.node_mut(id).style = style;
        self.update_linked(id);
    }

    /// Sets the position of the current value.
    pub(crate) fn set_position(&mut self, id: NodeId, position: Position) {
        self.node_mut(id).position = position;
    }

    /// Marks a value as being from a Secret. Copies of the node are marked, too. The mark does not affect the output.
    pub(crate) fn mark_secret(&mut self, id: NodeId) {
        self.node_mut(id).flags |= SECRET;
        self.update_linked(id);
    }

    /// Copies the style of a node to another, including whether its tag is explicit.
    pub(crate) fn copy_style(&mut self, to: NodeId, from: NodeId) {
        let Node { style, flags, .. } = *self.node(from);
        let node = self.node_mut(to);
        node.style = style;
        // Without a tag there is none to write (fixture `patches/api-version-with-a-tag`).
        let tagged = if node.tag == Tag::None { 0 } else { flags & TAGGED };
        node.flags = node.flags & !TAGGED | tagged;
        self.update_linked(to);
    }

    /// Removes a tag, explicit or not: the type of the scalar is that of its text, also of a text that it is set to later.
    pub(crate) fn drop_tag(&mut self, id: NodeId) {
        let node = self.node_mut(id);
        node.tag = Tag::None;
        node.flags &= !TAGGED;
        self.update_linked(id);
    }

    /// Turns a node into a scalar in place. Its position among its siblings does not change.
    pub(crate) fn set_scalar(&mut self, id: NodeId, text: &str, tag: Tag, style: Style, position: Position) {
        let old = *self.node(id);
        let is_same = old.kind == Kind::Scalar && self.text(id) == text;
        let (a, b) = if is_same { (old.a, old.b) } else { self.store(text) };
        let own = if is_same { old.flags & OWN } else { OWN };
        let flags = own | old.flags & LINKED;
        *self.node_mut(id) = Node { kind: Kind::Scalar, tag, style, flags, a, b, next: old.next, position };
        self.update_linked(id);
    }

    /// Frees the texts that no node of the document refers to any more, once they take most of the memory. Nodes outside of
    /// the document lose their texts.
    pub(crate) fn free_unused_texts(&mut self) {
        const WORTHWHILE: usize = 16 << 10;
        if self.own.len() < WORTHWHILE.max(2 * self.own_in_use) {
            return;
        }
        let mut is_used = vec![false; self.nodes.len()];
        let mut open = vec![self.root];
        while let Some(node) = open.pop() {
            is_used[node.index()] = true;
            open.extend(self.children(node));
        }
        let own = std::mem::take(&mut self.own);
        for (node, is_used) in self.nodes.iter_mut().zip(is_used) {
            if node.kind == Kind::Scalar && node.flags & OWN != 0 {
                let range = node.a as usize..node.a as usize + node.b as usize;
                (node.a, node.b) = (self.own.len() as u32, if is_used { node.b } else { 0 });
                self.own.push_str(if is_used { &own[range] } else { "" });
            }
        }
        self.own_in_use = self.own.len();
    }

    /// Replaces the text of a scalar, but not its tag and style.
    pub(crate) fn set_text(&mut self, id: NodeId, text: &str, position: Position) {
        let (a, b) = self.store(text);
        let node = self.node_mut(id);
        debug_assert_eq!(node.kind, Kind::Scalar);
        (node.a, node.b) = (a, b);
        node.flags |= OWN;
        node.position = position;
        self.update_linked(id);
    }

    /// Appends a child without a parent to a collection. If the tree would be too deep, the child becomes null, see
    /// [`Tree::is_too_deep`].
    pub(crate) fn append(&mut self, parent: NodeId, child: NodeId) {
        self.attach(parent, child);
        let height = self.height(child);
        self.check_depth(child, height);
    }

    /// Appends a child to a collection whose depth is checked by the caller.
    pub(super) fn attach(&mut self, parent: NodeId, child: NodeId) {
        debug_assert_ne!(self.kind(parent), Kind::Scalar, "a scalar has no children");
        let last = self.node(parent).b;
        if last == NONE {
            self.node_mut(parent).a = child.0;
        } else {
            self.nodes[last as usize].next = child.0;
        }
        self.node_mut(parent).b = child.0;
        self.node_mut(child).next = NONE;
    }

    /// Appends an entry to a mapping without checking whether the key exists. Returns the new key.
    pub(crate) fn append_entry(&mut self, mapping: NodeId, key: &str, value: NodeId) -> NodeId {
        let position = self.position(value);
        let key = self.scalar(key, Tag::None, Style::Plain, position);
        self.append(mapping, key);
        self.append(mapping, value);
        key
    }

    /// Appends an entry whose key is always a string to a mapping. Returns the new key.
    pub(crate) fn append_string_entry(&mut self, mapping: NodeId, key: &str, style: Style, value: NodeId) -> NodeId {
        let position = self.position(value);
        let key = self.scalar(key, Tag::Str, style, position);
        self.append(mapping, key);
        self.append(mapping, value);
        key
    }

    /// Replaces the children of a collection. The children may have had other parents.
    pub(crate) fn set_children(&mut self, parent: NodeId, children: &[NodeId]) {
        debug_assert_ne!(self.kind(parent), Kind::Scalar, "a scalar has no children");
        let node = self.node_mut(parent);
        (node.a, node.b) = (NONE, NONE);
        let mut height = 0;
        for &child in children {
            self.attach(parent, child);
            height = height.max(self.height(child));
        }
        self.check_depth(parent, height);
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

    /// Replaces the content of `to` by that of `from`. The position of `to` among its siblings does not change.
    pub(crate) fn overwrite(&mut self, to: NodeId, from: NodeId) {
        let Node { next, flags, .. } = *self.node(to);
        let from = *self.node(from);
        *self.node_mut(to) = Node { next, flags: from.flags & !LINKED | flags & LINKED, ..from };
        let height = self.height(to);
        self.check_depth(to, height);
        self.update_linked(to);
    }

    /// Turns a node into an empty collection, as kustomize does with a null value that it may create.
    pub(crate) fn become_collection(&mut self, id: NodeId, kind: Kind, tag: Tag) {
        let node = self.node_mut(id);
        (node.kind, node.tag, node.a, node.b) = (kind, tag, NONE, NONE);
        self.check_depth(id, 1);
        self.update_linked(id);
    }

    /// Changes every position, for a document inside a value of another document.
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
