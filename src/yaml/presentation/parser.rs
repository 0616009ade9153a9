//! The nodes of a text without their values, in the order of the text.
//!
//! This is Go's parser, reduced to comments and properties. The comments wait until an event takes them, which is not always the one of the node
//! that follows.

use super::node::{Comments, Node, NodeKind, Properties};
use super::scanner::{Place, Scanner, Token, TokenKind, Unknown};

type Parse<T> = Result<T, Unknown>;

/// A document: its comments, and its root.
pub struct Document<'a> {
    pub comments: Comments,
    pub root: Node<'a>,
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    /// The comments that wait for an event.
    waiting: Comments,
    /// The head comment of a collection in a list, which belongs to the collection and not to its first entry.
    stem: String,
}

/// Reads the first document of a text; `None` if there is none.
pub fn parse(text: &str) -> Parse<Option<Document<'_>>> {
    let mut parser = Parser { scanner: Scanner::new(text), waiting: Comments::default(), stem: String::new() };
    parser.document()
}

impl<'a> Parser<'a> {
    // ---------------------------------------------------------------- tokens and events

    fn peek(&mut self) -> Parse<TokenKind> {
        Ok(self.peek_token()?.kind)
    }

    fn peek_token(&mut self) -> Parse<Token> {
        let token = self.scanner.peek()?;
        while let Some(comment) = self.scanner.next_comment(token) {
            let waiting = match comment.place {
                Place::Head => &mut self.waiting.head,
                Place::Line => &mut self.waiting.line,
                Place::Foot => &mut self.waiting.foot,
            };
            if !waiting.is_empty() {
                waiting.push('\n');
            }
            waiting.push_str(&comment.text);
        }
        Ok(token)
    }

    fn skip(&mut self) {
        self.scanner.skip();
    }

    /// Skips a token if it is of a kind, and returns whether it was.
    fn accept(&mut self, kind: TokenKind) -> Parse<bool> {
        let is_kind = self.peek()? == kind;
        if is_kind {
            self.skip();
        }
        Ok(is_kind)
    }

    /// Returns the waiting comments for an event.
    fn take(&mut self) -> Comments {
        self.stem.clear();
        std::mem::take(&mut self.waiting)
    }

    // ---------------------------------------------------------------- documents and nodes

    fn document(&mut self) -> Parse<Option<Document<'a>>> {
        self.peek()?;
        self.skip();
        let mut comments = Comments::default();
        let root = match self.peek()? {
            TokenKind::StreamEnd => return Ok(None),
            TokenKind::Directive | TokenKind::DocumentStart => {
                while self.accept(TokenKind::Directive)? {}
                if !self.accept(TokenKind::DocumentStart)? {
                    return Err(Unknown);
                }
                match self.peek()? {
                    TokenKind::DocumentStart | TokenKind::DocumentEnd | TokenKind::StreamEnd => Node::empty(),
                    _ => self.node(true, false)?,
                }
            }
            _ => {
                comments.head = split_document_head(&mut self.waiting.head);
                self.node(true, false)?
            }
        };
        self.accept(TokenKind::DocumentEnd)?;
        let Comments { head, foot, .. } = self.take();
        comments.foot = if foot.is_empty() { head } else { foot };
        Ok(Some(Document { comments, root }))
    }

    /// Reads a node unless one of the tokens `ends` is next.
    fn node_unless(&mut self, ends: &[TokenKind], block: bool, indentless: bool) -> Parse<Node<'a>> {
        let next = self.peek()?;
        if ends.contains(&next) { Ok(Node::empty()) } else { self.node(block, indentless) }
    }

    fn node(&mut self, block: bool, indentless: bool) -> Parse<Node<'a>> {
        let mut properties = Properties::default();
        for _ in 0..2 {
            let token = self.peek_token()?;
            match token.kind {
                TokenKind::Anchor => properties.anchor = self.scanner.property_at(token),
                TokenKind::Tag => properties.tag = self.scanner.property_at(token),
                _ => break,
            }
            self.skip();
        }
        let has_properties = properties != Properties::default();
        let node = match self.peek()? {
            TokenKind::Alias if has_properties => return Err(Unknown),
            TokenKind::Alias => {
                let token = self.peek_token()?;
                properties.alias = self.scanner.property_at(token);
                self.leaf(NodeKind::Alias)
            }
            TokenKind::MergeKey if !has_properties => self.leaf(NodeKind::MergeKey),
            TokenKind::Scalar | TokenKind::MergeKey => self.leaf(NodeKind::Scalar),
            TokenKind::BlockEntry if indentless => self.indentless_sequence()?,
            TokenKind::FlowSequenceStart => self.flow_sequence()?,
            TokenKind::FlowMappingStart => self.flow_mapping()?,
            TokenKind::BlockSequenceStart if block => self.block_sequence()?,
            TokenKind::BlockMappingStart if block => self.block_mapping()?,
            _ if has_properties => Node::empty(),
            _ => return Err(Unknown),
        };
        Ok(Node { properties, ..node })
    }

    fn leaf(&mut self, kind: NodeKind) -> Node<'a> {
        let comments = self.take();
        self.skip();
        Node::new(kind, comments, Vec::new())
    }

    // ---------------------------------------------------------------- block collections

    /// Reads the element after a dash.
    fn block_element(&mut self, ends: &[TokenKind]) -> Parse<Node<'a>> {
        let stem = self.waiting.head.len();
        self.skip();
        let next = self.peek()?;
        if stem > 0 && matches!(next, TokenKind::BlockSequenceStart | TokenKind::BlockMappingStart) {
            let rest = self.waiting.head.get(stem + 1..).unwrap_or_default().to_string();
            self.waiting.head.truncate(stem);
            self.stem = std::mem::replace(&mut self.waiting.head, rest);
        }
        self.node_unless(ends, true, false)
    }

    fn indentless_sequence(&mut self) -> Parse<Node<'a>> {
        const ENDS: [TokenKind; 4] = [TokenKind::BlockEntry, TokenKind::Key, TokenKind::Value, TokenKind::BlockEnd];
        let mut children = Vec::new();
        while self.peek()? == TokenKind::BlockEntry {
            children.push(self.block_element(&ENDS)?);
        }
        Ok(Node::new(NodeKind::Sequence, Comments::default(), children))
    }

    /// Skips the start of a block, and returns the comments of the collection.
    fn open_block(&mut self) -> Comments {
        self.skip();
        Comments { head: std::mem::take(&mut self.stem), ..Comments::default() }
    }

    fn block_sequence(&mut self) -> Parse<Node<'a>> {
        let comments = self.open_block();
        let mut children = Vec::new();
        while self.peek()? == TokenKind::BlockEntry {
            children.push(self.block_element(&[TokenKind::BlockEntry, TokenKind::BlockEnd])?);
        }
        if !self.accept(TokenKind::BlockEnd)? {
            return Err(Unknown);
        }
        Ok(Node::new(NodeKind::Sequence, comments, children))
    }

    fn block_mapping(&mut self) -> Parse<Node<'a>> {
        const ENDS: [TokenKind; 3] = [TokenKind::Key, TokenKind::Value, TokenKind::BlockEnd];
        let comments = self.open_block();
        let mut children: Vec<Node<'a>> = Vec::new();
        while self.accept(TokenKind::Key)? {
            let mut key = self.node_unless(&ENDS, true, true)?;
            if let [.., previous, _] = &mut children[..]
                && !key.comments.foot.is_empty()
            {
                previous.comments.foot = std::mem::take(&mut key.comments.foot);
            }
            let mut value =
                if self.accept(TokenKind::Value)? { self.node_unless(&ENDS, true, true)? } else { Node::empty() };
            key.take_foot(&mut value);
            children.extend([key, value]);
        }
        if self.peek()? != TokenKind::BlockEnd {
            return Err(Unknown);
        }
        let Comments { line, foot, .. } = self.take();
        self.skip();
        let mut node = Node::new(NodeKind::Mapping, Comments { line, foot, ..comments }, children);
        if let [.., key, _] = &mut node.children[..]
            && !node.comments.foot.is_empty()
        {
            key.comments.foot = std::mem::take(&mut node.comments.foot);
        }
        Ok(node)
    }

    // ---------------------------------------------------------------- flow collections

    /// Skips the end of a flow collection, and returns the collection. It has the head comment of its start.
    fn close_flow(&mut self, kind: NodeKind, head: String, children: Vec<Node<'a>>) -> Node<'a> {
        let Comments { line, foot, .. } = self.take();
        self.skip();
        Node::new(kind, Comments { head, line, foot }, children)
    }

    /// Returns the head comment of a flow collection, and skips its start.
    fn open_flow(&mut self) -> String {
        let Comments { head, .. } = self.take();
        self.skip();
        head
    }

    fn flow_sequence(&mut self) -> Parse<Node<'a>> {
        let head = self.open_flow();
        let mut children = Vec::new();
        while self.peek()? != TokenKind::FlowSequenceEnd {
            if !children.is_empty() && !self.accept(TokenKind::FlowEntry)? {
                return Err(Unknown);
            }
            match self.peek()? {
                TokenKind::FlowSequenceEnd => break,
                TokenKind::Key => children.push(self.flow_pair()?),
                _ => children.push(self.node(false, false)?),
            }
        }
        Ok(self.close_flow(NodeKind::Sequence, head, children))
    }

    /// Reads a mapping of one entry in a list, such as `[a: b]`.
    fn flow_pair(&mut self) -> Parse<Node<'a>> {
        const ENDS: [TokenKind; 2] = [TokenKind::FlowEntry, TokenKind::FlowSequenceEnd];
        self.skip();
        let mut key = match self.peek()? {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                self.skip();
                Node::empty()
            }
            _ => self.node(false, false)?,
        };
        let mut value =
            if self.accept(TokenKind::Value)? { self.node_unless(&ENDS, false, false)? } else { Node::empty() };
        key.take_foot(&mut value);
        Ok(Node::new(NodeKind::Mapping, Comments::default(), vec![key, value]))
    }

    fn flow_mapping(&mut self) -> Parse<Node<'a>> {
        const ENDS: [TokenKind; 2] = [TokenKind::FlowEntry, TokenKind::FlowMappingEnd];
        const KEY_ENDS: [TokenKind; 3] = [TokenKind::Value, TokenKind::FlowEntry, TokenKind::FlowMappingEnd];
        let head = self.open_flow();
        let mut children = Vec::new();
        while self.peek()? != TokenKind::FlowMappingEnd {
            if !children.is_empty() && !self.accept(TokenKind::FlowEntry)? {
                return Err(Unknown);
            }
            let (mut key, mut value) = match self.peek()? {
                TokenKind::FlowMappingEnd => break,
                TokenKind::Key => {
                    self.skip();
                    let key = self.node_unless(&KEY_ENDS, false, false)?;
                    let has_value = self.accept(TokenKind::Value)?;
                    (key, if has_value { self.node_unless(&ENDS, false, false)? } else { Node::empty() })
                }
                _ => (self.node(false, false)?, Node::empty()),
            };
            key.take_foot(&mut value);
            children.extend([key, value]);
        }
        Ok(self.close_flow(NodeKind::Mapping, head, children))
    }
}

/// Splits a comment at its last empty line. The part before it belongs to the document.
fn split_document_head(head: &mut String) -> String {
    let Some(at) = head
        .rmatch_indices('\n')
        .map(|(at, _)| at)
        .find(|&at| at > 0 && (at + 1 == head.len() || head[..at].ends_with('\n')))
    else {
        return String::new();
    };
    let is_last = at + 1 == head.len();
    let rest = head.split_off(at + 1);
    head.truncate(if is_last { at } else { at - 1 });
    std::mem::replace(head, rest)
}
