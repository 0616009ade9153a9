//! Warnings about lists of custom resources that a strategic merge patch replaces.

use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::{NodeId, Tree};

/// Returns a warning for each element of a list whose fields a patch loses. `before` is a resource without merge keys.
pub fn replaced_lists(before: &Tree, patch: &Tree, label: &str) -> Vec<Diagnostic> {
    let mut comparison = Comparison { before, patch, label, warnings: Vec::new() };
    comparison.mappings(before.root(), patch.root(), &mut Vec::new());
    comparison.warnings
}

struct Comparison<'a> {
    before: &'a Tree,
    patch: &'a Tree,
    label: &'a str,
    warnings: Vec<Diagnostic>,
}

impl<'a> Comparison<'a> {
    fn mappings(&mut self, before: NodeId, patch: NodeId, path: &mut Vec<&'a str>) {
        for (key, value) in self.patch.entries(patch) {
            let key = self.patch.text(key);
            let Some(old) = self.before.get(before, key) else { continue };
            path.push(key);
            if self.patch.is_sequence(value) && self.before.is_sequence(old) {
                self.lists(old, value, path);
            } else {
                self.mappings(old, value, path);
            }
            path.pop();
        }
    }

    /// Reports the first element of which the patch keeps the name but not all fields.
    fn lists(&mut self, before: NodeId, patch: NodeId, path: &[&str]) {
        let name = |tree: &'a Tree, element| tree.get(element, "name").map(|name| tree.text(name));
        let old: std::collections::BTreeMap<&str, NodeId> =
            self.before.elements(before).filter_map(|element| Some((name(self.before, element)?, element))).collect();
        for element in self.patch.elements(patch) {
            let Some((name, &old)) = name(self.patch, element).and_then(|name| Some((name, old.get(name)?))) else {
                continue;
            };
            let keys = self.before.entries(old).map(|(key, _)| self.before.text(key));
            let lost: Vec<String> =
                keys.filter(|key| self.patch.get(element, key).is_none()).map(|key| format!("`{key}`")).collect();
            if lost.is_empty() {
                continue;
            }
            let message = format!(
                "this patch replaces `{}` of {}: {} of `{name}` {} lost",
                path.join("."),
                self.label,
                lost.join(", "),
                if lost.len() == 1 { "is" } else { "are" }
            );
            let warning = Diagnostic::warning(Code::ReplacedList, message)
                .at(self.patch.position(element), "replaces the list, since kustomize has no merge key for this kind")
                .at(self.before.position(old), "replaced")
                .hint("use a JSON patch, or define the merge key in a schema under `openapi`");
            self.warnings.push(*warning);
            return;
        }
    }
}
