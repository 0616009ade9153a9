//! Files that no kustomization reads.

use crate::diagnostic::{Code, Diagnostic};
use crate::inputs::File;
use crate::kustomization::FILE_NAMES;
use crate::path::base_name;
use crate::yaml::{ParseLimits, Position, Span, Tree};

/// Returns what is to say about a file that nothing reads; nothing if it does not look as if it should be.
pub fn unused(file: &File, limits: ParseLimits) -> Option<Diagnostic> {
    let place = Position::new(file.id, 0);
    if FILE_NAMES.contains(&base_name(&file.path)) {
        let kustomization = &file.kustomization(limits).ok()?.kustomization;
        if kustomization.is_component() {
            return Some(
                *Diagnostic::warning(Code::UnusedComponent, "no target includes this component")
                    .at(kind_or(place, kustomization.kind.position), "never rendered"),
            );
        }
        return Some(unread(place, "kustomization"));
    }
    let documents = file.documents(limits).ok()?;
    if documents.iter().any(looks_like_a_json_patch) {
        return Some(unread(place, "patch"));
    }
    let document = documents.iter().find(|document| looks_like_a_resource(document))?;
    let root = document.root();
    let place = document.get(root, "kind").map_or(place, |kind| document.position(kind));
    Some(unread(place, "resource"))
}

fn unread(place: Position, what: &str) -> Diagnostic {
    *Diagnostic::warning(Code::UnusedFile, format!("no kustomization reads the file of this {what}"))
        .at(Span::from(place), "")
        .hint("list it in a kustomization, or remove it")
}

fn kind_or(place: Position, kind: Position) -> Position {
    if kind == Position::NONE { place } else { kind }
}

fn looks_like_a_json_patch(document: &Tree) -> bool {
    let is_operation = |element| document.get(element, "op").is_some() && document.get(element, "path").is_some();
    let mut elements = document.elements(document.root()).peekable();
    elements.peek().is_some() && elements.all(is_operation)
}

/// Values of charts and configurations of other programs have no version and kind.
fn looks_like_a_resource(document: &Tree) -> bool {
    let has = |field| document.get(document.root(), field).is_some_and(|value| !document.text(value).is_empty());
    has("apiVersion") && has("kind")
}
