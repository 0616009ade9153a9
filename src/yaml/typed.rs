//! The final type of a scalar, after kustomize's round trip through YAML and JSON.

use std::borrow::Cow;

use base64::Engine as _;

use super::resolve::{GoYaml, Plain, resolve};
use super::tree::{NodeId, Style, Tag, Tree};

/// A scalar with its final type.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(Cow<'a, str>),
}

/// The context of a scalar, as far as it affects the type. An empty plain scalar is null in block context, but an empty
/// string inside a flow collection or as a key (fixture `yaml/empty-scalars`). Inside a flow collection kustomize
/// quotes scalars with a colon, so that a timestamp remains a string (fixture `yaml/timestamps-in-flow`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    Block,
    /// A key of a mapping in block style.
    Key,
    /// A value or a key inside a flow collection.
    Flow,
}

impl Context {
    /// Returns the context of a value.
    pub fn of_value(in_flow: bool) -> Context {
        if in_flow { Context::Flow } else { Context::Block }
    }
}

/// Returns the final value of a scalar node, or an error message if it has none.
pub fn typed(tree: &Tree, id: NodeId, context: Context) -> Result<Scalar<'_>, String> {
    let text = tree.text(id);
    let tag = tree.tag(id);
    let quoted = !matches!(tree.style(id), Style::Plain | Style::Flow);
    if tree.is_tagged(id) {
        return match tag {
            Tag::Str | Tag::None | Tag::Other | Tag::Merge | Tag::Map | Tag::Seq => Ok(Scalar::Str(text.into())),
            Tag::Binary => binary(text).map(|text| Scalar::Str(text.into())),
            _ => convert(text, tag),
        };
    }
    if tree.style(id) == Style::Folded && tag == Tag::Str && context == Context::Block {
        return Ok(Scalar::Str(refold(text)));
    }
    if tag == Tag::Str || quoted && tag != Tag::Binary && (tag == Tag::None || resolve(text, GoYaml::V3).tag() == tag) {
        return Ok(Scalar::Str(text.into()));
    }
    if tag == Tag::Binary {
        return binary(text).map(|text| Scalar::Str(text.into()));
    }
    // An empty scalar is not a number here, either (fixture `replacements/empty-number`).
    if text.is_empty() && context != Context::Block && matches!(tag, Tag::Null | Tag::None) {
        return Ok(Scalar::Str("".into()));
    }
    if tag == Tag::None && text.contains('\n') {
        return Ok(Scalar::Str(text.into()));
    }
    let plain = resolve(text, GoYaml::V3);
    if tag == Tag::None || plain.tag() == tag {
        let is_quoted = context == Context::Flow && text.contains(':');
        return Ok(if is_quoted { Scalar::Str(text.into()) } else { from_plain(plain, text) });
    }
    match tag {
        Tag::Other | Tag::Merge | Tag::Map | Tag::Seq => Ok(Scalar::Str(text.into())),
        _ => convert(text, tag),
    }
}

/// Returns a folded text after kustomize has written and parsed it again, which may add newlines before indented lines
/// and at the end (fixture `yaml/folded`).
fn refold(text: &str) -> Cow<'_, str> {
    let is_simple = !text.contains("\n\n")
        && !text.starts_with([' ', '\n'])
        && !text.contains("\n ")
        && !text.contains("\n\t")
        && !text.strip_suffix('\n').unwrap_or(text).contains('\n');
    if is_simple || !super::analysis::is_block_allowed(text) {
        return Cow::Borrowed(text);
    }
    let keeps = text.ends_with("\n\n") || text == "\n";
    let strips = !text.ends_with('\n');
    Cow::Owned(read_folded(&fold(text), strips, keeps))
}

/// Returns the lines that Go's emitter writes for a text in folded style, without folds in long lines.
pub(super) fn fold(text: &str) -> String {
    // Go's emitter checks the start of the text instead of the current line.
    let first = text.trim_start_matches('\n').chars().next();
    let doubles = first.is_some_and(|c| !matches!(c, ' ' | '\t'));
    let mut written = String::new();
    let (mut after_break, mut leading_space) = (true, true);
    for c in text.chars() {
        if c == '\n' {
            if !after_break && !leading_space && doubles {
                written.push('\n');
            }
            written.push('\n');
            after_break = true;
        } else {
            if after_break {
                leading_space = matches!(c, ' ' | '\t');
            }
            written.push(c);
            after_break = false;
        }
    }
    written
}

/// Reads the lines of a folded scalar.
fn read_folded(lines: &str, strips: bool, keeps: bool) -> String {
    let mut result = String::new();
    let (mut pending_break, mut empty_lines, mut previous_indented) = (false, 0, false);
    for line in lines.strip_suffix('\n').unwrap_or(lines).split('\n') {
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        let indented = line.starts_with([' ', '\t']);
        if pending_break {
            if indented || previous_indented {
                result.push('\n');
            } else if empty_lines == 0 {
                result.push(' ');
            }
        }
        result.extend(std::iter::repeat_n('\n', empty_lines));
        empty_lines = 0;
        result.push_str(line);
        (pending_break, previous_indented) = (true, indented);
    }
    if !strips && pending_break {
        result.push('\n');
    }
    if keeps {
        result.extend(std::iter::repeat_n('\n', empty_lines));
    }
    result
}

fn from_plain(plain: Plain, text: &str) -> Scalar<'_> {
    match plain {
        Plain::Null => Scalar::Null,
        Plain::Bool(value) => Scalar::Bool(value),
        Plain::Int(value) => Scalar::Int(value),
        Plain::Uint(value) => Scalar::Uint(value),
        Plain::Float(value) => Scalar::Float(value),
        Plain::Timestamp(value) => Scalar::Str(value.into()),
        Plain::Str => Scalar::Str(text.into()),
    }
}

/// Converts a text to the type of an explicit tag.
fn convert(text: &str, tag: Tag) -> Result<Scalar<'_>, String> {
    match (tag, resolve(text, GoYaml::V3)) {
        (Tag::Float, Plain::Int(value)) => Ok(Scalar::Float(value as f64)),
        (tag, plain) if plain.tag() == tag => Ok(from_plain(plain, text)),
        // The message does not quote the text, which may be a value of a Secret.
        (tag, plain) => Err(format!("cannot decode {} as {}", name(plain.tag()), name(tag))),
    }
}

/// Decodes a base64 text.
pub(super) fn binary(text: &str) -> Result<String, String> {
    let packed: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(packed)
        .map_err(|_| "`!!binary` value contains invalid base64 data".to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn name(tag: Tag) -> &'static str {
    match tag {
        Tag::Int => "an integer",
        Tag::Float => "a float",
        Tag::Bool => "a boolean",
        Tag::Null => "null",
        Tag::Timestamp => "a timestamp",
        _ => "a string",
    }
}
