//! Warnings about lists of custom resources that a strategic merge patch replaces.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::{NodeId, Tree};

/// Returns a warning for each list of which an element loses fields. `before` and `after` are the same resource.
pub fn replaced_lists(before: &Tree, patch: &Tree, after: &Tree, label: &str) -> Vec<Diagnostic> {
    let mut comparison = Comparison { before, patch, after, label, warnings: Vec::new() };
    comparison.mappings([before.root(), patch.root(), after.root()], &mut Vec::new());
    comparison.warnings
}

struct Comparison<'a> {
    before: &'a Tree,
    patch: &'a Tree,
    after: &'a Tree,
    label: &'a str,
    warnings: Vec<Diagnostic>,
}

impl<'a> Comparison<'a> {
    /// Compares the mappings at the same path of the three documents.
    fn mappings(&mut self, [before, patch, after]: [NodeId; 3], path: &mut Vec<&'a str>) {
        for (key, value) in self.patch.entries(patch) {
            let key = self.patch.text(key);
            let (Some(old), Some(new)) = (self.before.get(before, key), self.after.get(after, key)) else { continue };
            path.push(key);
            if self.patch.is_sequence(value) && self.before.is_sequence(old) {
                self.lists([old, value, new], path);
            } else {
                self.mappings([old, value, new], path);
            }
            path.pop();
        }
    }

    /// Reports the first element of which the patch keeps the name but not all fields.
    fn lists(&mut self, [before, patch, after]: [NodeId; 3], path: &[&str]) {
        let (old, new) = (by_name(self.before, before), by_name(self.after, after));
        for (name, element) in by_name(self.patch, patch) {
            let (Some(&old), Some(&new)) = (old.get(name), new.get(name)) else { continue };
            let is_lost = |key: &&str| self.patch.get(element, key).is_none() && self.after.get(new, key).is_none();
            let keys = self.before.entries(old).map(|(key, _)| self.before.text(key));
            let lost: Vec<String> = keys.filter(is_lost).map(|key| format!("`{key}`")).collect();
            if lost.is_empty() {
                continue;
            }
            let verb = if lost.len() == 1 { "is" } else { "are" };
            let (path, lost) = (path.join("."), lost.join(", "));
            let message = format!("this patch replaces `{path}` of {}: {lost} of `{name}` {verb} lost", self.label);
            let warning = Diagnostic::warning(Code::ReplacedList, message)
                .at(self.patch.position(element), "replaces the list, since kustomize has no merge key for this kind")
                .at(self.before.position(old), "replaced")
                .hint("use a JSON patch, or define the merge key in a schema under `openapi`");
            self.warnings.push(*warning);
            return;
        }
    }
}

/// Returns the elements of a list by their names.
fn by_name(tree: &Tree, list: NodeId) -> BTreeMap<&str, NodeId> {
    tree.elements(list).filter_map(|element| Some((tree.text(tree.get(element, "name")?), element))).collect()
}
