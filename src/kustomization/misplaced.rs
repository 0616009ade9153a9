//! Hints for content of kustomization files that belongs elsewhere.

use crate::diagnostic::{Code, Diagnostic, Help, flow_text};
use crate::yaml::{NodeId, Position, Tree};

/// The group of kustomization files.
const GROUP: &str = "kustomize.config.k8s.io";
/// The group of the objects with which Flux deploys kustomizations.
const FLUX_GROUP: &str = "kustomize.toolkit.fluxcd.io";

/// Adds hints to the errors about a kustomization file with content that belongs elsewhere.
pub fn explain(tree: &Tree, mut error: Box<Diagnostic>) -> Box<Diagnostic> {
    let object = object_hint(tree);
    explain_one(tree, &object, &mut error);
    for other in &mut error.others {
        explain_one(tree, &object, other);
    }
    error
}

fn explain_one(tree: &Tree, object: &Option<String>, error: &mut Diagnostic) {
    let Some(position) = error.labels.first().map(|label| label.span.start) else { return };
    let hint = match error.code {
        Code::WrongType => patch_hint(tree, position),
        Code::UnknownField | Code::InvalidValue => object.clone(),
        _ => None,
    };
    if let Some(hint) = hint {
        error.help = Some(Help::Text(hint));
        // The file is not what it seems, so its fields are not misspelled.
        error.misspelling = None;
    }
}

/// Returns a hint if the document is a Kubernetes object.
fn object_hint(tree: &Tree) -> Option<String> {
    let text = |field: &str| tree.get(tree.root(), field).map_or("", |node| tree.text(node));
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let has_name = tree.get_path(tree.root(), &["metadata", "name"]).is_some();
    match group {
        GROUP => None,
        FLUX_GROUP => Some(format!(
            "this is a {kind} object of Flux, not a kustomization file: rename the file, and list it under `resources` of \
             a kustomization file"
        )),
        _ if api_version.is_empty() || kind.is_empty() || !has_name => None,
        _ => Some(format!(
            "this is a {kind} object, not a kustomization file: rename the file, and list it under `resources` of a \
             kustomization file"
        )),
    }
}

/// Returns a hint for an entry of a list of patches in the form of another field.
fn patch_hint(tree: &Tree, position: Position) -> Option<String> {
    let entry = |field: &str| {
        let list = tree.get(tree.root(), field)?;
        tree.elements(list).find(|&entry| tree.position(entry) == position)
    };
    if let Some(entry) = entry("patches").filter(|&entry| tree.is_scalar(entry)) {
        return Some(old_patch_hint(tree, entry));
    }
    let entry = entry("patchesStrategicMerge").filter(|&entry| tree.is_mapping(entry))?;
    let has = |field: &str| tree.get(entry, field).is_some();
    Some(match (has("path") || has("patch") || has("target"), tree.get(entry, "path")) {
        (true, Some(path)) if !has("target") => {
            format!("write `- {}`, or move the entry to `patches`", tree.text(path))
        }
        (true, _) => "this is an entry of `patches`: move it there".to_string(),
        (false, _) => {
            "write the patch as text, after `- |-`, or move it to an entry of `patches` with `patch: |-`".to_string()
        }
    })
}

/// Returns a hint for an entry of `patches` in the form that kustomize supported before version 2.1: a path or a patch.
fn old_patch_hint(tree: &Tree, entry: NodeId) -> String {
    let text = tree.text(entry);
    match text.trim().contains('\n') || text.contains(": ") || text.trim().starts_with(['{', '[', '-']) {
        true => "write `- patch: |-` before the text of the patch".to_string(),
        false => format!("write `- path: {}`", flow_text(text.trim())),
    }
}
