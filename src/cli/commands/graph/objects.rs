//! The graph of the references between rendered objects.

use std::collections::HashMap;

use crate::Rendered;
use crate::diagnostic::Result;
use crate::references::{Detail, DetailKind, ObjectReference, Referent, Relation, references};
use crate::resource::{ResId, Resource};
use crate::secret::Copies;

use crate::cli::commands::graph::layout::Align;
use crate::cli::commands::graph::model::{Edge, Edges, Graph, LineStyle, Node, NodeKind};

/// The legend of the lines.
const LINES: &[(LineStyle, &str)] =
    &[(LineStyle::Solid, "refers to"), (LineStyle::Dashed, "selects"), (LineStyle::Dotted, "optional or inferred")];

/// Returns the graph of the rendered objects.
///
/// # Errors
/// Fails if the references have too many nodes.
pub fn graph(rendered: &Rendered, title: String) -> Result<Graph> {
    let resources = rendered.resources();
    let mut nodes: Vec<Node> = resources.iter().map(node).collect();
    let mut others = HashMap::new();
    let mut edges = Edges::default();
    for reference in references(resources, rendered.config())? {
        let to = match &reference.to {
            Referent::Object(at) | Referent::Created { by: at, .. } => *at,
            other => *others.entry(other_node(other)).or_insert_with_key(|(kind, label, caption)| {
                nodes.push(Node { kind: *kind, label: label.clone(), caption: caption.clone(), tooltip: Vec::new() });
                nodes.len() - 1
            }),
        };
        edges.add(edge(&reference, to));
    }
    let mut edges = edges.into_list();
    let copies = Copies::of(resources);
    for Node { label, caption, tooltip, .. } in &mut nodes {
        [label, caption].into_iter().chain(tooltip).for_each(|text| copies.mask(text));
    }
    edges.iter_mut().flat_map(|edge| &mut edge.tooltip).for_each(|text| copies.mask(text));
    Ok(Graph { title, nodes, edges, align: Align::Right, lines: LINES })
}

fn node(resource: &Resource) -> Node {
    let namespace = resource.namespace();
    let tooltip = if namespace.is_empty() { Vec::new() } else { vec![format!("namespace: {namespace}")] };
    Node {
        kind: node_kind(resource),
        label: resource.name().to_string(),
        caption: resource.kind().to_string(),
        tooltip,
    }
}

/// Returns the kind, label and caption of a node for something that is not a resource of the output.
fn other_node(to: &Referent) -> (NodeKind, String, String) {
    let of_id = |kind, id: &ResId| {
        let namespace = if id.namespace.is_empty() { String::new() } else { format!(" in {}", id.namespace) };
        (kind, id.name.clone(), format!("{}{namespace}", id.gvk.kind))
    };
    match to {
        Referent::BuiltIn(id) => of_id(NodeKind::BuiltIn, id),
        Referent::Missing(id) | Referent::Created { id, .. } => of_id(NodeKind::Missing, id),
        Referent::Selected { selector, namespace, count } => {
            let selector = if selector.is_empty() { "everything" } else { selector };
            let namespace = if namespace.is_empty() { "any namespace" } else { namespace };
            let count = if *count == 0 { "no objects".to_string() } else { format!("{count} objects") };
            (NodeKind::Selection, selector.to_string(), format!("{count} in {namespace}"))
        }
        Referent::Object(_) => (NodeKind::Other, String::new(), String::new()),
    }
}

fn edge(reference: &ObjectReference, to: usize) -> Edge {
    let line = match reference.relation {
        _ if reference.is_optional => LineStyle::Dotted,
        Relation::Selects => LineStyle::Dashed,
        _ => LineStyle::Solid,
    };
    let created = match &reference.to {
        Referent::Created { id, .. } => format!(" the {} {} that it creates", id.gvk.kind, id.name),
        _ => String::new(),
    };
    let detail = |detail: &Detail| match detail.kind {
        DetailKind::Key => format!(" key {}", detail.name),
        DetailKind::Port => format!(" port {}", detail.name),
    };
    let details: String = reference.details.iter().map(detail).collect();
    let verb = reference.relation.verb();
    let tooltip = vec![format!("{verb}{created}{details}: {}", reference.field)];
    Edge { from: reference.from, to, label: verb.to_string(), line, tooltip }
}

fn node_kind(resource: &Resource) -> NodeKind {
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
        | "Rollout" => NodeKind::Workload,
        "Service" | "Ingress" | "Gateway" | "VirtualService" | "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute"
        | "DestinationRule" | "Endpoints" | "ServiceEntry" => NodeKind::Network,
        "ConfigMap" | "Secret" | "ExternalSecret" | "SealedSecret" | "Certificate" => NodeKind::Settings,
        "PersistentVolume" | "PersistentVolumeClaim" | "StorageClass" => NodeKind::Storage,
        "ServiceAccount" | "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding" | "SecretStore"
        | "ClusterSecretStore" => NodeKind::Access,
        "PodDisruptionBudget"
        | "NetworkPolicy"
        | "HorizontalPodAutoscaler"
        | "VerticalPodAutoscaler"
        | "ScaledObject"
        | "ServiceMonitor"
        | "PodMonitor"
        | "PeerAuthentication"
        | "AuthorizationPolicy"
        | "RequestAuthentication" => NodeKind::Policy,
        _ => NodeKind::Other,
    }
}
