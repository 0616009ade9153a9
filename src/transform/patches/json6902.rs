//! The `patchesJson6902` field.

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::{Located, Patch, SelectorConfig};
use crate::resource::patch::json6902 as json_patch;
use crate::resource::{Resources, Step};
use crate::target::Target;
use crate::transform::run::Run;
use crate::transform::unmatched;

use super::apply::{apply_json, select};
use super::parsed::JsonPatch;

/// Applies `patchesJson6902`.
///
/// # Errors
/// Fails on entries without a target or patch, and if a patch does not apply.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let entries = run.kustomization().patches_json6902.iter().flatten();
    entries.clone().try_for_each(|entry| read_json_patch(entry, run.target).map(|_| ()))?;
    for entry in entries {
        apply_entry(entry, run.target, resources)?;
        run.end(1, Step::new("patchesJson6902", entry.position), resources);
    }
    Ok(())
}

/// Applies an entry of `patchesJson6902`.
///
/// # Errors
/// Fails on entries without a target or patch, and if the patch does not apply.
pub fn apply_entry(entry: &Located<Patch>, target: &Target, resources: &mut Resources) -> Result<()> {
    let (selector, patch) = read_json_patch(entry, target)?;
    patch.warnings.into_iter().for_each(|warning| resources.warn(warning));
    let patch = patch.operations;
    let apply = |resources: &mut Resources| {
        for at in select(selector, resources)? {
            apply_json(&patch, at, resources).map_err(|error| error.at(entry.position, "applied here"))?;
        }
        Ok(())
    };
    match json_patch::is_test(&patch) {
        true => apply(resources),
        false => unmatched::warn_if_unchanged(entry.position, resources, apply),
    }
}

/// Reads an entry of `patchesJson6902`: its target and its operations.
///
/// # Errors
/// Fails on entries without a target or patch.
fn read_json_patch<'a>(entry: &'a Located<Patch>, target: &Target) -> Result<(&'a Located<SelectorConfig>, JsonPatch)> {
    let invalid = |message: &str| Diagnostic::error(Code::InvalidPatch, message).at(entry.position, "this entry");
    let selector = entry.target.as_ref().filter(|selector| !selector.name.is_empty());
    let selector = selector.ok_or_else(|| invalid("must specify the target name"))?;
    let patch = match (entry.path.is_empty(), entry.patch.is_empty()) {
        (true, true) => return Err(invalid("empty file path and empty jsonOp")),
        (false, false) => return Err(invalid("must specify a file path or jsonOp, not both")),
        (false, true) => JsonPatch::from_file(target.file(&entry.path)?, target.limits)?,
        (true, false) => JsonPatch::inline(&entry.patch, target)?,
    };
    match patch {
        Some(patch) if !patch.is_empty() => Ok((selector, patch)),
        _ => Err(invalid("patch appears to be empty")),
    }
}
