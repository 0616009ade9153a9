//! Random styles of documents.

use crate::document::{Comment, Entry, Node, Value, is_plain_word};
use crate::features::Features;
use crate::random::Random;

/// Rewrites a document in a random style. This preserves its meaning, except that merge keys may add entries.
pub fn restyle(random: &mut Random, features: &Features, document: &mut Node, merge_keys: bool) {
    // Most files have a plain style.
    if random.chance(50) {
        return;
    }
    if random.chance(40) {
        shuffle(random, document);
    }
    if features.has("quotes") && random.chance(40) {
        each(document, &mut |node| requote(random, node));
    }
    if features.has("flow") && random.chance(40) {
        each(document, &mut |node| {
            if let Value::Mapping { flow, .. } | Value::Sequence { flow, .. } = &mut node.value {
                *flow = random.chance(20);
            }
        });
    }
    if features.has("comments") && random.chance(30) {
        each(document, &mut |node| {
            if let Value::Mapping { entries, .. } = &mut node.value {
                for entry in entries {
                    if random.chance(15) {
                        entry.comment = Some(*random.pick(&[Comment::Above, Comment::Trailing]));
                    }
                }
            }
        });
    }
    if features.has("anchors") && random.chance(30) {
        share(random, document);
    }
    if merge_keys && features.has("anchors") && random.chance(15) {
        merge(random, document);
    }
}

/// Changes all nodes except those inside strings, which are styled when they are created.
fn each(node: &mut Node, change: &mut impl FnMut(&mut Node)) {
    change(node);
    if let Value::Embedded { .. } = node.value {
        return;
    }
    for child in node.children_mut() {
        each(child, change);
    }
}

/// Shuffles the keys of all mappings.
fn shuffle(random: &mut Random, node: &mut Node) {
    each(node, &mut |node| {
        if let Value::Mapping { entries, .. } = &mut node.value {
            random.shuffle(entries);
        }
    });
}

fn requote(random: &mut Random, node: &mut Node) {
    let Value::Raw(written) = &mut node.value else { return };
    if is_plain_word(written) && random.chance(30) {
        *written = match random.below(3) {
            0 => format!("'{written}'"),
            1 => format!("!!str {written}"),
            _ => format!("\"{written}\""),
        };
    }
}

/// Replaces repeated parts by aliases of the first.
fn share(random: &mut Random, document: &mut Node) {
    for _ in 0..random.between(1, 3) {
        let indexes = document.indexes();
        let first = *random.pick(&indexes);
        let Some(node) = document.nth(first) else { continue };
        if node.anchor.is_some() || !can_be_anchored(node) {
            continue;
        }
        let original = node.clone();
        let after = first + original.count();
        let mut same: Vec<usize> =
            indexes.into_iter().filter(|&other| other >= after && document.nth(other) == Some(&original)).collect();
        // In reverse order, because replacing a node shifts the indexes after it.
        same.reverse();
        let anchor = format!("a{first}");
        if same.is_empty() {
            continue;
        }
        for other in same {
            if let Some(node) = document.nth_mut(other) {
                node.value = Value::Alias(anchor.clone());
            }
        }
        if let Some(node) = document.nth_mut(first) {
            node.anchor = Some(anchor);
        }
    }
}

fn can_be_anchored(node: &Node) -> bool {
    match &node.value {
        Value::Raw(written) => !written.is_empty() && !written.starts_with(['!', '<']),
        Value::Mapping { entries, .. } => !entries.is_empty(),
        Value::Sequence { items, .. } => !items.is_empty(),
        _ => false,
    }
}

/// Merges an earlier mapping into a later one.
fn merge(random: &mut Random, document: &mut Node) {
    let small = |index: &usize| {
        let node = document.nth(*index);
        node.is_some_and(|node| node.is_mapping() && (2..8).contains(&node.count()))
    };
    let mappings: Vec<usize> = document.indexes().into_iter().filter(small).collect();
    let (Some(&one), Some(&other)) = (random.choose(&mappings), random.choose(&mappings)) else { return };
    let (first, second) = (one.min(other), one.max(other));
    let Some(node) = document.nth(first) else { return };
    let size = node.count();
    let overlaps = document.nth(second).is_none_or(|other| {
        let keys = |node: &Node| node.entries().iter().map(|entry| entry.key.clone()).collect::<Vec<_>>();
        let taken = keys(other);
        document.nth(first).is_some_and(|node| keys(node).iter().any(|key| taken.contains(key)))
    });
    // Parsers disagree about whether a merge of existing keys is an error.
    if second < first + size || overlaps && !random.chance(15) {
        return;
    }
    let Some(node) = document.nth_mut(first) else { return };
    let anchor = node.anchor.get_or_insert_with(|| format!("m{first}")).clone();
    let alias = Node::new(Value::Alias(anchor));
    if let Some(Node { value: Value::Mapping { entries, .. }, .. }) = document.nth_mut(second) {
        let index = random.below(entries.len() + 1);
        entries.insert(index, Entry { key: "<<".to_string(), value: alias, comment: None });
    }
}
