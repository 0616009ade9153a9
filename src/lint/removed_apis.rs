//! Versions of objects that Kubernetes no longer serves.

use crate::diagnostic::{Applicability, Code, Diagnostic};
use crate::resource::Resource;
use crate::yaml::{NodeId, Span, Tree};

/// Returns whether an object has the form that the new version requires.
type HasForm = fn(&Tree, NodeId) -> bool;

/// A removed version of some kinds, its successor, and the version of Kubernetes that removed it.
struct Removed {
    old: &'static str,
    kinds: &'static [&'static str],
    new: &'static str,
    since: &'static str,
    has_form: HasForm,
}

const WORKLOADS: &[&str] = &["Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"];
const ROLES: &[&str] = &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
const INGRESSES: &[&str] = &["Ingress"];
const NETWORKING: &str = "networking.k8s.io/v1";

const fn removed(
    old: &'static str,
    kinds: &'static [&'static str],
    new: &'static str,
    since: &'static str,
    has_form: HasForm,
) -> Removed {
    Removed { old, kinds, new, since, has_form }
}

const REMOVED: &[Removed] = &[
    removed("extensions/v1beta1", WORKLOADS, "apps/v1", "1.16", has_selector),
    removed("apps/v1beta1", WORKLOADS, "apps/v1", "1.16", has_selector),
    removed("apps/v1beta2", WORKLOADS, "apps/v1", "1.16", has_selector),
    removed("extensions/v1beta1", &["NetworkPolicy"], NETWORKING, "1.16", any),
    removed("extensions/v1beta1", INGRESSES, NETWORKING, "1.22", is_ingress_v1),
    removed("networking.k8s.io/v1beta1", INGRESSES, NETWORKING, "1.22", is_ingress_v1),
    removed("networking.k8s.io/v1beta1", &["IngressClass"], NETWORKING, "1.22", any),
    removed("rbac.authorization.k8s.io/v1alpha1", ROLES, "rbac.authorization.k8s.io/v1", "1.22", any),
    removed("rbac.authorization.k8s.io/v1beta1", ROLES, "rbac.authorization.k8s.io/v1", "1.22", any),
    removed("scheduling.k8s.io/v1beta1", &["PriorityClass"], "scheduling.k8s.io/v1", "1.22", any),
    removed("storage.k8s.io/v1beta1", &["StorageClass", "CSIDriver", "CSINode"], "storage.k8s.io/v1", "1.22", any),
    removed("coordination.k8s.io/v1beta1", &["Lease"], "coordination.k8s.io/v1", "1.22", any),
    removed("apiregistration.k8s.io/v1beta1", &["APIService"], "apiregistration.k8s.io/v1", "1.22", any),
    removed("apiextensions.k8s.io/v1beta1", &["CustomResourceDefinition"], "apiextensions.k8s.io/v1", "1.22", never),
    removed("batch/v1beta1", &["CronJob"], "batch/v1", "1.25", any),
    removed("batch/v2alpha1", &["CronJob"], "batch/v1", "1.21", any),
    removed("policy/v1beta1", &["PodDisruptionBudget"], "policy/v1", "1.25", has_selector),
    removed("node.k8s.io/v1beta1", &["RuntimeClass"], "node.k8s.io/v1", "1.25", any),
    removed("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], "autoscaling/v2", "1.26", any),
    removed("autoscaling/v2beta1", &["HorizontalPodAutoscaler"], "autoscaling/v2", "1.25", never),
];

/// Returns a warning if Kubernetes no longer serves the version of a resource.
pub fn removed_api(resource: &Resource) -> Option<Diagnostic> {
    let (version, kind) = (resource.api_version(), resource.kind());
    let removed = REMOVED.iter().find(|removed| removed.old == version && removed.kinds.contains(&kind))?;
    let (tree, root) = (resource.tree(), resource.root());
    let position = tree.position(tree.get(root, "apiVersion")?);
    let message = format!("Kubernetes {} and later do not serve {} as `{version}`", removed.since, resource.label());
    let warning = Diagnostic::warning(Code::RemovedApi, message)
        .at(Span::new(position, version.len()), "no longer served")
        .hint(format!("use `{}`", removed.new));
    Some(*match (removed.has_form)(tree, root) {
        true => warning.misspelled(position, version, removed.new, Applicability::Unsafe),
        false => warning,
    })
}

fn any(_: &Tree, _: NodeId) -> bool {
    true
}

/// The form of the new version is another one.
fn never(_: &Tree, _: NodeId) -> bool {
    false
}

/// Workloads need a selector in `apps/v1`, where there is no default. An empty one of a PodDisruptionBudget has another meaning.
fn has_selector(tree: &Tree, root: NodeId) -> bool {
    tree.get_path(root, &["spec", "selector"]).is_some_and(|selector| !tree.is_null_or_empty(selector))
}

/// Returns whether all backends of an Ingress have the new form, and all paths a type.
fn is_ingress_v1(tree: &Tree, root: NodeId) -> bool {
    let list = |node: Option<NodeId>| node.into_iter().flat_map(|node| tree.elements(node));
    let is_backend =
        |backend: NodeId| tree.get(backend, "service").is_some() || tree.get(backend, "resource").is_some();
    let is_path =
        |path: NodeId| tree.get(path, "pathType").is_some() && tree.get(path, "backend").is_some_and(is_backend);
    let has_old_default = tree.get_path(root, &["spec", "backend"]).is_some();
    let rules = list(tree.get_path(root, &["spec", "rules"]));
    let mut paths = rules.flat_map(|rule| list(tree.get_path(rule, &["http", "paths"])));
    !has_old_default && paths.all(is_path)
}
