//! Lookup of the source locations of values.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::explain::Explainer;
use crate::resource::Resource;
use crate::yaml::{FileId, NodeId, Position, Tree};
use crate::{Inputs, Rendered, secret};
use serde::Serialize;

use crate::cli::messages::report::CommandWords;
use crate::message::{Excerpt, SourceLines};

/// The data in which source locations are looked up.
pub struct Sources<'a> {
    pub explainer: Explainer<'a>,
    pub inputs: &'a Inputs,
    show_secrets: bool,
    /// The cached locations. Aliases and patches put the same values into many lines.
    cache: RefCell<HashMap<Key, Option<Arc<Location>>>>,
    files: RefCell<HashMap<FileId, Option<Rc<SourceLines<'a>>>>>,
}

/// A position, and whether the line there is hidden.
type Key = (Position, bool);

/// The maximum number of characters of a line that are shown.
const MAX_LINE_LENGTH: usize = 1000;

/// A location in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    pub file: String,
    pub line: usize,
    /// In characters, starting at 1.
    pub column: usize,
    /// The text of the line, unless it contains a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl<'a> Sources<'a> {
    pub fn new(rendered: &'a Rendered, inputs: &'a Inputs, show_secrets: bool) -> Sources<'a> {
        Sources {
            explainer: Explainer::new(rendered),
            inputs,
            show_secrets,
            cache: RefCell::default(),
            files: RefCell::default(),
        }
    }

    /// Returns the location of a position, with the text of the line unless it is hidden; `None` for values that are not from
    /// a file.
    pub fn location(&self, position: Position, is_hidden: bool) -> Option<Arc<Location>> {
        let mut cache = self.cache.borrow_mut();
        let location = cache.entry((position, is_hidden)).or_insert_with(|| {
            let lines = self.file(position.file)?;
            let offset = position.offset as usize;
            let (line, column) = lines.line_and_column(offset);
            let excerpt = (!is_hidden).then(|| Excerpt::new(&lines.location(offset)).source);
            let text = excerpt.map(|excerpt| excerpt.chars().take(MAX_LINE_LENGTH).collect());
            Some(Arc::new(Location { file: lines.path().to_string(), line, column, text }))
        });
        location.clone()
    }

    /// Returns the lines of a file; `None` for values that are not from a file.
    pub fn file(&self, id: FileId) -> Option<Rc<SourceLines<'a>>> {
        let lines = || Some(Rc::new(SourceLines::new(self.inputs.file(id)?, &CommandWords)));
        self.files.borrow_mut().entry(id).or_insert_with(lines).clone()
    }

    /// Returns whether the source lines of a resource are hidden because they may contain the data of a Secret.
    pub fn hides_lines(&self, resource: &Resource) -> bool {
        !self.show_secrets && secret::is_secret(resource)
    }

    /// Returns the values in a state of a resource that are hidden unless --show-secrets is given.
    pub fn hidden(&self, resource: &Resource, tree: &Tree) -> HashSet<NodeId> {
        if self.show_secrets { HashSet::new() } else { secret::hidden_nodes(resource, tree) }
    }
}
