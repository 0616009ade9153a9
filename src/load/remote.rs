//! Loads remote content: directories in clones of git repositories, and single files.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::inputs::{File, Found};
use crate::path;
use crate::remote::{self, RepoSpec};
use crate::request::{Failure, Request};
use crate::yaml::Span;

use crate::target::Target;

use super::loader::{Loader, Repository};

/// The result of fetching a manifest.
pub(super) enum RemoteFile {
    /// The path is not a URL.
    Local,
    Manifest(Arc<File>),
    /// The URL has been requested.
    Pending,
    /// The URL could not be fetched, or its content is not a manifest.
    NotManifest(Failure),
}

/// The directories in which repositories usually have their kustomizations.
const USUAL_DIRECTORIES: [&str; 11] = [
    "base",
    "config/default",
    "deploy",
    "deploy/base",
    "deploy/kubernetes",
    "deploy/kustomize",
    "kubernetes",
    "kustomize",
    "kustomize/base",
    "manifests",
    "manifests/base",
];

impl Loader<'_> {
    /// Loads a directory of a git repository from a clone.
    pub(super) fn repository(&mut self, spec: &RepoSpec, included_from: Option<Span>) -> Option<Arc<Target>> {
        let labeled = |error: Box<Diagnostic>| match included_from {
            Some(span) => error.at(span, "this repository"),
            None => error,
        };
        let cycle = self.open.iter().filter_map(|open| open.repository.as_ref()).find(|r| r.raw.starts_with(&spec.raw));
        if let Some(previous) = cycle {
            let [uri, by] = [&spec.raw, &previous.raw].map(|uri| remote::without_credentials(uri));
            let message = format!("cycle detected: URI '{uri}' referenced by previous URI '{by}'");
            self.fail(labeled(Diagnostic::error(Code::Cycle, message)));
            return None;
        }
        let clone = match self.find(spec.request())? {
            Found::Directory { real } => real.clone(),
            Found::Failed(failure) => {
                self.fail(labeled(failure.error(Code::ProgramFailed, failure.to_string())));
                return None;
            }
            _ => {
                self.fail(labeled(Diagnostic::error(
                    Code::ProgramFailed,
                    format!("cannot clone `{}`", remote::without_credentials(&spec.url)),
                )));
                return None;
            }
        };
        let directory = path::join(&clone, spec.path.trim_start_matches('/'));
        match self.find(Request::Path { path: directory, within: Some(clone.clone()) })? {
            Found::Directory { real } if path::is_within(real, &clone) => {
                let repository =
                    Repository { directory: clone, raw: spec.raw.clone(), url: remote::without_credentials(&spec.url) };
                self.directory(real, included_from, Some(repository))
            }
            Found::Directory { .. } => {
                let message = format!("`{}` is a directory outside the repository", spec.path);
                self.fail(labeled(Diagnostic::error(Code::OutsideRoot, message)));
                None
            }
            Found::File(_) => {
                let message =
                    format!("`{}` is a file of the repository, and only its directories can be included", spec.path);
                let error = Diagnostic::error(Code::WrongFileType, message);
                self.fail(labeled(error.hint("list the directory of the file, or the URL of the raw file")));
                None
            }
            _ => {
                let message = format!("the repository has no directory `{}`", spec.path);
                let error = labeled(Diagnostic::error(Code::NotFound, message));
                self.fail(match remote::of_web_page(spec) {
                    Some(url) => error.hint(format!("this is the address of a web page; write `{url}`")),
                    None => error,
                });
                None
            }
        }
    }

    /// Returns the hint for a repository without a kustomization file at its top: the usual directories that have one.
    /// Nothing if this is not known yet.
    pub(super) fn repository_directories(&mut self, repository: &Repository) -> Option<String> {
        let answers = USUAL_DIRECTORIES.map(|directory| {
            let directory = path::join(&repository.directory, directory);
            self.request_kustomization(&directory)
        });
        let mut found = Vec::new();
        for (directory, answers) in USUAL_DIRECTORIES.into_iter().zip(answers) {
            for answer in answers {
                if matches!(answer?, Found::File(_)) {
                    found.push(directory);
                }
            }
        }
        let url = &repository.url;
        Some(match found[..] {
            [] => format!("name a directory of the repository: {url}//DIRECTORY"),
            [first, ..] => {
                let found: Vec<String> = found.iter().map(|directory| format!("`{directory}`")).collect();
                format!("name a directory that has one, such as {}: {url}//{first}", found.join(", "))
            }
        })
    }

    /// Fetches a manifest. A URL that is not a manifest may still be a repository.
    pub(super) fn remote_file(&mut self, url: &str) -> RemoteFile {
        if !remote::is_remote_file(url) {
            return RemoteFile::Local;
        }
        match self.find(Request::Http { url: url.to_string() }) {
            None => RemoteFile::Pending,
            Some(Found::File(file)) => match file.resources(self.options.limits) {
                Ok(_) => RemoteFile::Manifest(file.clone()),
                Err(error) => RemoteFile::NotManifest(error.message.into()),
            },
            Some(Found::Failed(failure)) => RemoteFile::NotManifest(failure.clone()),
            Some(_) => RemoteFile::NotManifest("not found".into()),
        }
    }

    /// Fetches a data file.
    pub(super) fn http(&mut self, url: &str, span: Span) -> Option<Arc<File>> {
        match self.find(Request::Http { url: url.to_string() })? {
            Found::File(file) => Some(file.clone()),
            Found::Failed(failure) => {
                let message = format!("cannot get `{}`: {failure}", remote::without_credentials(url));
                self.fail(failure.error(Code::NotFound, message).at(span, "this URL"));
                None
            }
            _ => None,
        }
    }
}
