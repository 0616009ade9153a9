//! Rules for what extends an API server: definitions of custom resources, and webhooks.

use std::collections::HashSet;

use super::super::object::Field;
use super::super::report::Report;
use super::names;
use super::values::{
    exactly_one, optional_choice, require_choice, require_items, require_name, require_text, set_choice, set_range,
};

/// A CustomResourceDefinition.
pub fn custom_resource_definition(root: &Field<'_>, report: &mut Report) {
    let (name, spec) = (root.at("metadata.name"), root.at("spec"));
    let (group, plural, versions) = (spec.at("group"), spec.at("names.plural"), spec.at("versions"));
    require_name(&group, report, names::dns_subdomain);
    require_name(&plural, report, names::dns_label);
    require_text(&spec.at("names.kind"), report);
    require_choice(&spec.at("scope"), report, &["Cluster", "Namespaced"]);
    if group.nonempty_text().is_some_and(|text| !text.contains('.')) {
        group.invalid(report, "should be a domain with at least one dot");
    }
    if let (Some(group), Some(plural), Some(text)) =
        (group.nonempty_text(), plural.nonempty_text(), name.nonempty_text())
        && text != format!("{plural}.{group}")
    {
        name.invalid(report, "must be spec.names.plural+\".\"+spec.group");
    }
    let mut seen = HashSet::new();
    for version in versions.elements() {
        require_name(&version.at("name"), report, names::dns_label);
        if let Some(text) = version.at("name").nonempty_text()
            && !seen.insert(text.to_string())
        {
            version.at("name").duplicate(report, &text);
        }
    }
    if !versions.is_empty() && versions.elements().filter(|version| version.at("storage").is_true()).count() != 1 {
        versions.invalid(report, "must have exactly one version marked as storage version");
    }
}

/// A MutatingWebhookConfiguration or a ValidatingWebhookConfiguration.
pub fn webhooks(root: &Field<'_>, report: &mut Report) {
    let mut seen = HashSet::new();
    for webhook in root.at("webhooks").elements() {
        let name = webhook.at("name");
        require_name(&name, report, names::dns_subdomain);
        if name.nonempty_text().is_some_and(|text| text.split('.').count() < 3) {
            name.invalid(report, "should be a domain with at least three segments separated by dots");
        }
        if let Some(text) = name.nonempty_text()
            && !seen.insert(text.to_string())
        {
            name.duplicate(report, &text);
        }
        require_items(&webhook.at("admissionReviewVersions"), report, "must specify one of v1, v1beta1");
        require_choice(&webhook.at("sideEffects"), report, &["None", "NoneOnDryRun"]);
        set_choice(&webhook.at("failurePolicy"), report, &["Fail", "Ignore"]);
        set_choice(&webhook.at("matchPolicy"), report, &["Equivalent", "Exact"]);
        set_range(&webhook.at("timeoutSeconds"), report, 1..=30);
        let client = webhook.at("clientConfig");
        let fault = "exactly one of url or service is required";
        exactly_one(&client, report, &["url", "service"], fault, fault);
        webhook.at("rules").elements().for_each(|rule| self::rule(&rule, report));
    }
}

fn rule(rule: &Field<'_>, report: &mut Report) {
    for name in ["operations", "apiGroups", "apiVersions", "resources"] {
        require_items(&rule.at(name), report, "");
    }
    for operation in rule.at("operations").elements() {
        require_choice(&operation, report, &["*", "CONNECT", "CREATE", "DELETE", "UPDATE"]);
    }
    optional_choice(&rule.at("scope"), report, &["*", "Cluster", "Namespaced"]);
}
