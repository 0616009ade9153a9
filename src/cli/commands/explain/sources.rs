//! What the sources of values look like.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::resource::Resource;
use crate::yaml::{NodeId, Position, Tree};
use crate::{Inputs, Rendered, secret};
use serde::Serialize;

use crate::cli::messages::report::CommandWords;
use crate::message;
use crate::message::Excerpt;

/// What values are looked up in.
pub struct Sources<'a> {
    pub rendered: &'a Rendered,
    pub inputs: &'a Inputs,
    show_secrets: bool,
    /// The places that were looked up: aliases and patches put the same values into many lines.
    known: RefCell<HashMap<Place, Option<Rc<Location>>>>,
}

/// A position, and whether the line there is hidden.
type Place = (Position, bool);

/// The longest line that is shown whole, in characters.
const LONGEST_LINE: usize = 1000;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    pub file: String,
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The line, unless it holds a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl<'a> Sources<'a> {
    pub fn new(rendered: &'a Rendered, inputs: &'a Inputs, show_secrets: bool) -> Sources<'a> {
        Sources { rendered, inputs, show_secrets, known: RefCell::default() }
    }

    /// Returns the place in a file, with the line unless it is hidden; `None` for what no file wrote.
    pub fn location(&self, position: Position, is_hidden: bool) -> Option<Rc<Location>> {
        let mut known = self.known.borrow_mut();
        let location = known.entry((position, is_hidden)).or_insert_with(|| {
            let place = message::Location::new(position.into(), self.inputs, &CommandWords)?;
            let text = (!is_hidden).then(|| Excerpt::new(&place).source.chars().take(LONGEST_LINE).collect());
            Some(Rc::new(Location { file: place.path, line: place.line, column: place.column, text }))
        });
        location.clone()
    }

    /// Returns whether the lines that a resource is from may hold the data of a Secret.
    pub fn hides_lines(&self, resource: &Resource) -> bool {
        !self.show_secrets && secret::is_secret(resource)
    }

    /// Returns the values in a state of a resource that are shown to nobody who did not ask for it.
    pub fn hidden(&self, resource: &Resource, tree: &Tree) -> HashSet<NodeId> {
        if self.show_secrets { HashSet::new() } else { secret::hidden_nodes(resource, tree) }
    }
}
