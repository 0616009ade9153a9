//! Minimal, format-preserving edits of YAML files: comments, order, quotes, blank lines and line endings do not change.
//!
//! A change is made to the data of the file ([`Value`]). [`update`] compares the old and the new data, uses the positions of
//! the old data in the text (`document`), and converts the differences to the smallest edits of the text (`reconcile`). It
//! parses the result again: if it is not exactly the new data, the file cannot be edited in place, and [`update`] fails.
//!
//! # Example
//! ```
//! use boutique::edit;
//!
//! let text = "# Our shop.\nnamespace: dev # until March\nresources:\n- shop.yaml\n";
//! let mut data = edit::read(text).expect("it is a mapping");
//! data.insert("namespace".into(), "prod".into());
//! let edited = edit::update(text, &data).expect("it can be edited in place");
//! assert_eq!(edited, "# Our shop.\nnamespace: prod # until March\nresources:\n- shop.yaml\n");
//! ```

mod align;
mod changes;
mod document;
mod error;
pub(crate) mod fields;
pub(crate) mod fix;
mod flow;
pub(crate) mod generators;
pub(crate) mod images;
pub(crate) mod lists;
pub(crate) mod metadata;
pub(crate) mod name_references;
pub(crate) mod patches;
mod reconcile;
pub(crate) mod repeated;
mod write;

pub use serde_yaml::{Mapping, Value};

use document::Edit;
use reconcile::Reconciler;

pub use changes::{Applied, FileEdit, apply_fixes};
pub use error::Error;

/// Parses the data of a file with one document. An empty file is an empty mapping.
///
/// # Errors
/// Fails on text that is not a YAML mapping.
pub fn read(text: &str) -> Result<Mapping, Error> {
    match serde_yaml::from_str(without_bom(text)).map_err(|error| Error::InvalidYaml(error.to_string()))? {
        Value::Mapping(mapping) => Ok(mapping),
        Value::Null => Ok(Mapping::new()),
        _ => Err(Error::NotAMapping),
    }
}

/// Returns the text with the new data instead of the old.
///
/// # Errors
/// Fails if the text is not a YAML mapping, and if it cannot be edited in place.
pub fn update(text: &str, new: &Mapping) -> Result<String, Error> {
    let old = read(text)?;
    if old == *new {
        return Ok(text.to_string());
    }
    let body = without_bom(text);
    let bom = &text[..text.len() - body.len()];
    let has_cr = body.find('\n').is_some_and(|newline| body[..newline].ends_with('\r'));
    let edited = edit(body, &old, new)?;
    let edited = if has_cr { with_cr(&edited) } else { edited };
    let edited = format!("{bom}{edited}");
    if read(&edited).is_ok_and(|read| read == *new) { Ok(edited) } else { Err(Error::NotInPlace) }
}

/// Returns the text with another name for a top-level field, whose position does not change.
///
/// # Errors
/// Fails like [`update`].
///
/// # Example
/// ```
/// let text = "bases: # of all environments\n- ../base\n";
/// let renamed = boutique::edit::rename(text, "bases", "resources").expect("it can be edited in place");
/// assert_eq!(renamed, "resources: # of all environments\n- ../base\n");
/// ```
pub fn rename(text: &str, old: &str, new: &str) -> Result<String, Error> {
    let data = read(text)?;
    let body = without_bom(text);
    let bom = &text[..text.len() - body.len()];
    let Some(document::Node { content: document::Content::Mapping { entries, .. }, .. }) = document::read(body)? else {
        return Err(Error::NotInPlace);
    };
    let key = data.keys().zip(&entries).find(|(name, _)| name.as_str() == Some(old)).map(|(_, (key, _))| key);
    let range = key.ok_or(Error::NotInPlace)?.range.clone();
    let quote = &body[range.start..][..usize::from(body[range.start..].starts_with(['"', '\'']))];
    let edited = format!("{bom}{}", apply(body, vec![Edit { range, text: format!("{quote}{new}{quote}") }]));
    let renamed = data.into_iter().map(|(name, value)| if name == old { (new.into(), value) } else { (name, value) });
    if read(&edited).is_ok_and(|read| read == renamed.collect()) { Ok(edited) } else { Err(Error::NotInPlace) }
}

/// Returns the text with additional fields at the start, after any comments there.
///
/// # Errors
/// Fails like [`update`].
///
/// # Example
/// ```
/// use boutique::edit;
///
/// let fields = edit::read("kind: Kustomization\n").expect("it is a mapping");
/// let text = edit::prepend("# Our shop.\nresources: [a.yaml]\n", &fields).expect("it can be edited in place");
/// assert_eq!(text, "# Our shop.\nkind: Kustomization\nresources: [a.yaml]\n");
/// ```
pub fn prepend(text: &str, fields: &Mapping) -> Result<String, Error> {
    let mut new = fields.clone();
    new.extend(read(text)?);
    let body = without_bom(text);
    let first = match document::read(body)?.map(|root| root.content) {
        Some(document::Content::Mapping { is_flow: false, entries }) => entries.first().map(|(key, _)| key.range.start),
        _ => None,
    };
    let Some(first) = first.filter(|&first| body[..first].is_empty() || body[..first].ends_with('\n')) else {
        return update(text, &new);
    };
    let end = if body[first..].contains("\r\n") { "\r\n" } else { "\n" };
    let lines = write::block_mapping(fields, 0, 0).replace('\n', end);
    let bom = &text[..text.len() - body.len()];
    let edited = format!("{bom}{}{lines}{}", &body[..first], &body[first..]);
    if read(&edited).is_ok_and(|read| read == new) { Ok(edited) } else { Err(Error::NotInPlace) }
}

fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn edit(text: &str, old: &Mapping, new: &Mapping) -> Result<String, Error> {
    let Some(root) = document::read(text)? else {
        // The text has only comments.
        let mut edited = text.to_string();
        if !edited.is_empty() && !edited.ends_with('\n') {
            edited.push('\n');
        }
        edited.push_str(&write::block_mapping(new, 0, 0));
        return Ok(edited);
    };
    let mut reconciler = Reconciler::new(text, &root);
    reconciler.mapping(&root, old, new, 0);
    Ok(apply(text, reconciler.into_edits()))
}

/// Applies edits in the order of their positions. Edits at the same position keep their order.
fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut result = String::with_capacity(text.len());
    let mut position = 0;
    for edit in edits {
        // If two edits overlap, the second is inside the range that the first removes.
        let start = edit.range.start.max(position);
        result.push_str(&text[position..start]);
        result.push_str(&edit.text);
        position = edit.range.end.max(position);
    }
    result.push_str(&text[position..]);
    result
}

/// Converts all line endings to `\r\n`.
fn with_cr(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests;
