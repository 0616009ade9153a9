//! Fields with names of other objects that are missing in kustomize's table, including those of widely used custom
//! resources.

/// A field that contains the name of another object.
pub struct NameField {
    /// The group of the objects; empty for any.
    pub group: &'static str,
    pub kind: &'static str,
    pub path: &'static str,
    pub referent: ReferentType,
}

/// The type of the object that a name refers to.
#[derive(Clone, Copy)]
pub enum ReferentType {
    /// Always this group and kind.
    Fixed(&'static str, &'static str),
    /// The group and kind next to the name, with these defaults.
    Declared(&'static str, &'static str),
}

use ReferentType::{Declared, Fixed};

const fn field(group: &'static str, kind: &'static str, path: &'static str, referent: ReferentType) -> NameField {
    NameField { group, kind, path, referent }
}

const GATEWAY_API: &str = "gateway.networking.k8s.io";
const ISTIO: &str = "networking.istio.io";

/// The fields with names, by the kind of the object.
pub const NAME_FIELDS: &[NameField] = &[
    field("", "HorizontalPodAutoscaler", "spec/scaleTargetRef", Declared("", "")),
    field("", "VerticalPodAutoscaler", "spec/targetRef", Declared("", "")),
    field("keda.sh", "ScaledObject", "spec/scaleTargetRef", Declared("apps", "Deployment")),
    field("", "RoleBinding", "roleRef", Declared("", "")),
    field("", "ClusterRoleBinding", "roleRef", Declared("", "")),
    field("", "RoleBinding", "subjects", Declared("", "")),
    field("", "ClusterRoleBinding", "subjects", Declared("", "")),
    field("", "ServiceAccount", "secrets", Fixed("", "Secret")),
    field("", "PersistentVolumeClaim", "spec/dataSource", Declared("", "")),
    field("", "Ingress", "spec/rules/http/paths/backend/resource", Declared("", "")),
    field("", "Ingress", "spec/defaultBackend/resource", Declared("", "")),
    field(GATEWAY_API, "Gateway", "spec/gatewayClassName", Fixed(GATEWAY_API, "GatewayClass")),
    field(GATEWAY_API, "Gateway", "spec/listeners/tls/certificateRefs", Declared("", "Secret")),
    field(GATEWAY_API, "HTTPRoute", "spec/parentRefs", Declared(GATEWAY_API, "Gateway")),
    field(GATEWAY_API, "HTTPRoute", "spec/rules/backendRefs", Declared("", "Service")),
    field(GATEWAY_API, "GRPCRoute", "spec/parentRefs", Declared(GATEWAY_API, "Gateway")),
    field(GATEWAY_API, "GRPCRoute", "spec/rules/backendRefs", Declared("", "Service")),
    field(GATEWAY_API, "TLSRoute", "spec/parentRefs", Declared(GATEWAY_API, "Gateway")),
    field(GATEWAY_API, "TLSRoute", "spec/rules/backendRefs", Declared("", "Service")),
    field(GATEWAY_API, "TCPRoute", "spec/parentRefs", Declared(GATEWAY_API, "Gateway")),
    field(GATEWAY_API, "TCPRoute", "spec/rules/backendRefs", Declared("", "Service")),
    field(GATEWAY_API, "UDPRoute", "spec/parentRefs", Declared(GATEWAY_API, "Gateway")),
    field(GATEWAY_API, "UDPRoute", "spec/rules/backendRefs", Declared("", "Service")),
    field("traefik.io", "IngressRoute", "spec/routes/services", Declared("", "Service")),
    field("traefik.containo.us", "IngressRoute", "spec/routes/services", Declared("", "Service")),
    field("traefik.io", "IngressRouteTCP", "spec/routes/services", Declared("", "Service")),
    field("traefik.io", "IngressRoute", "spec/tls/secretName", Fixed("", "Secret")),
    field(ISTIO, "VirtualService", "spec/gateways", Fixed(ISTIO, "Gateway")),
    field(ISTIO, "Gateway", "spec/servers/tls/credentialName", Fixed("", "Secret")),
    field(
        "external-secrets.io",
        "ExternalSecret",
        "spec/secretStoreRef",
        Declared("external-secrets.io", "SecretStore"),
    ),
    field(
        "external-secrets.io",
        "SecretStore",
        "spec/provider/aws/auth/jwt/serviceAccountRef",
        Fixed("", "ServiceAccount"),
    ),
    field(
        "external-secrets.io",
        "ClusterSecretStore",
        "spec/provider/aws/auth/jwt/serviceAccountRef",
        Fixed("", "ServiceAccount"),
    ),
    field("cert-manager.io", "Certificate", "spec/issuerRef", Declared("cert-manager.io", "Issuer")),
];

/// The fields with names in the spec of a pod, in any kind of object.
pub const POD_FIELDS: &[(&str, ReferentType)] = &[
    ("volumes/configMap/name", Fixed("", "ConfigMap")),
    ("volumes/secret/secretName", Fixed("", "Secret")),
    ("volumes/projected/sources/configMap/name", Fixed("", "ConfigMap")),
    ("volumes/projected/sources/secret/name", Fixed("", "Secret")),
    ("volumes/persistentVolumeClaim/claimName", Fixed("", "PersistentVolumeClaim")),
    ("containers/envFrom/configMapRef/name", Fixed("", "ConfigMap")),
    ("containers/envFrom/secretRef/name", Fixed("", "Secret")),
    ("containers/env/valueFrom/configMapKeyRef/name", Fixed("", "ConfigMap")),
    ("containers/env/valueFrom/secretKeyRef/name", Fixed("", "Secret")),
    ("initContainers/envFrom/configMapRef/name", Fixed("", "ConfigMap")),
    ("initContainers/envFrom/secretRef/name", Fixed("", "Secret")),
    ("initContainers/env/valueFrom/configMapKeyRef/name", Fixed("", "ConfigMap")),
    ("initContainers/env/valueFrom/secretKeyRef/name", Fixed("", "Secret")),
    ("imagePullSecrets/name", Fixed("", "Secret")),
    ("serviceAccountName", Fixed("", "ServiceAccount")),
    ("priorityClassName", Fixed("scheduling.k8s.io", "PriorityClass")),
    ("runtimeClassName", Fixed("node.k8s.io", "RuntimeClass")),
];

/// Cluster-scoped kinds that are referred to, in addition to those whose names start with `Cluster`.
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

/// Objects that exist in every cluster, by kind. A name that ends with `:` is a prefix.
pub const BUILT_IN: [(&str, &[&str]); 6] = [
    ("ServiceAccount", &["builder", "default", "deployer", "pipeline"]),
    ("ConfigMap", &["istio-ca-root-cert", "kube-root-ca.crt", "openshift-service-ca.crt"]),
    ("Role", &["extension-apiserver-authentication-reader", "system:"]),
    ("Service", &["kubernetes"]),
    ("PriorityClass", &["system-cluster-critical", "system-node-critical"]),
    ("ClusterRole", &["admin", "cluster-admin", "edit", "view", "system:"]),
];

/// Objects that create a Secret: group, kind, and the possible paths of its name in order of precedence. The controller of a
/// SealedSecret ignores the name in its template.
pub const SECRET_CREATORS: [(&str, &str, &[&[&str]]); 3] = [
    ("external-secrets.io", "ExternalSecret", &[&["spec", "target", "name"], &["metadata", "name"]]),
    ("cert-manager.io", "Certificate", &[&["spec", "secretName"]]),
    ("bitnami.com", "SealedSecret", &[&["metadata", "name"]]),
];

/// A field with a label selector.
pub struct SelectorField {
    pub group: &'static str,
    pub kind: &'static str,
    pub path: &'static [&'static str],
    /// Whether it is a map of labels instead of a selector with `matchLabels` and `matchExpressions`.
    pub is_map: bool,
    /// Whether an empty selector selects everything instead of nothing.
    pub empty_selects_all: bool,
    pub selects: Selects,
}

/// The objects that a selector applies to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Selects {
    /// Pods in the same namespace.
    Pods,
    /// Pods in any namespace.
    PodsEverywhere,
    /// Pods in the namespaces of `spec.namespaceSelector`.
    MonitoredPods,
    /// Services in the namespaces of `spec.namespaceSelector`.
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
    SelectorField { group, kind, path, is_map: true, empty_selects_all: false, selects }
}

const fn selector(
    group: &'static str,
    kind: &'static str,
    path: &'static [&'static str],
    selects: Selects,
) -> SelectorField {
    SelectorField { group, kind, path, is_map: false, empty_selects_all: true, selects }
}
