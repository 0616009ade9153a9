//! Paths that a kustomization file has twice.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::{Position, Span};

use super::file::{Kustomization, Patch};
use super::located::Located;
use super::path_fields::{PATH_FIELDS, PathKind};

/// Returns a diagnostic for each path that a list has twice. `resources` are not among them: there it is an error, and
/// several generators may read the same file.
pub fn listed_twice(kustomization: &Kustomization) -> Vec<Diagnostic> {
    let lists = PATH_FIELDS.iter().filter(|field| field.names.len() == 1 && field.kind != PathKind::Resource);
    let mut found: Vec<Diagnostic> = lists.flat_map(|field| repetitions((field.entries)(kustomization))).collect();
    found.extend(repeated_patches(&kustomization.patches));
    found.extend(repeated_patches(kustomization.patches_json6902.as_deref().unwrap_or_default()));
    found
}

fn repetitions(paths: Vec<&Located<String>>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut seen: HashMap<&str, Position> = HashMap::new();
    // Entries that are no paths but the content itself have several lines.
    for path in paths.into_iter().filter(|path| !path.contains('\n')) {
        match seen.get(trimmed(path)) {
            Some(&first) => found.push(repetition(path, first)),
            None => {
                seen.insert(trimmed(path), path.position);
            }
        }
    }
    found
}

/// The same file may patch several targets.
fn repeated_patches(patches: &[Located<Patch>]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut seen: HashMap<&str, Vec<&Patch>> = HashMap::new();
    for patch in patches.iter().filter(|patch| !patch.path.is_empty()) {
        let others = seen.entry(trimmed(&patch.path)).or_default();
        let target = |patch: &Patch| patch.target.as_ref().map(|target| target.id());
        let selectors = |patch: &Patch| {
            let target = patch.target.as_ref();
            target.map(|target| (target.label_selector.value.clone(), target.annotation_selector.value.clone()))
        };
        let is_same = |other: &&&Patch| target(other) == target(patch) && selectors(other) == selectors(patch);
        match others.iter().find(is_same) {
            Some(first) => found.push(repetition(&patch.path, first.path.position)),
            None => others.push(patch),
        }
    }
    found
}

fn trimmed(path: &str) -> &str {
    path.trim_start_matches("./").trim_end_matches('/')
}

fn repetition(path: &Located<String>, first: Position) -> Diagnostic {
    *Diagnostic::warning(Code::ListedTwice, format!("`{}` is listed twice", path.value))
        .at(Span::new(path.position, path.len()), "listed again")
        .at(first, "listed here first")
}
