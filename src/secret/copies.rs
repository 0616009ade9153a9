//! Values of Secrets that became names of objects, or parts of other values.

use crate::resource::Resource;

use super::find::{hidden_nodes, is_secret};
use super::text::{MASK, is_distinctive};

/// The values that were copied from Secrets to other resources, for reports that show names and references.
#[derive(Debug, Default)]
pub struct Copies {
    values: Vec<String>,
}

impl Copies {
    /// Returns the copies in resources.
    pub fn of<'a>(resources: impl IntoIterator<Item = &'a Resource>) -> Copies {
        let mut values = Vec::new();
        for resource in resources {
            let tree = resource.tree();
            if is_secret(resource) || !tree.node_ids().any(|node| tree.is_marked_secret(node)) {
                continue;
            }
            let marked = hidden_nodes(resource, tree).into_iter().filter(|&node| tree.is_marked_secret(node));
            values.extend(marked.map(|node| tree.text(node).to_string()));
        }
        // A longer value may contain a shorter one.
        values.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        values.dedup();
        Copies { values }
    }

    /// Masks the copies in a text.
    pub fn mask(&self, text: &mut String) {
        for value in &self.values {
            if text == value || is_distinctive(value) && text.contains(value.as_str()) {
                *text = text.replace(value.as_str(), MASK);
            }
        }
    }
}
