//! Properties of differences, checked with all fixtures.

use std::sync::Arc;

use boutique::Resource;
use boutique::diff::{self, Change, ChangeKind, ChangePath, Secrets, Segment};
use boutique::internals::{self, changes, json_value, parse_stream};
use boutique::io::{self, OsHost};
use serde_json::Value;

use crate::cases;
use crate::properties::READ_DIFFERENTLY;

/// Returns the name of every fixture that renders, with its resources and its output.
fn rendered() -> Vec<(String, Vec<Resource>, String)> {
    let cases = cases::rendered().filter_map(|(case, _)| {
        let rendered = io::render(&OsHost::default(), &case.path(), &case.options()).result.ok()?;
        let text = rendered.to_yaml().ok()?;
        Some((case.name, rendered.resources().to_vec(), text))
    });
    cases.collect()
}

#[test]
fn a_render_equals_itself_and_its_output() {
    for (name, resources, text) in rendered() {
        for secrets in [Secrets::Masked, Secrets::Shown] {
            assert!(diff::compare(&resources, &resources, secrets).is_empty(), "{name}");
        }
        if READ_DIFFERENTLY.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let documents = parse_stream(&Arc::new(text)).expect("it is YAML");
        let saved = internals::resources(documents).expect("its documents are resources");
        let changes = diff::compare(&resources, &saved, Secrets::Shown).resources;
        assert!(changes.is_empty(), "{name}: {changes:#?}");
    }
}

#[test]
fn every_difference_is_reported() {
    let mut all: Vec<Resource> = rendered().into_iter().flat_map(|(_, resources, _)| resources).collect();
    // Resources of one kind have the most in common.
    all.sort_by(|a, b| (a.kind(), a.name()).cmp(&(b.kind(), b.name())));
    let mut compared = 0;
    for pair in all.windows(2) {
        let (changes, references) = changes(&pair[0], &pair[1]);
        assert!(references.is_empty());
        let whole = |resource: &Resource| json_value(resource.tree());
        let (mut before, mut after) = (whole(&pair[0]), whole(&pair[1]));
        for change in &changes {
            check(&before, change, Sides::Before);
            check(&after, change, Sides::After);
        }
        for change in &changes {
            erase(&mut before, change, Sides::Before);
            erase(&mut after, change, Sides::After);
        }
        drop_erased(&mut before);
        drop_erased(&mut after);
        assert_eq!(before, after, "{changes:#?}");
        compared += changes.len();
    }
    assert!(compared > 1000, "only {compared} changes were looked at");
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sides {
    Before,
    After,
}

/// Asserts that the value of a change is the one at its path.
fn check(root: &Value, change: &Change, side: Sides) {
    let side_of_change = if side == Sides::Before { &change.before } else { &change.after };
    let found = find(root, &change.path, side);
    match side_of_change {
        None => assert_eq!(found, None, "{}", change.path),
        Some(_) if change.kind == ChangeKind::Reordered => assert!(found.is_some_and(Value::is_array)),
        Some(side) => assert_eq!(found, Some(&side.value), "{}", change.path),
    }
}

/// Returns the placeholder of a value that a change reports.
fn erased() -> Value {
    Value::from("\0 erased")
}

fn erase(root: &mut Value, change: &Change, side: Sides) {
    let Some(value) = find_mut(root, &change.path, side) else { return };
    match (change.kind, value) {
        // The differences of its elements have been erased before.
        (ChangeKind::Reordered, Value::Array(elements)) => elements.sort_by_cached_key(|element| {
            let mut element = element.clone();
            drop_erased(&mut element);
            element.to_string()
        }),
        (_, value) => *value = erased(),
    }
}

fn drop_erased(value: &mut Value) {
    match value {
        Value::Array(elements) => {
            elements.retain(|element| *element != erased());
            elements.iter_mut().for_each(drop_erased);
        }
        Value::Object(fields) => {
            fields.retain(|_, field| *field != erased());
            fields.values_mut().for_each(drop_erased);
        }
        _ => {}
    }
}

fn find<'a>(root: &'a Value, path: &ChangePath, side: Sides) -> Option<&'a Value> {
    path.0.iter().try_fold(root, |value, step| match step {
        Segment::Field(name) => value.get(name),
        _ => value.get(index(value, step, side)?),
    })
}

fn find_mut<'a>(root: &'a mut Value, path: &ChangePath, side: Sides) -> Option<&'a mut Value> {
    path.0.iter().try_fold(root, |value, step| match step {
        Segment::Field(name) => value.get_mut(name),
        _ => {
            let index = index(value, step, side)?;
            value.get_mut(index)
        }
    })
}

/// Returns the index of the element that a step leads to.
fn index(list: &Value, step: &Segment, side: Sides) -> Option<usize> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToString::to_string);
    match step {
        Segment::Field(_) => None,
        Segment::Item { before, after } => *if side == Sides::Before { before } else { after },
        Segment::Selector(keys) => list.as_array()?.iter().position(|element| {
            keys.iter().all(|(field, name)| match element.get(field) {
                Some(value) => text(value) == *name,
                None => field == "protocol" && name == "TCP" && element.is_object(),
            })
        }),
    }
}
