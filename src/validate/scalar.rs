//! The checks of scalars, and of the bounds of values.

use serde_json::Value as Json;

use super::format::Format;
use super::report::{Finding, Report};
use super::schema::{Bounds, Range, Schema, Types};
use super::unique;
use super::value::{Value, json, of};
use crate::diagnostic::{Code, nearest};
use crate::yaml::{Kind, Scalar, Tree};

/// Returns the value of an integer, which may be written as a fraction.
fn integer(value: &Scalar<'_>) -> Option<i128> {
    const MAX: f64 = 1e21;
    match *value {
        Scalar::Int(value) => Some(value.into()),
        Scalar::Uint(value) => Some(value.into()),
        Scalar::Float(value) if value.fract() == 0.0 && value.abs() < MAX => Some(value as i128),
        _ => None,
    }
}

fn number(value: &Scalar<'_>) -> Option<f64> {
    match *value {
        Scalar::Int(value) => Some(value as f64),
        Scalar::Uint(value) => Some(value as f64),
        Scalar::Float(value) => Some(value),
        _ => None,
    }
}

/// Returns the types that a scalar has, and the one that names it.
fn types_of(value: &Scalar<'_>) -> (Types, Types) {
    match value {
        Scalar::Null => (Types::NULL, Types::NULL),
        Scalar::Bool(_) => (Types::BOOLEAN, Types::BOOLEAN),
        Scalar::Str(_) => (Types::STRING, Types::STRING),
        value if integer(value).is_some() => (Types::INTEGER.or(Types::NUMBER), Types::INTEGER),
        _ => (Types::NUMBER, Types::NUMBER),
    }
}

/// Checks the type and the form of a scalar. Returns whether the type is right.
pub fn check(schema: &Schema, tree: &Tree, value: Value<'_>, report: &mut Report) -> bool {
    let Some(scalar) = of(tree, value.node, value.in_flow) else { return false };
    let (types, name) = types_of(&scalar);
    if schema.types != Types::ANY && !schema.types.accepts(types) {
        report.add(wrong_type(schema.types, name, &scalar, value));
        return false;
    }
    match (&scalar, integer(&scalar)) {
        (Scalar::Str(text), _) => {
            if let Some(expected) = schema.format.fault_of_text(text) {
                report.error(Code::InvalidFormat, value.node, value.path, format!("must be {expected}"));
            }
        }
        (_, Some(number)) if schema.types.accepts(Types::INTEGER) || schema.format == Format::Int32 => {
            let (min, max) = schema.format.range();
            if !(min..=max).contains(&number) {
                let message = format!("must be from {min} to {max}");
                report.error(Code::InvalidFormat, value.node, value.path, message);
            }
        }
        _ => {}
    }
    true
}

fn wrong_type(expected: Types, actual: Types, scalar: &Scalar<'_>, value: Value<'_>) -> Finding {
    let is_plain = matches!(scalar, Scalar::Bool(_) | Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_));
    let is_number = |text: &str| text.parse::<f64>().is_ok() || matches!(text, "true" | "false");
    let help = match scalar {
        _ if expected.accepts(Types::STRING) && is_plain => Some("put the value in quotes"),
        Scalar::Str(text) if !expected.accepts(Types::ARRAY.or(Types::OBJECT)) && is_number(text) => {
            Some("remove the quotes")
        }
        _ if expected.accepts(Types::ARRAY) => Some("a single value is not a list: write `[value]`"),
        _ => None,
    };
    Finding {
        code: Code::WrongApiType,
        node: value.node,
        is_key: false,
        path: value.path.to_string(),
        message: format!("must be {}, not {}", expected.words(), actual.words()),
        help: help.map(str::to_string),
        is_warning: false,
    }
}

/// Checks the bounds of a value. Returns whether all of them could be checked.
pub fn check_bounds(bounds: &Bounds, tree: &Tree, value: Value<'_>, report: &mut Report) -> bool {
    if let Some(values) = &bounds.values {
        check_enum(values, tree, value, report);
    }
    let mut error = |code: Code, message: String| report.error(code, value.node, value.path, message);
    match tree.kind(value.node) {
        Kind::Mapping => {
            if let Some(message) = outside(bounds.entries, tree.len(value.node) as u64, "entries") {
                error(Code::InvalidObject, message);
            }
        }
        Kind::Sequence => {
            if let Some(message) = outside(bounds.items, tree.len(value.node) as u64, "elements") {
                error(Code::InvalidObject, message);
            }
            if bounds.unique {
                unique::check_values(tree, value, report);
            }
        }
        Kind::Scalar => return check_scalar(bounds, tree, value, report),
    }
    true
}

fn check_scalar(bounds: &Bounds, tree: &Tree, value: Value<'_>, report: &mut Report) -> bool {
    let mut error = |code: Code, message: String| report.error(code, value.node, value.path, message);
    let Some(scalar) = of(tree, value.node, value.in_flow) else { return true };
    if let Some(number) = number(&scalar) {
        if let Some((minimum, is_excluded)) = bounds.minimum
            && (number < minimum || is_excluded && number <= minimum)
        {
            error(Code::InvalidObject, format!("must be {} {minimum}", if is_excluded { "above" } else { "at least" }));
        }
        if let Some((maximum, is_excluded)) = bounds.maximum
            && (number > maximum || is_excluded && number >= maximum)
        {
            error(Code::InvalidObject, format!("must be {} {maximum}", if is_excluded { "below" } else { "at most" }));
        }
        if let Some(factor) = bounds.multiple_of
            && factor > 0.0
            && (number / factor).fract() != 0.0
        {
            error(Code::InvalidObject, format!("must be a multiple of {factor}"));
        }
    }
    let Scalar::Str(text) = scalar else { return true };
    if let Some(message) = outside(bounds.length, text.chars().count() as u64, "characters") {
        error(Code::InvalidObject, message);
    }
    match bounds.pattern.as_ref().map(|pattern| (pattern, pattern.is_match(&text))) {
        Some((_, None)) => return false,
        Some((pattern, Some(false))) => {
            let message = format!("must match the regular expression `{}`", pattern.text);
            error(Code::InvalidFormat, message);
        }
        _ => {}
    }
    true
}

/// Returns what is wrong with a size.
fn outside(range: Range, size: u64, what: &str) -> Option<String> {
    let plural = |count: u64| if count == 1 && what == "entries" { "entry" } else { what };
    match (range.min, range.max) {
        (Some(min), _) if size < min => Some(format!("must have at least {min} {}, not {size}", plural(min))),
        (_, Some(max)) if size > max => Some(format!("must have at most {max} {}, not {size}", plural(max))),
        _ => None,
    }
}

/// The maximum number of supported values that a message lists.
const MAX_LISTED: usize = 20;

fn check_enum(values: &[Json], tree: &Tree, value: Value<'_>, report: &mut Report) {
    let actual = json(tree, value.node, value.in_flow);
    if values.contains(&actual) {
        return;
    }
    let texts: Vec<String> =
        values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_string)).collect();
    let listed: Vec<String> = texts.iter().take(MAX_LISTED).map(|text| format!("`{text}`")).collect();
    let near = actual.as_str().and_then(|text| nearest(text, texts.iter().map(String::as_str)));
    report.add(Finding {
        code: Code::UnsupportedValue,
        node: value.node,
        is_key: false,
        path: value.path.to_string(),
        message: format!("must be one of {}", listed.join(", ")),
        help: near.map(|near| format!("did you mean `{near}`?")),
        is_warning: false,
    });
}
