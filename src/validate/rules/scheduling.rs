//! Rules for the placement of pods, other than their affinity: tolerations, gates and the spread over a topology.

use std::collections::HashSet;

use super::super::object::Field;
use super::super::report::Report;
use super::values::{optional_choice, require_choice, require_name, require_text, set_choice};
use super::{labels, names};
use crate::diagnostic::Code;

/// Checks the fields of a pod's specification.
pub fn check(spec: &Field<'_>, report: &mut Report) {
    spec.at("tolerations").elements().for_each(|toleration| self::toleration(&toleration, report));
    topology(&spec.at("topologySpreadConstraints"), report);
    for gate in spec.at("readinessGates").elements() {
        require_name(&gate.at("conditionType"), report, names::qualified_name);
    }
    let mut gates = HashSet::new();
    for gate in spec.at("schedulingGates").elements() {
        let name = gate.at("name");
        require_name(&name, report, names::qualified_name);
        if let Some(text) = name.nonempty_text()
            && !gates.insert(text.to_string())
        {
            gate.duplicate(report, &text);
        }
    }
}

fn toleration(toleration: &Field<'_>, report: &mut Report) {
    let (key, operator) = (toleration.at("key"), toleration.at("operator"));
    let (value, effect) = (toleration.at("value"), toleration.at("effect"));
    if !key.is("") {
        labels::key(&key, report);
    } else if !operator.is("Exists") && operator.text().is_some() {
        operator.invalid(
            report,
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
        );
    }
    if toleration.at("tolerationSeconds").is_set() && effect.text().is_some_and(|text| text != "NoExecute") {
        effect.invalid(report, "effect must be 'NoExecute' when `tolerationSeconds` is set");
    }
    optional_choice(&operator, report, &["Equal", "Exists", "Lt", "Gt"]);
    match operator.text().as_deref() {
        Some("Exists") if !value.is("") => operator.invalid(report, "value must be empty when `operator` is 'Exists'"),
        Some("Equal" | "") => {
            if let Some(fault) = value.text().and_then(|text| names::label_value(&text)) {
                value.with_path_of(&operator).error(report, Code::InvalidName, fault);
            }
        }
        _ => {}
    }
    optional_choice(&effect, report, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
}

fn topology(constraints: &Field<'_>, report: &mut Report) {
    let mut pairs = HashSet::new();
    for constraint in constraints.elements() {
        let (key, action) = (constraint.at("topologyKey"), constraint.at("whenUnsatisfiable"));
        if constraint.at("maxSkew").integer().is_some_and(|skew| skew <= 0) {
            constraint.at("maxSkew").invalid(report, "must be greater than zero");
        }
        require_text(&key, report);
        require_choice(&action, report, &["DoNotSchedule", "ScheduleAnyway"]);
        if let (Some(key), Some(action)) = (key.text(), action.text())
            && !pairs.insert((key.to_string(), action.to_string()))
        {
            constraint.duplicate(report, &format!("{{{key}, {action}}}"));
        }
        let domains = constraint.at("minDomains");
        if domains.set_integer().is_some_and(|count| count <= 0) {
            domains.invalid(report, "must be greater than zero");
        }
        if domains.is_set() && !action.is("DoNotSchedule") {
            domains.invalid(report, "can only use minDomains if whenUnsatisfiable=DoNotSchedule");
        }
        for name in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            set_choice(&constraint.at(name), report, &["Ignore", "Honor"]);
        }
        let selector = constraint.at("labelSelector");
        labels::selector(&selector, report);
        label_keys(&constraint.at("matchLabelKeys"), &selector, report);
    }
}

fn label_keys(keys: &Field<'_>, selector: &Field<'_>, report: &mut Report) {
    if !keys.is_empty() && !selector.is_set() {
        keys.invalid(report, "must not be specified when labelSelector is not set");
    }
    let (labels, expressions) = (selector.at("matchLabels"), selector.at("matchExpressions"));
    let mut selected: HashSet<String> = labels.entries().map(|(name, _, _)| name.to_string()).collect();
    selected.extend(expressions.elements().filter_map(|element| Some(element.at("key").text()?.into_owned())));
    for key in keys.elements() {
        labels::key(&key, report);
        if key.text().is_some_and(|text| selected.contains(text.as_ref())) {
            key.invalid(report, "exists in both matchLabelKeys and labelSelector");
        }
    }
}
