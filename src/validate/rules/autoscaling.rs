//! Rules for HorizontalPodAutoscalers.

use super::super::object::Field;
use super::super::report::Report;
use super::values::{at_least, require_choice, require_items, require_name, require_text, set_choice};
use super::{labels, names, resources};

/// The types of metrics and the fields that describe them.
const METRICS: &[(&str, &str)] = &[
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];

/// A HorizontalPodAutoscaler.
pub fn check(root: &Field<'_>, report: &mut Report) {
    let spec = root.at("spec");
    let (least, most) = (spec.at("minReplicas"), spec.at("maxReplicas"));
    at_least(&least, report, 1);
    if let Some(count) = most.integer() {
        let minimum = least.set_integer().unwrap_or(1);
        if count < 1 {
            most.missing(report, "must be set and greater than 0");
        } else if count < minimum {
            most.invalid(report, "must be greater than or equal to `minReplicas`");
        }
    }
    target(&spec.at("scaleTargetRef"), report);
    at_least(&spec.at("targetCPUUtilizationPercentage"), report, 1);
    spec.at("metrics").elements().for_each(|metric| self::metric(&metric, report));
    for name in ["scaleUp", "scaleDown"] {
        behavior(&spec.at("behavior").at(name), report);
    }
}

fn target(target: &Field<'_>, report: &mut Report) {
    object(target, report);
    let version = target.at("apiVersion");
    // A controller of the core group is the only kind without a group that can be scaled.
    let has_group = version.text().is_none_or(|text| text.split_once('/').is_some_and(|(group, _)| !group.is_empty()));
    if target.is_since(34) && !has_group && !target.at("kind").is("ReplicationController") {
        version.invalid(report, "apiVersion must specify API group");
    }
}

/// Checks a reference to an object.
fn object(object: &Field<'_>, report: &mut Report) {
    require_name(&object.at("kind"), report, names::path_segment);
    require_name(&object.at("name"), report, names::path_segment);
    let version = object.at("apiVersion");
    if version.text().is_some_and(|text| text.matches('/').count() > 1) {
        version.invalid(report, "must be a version, or a group and a version");
    }
}

fn metric(metric: &Field<'_>, report: &mut Report) {
    let kind = metric.at("type");
    let types: Vec<&str> = METRICS.iter().map(|(name, _)| *name).collect();
    require_choice(&kind, report, &types);
    for (name, field) in METRICS {
        let source = metric.at(field);
        match (kind.is(name), source.is_set()) {
            (true, false) => source.missing(report, "must populate information for the given metric source"),
            (false, true) if kind.text().is_some() => {
                source.invalid(report, "must populate the given metric source only");
            }
            (true, true) => self::source(&source, field, report),
            _ => {}
        }
    }
}

fn source(source: &Field<'_>, kind: &str, report: &mut Report) {
    let target = source.at("target");
    let is_resource = matches!(kind, "resource" | "containerResource");
    if is_resource {
        if source.at("name").is("") {
            source.at("name").missing(report, "must specify a resource name");
        }
        if kind == "containerResource" {
            require_text(&source.at("container"), report);
        }
    } else {
        let name = source.at("metric.name");
        require_name(&name, report, names::path_segment);
        labels::selector(&source.at("metric.selector"), report);
    }
    if kind == "object" {
        object(&source.at("describedObject"), report);
    }
    let (value, average, utilization) =
        (target.at("value"), target.at("averageValue"), target.at("averageUtilization"));
    require_choice(&target.at("type"), report, &["Utilization", "Value", "AverageValue"]);
    for quantity in [value, average] {
        if quantity.is_set() && resources::value(&quantity).is_some_and(|value| value <= 0) {
            quantity.invalid(report, "must be positive");
        }
    }
    at_least(&utilization, report, 1);
    let (first, first_missing) = match kind {
        "pods" => {
            if !average.is_set() {
                average.missing(report, "must specify a positive target averageValue");
            }
            return;
        }
        _ if is_resource => (utilization, "must set either a target raw value or a target utilization"),
        _ => (value, "must set either a target value or averageValue"),
    };
    if !first.is_set() && !average.is_set() {
        first.missing(report, first_missing);
    }
    if first.is_set() && average.is_set() && kind != "object" {
        average.invalid(report, "may not set both targets");
    }
}

fn behavior(rules: &Field<'_>, report: &mut Report) {
    if !rules.is_set() {
        return;
    }
    let window = rules.at("stabilizationWindowSeconds");
    at_least(&window, report, 0);
    if window.integer().is_some_and(|seconds| seconds > 3_600) {
        window.invalid(report, "must be less than or equal to 3600");
    }
    set_choice(&rules.at("selectPolicy"), report, &["Disabled", "Max", "Min"]);
    let policies = rules.at("policies");
    if policies.is_set() {
        require_items(&policies, report, "must specify at least one Policy");
    }
    for policy in policies.elements() {
        require_choice(&policy.at("type"), report, &["Percent", "Pods"]);
        let (value, period) = (policy.at("value"), policy.at("periodSeconds"));
        if value.integer().is_some_and(|value| value <= 0) {
            value.invalid(report, "must be greater than zero");
        }
        if period.integer().is_some_and(|seconds| !(1..=1_800).contains(&seconds)) {
            period.invalid(report, "must be greater than zero and less than or equal to 1800");
        }
    }
    let tolerance = rules.at("tolerance");
    if tolerance.is_set() && resources::value(&tolerance).is_some_and(|value| value < 0) {
        tolerance.invalid(report, "must be greater or equal to zero");
    }
}
