//! Paths of files and directories that do not exist.

use crate::diagnostic::{Applicability, Diagnostic, Misspelling, only_nearest};
use crate::inputs::File;
use crate::lint::spelling::is_misspelled;
use crate::path::join;
use crate::yaml::Span;

use super::spelling::scalar_text;

/// A function that returns the names in a directory.
pub type List<'a> = dyn Fn(&str) -> Vec<String> + 'a;

/// Returns the path that is misspelled, if exactly one similar path exists. `list` returns the names in a directory.
pub fn misspelling(diagnostic: &Diagnostic, file: &File, list: &List<'_>) -> Option<Misspelling> {
    let Span { start, len } = diagnostic.labels.first()?.span;
    let text = file.text().ok()?;
    let at = start.offset as usize;
    // Before the path, there may be a key.
    let written = scalar_text(text, at, len as usize).or_else(|| keyed_path(text, at, len as usize))?;
    let (key, path) = match written.split_once('=') {
        Some((key, path)) => (format!("{key}="), path),
        None => (String::new(), written),
    };
    if path.contains("://") || path.starts_with('/') {
        return None;
    }
    let directory = file.path.rsplit_once('/').map_or("/", |(directory, _)| directory);
    let (meant, applicability) = similar(path, directory, list)?;
    // An entry that is listed already cannot be meant.
    if text.contains(&meant) {
        return None;
    }
    let (written, meant) = (written.to_string(), key + &meant);
    Some(Misspelling { position: start, written, meant, applicability })
}

/// Returns a value `KEY=PATH`, of whose path the length is known.
fn keyed_path(text: &str, start: usize, len: usize) -> Option<&str> {
    let key = text.get(start..)?.find('=')? + 1;
    let quotes = usize::from(text[start..].starts_with(['"', '\'']));
    scalar_text(text, start, key - quotes + len)
}

/// Returns the existing path that differs in one name from a path, and whether it is a safe guess.
fn similar(path: &str, directory: &str, list: &List<'_>) -> Option<(String, Applicability)> {
    let names: Vec<&str> = path.split('/').collect();
    let mut current = directory.to_string();
    for (at, &name) in names.iter().enumerate() {
        if ["", ".", ".."].contains(&name) {
            current = join(&current, name);
            continue;
        }
        let known = list(&current);
        if known.iter().any(|known| known == name) {
            current = join(&current, name);
            continue;
        }
        let rest = &names[at + 1..];
        let leads_on = |candidate: &&str| exists(&join(&current, candidate), rest, list);
        let candidates: Vec<&str> = known.iter().map(String::as_str).filter(leads_on).collect();
        let meant = only_nearest(name, candidates)?;
        let is_safe = is_misspelled(name, meant) || same_but_ending(name, meant);
        let path = [&names[..at], &[meant], rest].concat().join("/");
        return Some((path, if is_safe { Applicability::Safe } else { Applicability::Unsafe }));
    }
    None
}

/// Returns whether names lead from a directory to something that exists.
fn exists(directory: &str, names: &[&str], list: &List<'_>) -> bool {
    let mut current = directory.to_string();
    names.iter().all(|name| {
        let is_known = ["", ".", ".."].contains(name) || list(&current).iter().any(|known| known == name);
        current = join(&current, name);
        is_known
    })
}

/// Returns whether two names differ in the spelling of `.yaml` only.
fn same_but_ending(name: &str, other: &str) -> bool {
    let stem = |name: &str| [".yaml", ".yml"].iter().find_map(|end| name.strip_suffix(end)).map(ToString::to_string);
    stem(name).is_some_and(|own| Some(own) == stem(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_differs() {
        let list = |directory: &str| -> Vec<String> {
            let names: &[&str] = match directory {
                "/app/base" => &["deployment.yaml", "db-1.yaml", "web.yml"],
                "/app" => &["base", "bases"],
                "/app/bases" => &[],
                _ => &["app"],
            };
            names.iter().map(ToString::to_string).collect()
        };
        let found = |path: &str| similar(path, "/app/base", &list);
        let safe = |path: &str| Some((path.to_string(), Applicability::Safe));
        assert_eq!(found("deploymnt.yaml"), safe("deployment.yaml"));
        assert_eq!(found("web.yaml"), safe("web.yml"));
        assert_eq!(found("../bsae/web.yml"), safe("../base/web.yml"));
        assert_eq!(found("db-2.yaml"), None);
        assert_eq!(found("service.yaml"), None);
        assert_eq!(found("deployment.yaml"), None);
    }
}
