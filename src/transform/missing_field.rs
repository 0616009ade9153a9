//! Explains that selected resources lack the field of a replacement.

use crate::diagnostic::{Diagnostic, flow_text};
use crate::kustomization::{Located, TargetSelector};
use crate::resource::paths::notation::{self, Notation};
use crate::resource::paths::path_matcher::{self, Part};
use crate::resource::{Resource, Resources};
use crate::yaml::Position;

/// The maximum number of resources that a message names.
const MAX_NAMED: usize = 20;

/// Adds to an error about a missing field which of the selected resources lack it, and how to write the target.
pub(super) fn explain(
    mut error: Box<Diagnostic>,
    (path, parts): (&Located<String>, &[Part]),
    target: &TargetSelector,
    selected: &[usize],
    resources: &Resources,
) -> Box<Diagnostic> {
    let lacks = |&&at: &&usize| {
        let mut tree = resources.get(at).tree().clone();
        let root = tree.root();
        path_matcher::find(&mut tree, root, parts, None, Position::NONE).is_ok_and(|found| found.is_empty())
    };
    let lacking: Vec<&Resource> = selected.iter().filter(lacks).map(|&at| resources.get(at)).collect();
    let Some(first) = lacking.first() else { return error };
    let has_others = lacking.len() < selected.len();
    if has_others {
        let names: Vec<String> = lacking.iter().take(MAX_NAMED).map(|resource| name(resource)).collect();
        let more = if lacking.len() > names.len() { ", ..." } else { "" };
        let verb = if lacking.len() == 1 { "lacks" } else { "lack" };
        error.message += &format!(
            ": {} of {} selected resources {verb} it: {}{more}",
            lacking.len(),
            selected.len(),
            names.join(", ")
        );
    }
    for resource in lacking.iter().take(MAX_NAMED) {
        error = error.at(resource.position(), "in this resource");
    }
    let written = notation::hint(first.tree(), path, Notation::Brackets).filter(|_| !path.contains('*'));
    if let Some(hint) = &written
        && (hint.starts_with("write ") || hint.contains("did you mean"))
    {
        return error.hint(hint.clone());
    }
    if target.options.as_ref().is_some_and(|options| options.create) {
        return error;
    }
    if has_others {
        let entries: Vec<String> = lacking.iter().take(MAX_NAMED).map(|resource| reject_entry(resource)).collect();
        let entries = entries.join(", ");
        return error.hint(match target.reject.is_empty() {
            true => {
                format!("add `reject: [{entries}]` to the target, or create the field with `options: {{create: true}}`")
            }
            false => format!("add `{entries}` to `reject`, or create the field with `options: {{create: true}}`"),
        });
    }
    let create = "`options: {create: true}` creates the field";
    error.hint(match written {
        Some(hint) => format!("{hint}; {create}"),
        None => create.to_string(),
    })
}

fn name(resource: &Resource) -> String {
    match resource.namespace() {
        "" => format!("{}/{}", resource.kind(), resource.name()),
        namespace => format!("{}/{}/{}", resource.kind(), namespace, resource.name()),
    }
}

/// Returns the entry of `reject` for a resource.
fn reject_entry(resource: &Resource) -> String {
    let namespace = match resource.namespace() {
        "" => String::new(),
        namespace => format!(", namespace: {}", flow_text(namespace)),
    };
    format!("{{kind: {}, name: {}{namespace}}}", flow_text(resource.kind()), flow_text(resource.name()))
}
