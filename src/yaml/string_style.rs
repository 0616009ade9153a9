//! How strings are written that are generated or set.

use std::sync::Arc;

use super::limits::ParseLimits;
use super::parse::parse_value;
use super::position::FileId;
use super::resolve::{Plain, Words, resolve};
use super::tree::{Kind, Style, Tag};

/// The style that the reference gives a string it sets itself.
pub fn string_style(text: &str) -> Style {
    if text.contains('\n') {
        Style::Literal
    } else if resolves_to_non_string(text) {
        Style::DoubleQuoted
    } else {
        Style::Plain
    }
}

/// Returns whether a plain text would be read as something else than a string under YAML 1.1, which takes more than the
/// newline for a line break.
pub fn resolves_to_non_string(text: &str) -> bool {
    if text.is_empty() || text.contains('\n') {
        return false;
    }
    let inside = text.trim_matches([' ', '\u{85}', '\u{2028}', '\u{2029}']);
    let is_string = |text: &str| matches!(resolve(text, Words::V2), Plain::Str | Plain::Timestamp(_));
    if !may_be_structured(inside) {
        return !is_string(inside);
    }
    // What is no YAML at all is a string.
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
