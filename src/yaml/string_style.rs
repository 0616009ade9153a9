//! The styles of strings that boutique generates or sets.

use std::sync::Arc;

use super::limits::ParseLimits;
use super::parse::parse_value;
use super::position::FileId;
use super::resolve::{GoYaml, Plain, resolve};
use super::tree::{Kind, Style, Tag};

/// Returns the style in which kustomize writes a string that it sets.
pub fn string_style(text: &str) -> Style {
    if text.contains('\n') {
        Style::Literal
    } else if resolves_to_non_string(text) {
        Style::DoubleQuoted
    } else {
        Style::Plain
    }
}

/// Returns whether a plain text would not be a string in YAML 1.1, which has other line breaks besides the newline.
pub fn resolves_to_non_string(text: &str) -> bool {
    if text.is_empty() || text.contains('\n') {
        return false;
    }
    let inside = text.trim_matches([' ', '\u{85}', '\u{2028}', '\u{2029}']);
    let is_string = |text: &str| matches!(resolve(text, GoYaml::V2), Plain::Str | Plain::Timestamp(_));
    if !may_be_structured(inside) {
        return !is_string(inside);
    }
    // Invalid YAML is a string.
    let Ok(value) = parse_value(&Arc::new(inside.to_string()), FileId::NONE, ParseLimits::default()) else {
        return false;
    };
    let Some(tree) = value else { return true };
    let root = tree.root();
    match tree.kind(root) {
        Kind::Scalar if tree.is_tagged(root) => !matches!(tree.tag(root), Tag::Str | Tag::Other | Tag::None),
        Kind::Scalar => tree.style(root) == Style::Plain && !is_string(tree.text(root)),
        Kind::Mapping | Kind::Sequence => true,
    }
}

/// Returns whether a text may be more than a plain scalar for a YAML reader.
fn may_be_structured(text: &str) -> bool {
    const INDICATORS: &[char] =
        &['-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`'];
    text.starts_with(INDICATORS) || text.ends_with(':') || text.contains(": ") || text.contains(" #")
}
