//! The `patches` field.

mod apply;
mod changed_values;
pub mod json6902;
mod lists;
mod nulls;
mod parsed;
mod replaced_lists;
pub mod strategic_merge;

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::{Located, Patch, SelectorConfig};
use crate::resource::{Resources, Step};
use crate::yaml::FileId;

use super::run::Run;
use super::unmatched;
use apply::{apply_each, apply_in_order, apply_json, apply_to_selected, deletes, deletes_everything, select};

pub use parsed::ParsedPatch;

/// Applies `patches`.
///
/// # Errors
/// Fails on invalid patches, and on patches without a target that match no resource.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let mut parsed = Vec::new();
    let mut errors = Vec::new();
    let mut files: HashMap<FileId, Option<Arc<ParsedPatch>>> = HashMap::new();
    for patch in &run.kustomization().patches {
        // Many entries may apply the same file to different targets.
        let file = match (patch.patch.trim().is_empty(), patch.path.is_empty()) {
            (true, false) => run.target.file(&patch.path).ok().map(|file| file.id),
            _ => None,
        };
        match file.and_then(|file| files.get(&file)) {
            Some(Some(known)) => parsed.push((patch, known.clone())),
            // The error about the file is already known.
            Some(None) => {}
            None => {
                let read = ParsedPatch::new(patch, run.target).map(Arc::new).map_err(|error| errors.push(error)).ok();
                if let Some(read) = &read {
                    resources.count_patch(read.memory())?;
                    read.warn(resources);
                    parsed.push((patch, read.clone()));
                }
                files.extend(file.map(|file| (file, read)));
            }
        }
    }
    Diagnostic::combine(errors)?;
    let warnings = resources.journal.warnings.len();
    apply_in_order(&parsed, |(patch, parsed)| {
        let warnings = resources.journal.warnings.len();
        parsed.apply(patch, resources)?;
        let has_warned = resources.journal.warnings.len() > warnings;
        let may_be_unmatched =
            || run.kustomization().is_component() && names_nothing(patch) || run.target.has_placeholder();
        if has_warned && may_be_unmatched() {
            unmatched::forget_unmatched(&mut resources.journal.warnings, warnings);
        }
        run.end(1, Step { source: parsed.position(), ..Step::new("patches", patch.position) }, resources);
        Ok(())
    })?;
    unmatched::explain_later_labels(run.kustomization(), &mut resources.journal.warnings[warnings..]);
    Ok(())
}

/// Returns whether the target of a patch names no resource. In a component, such a patch is for any resources that may come.
fn names_nothing(patch: &Patch) -> bool {
    patch.target.as_ref().is_some_and(|target| target.name.is_empty())
}

impl ParsedPatch {
    /// Applies the patch to the resources that its target or its own identity selects.
    ///
    /// # Errors
    /// Fails if a patch without a target matches no resource, and if a patch does not apply.
    pub fn apply(&self, entry: &Located<Patch>, resources: &mut Resources) -> Result<()> {
        if self.is_test() {
            return self.apply_silently(entry, resources);
        }
        unmatched::warn_if_unchanged(entry.position, resources, |resources| self.apply_silently(entry, resources))
    }

    fn apply_silently(&self, entry: &Located<Patch>, resources: &mut Resources) -> Result<()> {
        let options = entry.options.unwrap_or_default();
        match (self, &entry.target) {
            (ParsedPatch::StrategicMerge(patches), Some(target)) => {
                let [patch] = &patches[..] else {
                    return match patches.is_empty() {
                        true => {
                            // kustomize ignores the target of an empty patch, so an invalid one is not an error.
                            let _ = select(target, resources);
                            Ok(())
                        }
                        false => Err(Diagnostic::error(
                            Code::InvalidPatch,
                            "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field",
                        )
                        .at(target.position, "this target")
                        .hint("put each patch in its own entry, or remove the target")),
                    };
                };
                let selected = select(target, resources)?;
                if deletes(patch) && **target == SelectorConfig::default() {
                    resources.warn(*deletes_everything(patch, target));
                }
                apply_to_selected(&selected, patch, options, resources)
            }
            (ParsedPatch::StrategicMerge(patches), None) => apply_each(patches, options, resources),
            (ParsedPatch::Json(patch), Some(target)) => {
                let selected = select(target, resources)?;
                let schema = resources.schema().clone();
                for at in selected {
                    resources.get_mut(at).store_previous_id(&schema);
                    apply_json(&patch.operations, at, resources)
                        .map_err(|error| error.at(entry.position, "applied here"))?;
                }
                Ok(())
            }
            (ParsedPatch::Json(patch), None) => {
                Err(Diagnostic::error(Code::InvalidPatch, "must specify a target for JSON patch")
                    .at(patch.position(), "this is a JSON patch")
                    .hint("add a `target` with kind and name to the entry"))
            }
        }
    }
}
