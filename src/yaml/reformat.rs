//! Writes a tree as Go's yaml v3 does when it keeps order and styles, and as Go's JSON: for documents inside strings.

use super::resolve::{Plain, Words, float_through_json, resolve};
use super::tree::{Kind, NodeId, Style, Tag, Tree};
use super::typed::{Context, Scalar, typed};

/// Returns a document as YAML with its own order and quotes.
///
/// # Errors
/// Fails on values that have no text.
pub fn to_text(tree: &Tree) -> Result<String, String> {
    let mut out = String::new();
    block(tree, tree.root(), 0, true, &mut out);
    out.push('\n');
    Ok(out)
}

fn new_line(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

fn is_flow(tree: &Tree, node: NodeId) -> bool {
    tree.style(node) == Style::Flow || tree.kind(node) != Kind::Scalar && tree.is_empty(node)
}

fn block(tree: &Tree, node: NodeId, indent: usize, inline: bool, out: &mut String) {
    let mut inline = inline;
    match tree.kind(node) {
        _ if is_flow(tree, node) => flow(tree, node, out),
        Kind::Scalar => scalar(tree, node, indent, false, out),
        Kind::Mapping => {
            for (key, value) in tree.entries(node) {
                if !inline {
                    new_line(out, indent);
                }
                inline = false;
                scalar(tree, key, indent, false, out);
                out.push(':');
                match tree.kind(value) {
                    _ if is_flow(tree, value) => {
                        out.push(' ');
                        flow(tree, value, out);
                    }
                    Kind::Scalar => {
                        if !(tree.text(value).is_empty() && tree.is_null(value)) {
                            out.push(' ');
                        }
                        scalar(tree, value, indent + 2, false, out);
                    }
                    Kind::Mapping => block(tree, value, indent + 2, false, out),
                    Kind::Sequence => block(tree, value, indent, false, out),
                }
            }
        }
        Kind::Sequence => {
            for element in tree.children(node) {
                if !inline {
                    new_line(out, indent);
                }
                inline = false;
                out.push_str("- ");
                block(tree, element, indent + 2, true, out);
            }
        }
    }
}

fn flow(tree: &Tree, node: NodeId, out: &mut String) {
    match tree.kind(node) {
        Kind::Scalar => scalar(tree, node, 0, true, out),
        Kind::Mapping => {
            out.push('{');
            for (at, (key, value)) in tree.entries(node).enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                scalar(tree, key, 0, true, out);
                out.push_str(": ");
                flow(tree, value, out);
            }
            out.push('}');
        }
        Kind::Sequence => {
            out.push('[');
            for (at, element) in tree.children(node).enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                flow(tree, element, out);
            }
            out.push(']');
        }
    }
}

fn scalar(tree: &Tree, node: NodeId, indent: usize, in_flow: bool, out: &mut String) {
    let text = tree.text(node);
    let forced = tree.tag(node) == Tag::Str && resolve(text, Words::V3) != Plain::Str;
    let style = match tree.style(node) {
        Style::Plain | Style::Flow if text.contains('\n') => Style::Literal,
        Style::Plain | Style::Flow if forced => Style::DoubleQuoted,
        style => style,
    };
    super::emit::write_styled(out, text, style, indent, in_flow);
}

/// Returns a document as Go's JSON: keys sorted, with its escapes for HTML.
///
/// # Errors
/// Fails on values that have no JSON form.
pub fn to_json(tree: &Tree, pretty: bool) -> Result<String, String> {
    let mut out = String::new();
    json(tree, tree.root(), pretty.then_some(0), false, Integers::Exact, &mut out)?;
    Ok(out)
}

/// Whether integers keep all their digits, or are floats like every number of a JSON text that Go has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Integers {
    Exact,
    AsFloats,
}

fn json(
    tree: &Tree,
    node: NodeId,
    indent: Option<usize>,
    in_flow: bool,
    integers: Integers,
    out: &mut String,
) -> Result<(), String> {
    let in_flow = in_flow || tree.style(node) == Style::Flow;
    let inner = indent.map(|indent| indent + 2);
    let break_line = |out: &mut String, indent: Option<usize>| {
        if let Some(indent) = indent {
            new_line(out, indent);
        }
    };
    match tree.kind(node) {
        Kind::Mapping => {
            let mut entries: Vec<(&str, NodeId)> =
                tree.entries(node).map(|(key, value)| (tree.text(key), value)).collect();
            entries.sort_by_key(|&(key, _)| key);
            out.push('{');
            for (at, &(key, value)) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                break_line(out, inner);
                json_string(out, key);
                out.push_str(if indent.is_some() { ": " } else { ":" });
                json(tree, value, inner, in_flow, integers, out)?;
            }
            if !entries.is_empty() {
                break_line(out, indent);
            }
            out.push('}');
        }
        Kind::Sequence => {
            out.push('[');
            for (at, element) in tree.children(node).enumerate() {
                if at > 0 {
                    out.push(',');
                }
                break_line(out, inner);
                json(tree, element, inner, in_flow, integers, out)?;
            }
            if !tree.is_empty(node) {
                break_line(out, indent);
            }
            out.push(']');
        }
        Kind::Scalar => match typed(tree, node, Context::of_value(in_flow))? {
            Scalar::Null => out.push_str("null"),
            Scalar::Bool(value) => out.push_str(if value { "true" } else { "false" }),
            Scalar::Int(value) if integers == Integers::AsFloats => out.push_str(&json_float(value as f64)),
            Scalar::Uint(value) if integers == Integers::AsFloats => out.push_str(&json_float(value as f64)),
            Scalar::Int(value) => out.push_str(&value.to_string()),
            Scalar::Uint(value) => out.push_str(&value.to_string()),
            Scalar::Float(value) => out.push_str(&json_float(value)),
            Scalar::Str(text) => json_string(out, &text),
        },
    }
    Ok(())
}

/// Returns a number as Go's encoding/json writes it.
pub fn json_float(value: f64) -> String {
    match float_through_json(value) {
        // With its sign.
        _ if value == 0.0 => value.to_string(),
        Plain::Int(value) => value.to_string(),
        Plain::Uint(value) => value.to_string(),
        _ if value.abs() < 1e-6 || value.abs() >= 1e21 => {
            let text = format!("{value:e}");
            if text.contains("e-") { text } else { text.replace('e', "e+") }
        }
        _ => value.to_string(),
    }
}

/// Writes a string as Go's encoding/json does.
pub fn json_string(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                json.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => json.push(c),
        }
    }
    json.push('"');
}

/// Returns a node as Go's JSON after Go has read that once, so that integers beyond 2^53 are rounded.
///
/// # Errors
/// Fails on values that have no JSON form.
pub fn node_to_json(tree: &Tree, node: NodeId) -> Result<String, String> {
    let mut out = String::new();
    json(tree, node, None, false, Integers::AsFloats, &mut out)?;
    Ok(out)
}
