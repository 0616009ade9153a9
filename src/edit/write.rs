//! Writes new data as YAML in the style of the file.

use granit_parser::ScalarStyle;
use serde_yaml::{Mapping, Value};

use crate::yaml::{is_block_scalar, write_in_flow, write_plain_or_quoted};

/// The indentation of a level.
pub const STEP: usize = 2;

/// Returns the lines of a mapping.
pub fn block_mapping(mapping: &Mapping, indent: usize, list_indent: usize) -> String {
    mapping.iter().map(|(key, value)| entry(key, value, indent, list_indent)).collect()
}

/// Returns the lines of an entry of a mapping.
pub fn entry(key: &Value, value: &Value, indent: usize, list_indent: usize) -> String {
    let key = format!("{}{}:", " ".repeat(indent), one_line(key));
    match value {
        Value::Mapping(mapping) if !mapping.is_empty() => {
            format!("{key}\n{}", block_mapping(mapping, indent + STEP, list_indent))
        }
        Value::Sequence(elements) if !elements.is_empty() => {
            let indent = indent + list_indent;
            format!("{key}\n{}", block_sequence(elements, indent, list_indent))
        }
        value => format!("{key} {}\n", scalar(value, indent + STEP)),
    }
}

/// Returns the lines of a sequence.
pub fn block_sequence(elements: &[Value], indent: usize, list_indent: usize) -> String {
    elements.iter().map(|value| element(value, indent, list_indent)).collect()
}

/// Returns the lines of an element of a sequence.
pub fn element(value: &Value, indent: usize, list_indent: usize) -> String {
    let dash = format!("{}- ", " ".repeat(indent));
    let inner = indent + STEP;
    let lines = match value {
        Value::Mapping(mapping) if !mapping.is_empty() => block_mapping(mapping, inner, list_indent),
        Value::Sequence(elements) if !elements.is_empty() => block_sequence(elements, inner, list_indent),
        value => return format!("{dash}{}\n", scalar(value, inner)),
    };
    // The first line follows the dash.
    format!("{dash}{}", &lines[inner..])
}

/// Returns a scalar or an empty collection for the end of a line. The other lines of a block scalar are indented.
pub fn scalar(value: &Value, indent: usize) -> String {
    match value {
        Value::String(text) if text.contains('\n') && is_block_scalar(text) => {
            let chomping = match (text.ends_with('\n'), text.ends_with("\n\n") || text == "\n") {
                (false, _) => "-",
                (true, false) => "",
                (true, true) => "+",
            };
            let body = text.strip_suffix('\n').unwrap_or(text);
            let mut lines = format!("|{chomping}");
            for line in body.split('\n') {
                lines.push('\n');
                if !line.is_empty() {
                    lines.push_str(&" ".repeat(indent));
                    lines.push_str(line);
                }
            }
            lines
        }
        value => one_line(value),
    }
}

/// Returns a value on one line.
pub fn one_line(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::String(text) => write_plain_or_quoted(&mut out, text),
        value => flow(value, &mut out),
    }
    out
}

/// Returns a string in the quotes of a scalar that it replaces; `None` if these are not enough.
pub fn quoted_like(style: ScalarStyle, value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let is_simple = !text.contains(['\'', '"', '\\']) && text.chars().all(|c| !c.is_control());
    match style {
        ScalarStyle::SingleQuoted if is_simple => Some(format!("'{text}'")),
        ScalarStyle::DoubleQuoted if is_simple => Some(format!("\"{text}\"")),
        _ => None,
    }
}

/// Writes a value inside a flow collection.
pub fn flow(value: &Value, out: &mut String) {
    flow_with(value, out, write_in_flow);
}

/// Writes a value as JSON, in the spacing of flow collections.
pub fn json(value: &Value, out: &mut String) {
    flow_with(value, out, |out, text| out.push_str(&serde_json::Value::from(text).to_string()));
}

fn flow_with(value: &Value, out: &mut String, string: fn(&mut String, &str)) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => string(out, text),
        Value::Sequence(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                flow_with(element, out, string);
            }
            out.push(']');
        }
        Value::Mapping(mapping) => {
            out.push('{');
            for (at, (key, value)) in mapping.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                flow_with(key, out, string);
                out.push_str(": ");
                flow_with(value, out, string);
            }
            out.push('}');
        }
        Value::Tagged(tagged) => flow_with(&tagged.value, out, string),
    }
}
