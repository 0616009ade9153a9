//! The rules of the API server's own validation, beyond what schemas say.
//!
//! Each file has the rules of one subject. They read objects as the API server decodes them, with its defaults, and say what
//! Kubernetes 1.36 refuses; what an older or a newer version may accept is accepted.

mod affinity;
mod autoscaling;
mod claims;
mod config;
mod containers;
mod cron;
mod environment;
mod extensions;
mod ingress;
mod jobs;
mod labels;
mod metadata;
mod names;
mod network_policy;
mod pod;
mod policy;
mod probes;
mod quantity;
mod rbac;
mod resources;
mod scheduling;
mod security;
mod services;
mod storage;
mod time_zones;
mod values;
mod volumes;
mod workloads;

use super::object::{Field, Object};
use super::report::Report;

/// The rules of a kind.
type Rules = fn(&Field<'_>, &mut Report);

/// The rules of all kinds: group, kind and function.
const KINDS: &[(&str, &str, Rules)] = &[
    ("", "ConfigMap", config::config_map),
    ("", "LimitRange", policy::limit_range),
    ("", "Namespace", config::namespace),
    ("", "PersistentVolume", storage::volume),
    ("", "PersistentVolumeClaim", storage::claim),
    ("", "Pod", workloads::pod),
    ("", "PodTemplate", workloads::pod_template),
    ("", "ReplicationController", workloads::replication_controller),
    ("", "ResourceQuota", policy::resource_quota),
    ("", "Secret", config::secret),
    ("", "Service", services::check),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration", extensions::webhooks),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", extensions::webhooks),
    ("apiextensions.k8s.io", "CustomResourceDefinition", extensions::custom_resource_definition),
    ("apps", "DaemonSet", workloads::daemon_set),
    ("apps", "Deployment", workloads::deployment),
    ("apps", "ReplicaSet", workloads::replica_set),
    ("apps", "StatefulSet", workloads::stateful_set),
    ("autoscaling", "HorizontalPodAutoscaler", autoscaling::check),
    ("batch", "CronJob", jobs::cron_job),
    ("batch", "Job", jobs::job),
    ("coordination.k8s.io", "Lease", storage::lease),
    ("networking.k8s.io", "Ingress", ingress::check),
    ("networking.k8s.io", "IngressClass", ingress::class),
    ("networking.k8s.io", "NetworkPolicy", network_policy::check),
    ("policy", "PodDisruptionBudget", policy::disruption_budget),
    ("rbac.authorization.k8s.io", "ClusterRole", rbac::cluster_role),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", rbac::cluster_role_binding),
    ("rbac.authorization.k8s.io", "Role", rbac::role),
    ("rbac.authorization.k8s.io", "RoleBinding", rbac::role_binding),
    ("scheduling.k8s.io", "PriorityClass", storage::priority_class),
    ("storage.k8s.io", "StorageClass", storage::class),
];

/// Checks an object. Values of the wrong type are skipped: schemas report them.
pub fn check(object: &Object<'_>, report: &mut Report) {
    let root = object.root();
    metadata::check(object, &root, report);
    for (group, kind, rules) in KINDS {
        if (*group, *kind) == (object.group, object.kind) {
            rules(&root, report);
        }
    }
}
