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

/// A node with nothing but its comments.
pub struct Node {
    pub kind: NodeKind,
    pub comments: Comments,
    /// The elements of a sequence, or alternately the keys and values of a mapping.
    pub children: Vec<Node>,
}

impl Node {
    /// Returns a null value without text.
    pub fn empty() -> Node {
        Node { kind: NodeKind::Scalar, comments: Comments::default(), children: Vec::new() }
    }

    /// Takes the foot comment of the value of this key, if the key has none.
    pub fn take_foot(&mut self, value: &mut Node) {
        if self.comments.foot.is_empty() {
            self.comments.foot = std::mem::take(&mut value.comments.foot);
        }
    }
}
