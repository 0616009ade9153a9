//! How the objects of an output refer to each other, as a graph.

use std::collections::HashMap;

use crate::Rendered;
use crate::references::{Detail, DetailKind, Reference, Relation, To, references};
use crate::resource::{ResId, Resource};

use crate::cli::commands::graph::layout::Align;
use crate::cli::commands::graph::model::{Edge, Edges, Graph, Line, Look, Node};

/// What the lines mean.
const LINES: &[(Line, &str)] =
    &[(Line::Solid, "refers to"), (Line::Dashed, "selects"), (Line::Dotted, "may use, or seems to call")];

/// Returns the graph of what was rendered.
pub fn graph(rendered: &Rendered, title: String) -> Graph {
    let resources = rendered.resources();
    let mut nodes: Vec<Node> = resources.iter().map(node).collect();
    let mut others = HashMap::new();
    let mut edges = Edges::default();
    for reference in references(resources, rendered.config()) {
        let to = match &reference.to {
            To::Object(at) | To::Made { by: at, .. } => *at,
            other => *others.entry(other_node(other)).or_insert_with_key(|(look, label, caption)| {
                nodes.push(Node { look: *look, label: label.clone(), caption: caption.clone(), notes: Vec::new() });
                nodes.len() - 1
            }),
        };
        edges.add(edge(&reference, to));
    }
    Graph { title, nodes, edges: edges.into_list(), align: Align::Right, lines: LINES }
}

fn node(resource: &Resource) -> Node {
    let namespace = resource.namespace();
    let notes = if namespace.is_empty() { Vec::new() } else { vec![format!("namespace: {namespace}")] };
    Node { look: look(resource), label: resource.name().to_string(), caption: resource.kind().to_string(), notes }
}

/// Returns the look, the name and the kind of what is not in the output.
fn other_node(to: &To) -> (Look, String, String) {
    let of_id = |look, id: &ResId| {
        let place = if id.namespace.is_empty() { String::new() } else { format!(" in {}", id.namespace) };
        (look, id.name.clone(), format!("{}{place}", id.gvk.kind))
    };
    match to {
        To::BuiltIn(id) => of_id(Look::Elsewhere, id),
        To::Missing(id) | To::Made { id, .. } => of_id(Look::Missing, id),
        To::Selected { selector, namespace, count } => {
            let selector = if selector.is_empty() { "everything" } else { selector };
            let place = if namespace.is_empty() { "any namespace" } else { namespace };
            let count = if *count == 0 { "nothing".to_string() } else { format!("{count} objects") };
            (Look::Selection, selector.to_string(), format!("{count} in {place}"))
        }
        To::Object(_) => (Look::Other, String::new(), String::new()),
    }
}

fn edge(reference: &Reference, to: usize) -> Edge {
    let line = match reference.relation {
        _ if reference.is_optional => Line::Dotted,
        Relation::Selects => Line::Dashed,
        _ => Line::Solid,
    };
    let made = match &reference.to {
        To::Made { id, .. } => format!(" the {} {} that it makes", id.gvk.kind, id.name),
        _ => String::new(),
    };
    let detail = |detail: &Detail| match detail.kind {
        DetailKind::Key => format!(" key {}", detail.name),
        DetailKind::Port => format!(" port {}", detail.name),
    };
    let details: String = reference.details.iter().map(detail).collect();
    let verb = reference.relation.verb();
    let note = format!("{verb}{made}{details}: {}", reference.field);
    Edge { from: reference.from, to, label: verb.to_string(), line, notes: vec![note] }
}

fn look(resource: &Resource) -> Look {
    match resource.kind() {
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicaSet"
        | "ReplicationController"
        | "Job"
        | "CronJob"
        | "Pod"
        | "PodTemplate"
        | "Rollout" => Look::Workload,
        "Service" | "Ingress" | "Gateway" | "VirtualService" | "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute"
        | "DestinationRule" | "Endpoints" | "ServiceEntry" => Look::Network,
        "ConfigMap" | "Secret" | "ExternalSecret" | "SealedSecret" | "Certificate" => Look::Settings,
        "PersistentVolume" | "PersistentVolumeClaim" | "StorageClass" => Look::Storage,
        "ServiceAccount" | "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding" | "SecretStore"
        | "ClusterSecretStore" => Look::Access,
        "PodDisruptionBudget"
        | "NetworkPolicy"
        | "HorizontalPodAutoscaler"
        | "VerticalPodAutoscaler"
        | "ScaledObject"
        | "ServiceMonitor"
        | "PodMonitor"
        | "PeerAuthentication"
        | "AuthorizationPolicy"
        | "RequestAuthentication" => Look::Policy,
        _ => Look::Other,
    }
}
