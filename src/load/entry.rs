//! Loads the entries of `resources` and `components`, and plugin entries that are paths.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::inputs::{File, Found};
use crate::kustomization::{COMPONENT_KIND, FILE_NAMES, Located};
use crate::path;
use crate::remote;
use crate::request::Request;
use crate::target::{Entry, Source, Target};
use crate::yaml::Span;

use super::files::{invalid_path, is_pattern, outside};
use super::loader::Loader;
use super::remote::RemoteFile;

impl Loader<'_> {
    pub(super) fn entries(&mut self, directory: &str, paths: &[Located<String>], components: bool) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(paths.len());
        for path in paths {
            if let Some(source) = self.entry(directory, path, components) {
                entries.push(Entry { path: path.clone(), source });
            }
        }
        entries
    }

    pub(super) fn entry(&mut self, directory: &str, path: &Located<String>, is_component: bool) -> Option<Source> {
        let span = Span::new(path.position, path.value.len());
        if let Some(error) = invalid_path(&path.value) {
            self.fail(error.at(span, "invalid path"));
            return None;
        }
        let absolute = path::join(directory, &path.value);
        let is_yaml = [".yaml", ".yml", ".json"].iter().any(|extension| absolute.ends_with(extension));
        if !is_yaml {
            self.request_kustomization(&absolute);
        }
        let within = self.is_restricted().then(|| directory.to_string());
        // A component is a directory, so its URL is never fetched as a file.
        let fetched = if is_component { RemoteFile::Local } else { self.remote_file(&path.value) };
        let found = match &fetched {
            RemoteFile::Manifest(file) => return Some(Source::Manifest(file.clone())),
            RemoteFile::Pending => return None,
            RemoteFile::NotManifest(_) => &Found::Missing,
            RemoteFile::Local => self.find(Request::Path { path: absolute, within })?,
        };
        let spec = remote::parse(&path.value).filter(|_| is_component || !matches!(found, Found::File(_)));
        if let Some(spec) = spec {
            let target = self.repository(&spec, Some(span))?;
            self.check_kind(&target, is_component, span)?;
            return Some(Source::Directory(target));
        }
        match found {
            Found::Directory { real } => {
                let target = self.base(&path.value, real, span)?;
                self.check_kind(&target, is_component, span)?;
                Some(Source::Directory(target))
            }
            Found::File(file) if !is_component && !self.is_kustomization_file(file) => {
                Some(Source::Manifest(file.clone()))
            }
            _ => {
                let within = self.is_restricted().then_some(directory);
                self.fail(match names_kustomization_file(&path.value, found) {
                    true => kustomization_file(&path.value, span),
                    false => cannot_load(&path.value, found, &fetched, within, span),
                });
                None
            }
        }
    }

    /// Returns whether a file has the name of a kustomization file, and does not contain resources.
    fn is_kustomization_file(&self, file: &File) -> bool {
        FILE_NAMES.contains(&path::base_name(&file.path)) && file.resources(self.options.limits).is_err()
    }

    /// Loads the base or component in a local directory, whose path has links resolved.
    fn base(&mut self, path: &str, real: &str, span: Span) -> Option<Arc<Target>> {
        if path.starts_with('/') {
            let message = format!("new root '{path}' cannot be absolute");
            self.fail(Diagnostic::error(Code::InvalidValue, message).at(span, "absolute path"));
            return None;
        }
        if has_ambiguous_segment(path) {
            let message = format!("path {path:?} is ambiguous: it resolves to `{}`", path::clean(path));
            let error = Diagnostic::error(Code::InvalidValue, message).at(span, "`..` inside a name");
            self.fail(error.hint("if these are two entries, check the indentation of the second one"));
            return None;
        }
        if let Some(repository) = self.current_repository().filter(|r| !path::is_within(real, &r.directory)) {
            let message = format!(
                "security; bases in kustomizations found in cloned git repos must be within the repo, but base '{real}' is outside '{}'",
                repository.directory
            );
            self.fail(Diagnostic::error(Code::OutsideRoot, message).at(span, "outside the repository"));
            return None;
        }
        // To kustomize each reference to a repository is a new clone, in which no directory has been visited.
        let clone = self.open.iter().rposition(|open| open.repository.is_some()).unwrap_or(0);
        if let Some(open) = self.open[clone..].iter().find(|open| path::is_within(&open.directory, real)) {
            let visited = &open.directory;
            let message = format!("cycle detected: candidate root '{real}' contains visited root '{visited}'");
            self.fail(Diagnostic::error(Code::Cycle, message).at(span, "closes the cycle"));
            return None;
        }
        self.directory(real, Some(span), None)
    }

    pub(super) fn check_kind(&mut self, target: &Target, is_component: bool, span: Span) -> Option<()> {
        let kustomization = target.kustomization();
        if kustomization.is_component() == is_component {
            return Some(());
        }
        let error = if is_component {
            let kind = if kustomization.kind.is_empty() { "Kustomization" } else { &kustomization.kind.value };
            Diagnostic::error(
                Code::InvalidValue,
                format!("expected kind '{COMPONENT_KIND}' for path '{}' but got '{kind}'", target.directory),
            )
            .at(span, "listed as a component")
            .hint("list it under `resources`")
        } else {
            Diagnostic::error(
                Code::InvalidValue,
                format!("expected kind != '{COMPONENT_KIND}' for path '{}'", target.directory),
            )
            .at(span, "this is a component")
            .hint("list it under `components`")
        };
        self.fail(error);
        None
    }
}

/// Returns whether a path that cannot be loaded has the name of a kustomization file.
fn names_kustomization_file(path: &str, found: &Found) -> bool {
    FILE_NAMES.contains(&path::base_name(path)) && matches!(found, Found::File(_) | Found::Outside { .. })
}

/// Returns the error for an entry that names a kustomization file instead of its directory.
fn kustomization_file(path: &str, span: Span) -> Box<Diagnostic> {
    let message = format!("`{path}` is a kustomization file, and not a file of resources");
    let error = Diagnostic::error(Code::WrongFileType, message).at(span, "this is a kustomization file");
    let directory = path::clean(path.strip_suffix(path::base_name(path)).unwrap_or_default());
    error.hint(match directory.as_str() {
        "" | "." => "a kustomization does not list its own file; remove this entry".to_string(),
        directory => format!("list its directory: {directory}"),
    })
}

/// Returns the error for an entry whose path is not a base, component or manifest.
fn cannot_load(path: &str, found: &Found, fetched: &RemoteFile, within: Option<&str>, span: Span) -> Box<Diagnostic> {
    match found {
        Found::Outside { real } => outside(path, real, within).at(span, "outside the allowed directory"),
        Found::Failed(failure) => {
            let message = format!("cannot read `{path}`: {failure}");
            failure.error(Code::Unreadable, message).at(span, "cannot be read")
        }
        Found::Missing => match fetched {
            RemoteFile::NotManifest(failure) => {
                let url = remote::without_credentials(path);
                failure.error(Code::NotFound, format!("cannot get `{url}`: {failure}")).at(span, "not found")
            }
            _ => {
                let message = format!("no such file or directory: `{path}`");
                let error = Diagnostic::error(Code::NotFound, message).at(span, "not found");
                match is_pattern(path) {
                    true => error.hint(format!(
                        "kustomize does not support patterns: list the files; `boutique edit add resource '{path}'` adds those that match"
                    )),
                    false => error,
                }
            }
        },
        Found::File(_) | Found::Directory { .. } => {
            let message = format!("`{path}` is a file, but a component must be a directory");
            Diagnostic::error(Code::WrongFileType, message).at(span, "not a directory")
        }
    }
}

/// Returns whether a segment of a path contains `..` but is not `..`, which happens if YAML reads two list entries as one.
fn has_ambiguous_segment(path: &str) -> bool {
    path.split('/').any(|segment| segment != ".." && segment.contains(".."))
}
