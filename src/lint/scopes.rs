//! Namespaces of cluster-scoped objects.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::resource::identity::group_version_kind;
use crate::resource::{Resource, Schema};
use crate::yaml::{Position, Span};

/// Groups whose kinds named `Cluster...` are namespaced.
const NAMESPACED: [&str; 12] = [
    "addons.cluster.x-k8s.io",
    "agent-install.openshift.io",
    "apps.open-cluster-management.io",
    "cluster.x-k8s.io",
    "fleet.cattle.io",
    "hive.openshift.io",
    "logging.openshift.io",
    "observability.openshift.io",
    "operators.coreos.com",
    "siteconfig.open-cluster-management.io",
    "tempo.grafana.com",
    "upgrade.cattle.io",
];

/// Widely used cluster-scoped kinds with other names.
const CLUSTER_SCOPED: [(&str, &str); 13] = [
    ("crd.projectcalico.org", "GlobalNetworkPolicy"),
    ("crd.projectcalico.org", "IPPool"),
    ("projectcalico.org", "GlobalNetworkPolicy"),
    ("cilium.io", "CiliumClusterwideNetworkPolicy"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("karpenter.k8s.aws", "EC2NodeClass"),
    ("karpenter.sh", "NodePool"),
    ("kueue.x-k8s.io", "ResourceFlavor"),
    ("snapshot.storage.k8s.io", "VolumeSnapshotClass"),
    ("snapshot.storage.k8s.io", "VolumeSnapshotContent"),
    ("templates.gatekeeper.sh", "ConstraintTemplate"),
    ("apiextensions.crossplane.io", "CompositeResourceDefinition"),
    ("apiextensions.crossplane.io", "Composition"),
];

/// Returns a warning for each object with a namespace whose kind is cluster-scoped, but unknown to kustomize.
pub fn cluster_scoped(resources: &[Resource]) -> Vec<Diagnostic> {
    let definitions: HashMap<(&str, &str), (&str, Position)> = resources.iter().filter_map(definition).collect();
    let check = |resource: &Resource| {
        if resource.namespace().is_empty() || Schema::knows_scope(resource.api_version(), resource.kind()) {
            return None;
        }
        let (group, _, kind) = group_version_kind(resource.tree());
        let (is_cluster_scoped, definition) = match definitions.get(&(group, kind)) {
            Some(&(scope, position)) => (scope == "Cluster", position),
            None => (is_known(group, kind), Position::NONE),
        };
        if !is_cluster_scoped {
            return None;
        }
        let namespace = Span::new(resource.field_position(&["metadata", "namespace"]), resource.namespace().len());
        let message = format!("{} has a namespace, but {kind} is cluster-scoped", resource.label());
        let warning = Diagnostic::warning(Code::ClusterScopedNamespace, message)
            .at(namespace, "sets its namespace")
            .at(resource.name_position(), "on this object")
            .at(definition, "the scope of its kind")
            .hint("remove the namespace, list the object in a kustomization without `namespace`, or add a schema under `openapi`");
        Some(*warning)
    };
    resources.iter().filter_map(check).collect()
}

/// The group and kind that a definition defines, and its scope with the position.
type Definition<'a> = ((&'a str, &'a str), (&'a str, Position));

fn definition(resource: &Resource) -> Option<Definition<'_>> {
    let tree = resource.tree();
    let field = |path: &[&str]| tree.get_path(resource.root(), path);
    if resource.kind() != "CustomResourceDefinition" {
        return None;
    }
    let (group, kind) = (field(&["spec", "group"])?, field(&["spec", "names", "kind"])?);
    let scope = field(&["spec", "scope"])?;
    Some(((tree.text(group), tree.text(kind)), (tree.text(scope), tree.position(scope))))
}

fn is_known(group: &str, kind: &str) -> bool {
    let is_named_so = kind.strip_prefix("Cluster").is_some_and(|rest| rest.starts_with(char::is_uppercase));
    is_named_so && !NAMESPACED.contains(&group) || CLUSTER_SCOPED.contains(&(group, kind))
}
