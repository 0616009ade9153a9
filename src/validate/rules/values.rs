//! Rules for single values, which the rules for objects apply to their fields.

use std::ops::RangeInclusive;

use super::super::object::Field;
use super::super::report::Report;
use super::names::{self, Rule};
use crate::diagnostic::Code;
use crate::yaml::Scalar;

/// All ports.
pub const PORTS: RangeInclusive<i64> = 1..=65_535;

/// Requires a string that is not empty.
pub fn require_text(field: &Field<'_>, report: &mut Report) {
    if field.is("") {
        field.missing(report, "");
    }
}

/// Requires a value.
pub fn require(field: &Field<'_>, report: &mut Report) {
    if !field.is_set() {
        field.missing(report, "");
    }
}

/// Requires a list or a map that is not empty.
pub fn require_items(field: &Field<'_>, report: &mut Report, reason: &str) {
    if field.is_empty() {
        field.missing(report, reason);
    }
}

/// Checks a string that may be empty or absent.
pub fn optional_name(field: &Field<'_>, report: &mut Report, rule: Rule) {
    if let Some(fault) = field.nonempty_text().and_then(|text| rule(&text)) {
        field.error(report, Code::InvalidName, fault);
    }
}

/// Checks a string that must not be empty.
pub fn require_name(field: &Field<'_>, report: &mut Report, rule: Rule) {
    require_text(field, report);
    optional_name(field, report, rule);
}

/// Checks a string that is set, which may be empty.
pub fn set_name(field: &Field<'_>, report: &mut Report, rule: Rule) {
    if let Some(fault) = field.text().filter(|_| field.is_set()).and_then(|text| rule(&text)) {
        field.error(report, Code::InvalidName, fault);
    }
}

/// Checks a string that may be empty for another reason than a name.
pub fn optional_text(field: &Field<'_>, report: &mut Report, rule: Rule) {
    if let Some(fault) = field.nonempty_text().and_then(|text| rule(&text)) {
        field.invalid(report, fault);
    }
}

/// Checks a string of a fixed set. An empty string is the default.
pub fn optional_choice(field: &Field<'_>, report: &mut Report, choices: &[&str]) {
    if !field.is("") {
        set_choice(field, report, choices);
    }
}

/// Checks a string of a fixed set, if it is set.
pub fn set_choice(field: &Field<'_>, report: &mut Report, choices: &[&str]) {
    if field.is_set() {
        require_choice(field, report, choices);
    }
}

/// Checks a string of a fixed set, which is required.
pub fn require_choice(field: &Field<'_>, report: &mut Report, choices: &[&str]) {
    let Some(text) = field.text() else { return };
    if choices.contains(&text.as_ref()) {
        return;
    }
    let list: Vec<String> = choices.iter().map(|choice| format!("`{choice}`")).collect();
    let list = list.join(", ");
    if text.is_empty() {
        field.missing(report, &format!("supported values are {list}"));
    } else {
        field.error(report, Code::UnsupportedValue, format!("unsupported value `{text}`: supported values are {list}"));
    }
}

/// Checks that an integer is in a range. An absent integer is 0.
pub fn range(field: &Field<'_>, report: &mut Report, range: RangeInclusive<i64>) {
    if field.integer().is_some_and(|value| !range.contains(&value)) {
        field.invalid(report, format!("must be between {} and {}, inclusive", range.start(), range.end()));
    }
}

/// Checks that an integer is in a range, if it is set.
pub fn set_range(field: &Field<'_>, report: &mut Report, allowed: RangeInclusive<i64>) {
    if field.is_set() {
        range(field, report, allowed);
    }
}

/// Checks that integers are at least 0.
pub fn not_negative(fields: &[Field<'_>], report: &mut Report) {
    fields.iter().for_each(|field| at_least(field, report, 0));
}

/// Checks that an integer is at least a number, if it is set.
pub fn at_least(field: &Field<'_>, report: &mut Report, least: i64) {
    if field.set_integer().is_some_and(|value| value < least) {
        field.invalid(report, format!("must be greater than or equal to {least}"));
    }
}

/// Checks the number or the name of a port. An absent port is 0.
pub fn port_or_name(field: &Field<'_>, report: &mut Report) {
    match field.scalar() {
        Some(Scalar::Str(name)) => {
            if let Some(fault) = names::port_name(&name) {
                field.invalid(report, fault);
            }
        }
        _ => range(field, report, PORTS),
    }
}

/// Checks an integer or a percentage, as rolling updates have them. It may not be negative.
pub fn integer_or_percentage(field: &Field<'_>, report: &mut Report) {
    match field.scalar() {
        Some(Scalar::Str(text)) if percentage(&text).is_none() => field.invalid(
            report,
            "a valid percent string must be a numeric string followed by an ending `%` (e.g. `1%` or `93%`)",
        ),
        Some(Scalar::Str(_)) => {}
        Some(_) => at_least(field, report, 0),
        None => {}
    }
}

/// Checks that a percentage is not above 100.
pub fn at_most_all(field: &Field<'_>, report: &mut Report) {
    if field.text().and_then(|text| percentage(&text)).is_some_and(|value| value > 100) {
        field.invalid(report, "must not be greater than 100%");
    }
}

/// Returns whether an integer or percentage is 0 or `0%`.
pub fn is_zero(field: &Field<'_>) -> bool {
    match field.scalar() {
        Some(Scalar::Str(text)) => percentage(&text) == Some(0),
        Some(Scalar::Int(value)) => value == 0,
        _ => false,
    }
}

fn percentage(text: &str) -> Option<u64> {
    let digits = text.strip_suffix('%')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// Reports a value that may not be set.
pub fn forbid(field: &Field<'_>, report: &mut Report, reason: &str) {
    if field.is_set() {
        field.invalid(report, reason);
    }
}

/// Checks that of some fields exactly one is set. Returns the one that is set.
pub fn exactly_one<'a>(
    parent: &'a Field<'a>,
    report: &mut Report,
    fields: &[&'a str],
    missing: &str,
    too_many: &str,
) -> Option<&'a str> {
    let mut found = None;
    for name in fields {
        if !parent.at(name).is_set() {
            continue;
        }
        if found.is_some() {
            parent.at(name).invalid(report, too_many);
        } else {
            found = Some(*name);
        }
    }
    if found.is_none() {
        parent.missing(report, missing);
    }
    found
}

/// Checks the permissions of a file.
pub fn file_mode(field: &Field<'_>, report: &mut Report) {
    if field.set_integer().is_some_and(|mode| !(0..=0o777).contains(&mode)) {
        field.invalid(report, "must be a number between 0 and 0777 (octal), both inclusive");
    }
}
