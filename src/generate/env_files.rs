//! Warnings about keys and values of generators that do not mean what they seem to.

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::path_fields::split_keyed_path;
use crate::kustomization::GeneratorArgs;
use crate::target::Target;
use crate::yaml::{Position, Span};

/// The maximum length of a key.
const MAX_KEY: usize = 253;

/// Returns warnings about the env files of a generator, and about keys that the API server refuses.
///
/// # Errors
/// Fails if a file is missing.
pub fn check(args: &GeneratorArgs, target: &Target) -> Result<Vec<Diagnostic>> {
    let mut warnings = Vec::new();
    for env in &args.envs {
        let file = target.file(env)?;
        let Ok(text) = file.text() else { continue };
        let mut offset = 0;
        let mut is_continued = false;
        for line in text.split_inclusive('\n') {
            let start = offset + (line.len() - line.trim_start().len());
            offset += line.len();
            let line = line.trim_start().trim_end_matches(['\n', '\r']);
            let line = line.trim_start_matches('\u{feff}');
            if line.is_empty() || line.starts_with('#') {
                is_continued = false;
                continue;
            }
            let position = Position::new(file.id, start);
            let found = in_line(line, position);
            // Of the lines of one text, only the first is reported.
            let is_without_value = !line.contains('=');
            if !(is_without_value && is_continued) {
                warnings.extend(found);
            }
            is_continued = is_without_value;
        }
    }
    for literal in &args.literals {
        let key = literal.split_once('=').map_or("", |(key, _)| key);
        warnings.extend(invalid_key(key, literal.position));
    }
    for source in &args.files {
        let key = split_keyed_path(source);
        warnings.extend(key.ok().and_then(|(key, _)| invalid_key(key, source.position)));
    }
    Ok(warnings)
}

fn in_line(line: &str, position: Position) -> Option<Diagnostic> {
    let Some((key, value)) = line.split_once('=') else {
        let warning = Diagnostic::warning(Code::NoValue, "a line without `=` has an empty value")
            .at(Span::new(position, line.len()), "the whole line is the key")
            .hint("write `KEY=value`; kustomize does not read its environment, and values cannot have more lines");
        return Some(*warning);
    };
    if let Some(warning) = invalid_key(key, position) {
        return Some(warning);
    }
    let quotes = ['"', '\''];
    let is_quoted = quotes.iter().any(|&quote| value.len() >= 2 && value.starts_with(quote) && value.ends_with(quote));
    is_quoted.then(|| {
        let start = Position { offset: position.offset + key.len() as u32 + 1, ..position };
        *Diagnostic::warning(Code::QuotedValue, format!("the quotes become part of the value of `{key}`"))
            .at(Span::new(start, value.len()), "kustomize does not remove quotes in env files")
            .hint("remove the quotes")
    })
}

fn invalid_key(key: &str, position: Position) -> Option<Diagnostic> {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if key.is_empty() || key.len() <= MAX_KEY && key.chars().all(is_valid) {
        return None;
    }
    let hint = match key {
        key if key.starts_with("export ") => "leave `export` out",
        key if key.ends_with(char::is_whitespace) => "remove the space before the equals sign",
        _ => "keys consist of letters, digits, `-`, `_` and `.`",
    };
    let warning = Diagnostic::warning(Code::InvalidKey, format!("`{key}` is not a valid key"))
        .at(Span::new(position, key.len()), "the API server refuses this key")
        .hint(hint);
    Some(*warning)
}
