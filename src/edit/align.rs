//! Compares two lists.

use std::collections::HashSet;

use serde_yaml::Value;

/// A step from an old list to a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Remove(usize),
    /// Adds an element of the new list after one of the old list, or before all of them.
    Add {
        after: Option<usize>,
        from: usize,
    },
    Change {
        at: usize,
        from: usize,
    },
}

/// Returns the steps that convert one list to another. Common elements remain if their order does not change.
pub fn align(old: &[Value], new: &[Value]) -> Vec<Step> {
    let in_new: HashSet<&Value> = new.iter().collect();
    let in_old: HashSet<&Value> = old.iter().collect();
    let (mut at, mut from) = (0, 0);
    let mut steps = Vec::new();
    let previous = |at: usize| at.checked_sub(1);
    while at < old.len() && from < new.len() {
        match (in_new.contains(&old[at]), in_old.contains(&new[from])) {
            _ if old[at] == new[from] => {
                at += 1;
                from += 1;
            }
            (false, false) => {
                steps.push(Step::Change { at, from });
                at += 1;
                from += 1;
            }
            (false, true) => {
                steps.push(Step::Remove(at));
                at += 1;
            }
            (true, false) => {
                steps.push(Step::Add { after: previous(at), from });
                from += 1;
            }
            // A moved element is removed here and added at its new position.
            (true, true) => {
                steps.push(Step::Remove(at));
                at += 1;
            }
        }
    }
    steps.extend((at..old.len()).map(Step::Remove));
    steps.extend((from..new.len()).map(|from| Step::Add { after: old.len().checked_sub(1), from }));
    steps
}
