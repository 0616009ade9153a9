//! Files that no kustomization refers to.

use crate::diagnostic::{Code, Diagnostic};
use crate::inputs::File;
use crate::kustomization::FILE_NAMES;
use crate::path::base_name;
use crate::resource::metadata::is_local_config;
use crate::yaml::{ParseLimits, Position, Span, Tree};

use super::deployers::Deployer;

/// The endings of the names of roles that Kubebuilder writes next to those that are applied.
const SCAFFOLDS: [&str; 3] = ["_admin_role.yaml", "_editor_role.yaml", "_viewer_role.yaml"];

/// The names of directories whose manifests are examples or scaffolds, or are applied by scripts.
const SAMPLES: [&str; 15] = [
    "ci", "config", "demo", "doc", "docs", "e2e", "example", "examples", "hack", "sample", "samples", "scripts",
    "test", "testdata", "tests",
];

/// Returns the warning about a file that no kustomization refers to, if it looks like a file for kustomizations.
/// `has_siblings` tells whether the kustomization of its directory lists other files there.
pub fn unused(file: &File, has_siblings: bool, limits: ParseLimits) -> Option<Diagnostic> {
    let start = Position::new(file.id, 0);
    if FILE_NAMES.contains(&base_name(&file.path)) {
        let kustomization = &file.kustomization(limits).ok()?.kustomization;
        if kustomization.is_component() {
            return Some(
                *Diagnostic::warning(Code::UnusedComponent, "no target includes this component")
                    .at(kind_or(start, kustomization.kind.position), "never rendered"),
            );
        }
        return Some(unused_file(Code::UnreferencedFile, start, "kustomization"));
    }
    let documents = file.documents(limits).ok()?;
    if documents.iter().any(looks_like_a_json_patch) {
        return Some(unused_file(Code::UnreferencedFile, start, "patch"));
    }
    let document = documents.iter().find(|document| looks_like_a_resource(document))?;
    let root = document.root();
    let position = document.get(root, "kind").map_or(start, |kind| document.position(kind));
    let is_forgotten = has_siblings && is_applied(document);
    let code = if is_forgotten { Code::UnusedFile } else { Code::UnreferencedFile };
    Some(unused_file(code, position, "resource"))
}

/// Returns whether a manifest is one that a kustomization applies: it has a name, and neither deploys the tree nor is
/// encrypted or the configuration of a program.
fn is_applied(document: &Tree) -> bool {
    let text = |path: &[&str]| document.get_path(document.root(), path).map_or("", |value| document.text(value));
    let is_deployer = Deployer::new(document).is_some();
    let is_encrypted = document.get(document.root(), "sops").is_some();
    !is_encrypted && !text(&["metadata", "name"]).is_empty() && !is_deployer && !is_local_config(document)
}

/// Returns whether a path below the root of a tree is that of an example, a test or a scaffold.
pub fn is_sample(path: &str) -> bool {
    SCAFFOLDS.iter().any(|ending| path.ends_with(ending)) || path.split('/').any(|name| SAMPLES.contains(&name))
}

fn unused_file(code: Code, position: Position, what: &str) -> Diagnostic {
    *Diagnostic::warning(code, format!("unused {what}: no kustomization refers to this file"))
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
