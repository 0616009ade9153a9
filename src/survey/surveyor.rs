//! Traverses a kustomization and everything that it includes.

use std::collections::{HashMap, VecDeque};

use crate::diagnostic::{Code, Diagnostic};
use crate::halt::Halt;
use crate::inputs::{Found, Inputs, kustomization_file};
use crate::kustomization::{FILE_NAMES, Located};
use crate::load::{outside_load_roots, real_target, too_many_bases};
use crate::options::{LoadRestrictions, Options};
use crate::parallel::with_large_stack;
use crate::path;
use crate::remote::{self, RepoSpec, without_credentials};
use crate::request::Request;
use crate::yaml::{Position, Span};

use super::{Include, Part, PartKind, Setting, Structure};

/// The treatment of git repositories that a kustomization includes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repositories {
    /// Repositories are listed, but not fetched.
    #[default]
    Named,
    /// Repositories are fetched and surveyed.
    Fetched,
}

/// Surveys a kustomization. `target` is its directory: an absolute path, or the URL of a directory in a git repository,
/// which is fetched. Reads nothing but its arguments.
///
/// Files that `options` do not allow a kustomization to read are listed, but not read.
///
/// # Errors
/// Halts with the requests that `inputs` do not answer yet. Fails if there is no such kustomization.
pub fn survey(inputs: &Inputs, target: &str, repositories: Repositories, options: &Options) -> Result<Structure, Halt> {
    with_large_stack(|| Surveyor::run(inputs, target, repositories, options))
}

/// A directory whose kustomization has not been read yet.
pub(super) struct Directory {
    /// The index of its part.
    pub(super) part: usize,
    pub(super) path: String,
    repository: Option<ClonedRepository>,
    pub(super) included_from: Option<Span>,
}

/// A fetched repository.
#[derive(Clone)]
struct ClonedRepository {
    url: String,
    directory: String,
}

impl Directory {
    /// Returns the request for a path. A directory in a clone may only read files inside it.
    fn request(&self, path: String) -> Request {
        Request::Path { path, within: self.repository.as_ref().map(|repository| repository.directory.clone()) }
    }

    /// Returns whether a path with links resolved is outside the clone that contains this directory.
    fn leaves_repository(&self, real: &str) -> bool {
        self.repository.as_ref().is_some_and(|repository| !path::is_within(real, &repository.directory))
    }

    /// Returns the requests for the kustomization files.
    pub(super) fn kustomization_requests(&self, restrictions: LoadRestrictions) -> [Request; FILE_NAMES.len()] {
        let is_restricted = restrictions == LoadRestrictions::RootOnly || self.repository.is_some();
        kustomization_file::requests(&self.path, is_restricted)
    }

    /// Returns the name for a path. In a clone, it starts with the URL of the repository.
    fn name_of(&self, absolute: &str) -> String {
        match &self.repository {
            Some(repository) => match absolute.strip_prefix(&repository.directory) {
                Some(inside) => format!("{}/{inside}", repository.url),
                None => absolute.to_string(),
            },
            None => absolute.to_string(),
        }
    }
}

pub(super) struct Surveyor<'a> {
    inputs: &'a Inputs,
    repositories: Repositories,
    pub(super) options: &'a Options,
    needs: Vec<Request>,
    pub(super) structure: Structure,
    /// The parts by path or URL.
    known: HashMap<String, usize>,
    queue: VecDeque<Directory>,
}

/// A field that includes something.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) name: &'static str,
    /// The directory of the kustomization.
    pub(super) directory: &'a Directory,
    /// The including part: the kustomization, or one of its generators or charts.
    pub(super) from: usize,
    /// The kind of part for a file in this field.
    pub(super) kind: PartKind,
}

impl<'a> Surveyor<'a> {
    fn run(
        inputs: &'a Inputs,
        target: &str,
        repositories: Repositories,
        options: &'a Options,
    ) -> Result<Structure, Halt> {
        let mut surveyor = Surveyor {
            inputs,
            repositories,
            options,
            needs: Vec::new(),
            structure: Structure::default(),
            known: HashMap::new(),
            queue: VecDeque::new(),
        };
        let limit = options.render_limits.bases;
        surveyor.start(target);
        let mut surveyed = 0;
        while let Some(directory) = surveyor.queue.pop_front() {
            surveyed += 1;
            if surveyed > limit {
                surveyor.structure.problems.push(*too_many_bases(limit));
                break;
            }
            surveyor.kustomization(&directory);
        }
        if !surveyor.needs.is_empty() {
            return Err(Halt::Needs(surveyor.needs));
        }
        let structure = surveyor.structure;
        match structure.parts.first() {
            Some(first) if first.kind.is_kustomization() => Ok(structure),
            _ => Err(Halt::Failed(structure.problems)),
        }
    }

    /// Returns what a request found; if that is not known, adds the request to the needs.
    pub(super) fn find(&mut self, request: Request) -> Option<&'a Found> {
        let found = self.inputs.found(&request);
        if found.is_none() {
            self.needs.push(request);
        }
        found
    }

    fn start(&mut self, target: &str) {
        let spec = remote::parse(target);
        let name = if spec.is_some() { without_credentials(target) } else { path::clean(target) };
        let part = self.add(PartKind::Kustomization, name.clone());
        match spec {
            Some(spec) => self.fetch(&spec, part, None),
            None => {
                let Some(found) = self.find(Request::Path { path: name.clone(), within: None }) else { return };
                match real_target(&name, found) {
                    Ok(real) => {
                        let path = real.to_string();
                        self.known.insert(path.clone(), part);
                        self.queue.push_back(Directory { part, path, repository: None, included_from: None });
                    }
                    Err(error) => {
                        self.structure.parts[part].kind = PartKind::Unreadable;
                        self.structure.problems.push(*error);
                    }
                }
            }
        }
    }

    fn add(&mut self, kind: PartKind, name: String) -> usize {
        self.structure.parts.push(Part { kind, name, settings: Vec::new(), includes: Vec::new() });
        self.structure.parts.len() - 1
    }

    fn link(&mut self, field: Field<'_>, written: &Located<String>, part: usize) {
        let include = Include {
            field: field.name,
            written: without_credentials(&written.value),
            position: written.position,
            part,
        };
        self.structure.parts[field.from].includes.push(include);
    }

    /// Adds a part that is defined in the kustomization file itself.
    pub(super) fn add_inline(
        &mut self,
        field: Field<'_>,
        name: String,
        settings: Vec<Setting>,
        position: Position,
    ) -> usize {
        let part = self.add(field.kind, name.clone());
        self.structure.parts[part].settings = settings;
        self.link(field, &Located { value: name, position }, part);
        part
    }

    pub(super) fn entries(&mut self, field: Field<'_>, paths: &[Located<String>]) {
        paths.iter().for_each(|path| self.entry(field, path));
    }

    /// Follows an entry that may be a file, a directory or a URL.
    pub(super) fn entry(&mut self, field: Field<'_>, written: &Located<String>) {
        let spec = remote::parse(&written.value);
        if remote::is_remote_file(&written.value) {
            return match spec.filter(|_| !names_a_file(&written.value)) {
                Some(spec) => self.repository(field, written, &spec),
                None => self.remote_file(field, written),
            };
        }
        let absolute = path::join(&field.directory.path, &written.value);
        let Some(found) = self.find(field.directory.request(absolute.clone())) else { return };
        match (found, spec) {
            (Found::Directory { real }, _) if field.directory.leaves_repository(real) => {
                self.local(field, written, &absolute, &Found::Outside { real: real.clone() })
            }
            (Found::Directory { real }, _) => self.base(field, written, &absolute, real),
            (found @ Found::File(_), _) | (found, None) => self.local(field, written, &absolute, found),
            (_, Some(spec)) => self.repository(field, written, &spec),
        }
    }

    fn base(&mut self, field: Field<'_>, written: &Located<String>, absolute: &str, real: &str) {
        let part = match self.known.get(real) {
            Some(&part) => part,
            None => {
                let part = self.add(PartKind::Kustomization, field.directory.name_of(absolute));
                self.known.insert(real.to_string(), part);
                self.queue.push_back(Directory {
                    part,
                    path: real.to_string(),
                    repository: field.directory.repository.clone(),
                    included_from: Some(span(written)),
                });
                part
            }
        };
        self.link(field, written, part);
    }

    fn repository(&mut self, field: Field<'_>, written: &Located<String>, spec: &RepoSpec) {
        let part = match self.known.get(&spec.raw) {
            Some(&part) => part,
            None => {
                let part = self.add(PartKind::Repository, without_credentials(&spec.raw));
                self.known.insert(spec.raw.clone(), part);
                if self.repositories == Repositories::Fetched {
                    self.fetch(spec, part, Some(span(written)));
                }
                part
            }
        };
        self.link(field, written, part);
    }

    /// Fetches a repository, and continues in its clone.
    fn fetch(&mut self, spec: &RepoSpec, part: usize, included_from: Option<Span>) {
        let error = match self.find(spec.request()) {
            None => return,
            Some(Found::Directory { real }) => {
                let path = path::join(real, spec.path.trim_start_matches('/'));
                let Some(found) = self.find(Request::Path { path: path.clone(), within: None }) else { return };
                let path = match found {
                    Found::Directory { real } => real.clone(),
                    _ => path,
                };
                if path::is_within(&path, real) {
                    self.structure.parts[part].kind = PartKind::Kustomization;
                    let repository = ClonedRepository { url: without_credentials(&spec.url), directory: real.clone() };
                    self.queue.push_back(Directory { part, path, repository: Some(repository), included_from });
                    return;
                }
                outside_repository(&spec.path)
            }
            Some(Found::Failed(failure)) => failure.error(Code::ProgramFailed, failure.to_string()),
            Some(_) => {
                Diagnostic::error(Code::ProgramFailed, format!("cannot clone `{}`", without_credentials(&spec.url)))
            }
        };
        self.structure.parts[part].kind = PartKind::Unreadable;
        self.structure.problems.push(match included_from {
            Some(span) => *error.at(span, "this repository"),
            None => *error,
        });
    }

    fn remote_file(&mut self, field: Field<'_>, written: &Located<String>) {
        let part = match self.known.get(&written.value) {
            Some(&part) => part,
            None => {
                let part = self.add(PartKind::RemoteFile, without_credentials(&written.value));
                self.known.insert(written.value.clone(), part);
                part
            }
        };
        self.link(field, written, part);
    }

    /// Follows an entry that is the path or URL of a file.
    pub(super) fn file(&mut self, field: Field<'_>, written: &Located<String>) {
        if remote::is_remote_file(&written.value) {
            return self.remote_file(field, written);
        }
        let absolute = path::join(&field.directory.path, &written.value);
        if let Some(found) = self.find(field.directory.request(absolute.clone())) {
            self.local(field, written, &absolute, found);
        }
    }

    /// Adds a local file, or a part for an error if it cannot be read.
    fn local(&mut self, field: Field<'_>, written: &Located<String>, absolute: &str, found: &Found) {
        let (key, kind, problem) = match found {
            Found::File(file) => (file.real.as_str(), field.kind, None),
            Found::Missing => {
                let message = format!("no such file or directory: `{}`", written.value);
                (
                    absolute,
                    PartKind::Missing,
                    Some(Diagnostic::error(Code::NotFound, message).at(span(written), "not found")),
                )
            }
            Found::Directory { .. } => {
                let message = format!("`{}` must resolve to a file, but is a directory", written.value);
                let error = Diagnostic::error(Code::WrongFileType, message).at(span(written), "this is a directory");
                (absolute, PartKind::Unreadable, Some(error))
            }
            Found::Failed(message) => {
                let message = format!("cannot read `{}`: {message}", written.value);
                let error = Diagnostic::error(Code::Unreadable, message).at(span(written), "cannot be read");
                (absolute, PartKind::Unreadable, Some(error))
            }
            Found::Outside { real } => {
                let error = match &field.directory.repository {
                    Some(_) => outside_repository(&written.value),
                    None => outside_load_roots(&written.value, real),
                };
                (absolute, PartKind::Unreadable, Some(error.at(span(written), "outside the allowed directory")))
            }
        };
        self.structure.problems.extend(problem.map(|problem| *problem));
        let part = match self.known.get(key) {
            Some(&part) => part,
            None => {
                // Once a URL is part of a path, it can no longer be recognized.
                let shown = without_credentials(&written.value);
                let name = if shown == written.value { field.directory.name_of(absolute) } else { shown };
                let part = self.add(kind, name);
                self.known.insert(key.to_string(), part);
                part
            }
        };
        self.link(field, written, part);
    }
}

fn outside_repository(written: &str) -> Box<Diagnostic> {
    Diagnostic::error(Code::OutsideRoot, format!("`{written}` is outside the repository"))
}

fn span(written: &Located<String>) -> Span {
    Span::new(written.position, written.value.len())
}

/// Returns whether a URL has the file extension of a manifest.
fn names_a_file(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    [".yaml", ".yml", ".json"].iter().any(|extension| path.ends_with(extension))
}
