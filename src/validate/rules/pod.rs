//! Rules for the specification of a pod, in every kind that has one.

use std::collections::HashSet;

use super::super::object::Field;
use super::super::report::Report;
use super::containers::{self, Surroundings};
use super::values::{optional_choice, optional_name, require_choice, require_name, set_choice, set_name, set_range};
use super::{affinity, labels, metadata, names, resources, scheduling, security, volumes};

/// The volumes that the templates of claims add to a pod.
#[derive(Debug, Default)]
pub struct Claims(pub HashSet<String>);

const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// A template of pods.
pub fn template(template: &Field<'_>, claims: &Claims, report: &mut Report) {
    let (metadata, spec_field) = (template.at("metadata"), template.at("spec"));
    labels::check(&metadata.at("labels"), report);
    metadata::annotations(&metadata.at("annotations"), report);
    annotations(&metadata.at("annotations"), &spec_field, report);
    spec(&spec_field, claims, report);
    let ephemeral = spec_field.at("ephemeralContainers");
    if !ephemeral.is_empty() {
        ephemeral.invalid(report, "ephemeral containers not allowed in pod template");
    }
}

/// What a pod may not have that a template may.
pub fn only_in_pods(spec: &Field<'_>, report: &mut Report) {
    let ephemeral = spec.at("ephemeralContainers");
    if !ephemeral.is_empty() {
        ephemeral.invalid(report, "cannot be set on create");
    }
    if !spec.at("nodeName").is("") && !spec.at("schedulingGates").is_empty() {
        spec.at("nodeName").invalid(report, "cannot be set until all schedulingGates have been cleared");
    }
    for list in ["containers", "initContainers"] {
        for container in spec.at(list).elements() {
            let image = container.at("image");
            if image.text().is_some_and(|text| text.trim() != text) {
                image.invalid(report, "must not have leading or trailing whitespace");
            }
        }
    }
}

/// The annotations of a pod that have a meaning to the API server.
pub fn annotations(annotations: &Field<'_>, spec: &Field<'_>, report: &mut Report) {
    let mut containers = None;
    for (key, _, value) in annotations.entries() {
        let Some(text) = value.text() else { continue };
        if let Some(container) = key.strip_prefix(APP_ARMOR) {
            let names = containers.get_or_insert_with(|| container_names(spec));
            if !names.contains(container) {
                value.invalid(report, "container not found");
            }
            if !matches!(text.as_ref(), "" | "runtime/default" | "unconfined") && !text.starts_with("localhost/") {
                value.invalid(report, "invalid AppArmor profile name");
            }
        }
        if key == DELETION_COST && (text.parse::<i32>().is_err() || text.starts_with('+')) {
            value.invalid(report, "must be a 32bit integer");
        }
    }
}

fn container_names(spec: &Field<'_>) -> HashSet<String> {
    let lists = ["containers", "initContainers", "ephemeralContainers"].map(|name| spec.at(name));
    let names =
        lists.iter().flat_map(|list| list.elements().filter_map(|element| element.at("name").text().map(Into::into)));
    names.collect()
}

/// The specification of a pod.
pub fn spec(spec: &Field<'_>, claims: &Claims, report: &mut Report) {
    let mut known = volumes::check(&spec.at("volumes"), report);
    known.add_claims(&claims.0);
    let resource_claims = resources::pod_claims(&spec.at("resourceClaims"), report);
    let surroundings = Surroundings {
        volumes: &known,
        resource_claims: &resource_claims,
        grace_period: spec.at("terminationGracePeriodSeconds").set_integer().unwrap_or(30),
        never_restarts: spec.at("restartPolicy").is("Never"),
        uses_host_users: !spec.at("hostUsers").is_false(),
    };
    containers::check(spec, &surroundings, report);
    optional_choice(&spec.at("restartPolicy"), report, &["Always", "OnFailure", "Never"]);
    labels::check(&spec.at("nodeSelector"), report);
    security::of_pod(spec, report);
    affinity::check(&spec.at("affinity"), report);
    dns(spec, report);
    scheduling::check(spec, report);
    for name in ["serviceAccountName", "serviceAccount", "nodeName", "priorityClassName"] {
        optional_name(&spec.at(name), report, names::dns_subdomain);
    }
    set_name(&spec.at("runtimeClassName"), report, names::dns_subdomain);
    for name in ["hostname", "subdomain"] {
        optional_name(&spec.at(name), report, names::dns_label);
    }
    set_range(&spec.at("activeDeadlineSeconds"), report, 1..=i64::from(i32::MAX));
    set_choice(&spec.at("preemptionPolicy"), report, &["PreemptLowerPriority", "Never"]);
    for alias in spec.at("hostAliases").elements() {
        require_name(&alias.at("ip"), report, names::ip);
        for hostname in alias.at("hostnames").elements() {
            require_name(&hostname, report, names::dns_subdomain);
        }
    }
    resources::list(&spec.at("overhead"), report);
    resources::of_pod(&spec.at("resources"), report);
}

fn dns(spec: &Field<'_>, report: &mut Report) {
    let (policy, config) = (spec.at("dnsPolicy"), spec.at("dnsConfig"));
    optional_choice(&policy, report, &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);
    let servers = config.at("nameservers");
    if policy.is("None") {
        if !config.is_set() {
            config.missing(report, "must provide `dnsConfig` when `dnsPolicy` is None");
        } else if servers.is_empty() {
            servers.missing(report, "must provide at least one DNS nameserver when `dnsPolicy` is None");
        }
    }
    if servers.count() > 3 {
        servers.invalid(report, "must not have more than 3 nameservers");
    }
    for server in servers.elements() {
        require_name(&server, report, names::ip);
    }
    let searches = config.at("searches");
    if searches.count() > 32 {
        searches.invalid(report, "must not have more than 32 search paths");
    }
    let length: usize = searches.elements().map(|search| search.text().map_or(0, |text| text.len()) + 1).sum();
    if length > 2_049 {
        searches.invalid(report, "must not have more than 2048 characters (including spaces) in the search list");
    }
    for search in searches.elements() {
        // A dot alone is the root of all domains.
        if !search.is(".") {
            require_name(&search, report, names::absolute_subdomain);
        }
    }
    for option in config.at("options").elements() {
        if option.at("name").is("") {
            option.missing(report, "must not be empty");
        }
    }
}

/// Requires that the containers of a pod end at some time.
pub fn ends(template: &Field<'_>, report: &mut Report) {
    let policy = template.at("spec.restartPolicy");
    require_choice(&policy, report, &["OnFailure", "Never"]);
}
