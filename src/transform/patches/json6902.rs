//! The `patchesJson6902` field.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::{Located, Patch, SelectorConfig};
use crate::resource::patch::json6902 as json_patch;
use crate::resource::{Resources, Step};
use crate::target::Target;
use crate::transform::run::Run;
use crate::transform::unmatched;

use crate::yaml::{FileId, Tree};

use super::apply::{apply_json, select};
use super::parsed::JsonPatch;

/// Applies `patchesJson6902`.
///
/// # Errors
/// Fails on entries without a target or patch, and if a patch does not apply.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let entries = run.kustomization().patches_json6902.iter().flatten();
    let mut files: HashMap<FileId, Arc<JsonPatch>> = HashMap::new();
    let mut patches = Vec::new();
    for entry in entries {
        let (selector, patch, is_new) = read_json_patch(entry, run.target, &mut files)?;
        if is_new {
            resources.count_patch(patch.operations.memory())?;
            patch.warnings.iter().for_each(|warning| resources.warn(warning.clone()));
        }
        patches.push((entry, selector, patch));
    }
    for (entry, selector, patch) in patches {
        apply(entry, selector, &patch.operations, resources)?;
        run.end(1, Step::new("patchesJson6902", entry.position), resources);
    }
    Ok(())
}

/// Applies an entry of `patchesJson6902`.
///
/// # Errors
/// Fails on entries without a target or patch, and if the patch does not apply.
pub fn apply_entry(entry: &Located<Patch>, target: &Target, resources: &mut Resources) -> Result<()> {
    let (selector, patch, _) = read_json_patch(entry, target, &mut HashMap::new())?;
    patch.warnings.iter().for_each(|warning| resources.warn(warning.clone()));
    apply(entry, selector, &patch.operations, resources)
}

fn apply(
    entry: &Located<Patch>,
    selector: &Located<SelectorConfig>,
    patch: &Tree,
    resources: &mut Resources,
) -> Result<()> {
    let apply = |resources: &mut Resources| {
        for at in select(selector, resources)? {
            apply_json(patch, at, resources).map_err(|error| error.at(entry.position, "applied here"))?;
        }
        Ok(())
    };
    match json_patch::is_test(patch) {
        true => apply(resources),
        false => unmatched::warn_if_unchanged(entry.position, resources, apply),
    }
}

/// Reads an entry of `patchesJson6902`: its target and its operations, and whether these are not yet in `files`.
///
/// # Errors
/// Fails on entries without a target or patch.
fn read_json_patch<'a>(
    entry: &'a Located<Patch>,
    target: &Target,
    files: &mut HashMap<FileId, Arc<JsonPatch>>,
) -> Result<(&'a Located<SelectorConfig>, Arc<JsonPatch>, bool)> {
    let invalid = |message: &str| Diagnostic::error(Code::InvalidPatch, message).at(entry.position, "this entry");
    let selector = entry.target.as_ref().filter(|selector| !selector.name.is_empty());
    let selector = selector.ok_or_else(|| invalid("must specify the target name"))?;
    let patch = match (entry.path.is_empty(), entry.patch.is_empty()) {
        (true, true) => return Err(invalid("empty file path and empty jsonOp")),
        (false, false) => return Err(invalid("must specify a file path or jsonOp, not both")),
        (false, true) => {
            let file = target.file(&entry.path)?;
            if let Some(known) = files.get(&file.id) {
                return Ok((selector, known.clone(), false));
            }
            let patch = JsonPatch::from_file(file, target.limits)?.map(Arc::new);
            files.extend(patch.iter().filter(|patch| !patch.is_empty()).map(|patch| (file.id, patch.clone())));
            patch
        }
        (true, false) => JsonPatch::inline(&entry.patch, target)?.map(Arc::new),
    };
    match patch {
        Some(patch) if !patch.is_empty() => Ok((selector, patch, true)),
        _ => Err(invalid("patch appears to be empty")),
    }
}
