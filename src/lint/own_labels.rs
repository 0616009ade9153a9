//! Workloads whose selector does not match their own pods.

use crate::diagnostic::{Code, Diagnostic};
use crate::references::labels_of;
use crate::resource::Resource;
use crate::resource::select::label_selector::LabelSelector;

/// Kinds with a selector that must match their pod template.
const SELECTING: [&str; 6] =
    ["DaemonSet", "Deployment", "ReplicaSet", "ReplicationController", "Rollout", "StatefulSet"];

/// Returns a warning if the selector of a workload does not match the labels of its pod template.
pub fn selector_mismatch(resource: &Resource) -> Option<Diagnostic> {
    if !SELECTING.contains(&resource.kind()) {
        return None;
    }
    let tree = resource.tree();
    let node = tree.get_path(resource.root(), &["spec", "selector"]).filter(|&node| tree.is_mapping(node))?;
    let template = tree.get_path(resource.root(), &["spec", "template"]).filter(|&node| tree.is_mapping(node))?;
    let selector = match resource.kind() {
        "ReplicationController" => LabelSelector::from_map(tree, node),
        _ => LabelSelector::from_resource(tree, node)?,
    };
    let labels = labels_of(tree, template);
    if selector.is_empty() || selector.matches(&labels) {
        return None;
    }
    let place = ["matchLabels", "matchExpressions"].iter().find_map(|field| tree.get(node, field)).unwrap_or(node);
    let at = tree.get_path(template, &["metadata", "labels"]).unwrap_or(template);
    let warning = Diagnostic::warning(
        Code::SelectorMismatch,
        format!("the selector of {} does not match its own pod template", resource.label()),
    )
    .at(tree.position(place), "selects other pods")
    .at(tree.position(at), "the labels of its pods")
    .hint("add the labels of the selector to the pod template");
    Some(*warning)
}
