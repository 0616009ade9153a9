//! Nodes with comments.

/// The comments of a node, each without the final line break: those on the lines before it, on its line, and after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    pub head: String,
    pub line: String,
    pub foot: String,
}

impl Comments {
    pub fn is_empty(&self) -> bool {
        self.head.is_empty() && self.line.is_empty() && self.foot.is_empty()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    Scalar,
    MergeKey,
    Alias,
    Sequence,
    Mapping,
}

/// The anchor and the tag of a node, or an alias, each with its indicator. Empty if there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Properties<'a> {
    pub anchor: &'a str,
    pub tag: &'a str,
    pub alias: &'a str,
}

/// A node without its value.
pub struct Node<'a> {
    pub kind: NodeKind,
    pub comments: Comments,
    pub properties: Properties<'a>,
    /// The elements of a sequence, or alternately the keys and values of a mapping.
    pub children: Vec<Node<'a>>,
}

impl<'a> Node<'a> {
    pub fn new(kind: NodeKind, comments: Comments, children: Vec<Node<'a>>) -> Node<'a> {
        Node { kind, comments, properties: Properties::default(), children }
    }

    /// Returns a null value without text.
    pub fn empty() -> Node<'a> {
        Node::new(NodeKind::Scalar, Comments::default(), Vec::new())
    }

    /// Takes the foot comment of the value of this key, if the key has none.
    pub fn take_foot(&mut self, value: &mut Node<'a>) {
        if self.comments.foot.is_empty() {
            self.comments.foot = std::mem::take(&mut value.comments.foot);
        }
    }
}
