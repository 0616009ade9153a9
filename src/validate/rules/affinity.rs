//! Rules for the affinity of pods to nodes and to other pods.

use std::collections::HashSet;

use super::super::object::Field;
use super::super::report::Report;
use super::values::{optional_name, require_text, set_name};
use super::{labels, names};
use crate::diagnostic::Code;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Checks the affinity of a pod.
pub fn check(affinity: &Field<'_>, report: &mut Report) {
    let nodes = affinity.at("nodeAffinity");
    node_selector(&nodes.at(REQUIRED), report);
    for term in nodes.at(PREFERRED).elements() {
        weight(&term, report);
        node_term(&term.at("preference"), report);
    }
    for name in ["podAffinity", "podAntiAffinity"] {
        let pods = affinity.at(name);
        pods.at(REQUIRED).elements().for_each(|term| pod_term(&term, report));
        for weighted in pods.at(PREFERRED).elements() {
            weight(&weighted, report);
            pod_term(&weighted.at("podAffinityTerm"), report);
        }
    }
}

fn weight(term: &Field<'_>, report: &mut Report) {
    let weight = term.at("weight");
    if weight.integer().is_some_and(|value| !(1..=100).contains(&value)) {
        weight.invalid(report, "must be in the range 1-100");
    }
}

/// Checks a selector of nodes, if it is set.
pub fn node_selector(selector: &Field<'_>, report: &mut Report) {
    if !selector.is_set() {
        return;
    }
    let terms = selector.at("nodeSelectorTerms");
    if terms.is_empty() {
        terms.missing(report, "must have at least one node selector term");
    }
    terms.elements().for_each(|term| node_term(&term, report));
}

fn node_term(term: &Field<'_>, report: &mut Report) {
    for requirement in term.at("matchExpressions").elements() {
        node_requirement(&requirement, report);
    }
    for requirement in term.at("matchFields").elements() {
        node_field(&requirement, report);
    }
}

fn node_requirement(requirement: &Field<'_>, report: &mut Report) {
    let (operator, values) = (requirement.at("operator"), requirement.at("values"));
    match operator.text().as_deref() {
        Some("In" | "NotIn") if values.is_empty() => {
            values.missing(report, "must be specified when `operator` is 'In' or 'NotIn'");
        }
        Some("Exists" | "DoesNotExist") if !values.is_empty() => {
            values.invalid(report, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
        Some("Gt" | "Lt") if values.count() != 1 => {
            values.missing(report, "must be specified single value when `operator` is 'Lt' or 'Gt'");
        }
        Some("In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt") | None => {}
        Some(_) => operator.error(report, Code::UnsupportedValue, "not a valid selector operator"),
    }
    labels::key(&requirement.at("key"), report);
    for value in values.elements().filter(|value| value.is_since(33)) {
        optional_name(&value, report, names::label_value);
    }
}

fn node_field(requirement: &Field<'_>, report: &mut Report) {
    let (operator, values, key) = (requirement.at("operator"), requirement.at("values"), requirement.at("key"));
    match operator.text().as_deref() {
        Some("In" | "NotIn") if values.count() != 1 => {
            values.missing(report, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector")
        }
        Some("In" | "NotIn") | None => {}
        Some(_) => operator.error(report, Code::UnsupportedValue, "not a valid selector operator"),
    }
    if key.is("metadata.name") {
        for value in values.elements() {
            set_name(&value, report, names::dns_subdomain);
        }
    } else if key.text().is_some() {
        key.invalid(report, "not a valid field selector key");
    }
}

fn pod_term(term: &Field<'_>, report: &mut Report) {
    let selector = term.at("labelSelector");
    labels::selector(&selector, report);
    labels::selector(&term.at("namespaceSelector"), report);
    for namespace in term.at("namespaces").elements() {
        if let Some(fault) = namespace.text().and_then(|text| names::dns_label(&text)) {
            namespace.error(report, Code::InvalidName, fault);
        }
    }
    let (matching, mismatching) = (term.at("matchLabelKeys"), term.at("mismatchLabelKeys"));
    for keys in [matching, mismatching] {
        if !keys.is_empty() && !selector.is_set() {
            keys.invalid(report, "must not be specified when labelSelector is not set");
        }
        keys.elements().for_each(|key| labels::key(&key, report));
    }
    let excluded: HashSet<String> = mismatching.elements().filter_map(|key| Some(key.text()?.into_owned())).collect();
    for key in matching.elements() {
        if key.nonempty_text().is_some_and(|text| excluded.contains(text.as_ref())) {
            key.invalid(report, "exists in both matchLabelKeys and mismatchLabelKeys");
        }
    }
    require_text(&term.at("topologyKey"), report);
    optional_name(&term.at("topologyKey"), report, names::qualified_name);
}
