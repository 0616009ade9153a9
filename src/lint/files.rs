//! Files that no kustomization refers to.

use crate::diagnostic::{Code, Diagnostic};
use crate::inputs::File;
use crate::kustomization::FILE_NAMES;
use crate::path::base_name;
use crate::yaml::{ParseLimits, Position, Span, Tree};

/// Returns the warning about a file that no kustomization refers to, if it looks like a file for kustomizations.
pub fn unused(file: &File, limits: ParseLimits) -> Option<Diagnostic> {
    let start = Position::new(file.id, 0);
    if FILE_NAMES.contains(&base_name(&file.path)) {
        let kustomization = &file.kustomization(limits).ok()?.kustomization;
        if kustomization.is_component() {
            return Some(
                *Diagnostic::warning(Code::UnusedComponent, "no target includes this component")
                    .at(kind_or(start, kustomization.kind.position), "never rendered"),
            );
        }
        return Some(unused_file(start, "kustomization"));
    }
    let documents = file.documents(limits).ok()?;
    if documents.iter().any(looks_like_a_json_patch) {
        return Some(unused_file(start, "patch"));
    }
    let document = documents.iter().find(|document| looks_like_a_resource(document))?;
    let root = document.root();
    let position = document.get(root, "kind").map_or(start, |kind| document.position(kind));
    Some(unused_file(position, "resource"))
}

fn unused_file(position: Position, what: &str) -> Diagnostic {
    *Diagnostic::warning(Code::UnusedFile, format!("unused {what}: no kustomization refers to this file"))
        .at(Span::from(position), "")
        .hint("list it in a kustomization, or remove it")
}

fn kind_or(position: Position, kind: Position) -> Position {
    if kind == Position::NONE { position } else { kind }
}

fn looks_like_a_json_patch(document: &Tree) -> bool {
    let is_operation = |element| document.get(element, "op").is_some() && document.get(element, "path").is_some();
    let mut elements = document.elements(document.root()).peekable();
    elements.peek().is_some() && elements.all(is_operation)
}

/// Returns whether a document has a version and a kind, unlike chart values and the configurations of other programs.
fn looks_like_a_resource(document: &Tree) -> bool {
    let has = |field| document.get(document.root(), field).is_some_and(|value| !document.text(value).is_empty());
    has("apiVersion") && has("kind")
}
