//! Paths that a kustomization file lists more than once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::{Position, Span};

use super::file::{Kustomization, Patch};
use super::located::Located;
use super::path_fields::{PATH_FIELDS, PathKind};

/// Returns a warning for each path that a list contains again. `resources` are not checked, since a duplicate there is an
/// error, nor are generators, several of which may read the same file.
pub fn duplicate_paths(kustomization: &Kustomization) -> Vec<Diagnostic> {
    let lists = PATH_FIELDS.iter().filter(|field| field.names.len() == 1 && field.kind != PathKind::Resource);
    let mut warnings: Vec<Diagnostic> = lists.flat_map(|field| duplicates((field.entries)(kustomization))).collect();
    warnings.extend(duplicate_patches(&kustomization.patches));
    warnings.extend(duplicate_patches(kustomization.patches_json6902.as_deref().unwrap_or_default()));
    warnings
}

fn duplicates(paths: Vec<&Located<String>>) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let mut seen: HashMap<&str, Position> = HashMap::new();
    // Entries of several lines are inline content.
    for path in paths.into_iter().filter(|path| !path.contains('\n')) {
        match seen.get(trimmed(path)) {
            Some(&first) => warnings.push(duplicate(path, first)),
            None => {
                seen.insert(trimmed(path), path.position);
            }
        }
    }
    warnings
}

/// Returns a warning for each patch file that is listed again for the same target.
fn duplicate_patches(patches: &[Located<Patch>]) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let mut seen: HashMap<_, Position> = HashMap::new();
    for patch in patches.iter().filter(|patch| !patch.path.is_empty()) {
        let target = patch
            .target
            .as_ref()
            .map(|target| (target.id(), target.label_selector.value.clone(), target.annotation_selector.value.clone()));
        match seen.entry((trimmed(&patch.path), target)) {
            Entry::Occupied(first) => warnings.push(duplicate(&patch.path, *first.get())),
            Entry::Vacant(entry) => drop(entry.insert(patch.path.position)),
        }
    }
    warnings
}

fn trimmed(path: &str) -> &str {
    path.trim_start_matches("./").trim_end_matches('/')
}

fn duplicate(path: &Located<String>, first: Position) -> Diagnostic {
    *Diagnostic::warning(Code::ListedTwice, format!("`{}` is listed twice", path.value))
        .at(Span::new(path.position, path.len()), "listed again")
        .at(first, "first listed here")
}
