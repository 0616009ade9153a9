//! Findings as diagnostics, at the places that made the values.

use std::collections::HashMap;

use super::report::Finding;
use crate::diagnostic::{Code, Diagnostic, Help};
use crate::yaml::{NodeId, Position, Span, Tree};

/// Returns the diagnostics about an object, which `label` names. `fallback` is where a value is shown that comes from no file.
pub fn diagnostics(tree: &Tree, label: &str, findings: &[Finding], fallback: Position) -> Vec<Diagnostic> {
    findings.iter().map(|finding| diagnostic(tree, label, finding, fallback)).collect()
}

fn diagnostic(tree: &Tree, label: &str, finding: &Finding, fallback: Position) -> Diagnostic {
    let is_about_object = matches!(finding.code, Code::UnavailableApi | Code::DeprecatedApi | Code::UnknownKind);
    let message = match finding.path.as_str() {
        path if path.is_empty() || is_about_object => finding.message.clone(),
        path => format!("{path}: {}", finding.message),
    };
    let span = span(tree, finding.node, fallback);
    let diagnostic = Diagnostic::warning(finding.code, message).at(span, format!("in {label}"));
    *match &finding.help {
        Some(help) => diagnostic.help(Help::Text(help.clone())),
        None => diagnostic,
    }
}

/// Returns where a value is, or else the nearest value around it that is from a file.
fn span(tree: &Tree, node: NodeId, fallback: Position) -> Span {
    let position = tree.position(node);
    if position != Position::NONE {
        let line = tree.text(node).lines().next().unwrap_or_default();
        return Span::new(position, line.len().max(1));
    }
    let mut around = path_to(tree, tree.root(), node).into_iter().flatten().map(|node| tree.position(node));
    around.rfind(|&position| position != Position::NONE).unwrap_or(fallback).into()
}

/// Returns the nodes from a node down to one in it.
fn path_to(tree: &Tree, from: NodeId, to: NodeId) -> Option<Vec<NodeId>> {
    let mut parents: HashMap<NodeId, NodeId> = HashMap::new();
    let mut open = vec![from];
    while let Some(node) = open.pop() {
        if node == to {
            let mut path: Vec<NodeId> = std::iter::successors(Some(node), |node| parents.get(node).copied()).collect();
            path.reverse();
            return Some(path);
        }
        for child in tree.children(node) {
            parents.insert(child, node);
            open.push(child);
        }
    }
    None
}
