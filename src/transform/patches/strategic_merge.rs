//! The `patchesStrategicMerge` field.

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::{Located, PatchOptions};
use crate::resource::{Resources, Step, manifest};
use crate::target::Target;
use crate::transform::run::Run;
use crate::transform::unmatched;

use super::apply::{apply_in_turn, apply_to_selected, find_target};

/// Applies `patchesStrategicMerge`: files or inline text, each patch to the resource it names.
///
/// # Errors
/// Fails on unreadable patches and on patches that name no resource.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let entries = run.kustomization().patches_strategic_merge.as_deref().unwrap_or_default();
    let Some(first) = entries.first() else { return Ok(()) };
    apply_entries(entries, None, run.target, resources)?;
    run.end(1, Step::new("patchesStrategicMerge", first.position), resources);
    Ok(())
}

/// Applies patches from files or inline entries, and from one more text, each to the resource it names.
///
/// # Errors
/// Fails on unreadable patches, on patches that name no resource, and when there is no patch at all.
pub fn apply_entries(
    entries: &[Located<String>],
    text: Option<&Located<String>>,
    target: &Target,
    resources: &mut Resources,
) -> Result<()> {
    let mut patches = Vec::new();
    for entry in entries {
        // For legacy reasons the entry is first tried as the patch itself.
        let inline = target.file.documents_inside(entry, target.limits).and_then(manifest::resources);
        match inline {
            Ok(inline) => patches.extend(inline),
            Err(error) if error.code == Code::TooDeep => return Err(error),
            Err(_) => patches.extend(target.file(entry)?.resources(target.limits)?.iter().cloned()),
        }
    }
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        patches.extend(manifest::resources(target.file.documents_inside(text, target.limits)?)?);
    }
    if patches.is_empty() {
        return match entries.first().or(text) {
            Some(entry) => Err(Diagnostic::error(Code::InvalidPatch, "patch appears to be empty")
                .at(entry.position, "no patch in here")),
            None => Ok(()),
        };
    }
    apply_in_turn(&patches, |patch| {
        unmatched::warn_if_unchanged(patch.position(), resources, |resources| {
            let at = find_target(patch, resources)?;
            apply_to_selected(&[at], patch, PatchOptions::default(), resources)
        })?;
        resources.record(Step::new("patchesStrategicMerge", patch.position()));
        Ok(())
    })
}
