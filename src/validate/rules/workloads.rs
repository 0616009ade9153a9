//! Rules for kinds that run pods for a long time.

use std::collections::HashSet;

use super::super::object::Field;
use super::super::report::Report;
use super::pod::{self, Claims};
use super::values::{
    at_least, at_most_all, forbid, integer_or_percentage, is_zero, not_negative, optional_choice, optional_name,
    require_items, set_choice,
};
use super::{claims, labels, names};
use crate::diagnostic::Code;

/// A Pod.
pub fn pod(root: &Field<'_>, report: &mut Report) {
    let (metadata, spec) = (root.at("metadata"), root.at("spec"));
    pod::annotations(&metadata.at("annotations"), &spec, report);
    pod::spec(&spec, &Claims::default(), report);
    pod::only_in_pods(&spec, report);
}

/// A PodTemplate.
pub fn pod_template(root: &Field<'_>, report: &mut Report) {
    pod::template(&root.at("template"), &Claims::default(), report);
}

/// A ReplicationController.
pub fn replication_controller(root: &Field<'_>, report: &mut Report) {
    let spec = root.at("spec");
    let (selector, template) = (spec.at("selector"), spec.at("template"));
    not_negative(&[spec.at("replicas"), spec.at("minReadySeconds")], report);
    if !template.is_set() {
        template.missing(report, "");
        return;
    }
    if selector.is_empty() {
        // The labels of the template are the default.
        require_items(&template.at("metadata.labels").with_path_of(&selector), report, "");
    } else {
        labels::map_of_template(&selector, &template, report);
    }
    long_running(&template, report);
    pod::template(&template, &Claims::default(), report);
}

/// A ReplicaSet.
pub fn replica_set(root: &Field<'_>, report: &mut Report) {
    let spec = root.at("spec");
    let template = spec.at("template");
    not_negative(&[spec.at("replicas"), spec.at("minReadySeconds")], report);
    labels::selector_of_template(&spec.at("selector"), &template, "replicaset", report);
    long_running(&template, report);
    pod::template(&template, &Claims::default(), report);
}

/// A Deployment.
pub fn deployment(root: &Field<'_>, report: &mut Report) {
    let spec = root.at("spec");
    let template = spec.at("template");
    let (ready, deadline) = (spec.at("minReadySeconds"), spec.at("progressDeadlineSeconds"));
    not_negative(&[spec.at("replicas"), ready, spec.at("revisionHistoryLimit"), deadline], report);
    if let (Some(ready), Some(limit)) = (ready.integer(), deadline.set_integer())
        && limit >= 0
        && limit <= ready
    {
        deadline.invalid(report, "must be greater than minReadySeconds");
    }
    labels::selector_of_template(&spec.at("selector"), &template, "deployment", report);
    deployment_strategy(&spec.at("strategy"), report);
    long_running(&template, report);
    pod::template(&template, &Claims::default(), report);
}

fn deployment_strategy(strategy: &Field<'_>, report: &mut Report) {
    let rolling = strategy.at("rollingUpdate");
    optional_choice(&strategy.at("type"), report, &["Recreate", "RollingUpdate"]);
    if strategy.at("type").is("Recreate") {
        forbid(&rolling, report, "may not be specified when strategy `type` is 'Recreate'");
        return;
    }
    let (surge, unavailable) = (rolling.at("maxSurge"), rolling.at("maxUnavailable"));
    integer_or_percentage(&surge, report);
    integer_or_percentage(&unavailable, report);
    at_most_all(&unavailable, report);
    if is_zero(&surge) && is_zero(&unavailable) {
        unavailable.invalid(report, "may not be 0 when `maxSurge` is 0");
    }
}

/// A DaemonSet.
pub fn daemon_set(root: &Field<'_>, report: &mut Report) {
    let spec = root.at("spec");
    let template = spec.at("template");
    not_negative(&[spec.at("minReadySeconds"), spec.at("revisionHistoryLimit")], report);
    labels::selector_of_template(&spec.at("selector"), &template, "daemonset", report);
    let strategy = spec.at("updateStrategy");
    optional_choice(&strategy.at("type"), report, &["RollingUpdate", "OnDelete"]);
    if !strategy.at("type").is("OnDelete") {
        let rolling = strategy.at("rollingUpdate");
        let (surge, unavailable) = (rolling.at("maxSurge"), rolling.at("maxUnavailable"));
        for field in [surge, unavailable] {
            integer_or_percentage(&field, report);
            at_most_all(&field, report);
        }
        let has_surge = surge.is_set() && !is_zero(&surge);
        // By default, one pod may be unavailable.
        match is_zero(&unavailable) {
            true if !has_surge => unavailable.invalid(report, "cannot be 0 when `maxSurge` is 0"),
            false if has_surge => surge.invalid(report, "may not be set when `maxUnavailable` is non-zero"),
            _ => {}
        }
    }
    long_running(&template, report);
    pod::template(&template, &Claims::default(), report);
}

/// A StatefulSet.
pub fn stateful_set(root: &Field<'_>, report: &mut Report) {
    let spec = root.at("spec");
    let template = spec.at("template");
    let retention = spec.at("persistentVolumeClaimRetentionPolicy");
    let numbers = ["replicas", "minReadySeconds", "revisionHistoryLimit", "ordinals.start"];
    numbers.iter().for_each(|name| at_least(&spec.at(name), report, 0));
    optional_choice(&spec.at("podManagementPolicy"), report, &["OrderedReady", "Parallel"]);
    for name in ["whenDeleted", "whenScaled"] {
        optional_choice(&retention.at(name), report, &["Retain", "Delete"]);
    }
    if spec.is_since(34) {
        optional_name(&spec.at("serviceName"), report, names::dns_label);
    }
    labels::selector_of_template(&spec.at("selector"), &template, "statefulset", report);
    let strategy = spec.at("updateStrategy");
    let rolling = strategy.at("rollingUpdate");
    optional_choice(&strategy.at("type"), report, &["RollingUpdate", "OnDelete"]);
    if strategy.at("type").is("OnDelete") {
        forbid(&rolling, report, "only allowed for updateStrategy 'RollingUpdate'");
    }
    at_least(&rolling.at("partition"), report, 0);
    integer_or_percentage(&rolling.at("maxUnavailable"), report);
    at_most_all(&rolling.at("maxUnavailable"), report);
    if is_zero(&rolling.at("maxUnavailable")) {
        rolling.at("maxUnavailable").invalid(report, "cannot be 0");
    }
    let templates = claim_templates(&spec.at("volumeClaimTemplates"), report);
    long_running(&template, report);
    pod::template(&template, &templates, report);
}

/// Checks the templates of claims, whose names are names of volumes.
fn claim_templates(templates: &Field<'_>, report: &mut Report) -> Claims {
    let mut seen = HashSet::new();
    for template in templates.elements() {
        let name = template.at("metadata.name");
        if name.is("") {
            name.missing(report, "");
        }
        optional_name(&name, report, names::dns_label);
        if let Some(text) = name.nonempty_text()
            && !seen.insert(text.to_string())
        {
            name.duplicate(report, &text);
        }
        if template.is_since(34) {
            claims::claim_spec(&template.at("spec"), report);
        }
    }
    Claims(seen)
}

/// Checks that a template restarts its containers without end.
fn long_running(template: &Field<'_>, report: &mut Report) {
    let policy = template.at("spec.restartPolicy");
    if let Some(text) = policy.nonempty_text()
        && text != "Always"
    {
        let fault = format!("unsupported value `{text}`: supported values are `Always`");
        policy.error(report, Code::UnsupportedValue, fault);
    }
    forbid(&template.at("spec.activeDeadlineSeconds"), report, "must not be specified");
    set_choice(&policy, report, &["", "Always", "OnFailure", "Never"]);
}
