//! The `patchesStrategicMerge` field.

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::{Located, PatchOptions};
use crate::resource::{Resources, Step, manifest};
use crate::target::Target;
use crate::transform::run::Run;
use crate::transform::unmatched;

use super::apply::{apply_in_order, apply_to_selected, find_target};
use super::parsed::repeated_fields_of_merge_patches;

/// Applies `patchesStrategicMerge`: each patch, from a file or inline, to the resource with its identity.
///
/// # Errors
/// Fails on invalid patches, and on patches that match no resource.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let entries = run.kustomization().patches_strategic_merge.as_deref().unwrap_or_default();
    let Some(first) = entries.first() else { return Ok(()) };
    apply_entries(entries, None, run.target, resources)?;
    run.end(1, Step::new("patchesStrategicMerge", first.position), resources);
    Ok(())
}

/// Applies patches from files or inline entries, and those in `text`, each to the resource with its identity.
///
/// # Errors
/// Fails on invalid patches, on patches that match no resource, and if the entries and the text contain no patch.
pub fn apply_entries(
    entries: &[Located<String>],
    text: Option<&Located<String>>,
    target: &Target,
    resources: &mut Resources,
) -> Result<()> {
    let mut patches = Vec::new();
    for entry in entries {
        // As in kustomize, an entry is a path only if it is not an inline patch.
        let inline = target.file_of(entry).documents_inside(entry, target.limits).and_then(manifest::resources);
        match inline {
            Ok(inline) => patches.extend(inline),
            Err(error) if error.code == Code::TooDeep => return Err(error),
            Err(_) => patches.extend(target.file(entry)?.resources(target.limits)?.iter().cloned()),
        }
    }
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        patches.extend(manifest::resources(target.file_of(text).documents_inside(text, target.limits)?)?);
    }
    if patches.is_empty() {
        return match entries.first().or(text) {
            Some(entry) => Err(Diagnostic::error(Code::InvalidPatch, "patch appears to be empty")
                .at(entry.position, "contains no patch")),
            None => Ok(()),
        };
    }
    repeated_fields_of_merge_patches(&patches).into_iter().for_each(|warning| resources.warn(warning));
    apply_in_order(&patches, |patch| {
        unmatched::warn_if_unchanged(patch.position(), resources, |resources| {
            let at = find_target(patch, resources)?;
            apply_to_selected(&[at], patch, PatchOptions::default(), resources)
        })?;
        resources.record(Step::new("patchesStrategicMerge", patch.position()));
        Ok(())
    })
}
