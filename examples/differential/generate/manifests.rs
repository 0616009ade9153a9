//! Generates manifests of many kinds that refer to one another.

use crate::document::{Node, list, raw, text, texts};
use crate::features::Features;
use crate::map;
use crate::random::Random;

use super::scalars;

/// A kind of resource.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub api_version: &'static str,
    pub kind: &'static str,
    /// The relative frequency.
    weight: usize,
}

const fn kind(weight: usize, api_version: &'static str, kind: &'static str) -> Kind {
    Kind { api_version, kind, weight }
}

const KINDS: &[Kind] = &[
    kind(12, "apps/v1", "Deployment"),
    kind(5, "apps/v1", "StatefulSet"),
    kind(3, "apps/v1", "DaemonSet"),
    kind(2, "apps/v1", "ReplicaSet"),
    kind(3, "batch/v1", "CronJob"),
    kind(3, "batch/v1", "Job"),
    kind(3, "v1", "Pod"),
    kind(1, "v1", "PodTemplate"),
    kind(1, "v1", "ReplicationController"),
    kind(8, "v1", "Service"),
    kind(5, "networking.k8s.io/v1", "Ingress"),
    kind(1, "networking.k8s.io/v1", "IngressClass"),
    kind(1, "extensions/v1beta1", "Ingress"),
    kind(8, "v1", "ConfigMap"),
    kind(5, "v1", "Secret"),
    kind(4, "v1", "ServiceAccount"),
    kind(2, "rbac.authorization.k8s.io/v1", "Role"),
    kind(2, "rbac.authorization.k8s.io/v1", "ClusterRole"),
    kind(3, "rbac.authorization.k8s.io/v1", "RoleBinding"),
    kind(3, "rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    kind(2, "autoscaling/v2", "HorizontalPodAutoscaler"),
    kind(1, "autoscaling/v1", "HorizontalPodAutoscaler"),
    kind(2, "v1", "PersistentVolumeClaim"),
    kind(2, "v1", "PersistentVolume"),
    kind(1, "storage.k8s.io/v1", "StorageClass"),
    kind(2, "policy/v1", "PodDisruptionBudget"),
    kind(2, "networking.k8s.io/v1", "NetworkPolicy"),
    kind(1, "admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    kind(1, "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    kind(1, "apiregistration.k8s.io/v1", "APIService"),
    kind(1, "apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    kind(2, "v1", "Namespace"),
    kind(1, "v1", "ResourceQuota"),
    kind(1, "v1", "LimitRange"),
    kind(1, "scheduling.k8s.io/v1", "PriorityClass"),
    kind(1, "v1", "Endpoints"),
];

const CUSTOM_KINDS: &[Kind] = &[
    kind(4, "example.com/v1", "Widget"),
    kind(2, "example.com/v1alpha1", "Gadget"),
    kind(2, "monitoring.coreos.com/v1", "ServiceMonitor"),
    kind(2, "argoproj.io/v1alpha1", "Rollout"),
    kind(1, "v1", "Thing"),
    kind(1, "v2", "Deployment"),
    kind(1, "example.com/v1", "Deployment"),
    kind(1, "example.com/v1", "ConfigMap"),
    kind(1, "serving.knative.dev/v1", "Service"),
];

pub const NAMES: &[&str] = &["web", "api", "db", "cache", "worker", "front-end", "auth", "settings"];

const ODD_NAMES: &[&str] = &[
    "'1234'",
    "'true'",
    "\"null\"",
    "'0x10'",
    "'1e3'",
    "a.b.c",
    "'2001-01-01'",
    "\"no\"",
    "web-api",
    "Web",
    "system:node",
    "'a:b'",
    "a-name-that-is-as-long-as-names-of-resources-may-be-or-even-longer-than-sixty-three-characters",
    "$(NAME)",
    "w.b",
    "1234",
    "1.5",
    "true",
];

/// The key of a structured text in a ConfigMap.
pub const STRUCTURED_KEY: &str = "settings.yaml";

/// The annotations with which kustomize keeps its records, and values. kustomize crashes unless the previous names, namespaces and
/// kinds are lists of the same length, so they are left out.
const INTERNAL_ANNOTATIONS: &[(&str, &str)] = &[
    ("internal.config.kubernetes.io/prefixes", "a-,b-"),
    ("internal.config.kubernetes.io/suffixes", "-a"),
    ("internal.config.kubernetes.io/generatorBehavior", "merge"),
    ("internal.config.kubernetes.io/needsHashSuffix", "disabled"),
    ("internal.config.kubernetes.io/refBy", "v1_ConfigMap|~X|web"),
    ("internal.config.kubernetes.io/allowNameChange", "true"),
    ("internal.config.kubernetes.io/allowKindChange", "true"),
    ("internal.config.kubernetes.io/index", "3"),
    ("internal.config.kubernetes.io/path", "a/b.yaml"),
    ("config.kubernetes.io/index", "0"),
    ("config.kubernetes.io/path", "a/b.yaml"),
    ("config.kubernetes.io/origin", "path: a.yaml"),
    ("config.kubernetes.io/local-config", "false"),
    ("config.kubernetes.io/merge-source", "x"),
    ("alpha.config.kubernetes.io/transformations", "- path: x.yaml\n"),
];

pub const NAMESPACES: &[&str] = &["dev", "prod", "default", "kube-system", "team-a"];

pub const LABEL_KEYS: &[&str] = &["app", "app.kubernetes.io/name", "tier", "env", "version"];
const LABEL_VALUES: &[&str] = &["web", "api", "db", "backend", "v1", "dev", "1", "true", "", "a.b"];

pub const IMAGES: &[&str] = &[
    "nginx",
    "nginx:1.14",
    "nginx:1.14.2-alpine",
    "redis",
    "redis:6",
    "busybox:latest",
    "library/nginx:1",
    "docker.io/library/nginx:1",
    "gcr.io/project/web:v1",
    "gcr.io/project/web",
    "localhost:5000/app",
    "localhost:5000/app:v1",
    "nginx@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3",
    "nginx:1.14@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3",
    "localhost:5000/app@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3",
    "mycompany.com/nginx-extra:1",
    "$(IMAGE)",
    "nginx:",
    "",
];

/// The merge keys of lists in the Kubernetes schema.
pub const MERGE_KEYS: &[&str] = &[
    "name",
    "containerPort",
    "port",
    "mountPath",
    "devicePath",
    "key",
    "type",
    "ip",
    "topologyKey",
    "uid",
    "protocol",
];

/// A resource that references may refer to.
#[derive(Clone, Debug)]
pub struct Referent {
    pub kind: String,
    pub name: String,
}

/// A generator of manifests.
pub struct Manifests<'a> {
    pub random: &'a mut Random,
    pub features: &'a Features,
    /// The resources that manifests may refer to.
    pub referents: &'a [Referent],
    /// Names of variables, for `$(NAME)`.
    pub variables: &'a [String],
    /// Whether the names of some resources get a hash, so that kinds do not change.
    pub has_generated: bool,
}

/// Returns a random kind.
pub fn random_kind(random: &mut Random, features: &Features) -> Kind {
    let kinds = if features.has("custom-kinds") && random.chance(12) { CUSTOM_KINDS } else { KINDS };
    let total: usize = kinds.iter().map(|kind| kind.weight).sum();
    let mut left = random.below(total);
    for kind in kinds {
        if left < kind.weight {
            return *kind;
        }
        left -= kind.weight;
    }
    kinds[0]
}

/// Returns a random name for a resource, as it is written.
pub fn random_name(random: &mut Random, features: &Features) -> String {
    if features.has("odd-names") && random.chance(6) {
        return random.pick(ODD_NAMES).to_string();
    }
    let name = random.pick(NAMES).to_string();
    if random.chance(30) { format!("{name}-{}", random.below(4)) } else { name }
}

/// Returns whether a kind is cluster-scoped.
pub fn is_cluster_scoped(kind: &str) -> bool {
    const KINDS: [&str; 12] = [
        "ClusterRole",
        "ClusterRoleBinding",
        "PersistentVolume",
        "StorageClass",
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
        "APIService",
        "CustomResourceDefinition",
        "Namespace",
        "PriorityClass",
        "IngressClass",
        "Node",
    ];
    KINDS.contains(&kind)
}

impl Manifests<'_> {
    fn chance(&mut self, percent: usize) -> bool {
        self.random.chance(percent)
    }

    fn number(&mut self, low: usize, high: usize) -> Node {
        raw(self.random.between(low, high).to_string())
    }

    /// Returns a scalar for a field of any type.
    pub fn scalar(&mut self) -> Node {
        if self.features.has("texts") && self.chance(4) {
            return scalars::random_string(self.random);
        }
        if self.features.has("odd-scalars") && self.chance(25) {
            scalars::odd(self.random)
        } else {
            scalars::ordinary(self.random)
        }
    }

    /// Returns a scalar for a string field.
    pub fn string(&mut self) -> Node {
        if self.features.has("texts") && self.chance(4) {
            return scalars::random_string(self.random);
        }
        if self.features.has("odd-scalars") && self.chance(20) {
            scalars::odd_string(self.random)
        } else {
            text(scalars::word(self.random))
        }
    }

    /// Returns the name of another resource, which usually exists.
    fn reference(&mut self, kind: &str) -> Node {
        if self.features.has("references") && self.chance(85) {
            let names: Vec<&String> =
                self.referents.iter().filter(|known| known.kind == kind).map(|known| &known.name).collect();
            if let Some(name) = self.random.choose(&names) {
                return text(name);
            }
        }
        text(*self.random.pick(NAMES))
    }

    pub fn labels(&mut self) -> Node {
        let mut labels = Node::mapping();
        for _ in 0..self.random.between(1, 2) {
            let value = if self.features.has("odd-scalars") && self.chance(5) {
                scalars::odd(self.random)
            } else {
                text(*self.random.pick(LABEL_VALUES))
            };
            labels.set(self.random.pick(LABEL_KEYS), value);
        }
        labels
    }

    pub fn annotations(&mut self) -> Node {
        let mut annotations = Node::mapping();
        for _ in 0..self.random.between(1, 2) {
            let key = *self.random.pick(&["note", "example.com/owner", "prometheus.io/scrape", "a.b/c-d", "checksum"]);
            let value = if self.chance(5) { self.scalar() } else { self.string() };
            annotations.set(key, value);
        }
        annotations
    }

    /// Returns a mapping of random depth, for kinds without a schema.
    pub fn anything(&mut self, depth: usize) -> Node {
        if depth == 0 || self.chance(30) {
            return self.scalar();
        }
        let count = self.random.between(0, 3);
        if self.chance(35) {
            let same = self.chance(60);
            let mut items = Vec::new();
            for index in 0..count {
                let item = if same && depth > 1 {
                    let mut item = map! { "name" => text(NAMES[index % NAMES.len()]) };
                    item.set(scalars::word(self.random), self.scalar());
                    item
                } else {
                    self.anything(depth - 1)
                };
                items.push(item);
            }
            return list(items);
        }
        let mut mapping = Node::mapping();
        for _ in 0..count {
            let key = *self.random.pick(&[
                "alpha", "beta", "image", "name", "ref", "spec", "items", "replicas", "labels", "data", "a.b/c", "x-y",
                "1", "01", "yes", "null", "A", "a10", "a9",
            ]);
            let value = self.anything(depth - 1);
            if self.features.has("texts") && self.chance(3) {
                mapping.set(scalars::random_text(self.random), value);
            } else {
                mapping.set(key, value);
            }
        }
        mapping
    }

    /// Returns a manifest. `name` and `namespace` are used as they are written.
    pub fn manifest(&mut self, kind: Kind, name: &str, namespace: Option<&str>) -> Node {
        let mut metadata = map! { "name" => raw(name) };
        if let Some(namespace) = namespace {
            metadata.set("namespace", raw(namespace));
        }
        let labels = self.labels();
        if self.chance(60) {
            metadata.set("labels", labels.clone());
        }
        if self.chance(25) {
            metadata.set("annotations", self.annotations());
        }
        if self.features.has("empty") && self.chance(4) {
            let field = *self.random.pick(&["labels", "creationTimestamp", "x"]);
            let usable = if field == "labels" && !self.features.has("null-labels") { 1 } else { 3 };
            metadata.set(field, self.random.pick(&[raw("{}"), raw(""), Node::null()][..usable]).clone());
        }
        if self.features.has("internal-annotations") && self.chance(2) {
            let (key, value) = *self.random.pick(INTERNAL_ANNOTATIONS);
            metadata.set("annotations", map! { key => text(value), "note" => text("x") });
        } else if self.features.has("internal-annotations")
            && self.has_generated
            && self.chance(20)
            && matches!(kind.kind, "ConfigMap" | "Secret")
        {
            // The hash of other kinds includes parser state, such as line numbers.
            metadata.set("annotations", map! { "internal.config.kubernetes.io/needsHashSuffix" => text("enabled") });
        }
        let mut manifest = map! {
            "apiVersion" => text(kind.api_version),
            "kind" => text(kind.kind),
            "metadata" => metadata,
        };
        self.body(kind, &labels, &mut manifest);
        if self.features.has("empty") && self.chance(5) {
            manifest.set("status", self.random.pick(&[raw("{}"), Node::null(), raw("")]).clone());
        }
        manifest
    }

    fn body(&mut self, kind: Kind, labels: &Node, manifest: &mut Node) {
        match kind.kind {
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Rollout" | "ReplicationController" => {
                manifest.set("spec", self.workload(kind.kind, labels));
            }
            "Job" => {
                let mut spec = map! { "template" => self.template(labels, false) };
                if self.chance(30) {
                    spec.set("backoffLimit", self.number(0, 6));
                }
                manifest.set("spec", spec);
            }
            "CronJob" => {
                let job = map! { "spec" => map! { "template" => self.template(labels, false) } };
                manifest.set("spec", map! { "schedule" => text("*/5 * * * *"), "jobTemplate" => job });
            }
            "Pod" => manifest.set("spec", self.pod()),
            "PodTemplate" => manifest.set("template", self.template(labels, true)),
            "Service" => manifest.set("spec", self.service(labels)),
            "Ingress" => manifest.set("spec", self.ingress(kind.api_version)),
            "ConfigMap" | "Secret" => self.config(kind.kind, manifest),
            "ServiceAccount" => {
                if self.chance(60) {
                    manifest.set("secrets", list([map! { "name" => self.reference("Secret") }]));
                }
                if self.chance(30) {
                    manifest.set("imagePullSecrets", list([map! { "name" => self.reference("Secret") }]));
                }
            }
            "Role" | "ClusterRole" => self.role(kind.kind, manifest),
            "RoleBinding" | "ClusterRoleBinding" => self.binding(kind.kind, manifest),
            "HorizontalPodAutoscaler" => manifest.set("spec", self.autoscaler(kind.api_version)),
            "PersistentVolumeClaim" => manifest.set("spec", self.claim()),
            "PersistentVolume" => manifest.set("spec", self.persistent_volume()),
            "StorageClass" => {
                manifest.set("provisioner", text("example.com/disk"));
                manifest.set("parameters", map! { "type" => self.string() });
            }
            "PodDisruptionBudget" => {
                let selector = map! { "matchLabels" => labels.clone() };
                let available = self.random.pick(&[raw("1"), text("50%")]).clone();
                manifest.set("spec", map! { "minAvailable" => available, "selector" => selector });
            }
            "NetworkPolicy" => manifest.set("spec", self.network_policy(labels)),
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
                manifest.set("webhooks", list([self.webhook()]))
            }
            "APIService" => manifest.set("spec", self.api_service()),
            "CustomResourceDefinition" => manifest.set("spec", self.definition()),
            "Namespace" => {
                if self.chance(20) {
                    manifest.set("spec", map! { "finalizers" => texts(["kubernetes"]) });
                }
            }
            "ResourceQuota" => {
                manifest.set("spec", map! { "hard" => map! { "pods" => raw("10"), "limits.cpu" => text("4") } });
            }
            "LimitRange" => {
                let limit = map! { "type" => text("Container"), "default" => map! { "cpu" => raw("0.5") } };
                manifest.set("spec", map! { "limits" => list([limit]) });
            }
            "PriorityClass" => manifest.set("value", self.number(0, 1_000_000)),
            "Endpoints" => {
                let address = map! { "ip" => text("10.0.0.1") };
                let port = map! { "name" => text("http"), "port" => raw("80") };
                manifest.set("subsets", list([map! { "addresses" => list([address]), "ports" => list([port]) }]));
            }
            "IngressClass" => manifest.set("spec", map! { "controller" => text("example.com/ingress") }),
            _ => self.custom(labels, manifest),
        }
    }

    fn autoscaler(&mut self, api_version: &str) -> Node {
        let target_kind = *self.random.pick(&["Deployment", "StatefulSet", "ReplicaSet"]);
        let target = map! {
            "apiVersion" => text("apps/v1"),
            "kind" => text(target_kind),
            "name" => self.reference(target_kind),
        };
        let mut spec = map! { "scaleTargetRef" => target, "maxReplicas" => self.number(1, 10) };
        if api_version == "autoscaling/v2" {
            let target = map! { "type" => text("Utilization"), "averageUtilization" => self.number(10, 90) };
            let resource = map! { "name" => text("cpu"), "target" => target };
            spec.set("metrics", list([map! { "type" => text("Resource"), "resource" => resource }]));
        }
        spec
    }

    fn persistent_volume(&mut self) -> Node {
        let capacity = map! { "storage" => text("10Gi") };
        let mut spec = map! { "capacity" => capacity, "accessModes" => texts(["ReadWriteOnce"]) };
        match self.random.below(3) {
            0 => {
                let secret = map! { "name" => self.reference("Secret"), "namespace" => text(self.namespace_name()) };
                let csi = map! { "driver" => text("csi.example.com"), "nodeStageSecretRef" => secret };
                spec.set("csi", csi);
            }
            1 => {
                let claim = map! {
                    "name" => self.reference("PersistentVolumeClaim"),
                    "namespace" => text(self.namespace_name()),
                };
                spec.set("claimRef", claim);
            }
            _ => spec.set("storageClassName", self.reference("StorageClass")),
        }
        spec
    }

    fn webhook(&mut self) -> Node {
        let service = map! {
            "name" => self.reference("Service"),
            "namespace" => text(self.namespace_name()),
            "path" => text("/hook"),
        };
        let rule = map! {
            "apiGroups" => texts([""]),
            "apiVersions" => texts(["v1"]),
            "operations" => texts(["CREATE", "*"]),
            "resources" => texts(["pods", "*/scale"]),
        };
        map! {
            "name" => text("hook.example.com"),
            "clientConfig" => map! { "service" => service, "caBundle" => text("Q2FCdW5kbGU=") },
            "rules" => list([rule]),
        }
    }

    fn api_service(&mut self) -> Node {
        let service = map! { "name" => self.reference("Service"), "namespace" => text(self.namespace_name()) };
        map! {
            "group" => text("example.com"),
            "version" => text("v1"),
            "service" => service,
            "groupPriorityMinimum" => raw("1000"),
        }
    }

    fn definition(&mut self) -> Node {
        let names = map! { "kind" => text("Widget"), "plural" => text("widgets") };
        let properties = map! { "spec" => map! { "type" => text("object") } };
        let schema = map! { "type" => text("object"), "properties" => properties };
        let version = map! {
            "name" => text("v1"),
            "served" => raw("true"),
            "storage" => raw("true"),
            "schema" => map! { "openAPIV3Schema" => schema },
        };
        let mut spec = map! {
            "group" => text("example.com"),
            "names" => names,
            "scope" => text("Namespaced"),
            "versions" => list([version]),
        };
        if self.chance(40) {
            let service = map! { "name" => self.reference("Service"), "namespace" => text(self.namespace_name()) };
            let webhook = map! { "clientConfig" => map! { "service" => service } };
            spec.set("conversion", map! { "strategy" => text("Webhook"), "webhook" => webhook });
        }
        spec
    }

    /// Adds fields to a custom resource that resemble those of built-in kinds.
    fn custom(&mut self, labels: &Node, manifest: &mut Node) {
        let mut spec = Node::mapping();
        if self.chance(40) {
            spec.set("replicas", self.number(0, 5));
        }
        if self.chance(40) {
            spec.set("configMapRef", map! { "name" => self.reference("ConfigMap") });
        }
        if self.chance(40) {
            spec.set("image", text(*self.random.pick(IMAGES)));
        }
        if self.chance(30) {
            spec.set("selector", map! { "matchLabels" => labels.clone() });
        }
        if self.chance(30) {
            spec.set("template", self.template(labels, true));
        }
        if self.chance(60) {
            let key = scalars::word(self.random);
            spec.set(key, self.anything(3));
        }
        manifest.set("spec", spec);
        if self.chance(20) {
            manifest.set("extra", self.anything(2));
        }
    }

    fn namespace_name(&mut self) -> &'static str {
        self.random.pick::<&str>(NAMESPACES)
    }

    fn config(&mut self, kind: &str, manifest: &mut Node) {
        let mut data = Node::mapping();
        for _ in 0..self.random.between(0, 4) {
            let ordinary = ["key", "LOG_LEVEL", "config.yaml", "a.b", "nginx.conf", "a-b", "A", "a", "k1", "k10", "k2"];
            let odd = ["true", "1", "0x1", "10", "9", "yes", "key with space", "~", "_x", "B", "null", "1.5"];
            let is_odd = self.features.has("odd-scalars") && self.chance(15);
            let key = *self.random.pick(if is_odd { &odd[..] } else { &ordinary[..] });
            let value = match kind {
                "Secret" if self.chance(70) => {
                    let encoded = ["c2VjcmV0", "", "YQ==", "aGVsbG8gd29ybGQ=", "MTIzNA=="];
                    text(*self.random.pick(&encoded))
                }
                _ => self.scalar(),
            };
            data.set(key, value);
        }
        if kind == "ConfigMap" && self.features.has("structured-texts") && self.chance(20) {
            data.set(STRUCTURED_KEY, scalars::structured(self.random));
        }
        let field = if kind == "Secret" && self.chance(30) { "stringData" } else { "data" };
        manifest.set(field, data);
        if kind == "Secret" && self.chance(50) {
            manifest.set("type", text(*self.random.pick(&["Opaque", "kubernetes.io/tls", "custom"])));
        }
        if kind == "ConfigMap" && self.chance(8) {
            let long =
                "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODkhQUJDREVGRw==";
            manifest.set("binaryData", map! { "blob" => text(*self.random.pick(&["/u3t", long])) });
        }
        if self.chance(5) {
            manifest.set("immutable", raw("true"));
        }
    }

    fn workload(&mut self, kind: &str, labels: &Node) -> Node {
        let mut spec = Node::mapping();
        if kind != "DaemonSet" && self.chance(50) {
            spec.set("replicas", self.number(0, 5));
        }
        match kind {
            "ReplicationController" => spec.set("selector", labels.clone()),
            _ => {
                if self.chance(90) {
                    let mut selector = map! { "matchLabels" => labels.clone() };
                    if self.chance(10) {
                        let expression =
                            map! { "key" => text("tier"), "operator" => text("In"), "values" => texts(["a", "b"]) };
                        selector.set("matchExpressions", list([expression]));
                    }
                    spec.set("selector", selector);
                }
            }
        }
        if kind == "StatefulSet" {
            spec.set("serviceName", self.reference("Service"));
            if self.chance(50) {
                let mut metadata = map! { "name" => text("data") };
                if self.chance(40) {
                    metadata.set("labels", self.labels());
                }
                spec.set("volumeClaimTemplates", list([map! { "metadata" => metadata, "spec" => self.claim() }]));
            }
        }
        spec.set("template", self.template(labels, true));
        if kind == "Deployment" && self.chance(20) {
            let update = map! { "maxSurge" => text("25%"), "maxUnavailable" => self.number(0, 1) };
            spec.set("strategy", map! { "type" => text("RollingUpdate"), "rollingUpdate" => update });
        }
        spec
    }

    fn template(&mut self, labels: &Node, labelled: bool) -> Node {
        let mut template = Node::mapping();
        if labelled || self.chance(30) {
            let mut metadata = map! { "labels" => labels.clone() };
            if self.chance(20) {
                metadata.set("annotations", self.annotations());
            }
            template.set("metadata", metadata);
        }
        template.set("spec", self.pod());
        template
    }

    fn pod(&mut self) -> Node {
        let mut pod = Node::mapping();
        if self.chance(25) {
            pod.set("serviceAccountName", self.reference("ServiceAccount"));
        }
        let mut containers = Vec::new();
        for index in 0..self.random.between(1, 2) {
            containers.push(self.container(["main", "sidecar"][index]));
        }
        pod.set("containers", list(containers));
        if self.chance(12) {
            pod.set("initContainers", list([self.container("init")]));
        }
        if self.chance(30) {
            let mut volumes = Vec::new();
            for index in 0..self.random.between(1, 3) {
                volumes.push(self.volume(["config", "data", "tmp"][index]));
            }
            pod.set("volumes", list(volumes));
        }
        if self.chance(8) {
            pod.set("imagePullSecrets", list([map! { "name" => self.reference("Secret") }]));
        }
        if self.chance(5) {
            let toleration = map! { "key" => text("dedicated"), "operator" => text("Equal"), "value" => self.string() };
            pod.set("tolerations", list([toleration]));
        }
        if self.chance(5) {
            let term = map! {
                "topologyKey" => text("kubernetes.io/hostname"),
                "labelSelector" => map! { "matchLabels" => self.labels() },
            };
            let required = map! { "requiredDuringSchedulingIgnoredDuringExecution" => list([term]) };
            pod.set("affinity", map! { "podAntiAffinity" => required });
        }
        if self.chance(5) {
            let spread = map! {
                "maxSkew" => raw("1"),
                "topologyKey" => text("zone"),
                "whenUnsatisfiable" => text("DoNotSchedule"),
                "labelSelector" => map! { "matchLabels" => self.labels() },
            };
            pod.set("topologySpreadConstraints", list([spread]));
        }
        if self.chance(4) {
            pod.set("priorityClassName", self.reference("PriorityClass"));
        }
        if self.chance(4) {
            pod.set("hostAliases", list([map! { "ip" => text("127.0.0.1"), "hostnames" => texts(["a", "b"]) }]));
        }
        if self.chance(10) {
            pod.set("restartPolicy", text("Never"));
        }
        pod
    }

    fn container(&mut self, name: &str) -> Node {
        let mut container = map! { "name" => text(name), "image" => text(*self.random.pick(IMAGES)) };
        if self.chance(40) {
            let mut env = Vec::new();
            for index in 0..self.random.between(1, 3) {
                let mut variable = map! { "name" => text(["MODE", "LEVEL", "TOKEN"][index]) };
                match self.random.below(6) {
                    0 => variable.set("valueFrom", map! { "configMapKeyRef" => self.key_reference("ConfigMap") }),
                    1 => variable.set("valueFrom", map! { "secretKeyRef" => self.key_reference("Secret") }),
                    2 => {
                        let field = map! { "fieldPath" => text("metadata.name") };
                        variable.set("valueFrom", map! { "fieldRef" => field });
                    }
                    3 => variable.set("value", self.variable()),
                    _ => variable.set("value", self.scalar()),
                }
                env.push(variable);
            }
            container.set("env", list(env));
        }
        if self.chance(15) {
            let (field, kind) = *self.random.pick(&[("configMapRef", "ConfigMap"), ("secretRef", "Secret")]);
            container.set("envFrom", list([map! { field => map! { "name" => self.reference(kind) } }]));
        }
        if self.chance(25) {
            let items = [text("--verbose"), self.string(), self.variable()];
            container.set(*self.random.pick(&["args", "command"]), list(items));
        }
        if self.chance(30) {
            let mut ports = Vec::new();
            for _ in 0..self.random.between(1, 2) {
                let mut port = map! { "containerPort" => raw(*self.random.pick(&["80", "8080", "443"])) };
                if self.chance(50) {
                    port.set("name", text(*self.random.pick(&["http", "metrics"])));
                }
                if self.chance(40) {
                    port.set("protocol", text(*self.random.pick(&["TCP", "UDP"])));
                }
                ports.push(port);
            }
            container.set("ports", list(ports));
        }
        if self.chance(25) {
            let mut mounts = Vec::new();
            for index in 0..self.random.between(1, 2) {
                let mut mount = map! {
                    "name" => text(["config", "data"][index]),
                    "mountPath" => text(["/etc/config", "/data"][index]),
                };
                if self.chance(30) {
                    mount.set("readOnly", raw("true"));
                }
                mounts.push(mount);
            }
            container.set("volumeMounts", list(mounts));
        }
        if self.chance(15) {
            let limits = map! { "cpu" => self.random.pick(&[raw("0.5"), text("100m"), raw("1"), raw("1.0")]).clone(),
            "memory" => text("128Mi") };
            container.set("resources", map! { "limits" => limits });
        }
        if self.chance(8) {
            let get = map! { "path" => text("/healthz"), "port" => raw("8080") };
            container.set("livenessProbe", map! { "httpGet" => get, "periodSeconds" => raw("10") });
        }
        container
    }

    /// Returns text that uses a variable.
    fn variable(&mut self) -> Node {
        let name = match self.random.choose(self.variables) {
            Some(name) if self.random.chance(80) => name.clone(),
            _ => "MODE".to_string(),
        };
        text(match self.random.below(5) {
            0 => format!("--name=$({name})"),
            1 => format!("$$({name})"),
            2 => format!("$({name})-$({name})"),
            _ => format!("$({name})"),
        })
    }

    fn key_reference(&mut self, kind: &str) -> Node {
        let mut reference = map! { "name" => self.reference(kind), "key" => text("key") };
        if self.chance(15) {
            reference.set("optional", raw("true"));
        }
        reference
    }

    fn volume(&mut self, name: &str) -> Node {
        let mut volume = map! { "name" => text(name) };
        match self.random.below(6) {
            0 | 1 => volume.set("configMap", map! { "name" => self.reference("ConfigMap") }),
            2 => volume.set("secret", map! { "secretName" => self.reference("Secret") }),
            3 => volume.set("persistentVolumeClaim", map! { "claimName" => self.reference("PersistentVolumeClaim") }),
            4 => {
                let sources = list([
                    map! { "configMap" => map! { "name" => self.reference("ConfigMap") } },
                    map! { "secret" => map! { "name" => self.reference("Secret") } },
                ]);
                volume.set("projected", map! { "sources" => sources });
            }
            _ => volume.set("emptyDir", raw("{}")),
        }
        volume
    }

    fn service(&mut self, labels: &Node) -> Node {
        let mut ports = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            let mut port = map! { "port" => raw(*self.random.pick(&["80", "443", "8080"])) };
            if self.chance(60) {
                port.set("name", text(*self.random.pick(&["http", "https", "y"])));
            }
            if self.chance(50) {
                port.set("targetPort", self.random.pick(&[raw("8080"), text("http")]).clone());
            }
            if self.chance(30) {
                port.set("protocol", text(*self.random.pick(&["TCP", "UDP"])));
            }
            ports.push(port);
        }
        let mut spec = map! { "selector" => labels.clone(), "ports" => list(ports) };
        if self.chance(20) {
            spec.set("type", text(*self.random.pick(&["ClusterIP", "NodePort", "ExternalName"])));
        }
        if self.chance(10) {
            spec.set("clusterIP", text("None"));
        }
        spec
    }

    fn ingress(&mut self, api_version: &str) -> Node {
        let backend = if api_version == "networking.k8s.io/v1" {
            let port = map! { "number" => raw("80") };
            map! { "service" => map! { "name" => self.reference("Service"), "port" => port } }
        } else {
            map! { "serviceName" => self.reference("Service"), "servicePort" => raw("80") }
        };
        let path = map! { "path" => text("/"), "pathType" => text("Prefix"), "backend" => backend };
        let rule = map! { "host" => text("web.example.com"), "http" => map! { "paths" => list([path]) } };
        let mut spec = map! { "rules" => list([rule]) };
        if self.chance(40) {
            let tls = map! { "hosts" => texts(["web.example.com"]), "secretName" => self.reference("Secret") };
            spec.set("tls", list([tls]));
        }
        if self.chance(20) {
            spec.set("ingressClassName", self.reference("IngressClass"));
        }
        spec
    }

    fn role(&mut self, kind: &str, manifest: &mut Node) {
        let mut rule = map! {
            "apiGroups" => texts([""]),
            "resources" => texts(["configmaps"]),
            "verbs" => texts(["get", "*"]),
        };
        if self.chance(40) {
            rule.set("resourceNames", list([self.reference("ConfigMap"), self.reference("Secret")]));
        }
        manifest.set("rules", list([rule]));
        if kind == "ClusterRole" && self.chance(25) {
            let selector = map! { "matchLabels" => self.labels() };
            manifest.set("aggregationRule", map! { "clusterRoleSelectors" => list([selector]) });
        }
    }

    fn binding(&mut self, kind: &str, manifest: &mut Node) {
        let role = if kind == "RoleBinding" { *self.random.pick(&["Role", "ClusterRole"]) } else { "ClusterRole" };
        let role_reference = map! {
            "apiGroup" => text("rbac.authorization.k8s.io"),
            "kind" => text(role),
            "name" => self.reference(role),
        };
        let mut subjects = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            let mut subject = map! { "kind" => text("ServiceAccount"), "name" => self.reference("ServiceAccount") };
            match self.random.below(4) {
                0 => subject.set("kind", text("User")),
                1 => subject.set("name", text("default")),
                _ => {}
            }
            if self.chance(60) {
                subject.set("namespace", text(self.namespace_name()));
            }
            subjects.push(subject);
        }
        manifest.set("roleRef", role_reference);
        manifest.set("subjects", list(subjects));
    }

    fn claim(&mut self) -> Node {
        let requests = map! { "storage" => text("1Gi") };
        let mut spec = map! {
            "accessModes" => texts(["ReadWriteOnce"]),
            "resources" => map! { "requests" => requests },
        };
        if self.chance(30) {
            spec.set("storageClassName", self.reference("StorageClass"));
        }
        if self.chance(20) {
            spec.set("volumeName", self.reference("PersistentVolume"));
        }
        spec
    }

    fn network_policy(&mut self, labels: &Node) -> Node {
        let peer = map! {
            "podSelector" => map! { "matchLabels" => self.labels() },
            "namespaceSelector" => map! { "matchLabels" => self.labels() },
        };
        let mut spec = map! { "podSelector" => map! { "matchLabels" => labels.clone() } };
        let port = map! { "port" => raw("80"), "protocol" => text("TCP") };
        if self.chance(60) {
            spec.set("ingress", list([map! { "from" => list([peer.clone()]), "ports" => list([port.clone()]) }]));
        }
        if self.chance(40) {
            spec.set("egress", list([map! { "to" => list([peer]), "ports" => list([port]) }]));
        }
        spec
    }
}
