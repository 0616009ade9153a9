//! Loading what URLs name: directories in clones of git repositories, and single files.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::inputs::{File, Found};
use crate::path;
use crate::remote::{self, RepoSpec};
use crate::request::{Failure, Request};
use crate::yaml::Span;

use crate::target::Target;

use super::loader::{Loader, Repository};

/// What a URL led to.
pub(super) enum RemoteFile {
    /// It is no URL.
    Local,
    Manifest(Arc<File>),
    /// It has been asked for.
    Unknown,
    /// It is no manifest, for this reason.
    None(Failure),
}

impl Loader<'_> {
    /// Loads a directory of a git repository, which is cloned for it.
    pub(super) fn repository(&mut self, spec: &RepoSpec, reference: Option<Span>) -> Option<Arc<Target>> {
        let place = |error: Box<Diagnostic>| match reference {
            Some(span) => error.at(span, "this repository"),
            None => error,
        };
        let cycle = self.open.iter().filter_map(|open| open.repository.as_ref()).find(|r| r.raw.starts_with(&spec.raw));
        if let Some(previous) = cycle {
            let [uri, by] = [&spec.raw, &previous.raw].map(|uri| remote::without_credentials(uri));
            let message = format!("cycle detected: URI '{uri}' referenced by previous URI '{by}'");
            self.fail(place(Diagnostic::error(Code::Cycle, message)));
            return None;
        }
        let clone = match self.find(spec.request())? {
            Found::Directory { real } => real.clone(),
            Found::Failed(failure) => {
                self.fail(place(failure.error(Code::ProgramFailed, failure.to_string())));
                return None;
            }
            _ => {
                self.fail(place(Diagnostic::error(
                    Code::ProgramFailed,
                    format!("no clone of `{}`", remote::without_credentials(&spec.url)),
                )));
                return None;
            }
        };
        let directory = path::join(&clone, spec.path.trim_start_matches('/'));
        match self.find(Request::Path { path: directory, within: Some(clone.clone()) })? {
            Found::Directory { real } if path::is_within(real, &clone) => {
                let repository = Repository { directory: clone, raw: spec.raw.clone() };
                self.directory(real, reference, Some(repository))
            }
            Found::Directory { .. } => {
                let message = format!("`{}` refers to a directory outside of the repository", spec.path);
                self.fail(place(Diagnostic::error(Code::OutsideRoot, message)));
                None
            }
            _ => {
                let message = format!("the repository has no directory `{}`", spec.path);
                self.fail(place(Diagnostic::error(Code::NotFound, message)));
                None
            }
        }
    }

    /// Gets a manifest by its URL. What is no manifest may still be a repository.
    pub(super) fn remote_file(&mut self, url: &str) -> RemoteFile {
        if !remote::is_remote_file(url) {
            return RemoteFile::Local;
        }
        match self.find(Request::Http { url: url.to_string() }) {
            None => RemoteFile::Unknown,
            Some(Found::File(file)) => match file.resources(self.options.limits) {
                Ok(_) => RemoteFile::Manifest(file.clone()),
                Err(error) => RemoteFile::None(error.message.into()),
            },
            Some(Found::Failed(failure)) => RemoteFile::None(failure.clone()),
            Some(_) => RemoteFile::None("nothing there".into()),
        }
    }

    /// Gets a file of data by its URL.
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
