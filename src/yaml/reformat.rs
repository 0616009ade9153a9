//! Writes documents as Go's JSON.

use super::resolve::{Plain, float_through_json};
use super::tree::{Kind, NodeId, Style, Tree};
use super::typed::{Context, Scalar, typed};

/// Returns a document as Go's JSON: with sorted keys and HTML escapes.
///
/// # Errors
/// Fails on values that have no JSON form.
pub fn to_json(tree: &Tree, pretty: bool) -> Result<String, String> {
    let mut out = String::new();
    let mut push = |text: &str| out.push_str(text);
    json(tree, tree.root(), pretty.then_some(0), false, Integers::Exact, &mut push)?;
    Ok(out)
}

/// A function that receives text in pieces.
pub type Sink<'a> = &'a mut dyn FnMut(&str);

/// Whether integers keep all their digits, or are rounded to floats as when Go parses JSON.
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
    out: Sink<'_>,
) -> Result<(), String> {
    let in_flow = in_flow || tree.style(node) == Style::Flow;
    let inner = indent.map(|indent| indent + 2);
    let break_line = |out: Sink<'_>, indent: Option<usize>| {
        if let Some(indent) = indent {
            out(&format!("\n{:indent$}", ""));
        }
    };
    match tree.kind(node) {
        Kind::Mapping => {
            let mut entries: Vec<(&str, NodeId)> =
                tree.entries(node).map(|(key, value)| (tree.text(key), value)).collect();
            entries.sort_by_key(|&(key, _)| key);
            out("{");
            for (at, &(key, value)) in entries.iter().enumerate() {
                if at > 0 {
                    out(",");
                }
                break_line(out, inner);
                json_string(key, out);
                out(if indent.is_some() { ": " } else { ":" });
                json(tree, value, inner, in_flow, integers, out)?;
            }
            if !entries.is_empty() {
                break_line(out, indent);
            }
            out("}");
        }
        Kind::Sequence => {
            out("[");
            for (at, element) in tree.children(node).enumerate() {
                if at > 0 {
                    out(",");
                }
                break_line(out, inner);
                json(tree, element, inner, in_flow, integers, out)?;
            }
            if !tree.is_empty(node) {
                break_line(out, indent);
            }
            out("]");
        }
        Kind::Scalar => match typed(tree, node, Context::of_value(in_flow))? {
            Scalar::Null => out("null"),
            Scalar::Bool(value) => out(if value { "true" } else { "false" }),
            Scalar::Int(value) if integers == Integers::AsFloats => out(&json_float(value as f64)),
            Scalar::Uint(value) if integers == Integers::AsFloats => out(&json_float(value as f64)),
            Scalar::Int(value) => out(&value.to_string()),
            Scalar::Uint(value) => out(&value.to_string()),
            Scalar::Float(value) => out(&json_float(value)),
            Scalar::Str(text) => json_string(&text, out),
        },
    }
    Ok(())
}

/// Returns a number as Go's encoding/json writes it.
pub fn json_float(value: f64) -> String {
    match float_through_json(value) {
        // A negative zero keeps its sign.
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
pub fn json_string(text: &str, out: Sink<'_>) {
    out("\"");
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| MAY_BE_ESCAPED[b as usize]) {
        out(&rest[..at]);
        let c = rest[at..].chars().next().expect("a marked byte starts a character");
        match c {
            '"' => out("\\\""),
            '\\' => out("\\\\"),
            '\n' => out("\\n"),
            '\r' => out("\\r"),
            '\t' => out("\\t"),
            '\u{8}' => out("\\b"),
            '\u{c}' => out("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => out(&format!("\\u{:04x}", c as u32)),
            _ => out(&rest[at..at + c.len_utf8()]),
        }
        rest = &rest[at + c.len_utf8()..];
    }
    out(rest);
    out("\"");
}

/// The first bytes of characters that may be escaped.
const MAY_BE_ESCAPED: [bool; 256] = {
    let mut escaped = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        // U+2028 and U+2029 start with 0xe2.
        escaped[byte] = matches!(byte as u8, 0..b' ' | b'"' | b'\\' | b'<' | b'>' | b'&' | 0xe2);
        byte += 1;
    }
    escaped
};

/// Writes a node as Go's JSON after a round trip through Go's JSON parser, which rounds integers beyond 2^53.
///
/// # Errors
/// Fails on values that have no JSON form.
pub fn node_to_json(tree: &Tree, node: NodeId, out: Sink<'_>) -> Result<(), String> {
    json(tree, node, None, false, Integers::AsFloats, out)
}
