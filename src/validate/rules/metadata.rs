//! Rules for the metadata of all objects.

use super::super::object::{Field, Object};
use super::super::report::Report;
use super::labels;
use super::names::{self, Rule, dns_label, dns_subdomain, path_segment};
use super::values::{optional_name, require_text};
use crate::diagnostic::Code;

/// The size of all annotations of an object in bytes.
const MAX_ANNOTATIONS: usize = 256 * 1024;

/// The rules for the names of kinds that are not subdomains.
const NAMES: &[(&str, &str, Rule)] = &[
    ("", "Event", path_segment),
    ("", "Namespace", dns_label),
    ("", "Service", dns_label),
    ("apiregistration.k8s.io", "APIService", path_segment),
    ("apps", "StatefulSet", dns_label),
    ("certificates.k8s.io", "CertificateSigningRequest", path_segment),
    ("events.k8s.io", "Event", path_segment),
    ("policy", "PodDisruptionBudget", path_segment),
    ("rbac.authorization.k8s.io", "ClusterRole", path_segment),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", path_segment),
    ("rbac.authorization.k8s.io", "Role", path_segment),
    ("rbac.authorization.k8s.io", "RoleBinding", path_segment),
];

/// The groups of kinds whose objects have no name.
const REVIEWS: &[&str] = &["authentication.k8s.io", "authorization.k8s.io"];

/// The groups whose objects have only finalizers with a prefix, or one of [`FINALIZERS`].
const STRICT_FINALIZERS: &[&str] =
    &["", "apps", "autoscaling", "batch", "networking.k8s.io", "rbac.authorization.k8s.io"];
const FINALIZERS: &[&str] = &["kubernetes", "orphan", "foregroundDeletion"];

/// Checks the metadata of an object.
pub fn check(object: &Object<'_>, root: &Field<'_>, report: &mut Report) {
    if REVIEWS.contains(&object.group) || object.kind.ends_with("List") {
        return;
    }
    let metadata = root.at("metadata");
    let rule = NAMES.iter().find(|(group, kind, _)| (*group, *kind) == (object.group, object.kind));
    let is_old_set = object.kind == "StatefulSet" && !root.is_since(27);
    let rule = rule.filter(|_| !is_old_set).map_or(dns_subdomain as Rule, |(_, _, rule)| *rule);
    let (name, prefix) = (metadata.at("name"), metadata.at("generateName"));
    if name.is("") && prefix.is("") {
        name.missing(report, "name or generateName is required");
    }
    optional_name(&name, report, rule);
    if let Some(fault) = prefix.nonempty_text().and_then(|text| names::prefix(&text, rule)) {
        prefix.error(report, Code::InvalidName, fault);
    }
    optional_name(&metadata.at("namespace"), report, dns_label);
    labels::check(&metadata.at("labels"), report);
    annotations(&metadata.at("annotations"), report);
    finalizers(object, &metadata.at("finalizers"), report);
    owners(&metadata.at("ownerReferences"), report);
}

/// Checks annotations.
pub fn annotations(annotations: &Field<'_>, report: &mut Report) {
    let mut size = 0;
    for (key, node, value) in annotations.entries() {
        if let Some(fault) = names::annotation_key(key) {
            annotations.key_error(report, node, Code::InvalidName, fault);
        }
        size += key.len() + value.text().map_or(0, |text| text.len());
    }
    if size > MAX_ANNOTATIONS {
        annotations.invalid(report, format!("may not be more than {MAX_ANNOTATIONS} bytes"));
    }
}

fn finalizers(object: &Object<'_>, finalizers: &Field<'_>, report: &mut Report) {
    for finalizer in finalizers.elements() {
        let Some(text) = finalizer.text() else { continue };
        if let Some(fault) = names::qualified_name(&text) {
            finalizer.error(report, Code::InvalidName, fault);
        } else if !text.contains('/')
            && !FINALIZERS.contains(&text.as_ref())
            && STRICT_FINALIZERS.contains(&object.group)
        {
            let fault = "name is neither a standard finalizer name nor is it fully qualified";
            finalizer.error(report, Code::InvalidName, fault);
        }
    }
}

fn owners(owners: &Field<'_>, report: &mut Report) {
    let mut controllers = 0;
    for owner in owners.elements() {
        for name in ["apiVersion", "kind", "name", "uid"] {
            require_text(&owner.at(name), report);
        }
        controllers += usize::from(owner.at("controller").is_true());
    }
    if controllers > 1 {
        owners.invalid(report, "only one reference can have `controller` set to true");
    }
}
