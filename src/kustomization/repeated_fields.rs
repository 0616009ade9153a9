//! Fields that a mapping contains more than once.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::{Kind, NodeId, Position, Span, Tree};

/// The value that kustomize uses if a mapping contains a field more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Used {
    /// The first value, as in strategic merge patches (fixture `patches/duplicate-key`).
    First,
    /// The last value, as in kustomization files and JSON patches (fixtures `kustomization/repeated-field` and
    /// `patches/json-duplicate-keys`).
    Last,
}

/// Returns a warning for each value of a repeated field that has no effect.
pub fn repeated_fields(tree: &Tree, used: Used) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    // Each alias is a copy of its node, with the same position.
    let mut seen = HashSet::new();
    let mut open = vec![tree.root()];
    while let Some(node) = open.pop() {
        open.extend(tree.elements(node));
        open.extend(tree.entries(node).map(|(_, value)| value));
        warnings.extend(repetitions(tree, node, used, &mut seen));
    }
    warnings.sort_by_key(|warning| warning.labels.first().map(|label| label.span.start));
    warnings
}

fn repetitions(tree: &Tree, mapping: NodeId, used: Used, seen: &mut HashSet<Position>) -> Vec<Diagnostic> {
    let entries: Vec<(NodeId, NodeId)> = tree.entries(mapping).collect();
    let mut used_at: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    for (at, &(key, _)) in entries.iter().enumerate() {
        match used {
            Used::First => drop(used_at.entry(tree.text(key)).or_insert(at)),
            Used::Last => drop(used_at.insert(tree.text(key), at)),
        }
    }
    let mut warnings = Vec::new();
    for (at, &(key, value)) in entries.iter().enumerate() {
        let used_at = used_at[tree.text(key)];
        if used_at != at && seen.insert(tree.position(key)) {
            warnings.push(repetition(tree, (key, value), entries[used_at].0, used));
        }
    }
    warnings
}

fn repetition(tree: &Tree, (key, value): (NodeId, NodeId), used_key: NodeId, used: Used) -> Diagnostic {
    let name = tree.text(key);
    let which = match used {
        Used::First => "first",
        Used::Last => "last",
    };
    let hint = match tree.kind(value) {
        Kind::Sequence => "combine the lists into one",
        Kind::Mapping => "combine the mappings into one",
        Kind::Scalar => "remove one of them",
    };
    let span = |key: NodeId| Span::new(tree.position(key), name.len().max(1));
    let message = format!("`{name}` is written more than once, and only the {which} value is used");
    *Diagnostic::warning(Code::RepeatedField, message)
        .at(span(key), "this value is ignored")
        .at(span(used_key), "this value is used")
        .hint(hint)
}
