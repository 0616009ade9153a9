//! Rules for volumes, claims for them, and classes of storage.

use super::super::object::Field;
use super::super::report::Report;
use super::claims::{VOLUME_MODES, access_modes, claim_spec, positive};
use super::values::{at_least, optional_choice, optional_name, optional_text, require_items, require_text, set_choice};
use super::{affinity, names, volumes};
use crate::diagnostic::Code;

/// A PersistentVolumeClaim.
pub fn claim(root: &Field<'_>, report: &mut Report) {
    claim_spec(&root.at("spec"), report);
}

/// A PersistentVolume.
pub fn volume(root: &Field<'_>, report: &mut Report) {
    let spec = root.at("spec");
    access_modes(&spec.at("accessModes"), "", report);
    let capacity = spec.at("capacity");
    require_items(&capacity, report, "");
    for (name, key, size) in capacity.entries() {
        if name == "storage" {
            positive(&size, report);
        } else {
            size.key_error(report, key, Code::UnsupportedValue, "unsupported resource: only `storage` is supported");
        }
    }
    if !capacity.is_empty() && capacity.entries().all(|(name, _, _)| name != "storage") {
        capacity.entry("storage").missing(report, "");
    }
    let policy = spec.at("persistentVolumeReclaimPolicy");
    if !policy.is("") {
        set_choice(&policy, report, &["Delete", "Recycle", "Retain"]);
    }
    if policy.is("Recycle") && spec.at("hostPath.path").is("/") {
        policy.invalid(report, "may not be 'recycle' for a hostPath mount of '/'");
    }
    let affinity = spec.at("nodeAffinity");
    let required = affinity.at("required");
    if affinity.is_set() && !required.is_set() {
        required.missing(report, "must specify required node constraints");
    }
    affinity::node_selector(&required, report);
    if volumes::source(&spec, report) == 0 {
        spec.missing(report, "must specify a volume type");
    }
    if spec.at("local").is_set() {
        optional_text(&spec.at("local.path"), report, names::path_without_backsteps);
        if !affinity.is_set() {
            affinity.missing(report, "Local volume requires node affinity");
        }
    }
    if spec.at("csi").is_set() {
        require_text(&spec.at("csi.volumeHandle"), report);
    }
    optional_name(&spec.at("storageClassName"), report, names::dns_subdomain);
    set_choice(&spec.at("volumeMode"), report, VOLUME_MODES);
}

/// A StorageClass.
pub fn class(root: &Field<'_>, report: &mut Report) {
    require_text(&root.at("provisioner"), report);
    optional_choice(&root.at("reclaimPolicy"), report, &["Delete", "Retain", "Recycle"]);
    optional_choice(&root.at("volumeBindingMode"), report, &["Immediate", "WaitForFirstConsumer"]);
    for (key, node, _) in root.at("parameters").entries() {
        if key.is_empty() {
            root.at("parameters").key_error(report, node, Code::InvalidName, "field can not be empty");
        }
    }
}

/// A PriorityClass.
pub fn priority_class(root: &Field<'_>, report: &mut Report) {
    const MOST: i64 = 1_000_000_000;
    let value = root.at("value");
    let is_of_system = root.at("metadata.name").text().is_some_and(|name| name.starts_with("system-"));
    if is_of_system
        && !matches!(
            root.at("metadata.name").text().as_deref(),
            Some("system-node-critical" | "system-cluster-critical")
        )
    {
        root.at("metadata.name")
            .invalid(report, "priority class names with 'system-' prefix are reserved for system use only");
    } else if !is_of_system && value.integer().is_some_and(|value| value > MOST) {
        value.invalid(report, format!("maximum allowed value of a user defined priority is {MOST}"));
    }
    set_choice(&root.at("preemptionPolicy"), report, &["PreemptLowerPriority", "Never"]);
}

/// A Lease.
pub fn lease(root: &Field<'_>, report: &mut Report) {
    at_least(&root.at("spec.leaseDurationSeconds"), report, 1);
    at_least(&root.at("spec.leaseTransitions"), report, 0);
}
