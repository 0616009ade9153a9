//! Rules for disruption budgets, quotas and limits.

use std::collections::{HashMap, HashSet};

use super::super::object::Field;
use super::super::report::Report;
use super::values::{at_most_all, integer_or_percentage, require_name, set_choice};
use super::{labels, names, resources};
use crate::diagnostic::Code;

/// A PodDisruptionBudget.
pub fn disruption_budget(root: &Field<'_>, report: &mut Report) {
    let spec = root.at("spec");
    let (least, most) = (spec.at("minAvailable"), spec.at("maxUnavailable"));
    if least.is_set() && most.is_set() {
        spec.invalid(report, "minAvailable and maxUnavailable cannot be both set");
    }
    for field in [least, most] {
        integer_or_percentage(&field, report);
        at_most_all(&field, report);
    }
    set_choice(&spec.at("unhealthyPodEvictionPolicy"), report, &["AlwaysAllow", "IfHealthyBudget"]);
    labels::selector(&spec.at("selector"), report);
}

/// A ResourceQuota.
pub fn resource_quota(root: &Field<'_>, report: &mut Report) {
    const SCOPES: &[&str] = &[
        "Terminating",
        "NotTerminating",
        "BestEffort",
        "NotBestEffort",
        "PriorityClass",
        "CrossNamespacePodAffinity",
        "VolumeAttributesClass",
    ];
    let spec = root.at("spec");
    not_negative(&spec.at("hard"), report);
    let scopes = spec.at("scopes");
    for scope in scopes.elements() {
        set_choice(&scope, report, SCOPES);
    }
    for (one, other) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        if [one, other].iter().all(|name| scopes.elements().any(|scope| scope.is(name))) {
            scopes.invalid(report, "conflicting scopes");
        }
    }
    for expression in spec.at("scopeSelector.matchExpressions").elements() {
        set_choice(&expression.at("scopeName"), report, SCOPES);
        let (operator, values) = (expression.at("operator"), expression.at("values"));
        match operator.text().as_deref() {
            Some("In" | "NotIn") if values.is_empty() => {
                values.missing(report, "must be at least one value when `operator` is 'In' or 'NotIn'");
            }
            Some("Exists" | "DoesNotExist") if !values.is_empty() => {
                values.invalid(report, "must be no value when `operator` is 'Exists' or 'DoesNotExist'");
            }
            Some("In" | "NotIn" | "Exists" | "DoesNotExist") | None => {}
            Some(_) => operator.error(report, Code::UnsupportedValue, "not a valid selector operator"),
        }
    }
}

fn not_negative(list: &Field<'_>, report: &mut Report) {
    for (name, key, value) in list.entries() {
        if let Some(fault) = names::qualified_name(name) {
            value.key_error(report, key, Code::InvalidName, fault);
        }
        if resources::value(&value).is_some_and(|value| value < 0) {
            value.invalid(report, "must be greater than or equal to 0");
        }
    }
}

/// A LimitRange.
pub fn limit_range(root: &Field<'_>, report: &mut Report) {
    let mut types = HashSet::new();
    for limit in root.at("spec.limits").elements() {
        let kind = limit.at("type");
        require_name(&kind, report, names::qualified_name);
        if let Some(text) = kind.nonempty_text()
            && !types.insert(text.to_string())
        {
            kind.duplicate(report, &text);
        }
        for name in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
            not_negative(&limit.at(name), report);
        }
        if kind.is("Pod") {
            for name in ["default", "defaultRequest"] {
                if !limit.at(name).is_empty() {
                    limit.at(name).invalid(report, "may not be specified when `type` is 'Pod'");
                }
            }
        }
        let sizes = [
            ("min", "max"),
            ("min", "defaultRequest"),
            ("defaultRequest", "default"),
            ("defaultRequest", "max"),
            ("default", "max"),
            ("min", "default"),
        ];
        for (small, large) in sizes {
            ordered(&limit.at(small), &limit.at(large), large, report);
        }
    }
}

/// Checks that no quantity of a list is above that of another list.
fn ordered(small: &Field<'_>, large: &Field<'_>, large_name: &str, report: &mut Report) {
    let others: HashMap<&str, Field<'_>> = large.entries().map(|(name, _, value)| (name, value)).collect();
    for (name, _, value) in small.entries() {
        let Some(other) = others.get(name) else { continue };
        if let (Some(low), Some(high)) = (resources::value(&value), resources::value(other))
            && low > high
        {
            value.invalid(report, format!("is greater than the {large_name} value"));
        }
    }
}
