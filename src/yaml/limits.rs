//! What readers of YAML have in common: errors, bounds, and dialects.

use super::position::Position;
use super::resolve::Words;

/// Why a text is not YAML, and where.
#[derive(Clone, Debug)]
pub struct ParseError {
    pub position: Position,
    pub message: String,
    /// It may well be YAML, but one of [`ParseLimits`] is exceeded.
    pub exceeds: Option<ParseLimit>,
}

/// One of the [`ParseLimits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseLimit {
    Nesting,
    AliasNodes,
    Documents,
}

impl ParseError {
    pub(super) fn new(position: Position, message: impl Into<String>) -> ParseError {
        ParseError { position, message: message.into(), exceeds: None }
    }

    pub(super) fn too_deep(position: Position, limits: ParseLimits) -> ParseError {
        let message =
            format!("nesting limit exceeded: collections are nested more than {} levels deep", limits.nesting);
        ParseError { position, message, exceeds: Some(ParseLimit::Nesting) }
    }

    pub(super) fn too_many_aliases(position: Position, limits: ParseLimits) -> ParseError {
        let message = format!("alias limit exceeded: aliases add more than {} nodes", limits.alias_nodes);
        ParseError { position, message, exceeds: Some(ParseLimit::AliasNodes) }
    }

    pub(super) fn too_many_documents(position: Position, limits: ParseLimits) -> ParseError {
        let message = format!("document limit exceeded: the file has more than {} documents", limits.documents);
        ParseError { position, message, exceeds: Some(ParseLimit::Documents) }
    }
}

/// Bounds on what one file may cost.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ParseLimits {
    /// How deep collections may nest.
    pub nesting: usize,
    /// How many nodes aliases may add to a file.
    pub alias_nodes: usize,
    /// How many documents a file may hold.
    pub documents: usize,
}

impl Default for ParseLimits {
    fn default() -> Self {
        ParseLimits { nesting: 10_000, alias_nodes: 1_000_000, documents: 1_000_000 }
    }
}

/// What differs between the readers of the reference.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    pub words: Words,
    /// A key must not be there twice.
    pub unique_keys: bool,
}

impl Dialect {
    pub(super) const V2: Dialect = Dialect { words: Words::V2, unique_keys: false };
    pub(super) const V3: Dialect = Dialect { words: Words::V3, unique_keys: false };
}
