//! Parse errors, limits and dialects.

use super::position::Position;
use super::resolve::GoYaml;
use super::tree::MAX_DEPTH;

/// An error in a text that is not valid YAML.
#[derive(Clone, Debug)]
pub struct ParseError {
    pub position: Position,
    pub message: String,
    /// The exceeded limit. The text may be valid YAML in this case.
    pub exceeds: Option<ParseLimit>,
    /// The entry in which a space is missing after the colon, with the space.
    pub missing_space: Option<String>,
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
        ParseError { position, message: message.into(), exceeds: None, missing_space: None }
    }

    pub(super) fn too_deep(position: Position, limits: ParseLimits) -> ParseError {
        let message =
            format!("nesting limit exceeded: collections are nested more than {} levels deep", limits.nesting);
        ParseError { position, message, exceeds: Some(ParseLimit::Nesting), missing_space: None }
    }

    pub(super) fn too_many_aliases(position: Position, limits: ParseLimits) -> ParseError {
        let message = format!("alias limit exceeded: aliases add more than {} nodes", limits.alias_nodes);
        ParseError { position, message, exceeds: Some(ParseLimit::AliasNodes), missing_space: None }
    }

    pub(super) fn too_many_documents(position: Position, limits: ParseLimits) -> ParseError {
        let message = format!("document limit exceeded: the file has more than {} documents", limits.documents);
        ParseError { position, message, exceeds: Some(ParseLimit::Documents), missing_space: None }
    }
}

/// Limits on parsing one file.
///
/// # Example
/// ```
/// use boutique::yaml::ParseLimits;
/// use boutique::{Help, Limit, Options, io};
///
/// let mut limits = ParseLimits::default();
/// limits.nesting = 100;
/// limits.documents = 1;
/// let mut options = Options::default();
/// options.limits = limits;
///
/// let document = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
/// let two = format!("{document}---\n{document}");
/// let host = io::MemoryHost::new([("/kustomization.yaml", "resources: [two.yaml]\n"), ("/two.yaml", &two)]);
/// let errors = io::render(&host, "/", &options).result.expect_err("the file has two documents");
/// assert_eq!(errors[0].help, Some(Help::Raise(Limit::Documents)));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ParseLimits {
    /// The maximum nesting depth of collections.
    pub nesting: usize,
    /// The maximum number of nodes that aliases may add to a file.
    pub alias_nodes: usize,
    /// The maximum number of documents in a file.
    pub documents: usize,
}

impl Default for ParseLimits {
    fn default() -> Self {
        ParseLimits { nesting: MAX_DEPTH, alias_nodes: 1_000_000, documents: 1_000_000 }
    }
}

/// The differences between kustomize's YAML parsers.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    pub version: GoYaml,
    /// Whether duplicate keys are errors.
    pub unique_keys: bool,
    /// Whether aliases and merge keys are expanded. Otherwise an alias is an empty mapping.
    pub expands: bool,
}

impl Dialect {
    pub(super) const V2: Dialect = Dialect { version: GoYaml::V2, unique_keys: false, expands: true };
    pub(super) const V3: Dialect = Dialect { version: GoYaml::V3, unique_keys: false, expands: true };
}
