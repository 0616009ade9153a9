//! Fields that hold names of other objects, and that the list of a render lacks. Those of widely used custom resources are
//! among them.

/// A field of objects of some kind that holds the name of another one.
pub struct NameField {
    /// The group of the objects; empty for any.
    pub group: &'static str,
    pub kind: &'static str,
    pub path: &'static str,
    pub target: Target,
}

/// What kind of object a name is of.
#[derive(Clone, Copy)]
pub enum Target {
    /// Of this group and kind.
    Of(&'static str, &'static str),
    /// What `kind` and the group beside the name say, and else of this group and kind.
    Said(&'static str, &'static str),
}

use Target::{Of, Said};

const fn field(group: &'static str, kind: &'static str, path: &'static str, target: Target) -> NameField {
    NameField { group, kind, path, target }
}

const GATEWAY_API: &str = "gateway.networking.k8s.io";
const ISTIO: &str = "networking.istio.io";

/// Fields of any object that is of this kind.
pub const NAME_FIELDS: &[NameField] = &[
    field("", "HorizontalPodAutoscaler", "spec/scaleTargetRef", Said("", "")),
    field("", "VerticalPodAutoscaler", "spec/targetRef", Said("", "")),
    field("keda.sh", "ScaledObject", "spec/scaleTargetRef", Said("apps", "Deployment")),
    field("", "RoleBinding", "roleRef", Said("", "")),
    field("", "ClusterRoleBinding", "roleRef", Said("", "")),
    field("", "RoleBinding", "subjects", Said("", "")),
    field("", "ClusterRoleBinding", "subjects", Said("", "")),
    field("", "ServiceAccount", "secrets", Of("", "Secret")),
    field("", "PersistentVolumeClaim", "spec/dataSource", Said("", "")),
    field("", "Ingress", "spec/rules/http/paths/backend/resource", Said("", "")),
    field("", "Ingress", "spec/defaultBackend/resource", Said("", "")),
    field(GATEWAY_API, "Gateway", "spec/gatewayClassName", Of(GATEWAY_API, "GatewayClass")),
    field(GATEWAY_API, "Gateway", "spec/listeners/tls/certificateRefs", Said("", "Secret")),
    field(GATEWAY_API, "HTTPRoute", "spec/parentRefs", Said(GATEWAY_API, "Gateway")),
    field(GATEWAY_API, "HTTPRoute", "spec/rules/backendRefs", Said("", "Service")),
    field(GATEWAY_API, "GRPCRoute", "spec/parentRefs", Said(GATEWAY_API, "Gateway")),
    field(GATEWAY_API, "GRPCRoute", "spec/rules/backendRefs", Said("", "Service")),
    field(GATEWAY_API, "TLSRoute", "spec/parentRefs", Said(GATEWAY_API, "Gateway")),
    field(GATEWAY_API, "TLSRoute", "spec/rules/backendRefs", Said("", "Service")),
    field(GATEWAY_API, "TCPRoute", "spec/parentRefs", Said(GATEWAY_API, "Gateway")),
    field(GATEWAY_API, "TCPRoute", "spec/rules/backendRefs", Said("", "Service")),
    field(ISTIO, "VirtualService", "spec/gateways", Of(ISTIO, "Gateway")),
    field(ISTIO, "Gateway", "spec/servers/tls/credentialName", Of("", "Secret")),
    field("external-secrets.io", "ExternalSecret", "spec/secretStoreRef", Said("external-secrets.io", "SecretStore")),
    field(
        "external-secrets.io",
        "SecretStore",
        "spec/provider/aws/auth/jwt/serviceAccountRef",
        Of("", "ServiceAccount"),
    ),
    field(
        "external-secrets.io",
        "ClusterSecretStore",
        "spec/provider/aws/auth/jwt/serviceAccountRef",
        Of("", "ServiceAccount"),
    ),
    field("cert-manager.io", "Certificate", "spec/issuerRef", Said("cert-manager.io", "Issuer")),
];

/// Fields of the specification of a pod, whatever object has one.
pub const POD_FIELDS: &[(&str, Target)] = &[
    ("volumes/configMap/name", Of("", "ConfigMap")),
    ("volumes/secret/secretName", Of("", "Secret")),
    ("volumes/projected/sources/configMap/name", Of("", "ConfigMap")),
    ("volumes/projected/sources/secret/name", Of("", "Secret")),
    ("volumes/persistentVolumeClaim/claimName", Of("", "PersistentVolumeClaim")),
    ("containers/envFrom/configMapRef/name", Of("", "ConfigMap")),
    ("containers/envFrom/secretRef/name", Of("", "Secret")),
    ("containers/env/valueFrom/configMapKeyRef/name", Of("", "ConfigMap")),
    ("containers/env/valueFrom/secretKeyRef/name", Of("", "Secret")),
    ("initContainers/envFrom/configMapRef/name", Of("", "ConfigMap")),
    ("initContainers/envFrom/secretRef/name", Of("", "Secret")),
    ("initContainers/env/valueFrom/configMapKeyRef/name", Of("", "ConfigMap")),
    ("initContainers/env/valueFrom/secretKeyRef/name", Of("", "Secret")),
    ("imagePullSecrets/name", Of("", "Secret")),
    ("serviceAccountName", Of("", "ServiceAccount")),
    ("priorityClassName", Of("scheduling.k8s.io", "PriorityClass")),
    ("runtimeClassName", Of("node.k8s.io", "RuntimeClass")),
];

/// Kinds without a namespace to which there are references, beside those whose names start with `Cluster`.
pub const CLUSTER_SCOPED: [&str; 10] = [
    "GatewayClass",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
];

/// Objects that are in every cluster, by kind; a name that ends with `:` stands for all that start with it.
pub const BUILT_IN: [(&str, &[&str]); 4] = [
    ("ServiceAccount", &["default"]),
    ("ConfigMap", &["kube-root-ca.crt"]),
    ("PriorityClass", &["system-cluster-critical", "system-node-critical"]),
    ("ClusterRole", &["admin", "cluster-admin", "edit", "view", "system:"]),
];

/// Objects that make a Secret: group, kind, and the paths of which the first one that is there holds its name.
pub const SECRET_MAKERS: [(&str, &str, &[&[&str]]); 3] = [
    ("external-secrets.io", "ExternalSecret", &[&["spec", "target", "name"], &["metadata", "name"]]),
    ("cert-manager.io", "Certificate", &[&["spec", "secretName"]]),
    ("bitnami.com", "SealedSecret", &[&["spec", "template", "metadata", "name"], &["metadata", "name"]]),
];

/// How a field selects by labels.
pub struct SelectorField {
    pub group: &'static str,
    pub kind: &'static str,
    pub path: &'static [&'static str],
    /// It is a map of labels, not a selector with `matchLabels` and `matchExpressions`.
    pub is_map: bool,
    /// An empty one selects everything; otherwise, nothing.
    pub empty_is_all: bool,
    pub selects: Selects,
}

/// What a selector selects from.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Selects {
    Pods,
    /// Pods of any namespace.
    PodsEverywhere,
    /// Pods, in the namespaces that `spec.namespaceSelector` names.
    MonitoredPods,
    /// Services, likewise.
    MonitoredServices,
}

pub const SELECTOR_FIELDS: &[SelectorField] = &[
    map("", "Service", &["spec", "selector"], Selects::Pods),
    map(ISTIO, "Gateway", &["spec", "selector"], Selects::PodsEverywhere),
    map(ISTIO, "EnvoyFilter", &["spec", "workloadSelector", "labels"], Selects::Pods),
    map(ISTIO, "Sidecar", &["spec", "workloadSelector", "labels"], Selects::Pods),
    selector("networking.k8s.io", "NetworkPolicy", &["spec", "podSelector"], Selects::Pods),
    selector("policy", "PodDisruptionBudget", &["spec", "selector"], Selects::Pods),
    selector("monitoring.coreos.com", "PodMonitor", &["spec", "selector"], Selects::MonitoredPods),
    selector("monitoring.coreos.com", "ServiceMonitor", &["spec", "selector"], Selects::MonitoredServices),
    selector("security.istio.io", "AuthorizationPolicy", &["spec", "selector"], Selects::Pods),
    selector("security.istio.io", "PeerAuthentication", &["spec", "selector"], Selects::Pods),
    selector("security.istio.io", "RequestAuthentication", &["spec", "selector"], Selects::Pods),
];

const fn map(
    group: &'static str,
    kind: &'static str,
    path: &'static [&'static str],
    selects: Selects,
) -> SelectorField {
    SelectorField { group, kind, path, is_map: true, empty_is_all: false, selects }
}

const fn selector(
    group: &'static str,
    kind: &'static str,
    path: &'static [&'static str],
    selects: Selects,
) -> SelectorField {
    SelectorField { group, kind, path, is_map: false, empty_is_all: true, selects }
}
