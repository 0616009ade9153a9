//! Deprecated fields of a kustomization file, which `edit fix` replaces as well.

use crate::diagnostic::{Applicability, Fix};
use crate::edit::fix::{PatchOrder, fix as fix_text};
use crate::inputs::{File, Inputs};
use crate::path::join;

use super::lines;

/// Returns the fix that replaces all deprecated fields of a file but `vars`. Patches keep the order in which they are applied.
pub fn fix(message: &str, file: &File, inputs: &Inputs) -> Option<Fix> {
    if message.starts_with("`vars`") {
        return None;
    }
    let text = file.text().ok()?;
    let directory = file.path.rsplit_once('/').map_or("/", |(directory, _)| directory);
    let is_file = |path: &str| {
        let path = join(directory, path);
        inputs.files().any(|file| file.path == path)
    };
    let fixed = fix_text(text, PatchOrder::AsApplied, &is_file).ok()?;
    let replaced: Vec<String> = fixed.replaced.iter().map(|(from, to)| format!("`{from}` with `{to}`")).collect();
    if replaced.is_empty() {
        return None;
    }
    let title = format!("replace {}", replaced.join(", "));
    Some(Fix::new(title, Applicability::Safe, lines::edits(file.id, text, &fixed.text)))
}
