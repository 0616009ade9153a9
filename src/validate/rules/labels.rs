//! Rules for labels, and for the selectors that match them.

use std::collections::HashMap;

use super::super::object::Field;
use super::super::report::Report;
use super::names;
use super::values::require_name;
use crate::diagnostic::Code;

const NO_MATCH: &str = "`selector` does not match template `labels`";

/// Checks the keys and values of labels.
pub fn check(labels: &Field<'_>, report: &mut Report) {
    for (key, node, value) in labels.entries() {
        if let Some(fault) = names::qualified_name(key) {
            labels.key_error(report, node, Code::InvalidName, fault);
        }
        if let Some(fault) = value.text().and_then(|text| names::label_value(&text)) {
            value.with_path_of(labels).error(report, Code::InvalidName, fault);
        }
    }
}

/// Checks a selector with `matchLabels` and `matchExpressions`.
pub fn selector(selector: &Field<'_>, report: &mut Report) {
    check(&selector.at("matchLabels"), report);
    for expression in selector.at("matchExpressions").elements() {
        let values = expression.at("values");
        let operator = expression.at("operator");
        match operator.text().as_deref() {
            Some("In" | "NotIn") if values.is_empty() => {
                values.missing(report, "must be specified when `operator` is 'In' or 'NotIn'");
            }
            Some("Exists" | "DoesNotExist") if !values.is_empty() => {
                values.invalid(report, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
            }
            Some("In" | "NotIn" | "Exists" | "DoesNotExist") | None => {}
            Some(_) => operator.error(report, Code::UnsupportedValue, "not a valid selector operator"),
        }
        key(&expression.at("key"), report);
        for value in values.elements() {
            if let Some(fault) = value.text().and_then(|text| names::label_value(&text)) {
                value.error(report, Code::InvalidName, fault);
            }
        }
    }
}

/// Checks the key of a label, which may not be empty.
pub fn key(key: &Field<'_>, report: &mut Report) {
    require_name(key, report, names::qualified_name);
}

/// Checks that a selector is set, is not empty, and matches the labels of a template.
pub fn selector_of_template(selector_field: &Field<'_>, template: &Field<'_>, kind: &str, report: &mut Report) {
    if !selector_field.is_set() {
        selector_field.missing(report, "");
        return;
    }
    selector(selector_field, report);
    if selector_field.at("matchLabels").is_empty() && selector_field.at("matchExpressions").is_empty() {
        selector_field.invalid(report, format!("empty selector is invalid for {kind}"));
    }
    let labels = template.at("metadata.labels");
    if matches(selector_field, &labels) == Some(false) {
        labels.invalid(report, NO_MATCH);
    }
}

/// Checks that a map of labels matches the labels of a template.
pub fn map_of_template(selector: &Field<'_>, template: &Field<'_>, report: &mut Report) {
    let labels = template.at("metadata.labels");
    let found = texts(&labels);
    let is_match = |(key, _, value): (&str, _, Field<'_>)| {
        let value = value.text();
        value.is_none_or(|value| found.get(key).is_some_and(|found| *found == value))
    };
    if !selector.entries().all(is_match) {
        labels.invalid(report, NO_MATCH);
    }
}

fn texts<'a>(labels: &'a Field<'a>) -> HashMap<&'a str, String> {
    labels.entries().filter_map(|(key, _, value)| Some((key, value.text()?.into_owned()))).collect()
}

/// Returns whether a selector matches labels; `None` if one of them has a value of the wrong type.
fn matches(selector: &Field<'_>, labels: &Field<'_>) -> Option<bool> {
    let found = texts(labels);
    if found.len() < labels.count() {
        return None;
    }
    let mut result = true;
    for (key, _, value) in selector.at("matchLabels").entries() {
        let value = value.text()?;
        result &= found.get(key).is_some_and(|found| *found == value);
    }
    for expression in selector.at("matchExpressions").elements() {
        let key = expression.at("key");
        let value = found.get(key.text()?.as_ref());
        let values = expression.at("values");
        let is_listed = value.is_some_and(|value| values.elements().any(|element| element.is(value)));
        result &= match expression.at("operator").text()?.as_ref() {
            "In" => is_listed,
            "NotIn" => !is_listed,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => return None,
        };
    }
    Some(result)
}

/// Checks that the selector that a Job brings is set and matches the labels of its template.
pub fn selector_of_job(selector_field: &Field<'_>, template: &Field<'_>, report: &mut Report) {
    if !selector_field.is_set() {
        selector_field.missing(report, "");
        return;
    }
    selector(selector_field, report);
    let labels = template.at("metadata.labels");
    if matches(selector_field, &labels) == Some(false) {
        labels.invalid(report, NO_MATCH);
    }
}
