//! Warnings about keys and values of generators that do not mean what they seem to.

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::GeneratorArgs;
use crate::kustomization::path_fields::split_keyed_path;
use crate::target::Target;
use crate::yaml::{Position, Span};

/// The maximum length of a key.
const MAX_KEY: usize = 253;

/// Returns warnings about the env files of a generator, and about keys that the API server refuses. Lines of a Secret are not
/// shown, since any part of them may be secret.
///
/// # Errors
/// Fails if a file is missing.
pub fn check(args: &GeneratorArgs, is_secret: bool, target: &Target) -> Result<Vec<Diagnostic>> {
    let mut warnings = Vec::new();
    for env in &args.envs {
        let file = target.file(env)?;
        let Ok(text) = file.text() else { continue };
        let mut offset = 0;
        let mut is_continued = false;
        for (number, full_line) in text.split_inclusive('\n').enumerate() {
            let line = full_line.trim_start_matches('\u{feff}').trim_start();
            let position = Position::new(file.id, offset + full_line.len() - line.len());
            offset += full_line.len();
            let line = line.trim_end_matches(['\n', '\r']);
            if line.is_empty() || line.starts_with('#') {
                is_continued = false;
                continue;
            }
            // Of the lines of one text, only the first is reported.
            let is_without_value = !line.contains('=');
            let problem = Problem::of_line(line).filter(|_| !(is_without_value && is_continued));
            warnings.extend(problem.map(|problem| match is_secret {
                true => problem.in_secret(number + 1, Span::new(env.position, env.len())),
                false => problem.warning(line, position),
            }));
            is_continued = is_without_value;
        }
    }
    for literal in &args.literals {
        let key = literal.split_once('=').map_or("", |(key, _)| key);
        warnings.extend(Problem::of_key(key).map(|problem| problem.warning(key, literal.position)));
    }
    for source in &args.files {
        let key = split_keyed_path(source).map_or("", |(key, _)| key);
        warnings.extend(Problem::of_key(key).map(|problem| problem.warning(key, source.position)));
    }
    Ok(warnings)
}

/// What is wrong with a line or a key.
struct Problem {
    code: Code,
    message: &'static str,
    hint: &'static str,
}

impl Problem {
    fn of_line(line: &str) -> Option<Problem> {
        let Some((key, value)) = line.split_once('=') else {
            let hint = "write `KEY=value`; kustomize does not read its environment, and a value has only one line";
            return Some(Problem { code: Code::NoValue, message: "a line without `=` has an empty value", hint });
        };
        let is_quoted = ['"', '\''].iter().any(|&q| value.len() >= 2 && value.starts_with(q) && value.ends_with(q));
        let quoted = || Problem {
            code: Code::QuotedValue,
            message: "the quotes become part of the value",
            hint: "remove the quotes; kustomize does not remove those in env files",
        };
        Problem::of_key(key).or_else(|| is_quoted.then(quoted))
    }

    fn of_key(key: &str) -> Option<Problem> {
        let is_valid = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if key.is_empty() || key.len() <= MAX_KEY && key.chars().all(is_valid) {
            return None;
        }
        let hint = match key {
            key if key.starts_with("export ") => "leave `export` out",
            key if key.ends_with(char::is_whitespace) => "remove the space before the equals sign",
            _ => "keys consist of letters, digits, `-`, `_` and `.`",
        };
        Some(Problem { code: Code::InvalidKey, message: "a ConfigMap or Secret cannot have this key", hint })
    }

    /// Returns the warning about a line or a key at a position.
    fn warning(&self, line: &str, position: Position) -> Diagnostic {
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        let (start, len) = match self.code {
            Code::QuotedValue => (key.len() + 1, value.len()),
            _ => (0, key.len()),
        };
        let start = Position { offset: position.offset + start as u32, ..position };
        let message = match self.code {
            Code::NoValue => self.message.to_string(),
            _ => format!("{}: `{key}`", self.message),
        };
        *Diagnostic::warning(self.code, message).at(Span::new(start, len), "here").hint(self.hint)
    }

    /// Returns the warning about a line of a Secret, at the entry of its file.
    fn in_secret(&self, line: usize, entry: Span) -> Diagnostic {
        let message = format!("line {line} of an env file: {}", self.message);
        *Diagnostic::warning(self.code, message).at(entry, "in this file").hint(self.hint)
    }
}
