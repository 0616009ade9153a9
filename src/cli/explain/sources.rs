//! What the sources of values look like.

use boutique::provenance::Trail;
use boutique::resource::Resource;
use boutique::yaml::Position;
use boutique::{Inputs, Rendered};
use serde::Serialize;

use crate::cli::message;
use crate::cli::report::Excerpt;

/// The annotation in which kubectl keeps a whole resource.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What values are looked up in.
pub struct Sources<'a> {
    pub rendered: &'a Rendered,
    pub inputs: &'a Inputs,
    show_secrets: bool,
}

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
        Sources { rendered, inputs, show_secrets }
    }

    /// Returns the place in a file, with the line unless it is hidden; `None` for what no file wrote.
    pub fn location(&self, position: Position, is_hidden: bool) -> Option<Location> {
        let place = message::Location::new(position.into(), self.inputs)?;
        let text = (!is_hidden).then(|| Excerpt::new(&place).source);
        Some(Location { file: place.path, line: place.line, column: place.column, text })
    }

    /// Returns whether the lines that a resource is from may hold the data of a Secret.
    pub fn hides_lines(&self, resource: &Resource) -> bool {
        !self.show_secrets && resource.kind() == "Secret"
    }

    /// Returns whether a field holds the data of a Secret, which is shown to nobody who did not ask for it.
    pub fn hides(&self, resource: &Resource, trail: &Trail) -> bool {
        self.hides_lines(resource) && is_data(trail)
    }
}

fn is_data(trail: &Trail) -> bool {
    let path = trail.keys();
    match path[..] {
        ["data" | "stringData", ..] => true,
        ["metadata", "annotations", key] => key == LAST_APPLIED,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use boutique::provenance::FieldPath;
    use boutique::yaml::{FileId, ParseLimits, parse_single};

    use super::*;

    #[test]
    fn data_of_secrets_is_known() {
        let text = format!("{{data: {{a: b}}, metadata: {{name: c, annotations: {{{LAST_APPLIED}: d}}}}}}");
        let tree = parse_single(&Arc::new(text), FileId(1), ParseLimits::default()).unwrap().unwrap();
        let annotation = format!("metadata.annotations[{LAST_APPLIED}]");
        for (path, expected) in [("data.a", true), ("data", true), ("metadata.name", false), (&*annotation, true)] {
            let (trail, _) = FieldPath::parse(path).unwrap().find(&tree).unwrap();
            assert_eq!(is_data(&trail), expected, "{path}");
        }
    }
}
