//! What controllers and Kubernetes itself create, so that a reference to it is not dangling.
//!
//! Names are patterns: `{spec.target.name}` stands for the text of a field, and `*` for any text. A pattern with a field that
//! is missing names nothing.

/// A kind of object that a controller reads to create other objects.
pub struct Maker {
    pub group: &'static str,
    pub kind: &'static str,
    /// The kind of the created objects.
    pub makes: &'static str,
    /// The patterns of their names.
    pub names: &'static [&'static str],
}

const fn maker(group: &'static str, kind: &'static str, makes: &'static str, names: &'static [&'static str]) -> Maker {
    Maker { group, kind, makes, names }
}

const SECRET: &str = "Secret";

pub const MAKERS: &[Maker] = &[
    // https://external-secrets.io/latest/api/externalsecret
    maker("external-secrets.io", "ExternalSecret", SECRET, &["{spec.target.name}", "{metadata.name}"]),
    // https://external-secrets.io/latest/api/clusterexternalsecret
    maker(
        "external-secrets.io",
        "ClusterExternalSecret",
        SECRET,
        &["{spec.externalSecretSpec.target.name}", "{spec.externalSecretName}", "{metadata.name}"],
    ),
    // https://github.com/bitnami-labs/sealed-secrets: the name of the SealedSecret, not that in the template.
    maker("bitnami.com", "SealedSecret", SECRET, &["{metadata.name}"]),
    // https://cert-manager.io/docs/usage/certificate
    maker("cert-manager.io", "Certificate", SECRET, &["{spec.secretName}"]),
    // https://cert-manager.io/docs/configuration/acme: the key of the account.
    maker("cert-manager.io", "Issuer", SECRET, &["{spec.acme.privateKeySecretRef.name}"]),
    maker("cert-manager.io", "ClusterIssuer", SECRET, &["{spec.acme.privateKeySecretRef.name}"]),
    // https://cert-manager.io/docs/trust/trust-manager
    maker("trust.cert-manager.io", "Bundle", "ConfigMap", &["{metadata.name}"]),
    maker("trust.cert-manager.io", "Bundle", SECRET, &["{metadata.name}"]),
    // https://cloudnative-pg.io/documentation/current/applications
    maker(
        "postgresql.cnpg.io",
        "Cluster",
        SECRET,
        &[
            "{metadata.name}-app",
            "{metadata.name}-superuser",
            "{metadata.name}-ca",
            "{metadata.name}-server",
            "{metadata.name}-replication",
        ],
    ),
    maker(
        "postgresql.cnpg.io",
        "Cluster",
        "Service",
        &["{metadata.name}-rw", "{metadata.name}-ro", "{metadata.name}-r"],
    ),
    maker("postgresql.cnpg.io", "Pooler", "Service", &["{metadata.name}"]),
    // https://postgres-operator.readthedocs.io/en/latest/user: USER.CLUSTER.credentials.postgresql.acid.zalan.do
    maker("acid.zalan.do", "postgresql", SECRET, &["*.{metadata.name}.credentials.postgresql.acid.zalan.do"]),
    maker(
        "acid.zalan.do",
        "postgresql",
        "Service",
        &["{metadata.name}", "{metadata.name}-repl", "{metadata.name}-pooler"],
    ),
    // https://access.crunchydata.com/documentation/postgres-operator/latest/architecture/user-management
    maker(
        "postgres-operator.crunchydata.com",
        "PostgresCluster",
        SECRET,
        &["{metadata.name}-pguser-*", "{metadata.name}-cluster-cert", "{metadata.name}-pgbouncer"],
    ),
    maker(
        "postgres-operator.crunchydata.com",
        "PostgresCluster",
        "Service",
        &["{metadata.name}-primary", "{metadata.name}-replicas", "{metadata.name}-ha", "{metadata.name}-pgbouncer"],
    ),
    // https://strimzi.io/docs/operators/latest/deploying: certificates, users and bootstrap services.
    maker(
        "kafka.strimzi.io",
        "Kafka",
        SECRET,
        &["{metadata.name}-cluster-ca-cert", "{metadata.name}-clients-ca-cert", "{metadata.name}-*"],
    ),
    maker("kafka.strimzi.io", "Kafka", "Service", &["{metadata.name}-kafka-*"]),
    maker("kafka.strimzi.io", "KafkaUser", SECRET, &["{metadata.name}"]),
    // https://developer.hashicorp.com/vault/docs/platform/k8s/vso/api-reference
    maker("secrets.hashicorp.com", "VaultStaticSecret", SECRET, &["{spec.destination.name}"]),
    maker("secrets.hashicorp.com", "VaultDynamicSecret", SECRET, &["{spec.destination.name}"]),
    maker("secrets.hashicorp.com", "VaultPKISecret", SECRET, &["{spec.destination.name}"]),
    maker("secrets.hashicorp.com", "HCPVaultSecretsApp", SECRET, &["{spec.destination.name}"]),
    // https://developer.1password.com/docs/k8s/operator
    maker("onepassword.com", "OnePasswordItem", SECRET, &["{metadata.name}"]),
    // https://infisical.com/docs/integrations/platforms/kubernetes/infisical-secret-crd
    maker("secrets.infisical.com", "InfisicalSecret", SECRET, &["{spec.managedSecretReference.secretName}"]),
    // https://docs.doppler.com/docs/kubernetes-operator
    maker("secrets.doppler.com", "DopplerSecret", SECRET, &["{spec.managedSecret.name}"]),
    // https://kubernetes.io/docs/concepts/configuration/secret: tokens of service accounts, also on OpenShift.
    maker("", "ServiceAccount", SECRET, &["{metadata.name}-token-*", "{metadata.name}-dockercfg-*"]),
    // https://prometheus-operator.dev/docs: the governing services.
    maker("monitoring.coreos.com", "Prometheus", "Service", &["prometheus-operated"]),
    maker("monitoring.coreos.com", "Prometheus", "StatefulSet", &["prometheus-{metadata.name}"]),
    maker("monitoring.coreos.com", "Alertmanager", "Service", &["alertmanager-operated"]),
    maker("monitoring.coreos.com", "Alertmanager", "StatefulSet", &["alertmanager-{metadata.name}"]),
    maker("monitoring.coreos.com", "ThanosRuler", "Service", &["thanos-ruler-operated"]),
    // https://argo-rollouts.readthedocs.io: a Rollout is scaled and selected like a Deployment.
    maker("argoproj.io", "Rollout", "Deployment", &["{spec.workloadRef.name}"]),
    // https://kubernetes.io/docs/concepts/workloads/controllers/statefulset: claims are TEMPLATE-NAME-ORDINAL.
    maker("apps", "StatefulSet", "PersistentVolumeClaim", &["*-{metadata.name}-*"]),
];

/// The annotations by which an object asks for another one, whose name is the value, with the kind of that object.
pub const MAKING_ANNOTATIONS: &[(&str, &str)] = &[
    // https://docs.openshift.com/container-platform/latest/security/certificates/service-serving-certificate.html
    ("service.beta.openshift.io/serving-cert-secret-name", SECRET),
    ("service.alpha.openshift.io/serving-cert-secret-name", SECRET),
];

/// The annotations and labels of ConfigMaps and Secrets that a controller fills.
pub const FILLING: &[&str] = &[
    // https://docs.openshift.com/container-platform/latest/security/certificates/service-serving-certificate.html
    "service.beta.openshift.io/inject-cabundle",
    "service.alpha.openshift.io/inject-cabundle",
    // https://docs.openshift.com/container-platform/latest/networking/configuring-a-custom-pki.html
    "config.openshift.io/inject-trusted-cabundle",
    // https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
    "kubernetes.io/service-account.name",
    // https://github.com/emberstack/kubernetes-reflector
    "reflector.v1.k8s.emberstack.com/reflects",
    // https://github.com/mittwald/kubernetes-replicator and kubernetes-secret-generator
    "replicator.v1.mittwald.de/replicate-from",
    "secret-generator.v1.mittwald.de/autogenerate",
    // https://argocd-vault-plugin.readthedocs.io: placeholders that a plugin replaces.
    "avp.kubernetes.io/path",
    // https://cert-manager.io/docs/concepts/ca-injector
    "cert-manager.io/allow-direct-injection",
];

/// The field whose value is the name of a Secret that a controller writes, in the objects of Crossplane.
/// See <https://docs.crossplane.io/latest/concepts/connection-details>.
pub const CONNECTION_SECRETS: &[&[&str]] =
    &[&["spec", "writeConnectionSecretToRef", "name"], &["spec", "publishConnectionDetailsTo", "name"]];

/// The API groups of custom resources whose controllers create no objects that others refer to, or only those of
/// [`MAKERS`]. An object of any other group may create anything.
pub const QUIET_GROUPS: &[&str] = &[
    "acid.zalan.do",
    "argoproj.io",
    "autoscaling.k8s.io",
    "bitnami.com",
    "cert-manager.io",
    "cilium.io",
    "cloud.google.com",
    "configuration.konghq.com",
    "crd.projectcalico.org",
    "external-secrets.io",
    "gateway.envoyproxy.io",
    "image.toolkit.fluxcd.io",
    "karpenter.sh",
    "keda.sh",
    "kustomize.toolkit.fluxcd.io",
    "monitoring.coreos.com",
    "networking.gke.io",
    "networking.istio.io",
    "notification.toolkit.fluxcd.io",
    "onepassword.com",
    "postgresql.cnpg.io",
    "projectcontour.io",
    "secrets.doppler.com",
    "secrets.hashicorp.com",
    "secrets.infisical.com",
    "security.istio.io",
    "source.toolkit.fluxcd.io",
    "telemetry.istio.io",
    "traefik.containo.us",
    "traefik.io",
    "trust.cert-manager.io",
];

/// The names of the ports of containers that a service mesh adds to pods.
pub const INJECTED_PORTS: &[&str] = &["http-envoy-prom", "linkerd-admin", "http-metrics-envoy"];

/// Namespaces that the cluster brings, with objects that no tree contains.
pub const CLUSTER_NAMESPACES: &[&str] = &["kube-node-lease", "kube-public", "kube-system"];

/// The prefix of the namespaces of OpenShift's own components.
pub const OPENSHIFT: &str = "openshift-";

/// Returns whether objects of a group are built into Kubernetes.
pub fn is_built_in(group: &str) -> bool {
    !group.contains('.')
        || group.ends_with(".k8s.io") && !group.ends_with(".x-k8s.io")
        || group == "kustomize.config.k8s.io"
}
