//! The identity of a resource: group, version, kind, name and namespace.

use std::borrow::Cow;
use std::fmt;

use crate::yaml::Tree;

/// A group, version and kind. As a selector, an empty part matches anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gvk {
    /// The group; empty for the core group.
    pub group: Cow<'static, str>,
    /// The version.
    pub version: Cow<'static, str>,
    /// The kind.
    pub kind: Cow<'static, str>,
}

impl Gvk {
    pub(crate) fn new(group: &str, version: &str, kind: &str) -> Gvk {
        let own = |text: &str| Cow::Owned(text.to_string());
        Gvk { group: own(group), version: own(version), kind: own(kind) }
    }

    /// Returns a GVK of a built-in table without allocation.
    pub(crate) const fn built_in(group: &'static str, version: &'static str, kind: &'static str) -> Gvk {
        Gvk { group: Cow::Borrowed(group), version: Cow::Borrowed(version), kind: Cow::Borrowed(kind) }
    }

    pub(crate) fn from_api_version(api_version: &str, kind: &str) -> Gvk {
        let (group, version) = split_api_version(api_version);
        Gvk::new(group, version, kind)
    }

    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_string() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Returns whether this GVK, as a selector, matches these parts.
    pub(crate) fn selects(&self, group: &str, version: &str, kind: &str) -> bool {
        (self.kind.is_empty() || self.kind == kind)
            && (self.group.is_empty() || self.group == group)
            && (self.version.is_empty() || self.version == version)
    }

    /// Returns whether this GVK, as a selector, matches another.
    pub(crate) fn selects_gvk(&self, other: &Gvk) -> bool {
        self.selects(&other.group, &other.version, &other.kind)
    }

    /// Returns the key by which kustomize sorts field specs.
    pub(crate) fn order_key(&self) -> (i32, String) {
        let text = format!(
            "{}_{}_{}",
            non_empty_or(&self.group, "~G"),
            non_empty_or(&self.version, "~V"),
            non_empty_or(&self.kind, "~K")
        );
        (kind_rank(&self.kind), text)
    }
}

impl fmt::Display for Gvk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}.{}",
            non_empty_or(&self.kind, "[noKind]"),
            non_empty_or(&self.version, "[noVer]"),
            non_empty_or(&self.group, "[noGrp]")
        )
    }
}

/// Returns a text, or a default if it is empty.
pub fn non_empty_or<'a>(text: &'a str, default: &'a str) -> &'a str {
    if text.is_empty() { default } else { text }
}

/// Splits `apps/v1` into group and version; `v1` has no group.
pub fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// The kinds that come first in the legacy order.
pub const ORDER_FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// The kinds that come last in the legacy order.
pub const ORDER_LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Returns the rank of a kind in the legacy order: negative for the first kinds, positive for the last, else zero.
pub fn kind_rank(kind: &str) -> i32 {
    if let Some(at) = ORDER_FIRST.iter().position(|&first| first == kind) {
        return at as i32 - ORDER_FIRST.len() as i32;
    }
    ORDER_LAST.iter().position(|&last| last == kind).map_or(0, |at| at as i32 + 1)
}

/// The identity of a resource as it is written in the document.
///
/// # Example
/// ```
/// use boutique::{Gvk, Options, ResId, io};
///
/// let host = io::MemoryHost::new([
///     ("/kustomization.yaml", "namespace: shop\nresources: [web.yaml]\n"),
///     ("/web.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"),
/// ]);
/// let rendered = io::render(&host, "/", &Options::default()).result.expect("it is valid");
/// let gvk = Gvk { group: "apps".into(), version: "v1".into(), kind: "Deployment".into() };
/// let wanted = ResId { gvk, name: "web".to_string(), namespace: "shop".to_string() };
/// assert!(rendered.resources().iter().any(|resource| resource.id() == wanted));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResId {
    /// Group, version and kind.
    pub gvk: Gvk,
    /// The name.
    pub name: String,
    /// The namespace as written; empty if there is none.
    pub namespace: String,
}

impl fmt::Display for ResId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}.{}", self.gvk, non_empty_or(&self.name, "[noName]"), non_empty_or(&self.namespace, "[noNs]"))
    }
}

/// The effective namespace of cluster-scoped resources.
pub const NO_NAMESPACE: &str = "_non_namespaceable_";
/// The effective namespace of resources that do not specify one.
pub const DEFAULT_NAMESPACE: &str = "default";

/// Returns the namespace that is part of the identity of a resource.
pub fn effective_namespace(namespace: &str, cluster_scoped: bool) -> &str {
    if cluster_scoped {
        NO_NAMESPACE
    } else if namespace.is_empty() {
        DEFAULT_NAMESPACE
    } else {
        namespace
    }
}

/// Returns `apiVersion` and `kind` of a document.
pub fn api_version_and_kind(tree: &Tree) -> (&str, &str) {
    let text = |key| tree.get(tree.root(), key).map_or("", |value| tree.text(value));
    (text("apiVersion"), text("kind"))
}

/// Returns group, version and kind of a document.
pub fn group_version_kind(tree: &Tree) -> (&str, &str, &str) {
    let (api_version, kind) = api_version_and_kind(tree);
    let (group, version) = split_api_version(api_version);
    (group, version, kind)
}
