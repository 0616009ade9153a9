//! Rules for the resources that containers request.

use std::collections::{HashMap, HashSet};

use super::super::object::Field;
use super::super::report::Report;
use super::values::{optional_name, require_name};
use super::{names, quantity};
use crate::diagnostic::Code;

const BILLION: i128 = 1_000_000_000;

/// Checks the requests and limits of a container.
pub fn of_container(resources: &Field<'_>, claims: &HashSet<String>, report: &mut Report) {
    of_pod(resources, report);
    let mut seen = HashSet::new();
    for claim in resources.at("claims").elements() {
        let name = claim.at("name");
        require_name(&name, report, |_| None);
        let Some(text) = name.nonempty_text() else { continue };
        if !claims.contains(text.as_ref()) {
            name.invalid(report, "must be one of the names in pod.spec.resourceClaims");
        }
        if !seen.insert((text.to_string(), claim.at("request").text().unwrap_or_default().to_string())) {
            claim.duplicate(report, &text);
        }
    }
}

/// Checks requests and limits.
pub fn of_pod(resources: &Field<'_>, report: &mut Report) {
    let (limits, requests) = (resources.at("limits"), resources.at("requests"));
    list(&limits, report);
    list(&requests, report);
    let mut has_huge_pages = false;
    let mut has_basics = false;
    for (name, _, _) in limits.entries().chain(requests.entries()) {
        has_huge_pages |= name.starts_with("hugepages-");
        has_basics |= matches!(name, "cpu" | "memory");
    }
    if has_huge_pages && !has_basics {
        resources.invalid(report, "HugePages require cpu or memory");
    }
    let allowances: HashMap<&str, Field<'_>> = limits.entries().map(|(name, _, limit)| (name, limit)).collect();
    for (name, _, request) in requests.entries() {
        let Some(limit) = allowances.get(name) else {
            if !may_exceed(name) {
                limits.missing(report, "Limit must be set for non overcommitable resources");
            }
            continue;
        };
        let (Some(requested), Some(allowed)) = (value(&request), value(limit)) else { continue };
        let written = limit.written().unwrap_or_default();
        if requested != allowed && !may_exceed(name) {
            request.invalid(report, format!("must be equal to {name} limit of {written}"));
        } else if requested > allowed {
            request.invalid(report, format!("must be less than or equal to {name} limit of {written}"));
        }
    }
}

/// Checks the names and quantities of resources of a container.
pub fn list(list: &Field<'_>, report: &mut Report) {
    for (name, key, field) in list.entries() {
        if let Some(fault) = resource_name(name) {
            field.key_error(report, key, Code::InvalidName, fault);
            continue;
        }
        let Some(value) = value(&field) else { continue };
        if value < 0 {
            field.invalid(report, "must be greater than or equal to 0");
        } else if is_extended(name) && value % BILLION != 0 {
            field.invalid(report, "must be an integer");
        }
    }
}

/// Returns a quantity in billionths; `None` if it is not one.
pub fn value(field: &Field<'_>) -> Option<i128> {
    if field.is_set() { quantity::parse(&field.written()?) } else { Some(0) }
}

fn resource_name(name: &str) -> names::Fault {
    if let Some(fault) = names::qualified_name(name) {
        return Some(fault);
    }
    let is_basic = matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
    if !name.contains('/') && !is_basic {
        return Some("must be a standard resource for containers");
    }
    if name.contains('/') && !name.contains("kubernetes.io/") && !is_extended(name) {
        return Some("doesn't follow extended resource name standard");
    }
    None
}

/// Returns whether a resource is one that devices provide.
fn is_extended(name: &str) -> bool {
    name.contains('/')
        && !name.contains("kubernetes.io/")
        && !name.starts_with("requests.")
        && names::qualified_name(&format!("requests.{name}")).is_none()
}

/// Returns whether more of a resource may be used than requested.
fn may_exceed(name: &str) -> bool {
    (!name.contains('/') || name.contains("kubernetes.io/")) && !name.starts_with("hugepages-")
}

/// Checks the claims of a pod for resources. Returns their names.
pub fn pod_claims(claims: &Field<'_>, report: &mut Report) -> HashSet<String> {
    let mut seen = HashSet::new();
    for claim in claims.elements() {
        let name = claim.at("name");
        require_name(&name, report, names::dns_label);
        if let Some(text) = name.nonempty_text()
            && !seen.insert(text.to_string())
        {
            name.duplicate(report, &text);
        }
        let sources = [claim.at("resourceClaimName"), claim.at("resourceClaimTemplateName")];
        match sources.iter().filter(|source| source.is_set()).count() {
            0 => claim.missing(report, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"),
            1 => {}
            _ => claim
                .invalid(report, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"),
        }
        sources.iter().for_each(|source| optional_name(source, report, names::dns_subdomain));
    }
    seen
}
