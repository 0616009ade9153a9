//! Warnings about values that a JSON patch changes although it does not name them: kustomize converts the whole object to
//! JSON and back.

use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::{NodeId, Position, Tag, Tree};

/// The maximum number of values that are reported for a patch of an object.
const MAX_REPORTED: usize = 3;

/// A value that JSON may not preserve.
pub struct Written {
    node: NodeId,
    text: String,
    position: Position,
}

/// Returns the values of an object that JSON may not preserve: numbers with a point or many digits, and times.
pub fn fragile_values(tree: &Tree) -> Vec<Written> {
    let mut nodes = vec![tree.root()];
    let mut values = Vec::new();
    while let Some(node) = nodes.pop() {
        nodes.extend(tree.elements(node));
        nodes.extend(
            tree.entries(node).filter(|(key, _)| !QUANTITIES.contains(&tree.text(*key))).map(|(_, value)| value),
        );
        let is_fragile = match tree.tag(node) {
            Tag::Int => tree.text(node).len() > MAX_EXACT_DIGITS,
            Tag::Float | Tag::Timestamp => true,
            _ => false,
        };
        if is_fragile {
            values.push(Written { node, text: tree.text(node).to_string(), position: tree.position(node) });
        }
    }
    values
}

/// Fields with quantities, for which a zero at the end has no meaning.
const QUANTITIES: [&str; 4] = ["cpu", "memory", "storage", "ephemeral-storage"];

/// Integers with at most this number of digits are exact as floating-point numbers.
const MAX_EXACT_DIGITS: usize = 15;

/// Returns a warning for each value that has another meaning after a patch.
pub fn changed_values(before: &[Written], after: &Tree, label: &str) -> Vec<Diagnostic> {
    let mut left = HashSet::new();
    let mut nodes = vec![after.root()];
    while let Some(node) = nodes.pop() {
        // What the patch has set has the position in the patch.
        left.insert((node, after.position(node)));
        nodes.extend(after.children(node));
    }
    let is_changed = |value: &&Written| {
        left.contains(&(value.node, value.position)) && is_changed(&value.text, after.text(value.node))
    };
    let changed = before.iter().filter(is_changed).take(MAX_REPORTED);
    let warnings = changed.map(|Written { node, text, position }| {
        // An integer is a floating-point number until it is written.
        let integer = text.parse::<i128>().ok().and_then(|_| after.text(*node).parse::<f64>().ok());
        let new = integer.map_or_else(|| after.text(*node).to_string(), |number| (number as i128).to_string());
        let message = format!("a JSON patch changes `{text}` of {label} to `{new}`");
        *Diagnostic::warning(Code::ChangedValue, message)
            .at(*position, "has another value after the patch")
            .hint("quote the value if it is meant as text, or use a strategic merge patch, which leaves other values as they are")
    });
    warnings.collect()
}

/// Returns whether a number or a time has changed, or loses zeros at its end, which a version may have.
fn is_changed(before: &str, after: &str) -> bool {
    match (before.parse::<f64>(), after.parse::<f64>()) {
        (Ok(old), Ok(new)) if old == new => match before.parse::<i128>() {
            Ok(integer) => old as i128 != integer,
            Err(_) => before.contains('.') && before.ends_with('0') && !before.contains(['e', 'E']),
        },
        _ => before != after,
    }
}
