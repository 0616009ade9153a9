//! The key-value pairs of a generator, from literals, files and env files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::inputs::File;
use crate::kustomization::path_fields::split_keyed_path;
use crate::kustomization::{GeneratorArgs, Located};
use crate::target::Target;
use crate::yaml::{Position, Span};

/// The pairs of one generator by key.
pub type Sources<'a> = BTreeMap<String, Source<'a>>;

/// The value of a pair.
pub struct Source<'a> {
    pub bytes: Cow<'a, [u8]>,
    pub position: Position,
    /// The position for messages: for a file, that of the entry in `files`.
    entry: Position,
    /// The text of the file, if the value is the content of one.
    pub text: Option<&'a Arc<String>>,
}

/// The maximum length of a line in an env file. kustomize silently stops reading at a longer line.
const MAX_ENV_LINE: usize = 65535;

/// Collects the pairs of a generator.
///
/// # Errors
/// Fails on malformed sources and duplicate keys.
pub fn collect<'a>(args: &'a Located<GeneratorArgs>, target: &'a Target) -> Result<Sources<'a>> {
    let mut sources = Sources::new();
    let mut add = |key: String, source: Source<'a>, len: usize| {
        let entry = source.entry;
        if let Some(first) = sources.get(&key) {
            return Err(Diagnostic::error(
                Code::InvalidGenerator,
                format!("configmap {} illegally repeats the key `{key}`", args.name.value),
            )
            .at(Span::new(entry, len), "duplicate key")
            .at(first.entry, "first defined here"));
        }
        sources.insert(key, source);
        Ok(())
    };
    for env in &args.envs {
        let file = target.file(env)?;
        for (key, value, offset) in env_pairs(file)? {
            let len = key.len();
            let position = Position::new(file.id, offset);
            add(key, Source { bytes: value.into(), position, entry: position, text: None }, len)?;
        }
    }
    for (at, literal) in args.literals.iter().enumerate() {
        let (key, value) = split_literal(literal).map_err(|message| {
            // The value may be hidden, so the entry is also named by its number.
            let label = format!("entry {} of the literals of `{}`", at + 1, args.name.value);
            Diagnostic::error(Code::InvalidGenerator, message).at(Span::new(literal.position, literal.len()), label)
        })?;
        let bytes = value.as_bytes().into();
        let position = literal.position;
        add(key.to_string(), Source { bytes, position, entry: position, text: None }, literal.len())?;
    }
    for source in &args.files {
        let (key, path) = split_keyed_path(source).map_err(|message| invalid(source, message))?;
        let file = target.file(&Located { value: path.to_string(), position: source.position })?;
        let position = Position::new(file.id, 0);
        let (bytes, text) = (file.bytes().into(), file.shared_text());
        add(key.to_string(), Source { bytes, position, entry: source.position, text }, source.len())?;
    }
    Ok(sources)
}

fn invalid(source: &Located<String>, message: String) -> Box<Diagnostic> {
    Diagnostic::error(Code::InvalidGenerator, message).at(Span::new(source.position, source.len()), "invalid source")
}

fn split_literal(source: &str) -> Result<(&str, &str), String> {
    match source.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key, without_quotes(value))),
        _ => Err("invalid literal source, expected key=value".to_string()),
    }
}

fn without_quotes(value: &str) -> &str {
    let bytes = value.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first @ (b'"' | b'\'')), Some(last)) if bytes.len() >= 2 && first == last => &value[1..value.len() - 1],
        _ => value,
    }
}

/// Parses an env file: `KEY=value` lines, blank lines and comments. Returns key, value and the offset of each line.
fn env_pairs(file: &File) -> Result<Vec<(String, &[u8], usize)>> {
    let mut pairs = Vec::new();
    let mut offset = 0;
    for (number, full_line) in file.bytes().split(|&b| b == b'\n').enumerate() {
        let start = offset;
        let line = full_line.strip_suffix(b"\r").unwrap_or(full_line);
        offset += line.len() + 1;
        if full_line.len() > MAX_ENV_LINE {
            break;
        }
        let line = std::str::from_utf8(line).map_err(|error| {
            Diagnostic::error(Code::InvalidGenerator, format!("line {} has invalid utf8 bytes", number + 1))
                .at(Position::new(file.id, start + error.valid_up_to()), "invalid byte")
        })?;
        let line = if number == 0 { line.trim_start_matches('\u{feff}') } else { line };
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        if !key.is_empty() {
            pairs.push((key.to_string(), value.as_bytes(), start));
        }
    }
    Ok(pairs)
}
