//! Loads data files: patches, generator sources, and others.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Help, Permission};
use crate::inputs::{File, Found};
use crate::kustomization::{PathEntry, PathKind};
use crate::path;
use crate::remote;
use crate::request::Request;
use crate::yaml::Span;

use super::loader::Loader;

impl Loader<'_> {
    /// Loads a data file.
    pub(super) fn file(
        &mut self,
        absolute: &str,
        within: Option<String>,
        written: &str,
        span: Span,
    ) -> Option<Arc<File>> {
        let directory = within.clone();
        match self.find(Request::Path { path: absolute.to_string(), within })? {
            Found::File(file) => return Some(file.clone()),
            Found::Directory { .. } => {
                let message = format!("`{written}` must resolve to a file, but is a directory");
                self.fail(Diagnostic::error(Code::WrongFileType, message).at(span, "this is a directory"));
            }
            Found::Missing => {
                let message = format!("no such file: `{written}`");
                let error = Diagnostic::error(Code::NotFound, message).at(span, "not found");
                self.fail(match is_pattern(written) {
                    true => error.hint("kustomize does not support patterns: list each file"),
                    false => error,
                });
            }
            Found::Outside { real } => {
                self.fail(outside(written, real, directory.as_deref()).at(span, "outside the allowed directory"));
            }
            Found::Failed(failure) => {
                let message = format!("cannot read `{written}`: {failure}");
                self.fail(failure.error(Code::Unreadable, message).at(span, "cannot be read"));
            }
        }
        None
    }

    /// Loads the data files among the paths of a kustomization or a plugin.
    pub(super) fn files(
        &mut self,
        directory: &str,
        entries: impl IntoIterator<Item = PathEntry>,
    ) -> HashMap<String, Arc<File>> {
        let within = self.is_restricted().then(|| directory.to_string());
        let mut files = HashMap::new();
        // The generator reports malformed entries.
        for PathEntry { path, kind } in entries.into_iter().filter_map(PathEntry::without_key) {
            if files.contains_key(&path.value) {
                continue;
            }
            if kind == PathKind::FileOrInline {
                // It is inline content if there is no such file.
                if path.is_empty() || path.value.contains('\n') || path.value.contains('\0') {
                    continue;
                }
                let request = Request::Path { path: path::join(directory, &path.value), within: within.clone() };
                if let Some(Found::File(file)) = self.find(request) {
                    files.insert(path.value.clone(), file.clone());
                }
                continue;
            }
            let span = Span::new(path.position, path.value.len());
            if let Some(error) = invalid_path(&path.value) {
                self.fail(error.at(span, "invalid path"));
                continue;
            }
            if remote::is_remote_file(&path.value) {
                if let Some(file) = self.http(&path.value, span) {
                    files.insert(path.value.clone(), file);
                }
                continue;
            }
            let absolute = path::join(directory, &path.value);
            if let Some(file) = self.file(&absolute, within.clone(), &path.value, span) {
                files.insert(path.value.clone(), file);
            }
        }
        files
    }
}

/// Returns the error about a file outside the required directory or, if none is required, outside all load roots.
pub(super) fn outside(written: &str, real: &str, directory: Option<&str>) -> Box<Diagnostic> {
    let Some(directory) = directory else { return outside_load_roots(written, real) };
    Diagnostic::error(
        Code::OutsideRoot,
        format!("security; file '{real}' is not in or below '{directory}' (written as `{written}`)"),
    )
    .help(Help::Allow(Permission::FilesOutside))
}

/// Returns the error about a path outside all load roots.
pub fn outside_load_roots(written: &str, real: &str) -> Box<Diagnostic> {
    let message = format!("security; '{real}' is outside all load roots (written as `{written}`)");
    Diagnostic::error(Code::OutsideRoot, message).help(Help::Allow(Permission::LoadRoot))
}

/// Returns whether a path is a pattern that a shell would expand.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[']) && !path.contains("://")
}

/// Returns the error about a path that is invalid everywhere.
pub(super) fn invalid_path(path: &str) -> Option<Box<Diagnostic>> {
    if path.is_empty() {
        return Some(Diagnostic::error(Code::InvalidValue, "the path is empty"));
    }
    if path.contains('\0') {
        return Some(Diagnostic::error(Code::InvalidValue, "the path contains a NUL character"));
    }
    None
}
