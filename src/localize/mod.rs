//! Copies of kustomizations in which everything remote is local.
//!
//! The target is loaded as for a render, with the same rules for what it may read. Every file that it refers to becomes part
//! of the [`LocalCopy`]: at the same path relative to its kustomization, or in a directory for remote content (`layout`).
//! References to remote content are rewritten (`fields`). This module writes no files.
//!
//! # Example
//! ```
//! use boutique::localize::{self, Bounds};
//! use boutique::{Options, io};
//!
//! let host = io::MemoryHost::new([
//!     ("/shop/dev/kustomization.yaml", "resources: [../base]\n"),
//!     ("/shop/base/kustomization.yaml", "resources: [shop.yaml]\n"),
//!     ("/shop/base/shop.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\n"),
//! ]);
//! let bounds = Bounds { scope: "/shop".to_string(), new_directory: "/copy".to_string() };
//! let copy = localize::localize(&host, "/shop/dev", &Options::default(), &bounds).result.expect("all is below /shop");
//! let paths: Vec<&String> = copy.files.keys().collect();
//! assert_eq!(paths, ["base/kustomization.yaml", "base/shop.yaml", "dev/kustomization.yaml"]);
//! ```

mod fields;
pub(crate) mod layout;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_yaml::{Mapping, Value};

use crate::diagnostic::{Code, Diagnostic, Help, Permission, Result};
use crate::edit::{self, fields as data};
use crate::inputs::{Found, Inputs};
use crate::io::{Host, Outcome, Workspace};
use crate::kustomization::path_fields::{PATH_FIELDS, PathKind, plugin_fields, split_keyed_path};
use crate::options::{HelmOptions, LoadRestrictions, Options};
use crate::path::{base_name, clean, is_within, join, relative};
use crate::remote::{self, RepoSpec, without_credentials};
use crate::request::{Answer, Request};
use crate::target::{Entry, PluginList, PluginSource, Source, Target};
use crate::yaml::{Position, Span};

use fields::{change, change_documents, updated};
use layout::REMOTE_DIRECTORY;

/// Where charts are if nothing is said.
const CHART_HOME: &str = "charts";

/// The kind of the plugin that inflates a chart.
const CHART_PLUGIN: &str = "HelmChartInflationGenerator";

/// What to write.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LocalCopy {
    /// The files, by their paths below the new directory.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The directories to copy as they are, without links: where they are, by their paths below the new directory.
    pub directories: BTreeMap<String, String>,
}

/// What local references must not leave, and what they must not enter. Both are absolute, with links followed.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// The directory that everything copied has to be in.
    pub scope: String,
    /// The directory that the copy will be in.
    pub new_directory: String,
}

/// Returns a copy of the kustomization in a directory, given as an absolute path or a URL, and of everything that it refers
/// to. Fetches what is remote through `host`.
///
/// Fails on references out of the scope or into the new directory, and on remote directories without a revision.
pub fn localize(host: &(dyn Host + Sync), target: &str, options: &Options, bounds: &Bounds) -> Outcome<LocalCopy> {
    let workspace = Workspace::new(host, load_options(options.clone()));
    let Outcome { result, mut inputs } = workspace.load(target);
    let result = result.and_then(|target| copy(&target, &inputs, host, bounds).map_err(|error| vec![*error]));
    if result.is_err() {
        workspace.add_shared_files(&mut inputs);
    }
    Outcome { result, inputs }
}

/// Returns the options under which a kustomization is loaded to be copied: charts are copied, not inflated.
pub(crate) fn load_options(options: Options) -> Options {
    let helm = Some(HelmOptions { leaves_out: true, ..HelmOptions::default() });
    Options { load_restrictions: LoadRestrictions::RootOnly, helm, ..options }
}

/// Returns the copy of a target. `inputs` are those that it was loaded from; `host` is asked for what loading does not read:
/// directories of charts and files of values.
///
/// # Errors
/// Fails on references out of the scope or into the new directory, on remote directories without a revision, and on what the
/// layout has no place for.
pub(crate) fn copy(target: &Target, inputs: &Inputs, host: &dyn Host, bounds: &Bounds) -> Result<LocalCopy> {
    let mut localizer = Localizer { inputs, host, bounds, copy: LocalCopy::default(), done: HashSet::new() };
    let destination = relative(&target.directory, &bounds.scope);
    localizer.directory(&Place { target, destination, repository: None })?;
    Ok(localizer.copy)
}

struct Localizer<'a> {
    inputs: &'a Inputs,
    host: &'a dyn Host,
    bounds: &'a Bounds,
    copy: LocalCopy,
    /// The directories that are copied already, by where they are copied to.
    done: HashSet<String>,
}

/// A kustomization and where its copy is.
struct Place<'a> {
    target: &'a Target,
    /// Below the new directory.
    destination: String,
    /// The clone that it is in, unless only local references led here.
    repository: Option<String>,
}

impl Localizer<'_> {
    /// Copies a kustomization and what it refers to.
    fn directory(&mut self, place: &Place<'_>) -> Result<()> {
        if !self.done.insert(place.destination.clone()) {
            return Ok(());
        }
        let file = &place.target.file;
        let text = String::from_utf8_lossy(file.bytes());
        let unreadable = |error: edit::Error| {
            Diagnostic::error(Code::InvalidYaml, format!("cannot localize: {error}")).at(Position::new(file.id, 0), "")
        };
        let old = edit::read(&text).map_err(unreadable)?;
        let mut new = Value::Mapping(old.clone());
        for field in PATH_FIELDS {
            change(&mut new, field.names, &mut |entry| self.entry(place, entry, field.kind))?;
        }
        let Value::Mapping(new) = new else { return Ok(()) };
        let charts = data::get(&new, "helmCharts").and_then(Value::as_sequence).is_some_and(|list| !list.is_empty());
        let globals = data::get(&new, "helmGlobals").and_then(Value::as_mapping);
        if (charts || globals.is_some()) && globals.is_none_or(|globals| data::text(globals, "chartHome").is_empty()) {
            self.chart_home(place, CHART_HOME)?;
        }
        self.plugin_folders(place)?;
        let path = join_relative(&place.destination, place.target.file_name());
        self.copy.files.insert(path, updated(&text, &old, &new).into_bytes());
        Ok(())
    }

    /// Copies what an entry refers to, and returns the entry for the copy.
    fn entry(&mut self, place: &Place<'_>, entry: &str, kind: PathKind) -> Result<String> {
        let target = place.target;
        let localized = match kind {
            PathKind::File | PathKind::ChartValues | PathKind::IgnoredFile => self.file(place, entry),
            PathKind::KeyedFile => self.file_source(place, entry),
            PathKind::FileOrText if entry.contains('\n') || !self.is_file(place, entry) => Ok(entry.to_string()),
            PathKind::FileOrText => self.file(place, entry),
            PathKind::ChartHome => self.chart_home(place, entry),
            PathKind::Directory | PathKind::Component | PathKind::Resource => {
                match directory(&target.resources, entry).or_else(|| directory(&target.components, entry)) {
                    Some(included) => self.included(place, &included, entry),
                    None => self.file(place, entry),
                }
            }
            PathKind::Plugin => {
                let lists = [&target.generators, &target.transformers, &target.validators];
                match lists.into_iter().find_map(|list| plugin(list, entry)) {
                    Some(PluginSource::Directory(included)) => self.included(place, included, entry),
                    Some(_) => self.plugin_file(place, entry),
                    None => self.plugin(place, entry),
                }
            }
        };
        localized.map_err(|error| located(error, target, entry))
    }

    /// Copies a file, and returns the path of the copy.
    fn file(&mut self, place: &Place<'_>, entry: &str) -> Result<String> {
        let (path, bytes) = self.content(place, entry)?;
        self.copy.files.insert(join_relative(&place.destination, &path), bytes);
        Ok(path)
    }

    /// Returns what is in a file, and the path for a copy of it. Links are followed, so that there are none in the copy.
    fn content(&self, place: &Place<'_>, entry: &str) -> Result<(String, Vec<u8>)> {
        let directory = &place.target.directory;
        if remote::is_remote_file(entry) {
            self.check_remote_directory(place, entry)?;
            return match self.ask(Request::Http { url: entry.to_string() }) {
                Answer::File { bytes, .. } => Ok((layout::file_path(entry), bytes)),
                answer => Err(not_a_file(entry, &answer)),
            };
        }
        match self.ask(request(directory, entry)) {
            Answer::File { real, bytes } => {
                if place.repository.is_none() && is_within(&real, &self.bounds.new_directory) {
                    let message = format!("file `{entry}` enters localize destination `{}`", self.bounds.new_directory);
                    return Err(Diagnostic::error(Code::NotAllowed, message));
                }
                Ok((relative(&real, directory), bytes))
            }
            answer => Err(not_a_file(entry, &answer)),
        }
    }

    fn is_file(&self, place: &Place<'_>, entry: &str) -> bool {
        let request = match remote::is_remote_file(entry) {
            true => Request::Http { url: entry.to_string() },
            false => request(&place.target.directory, entry),
        };
        matches!(self.ask(request), Answer::File { .. })
    }

    /// Copies the file of an entry that may have a key. A key that was the name of the file stays, whatever the copy is
    /// called: kustomize lets it become another one.
    fn file_source(&mut self, place: &Place<'_>, entry: &str) -> Result<String> {
        let (key, path) =
            split_keyed_path(entry).map_err(|message| Diagnostic::error(Code::InvalidGenerator, message))?;
        let localized = self.file(place, path)?;
        let needs_key = path != entry || base_name(&localized) != key;
        Ok(if needs_key { format!("{key}={localized}") } else { localized })
    }

    /// Copies a kustomization that an entry leads to, and returns the path of the copy.
    fn included(&mut self, place: &Place<'_>, included: &Target, entry: &str) -> Result<String> {
        let (path, repository) = match remote::parse(entry) {
            Some(spec) => {
                check_reference(&spec)?;
                self.check_remote_directory(place, entry)?;
                let clone = self.clone_of(&spec).unwrap_or(&included.directory).to_string();
                (layout::directory_path(&spec, &relative(&included.directory, &clone)), Some(clone))
            }
            None => {
                self.check_bounds(place, &included.directory)?;
                (relative(&included.directory, &place.target.directory), place.repository.clone())
            }
        };
        let destination = join_relative(&place.destination, &path);
        self.directory(&Place { target: included, destination, repository })?;
        Ok(path)
    }

    /// Checks that a local directory may be copied.
    fn check_bounds(&self, place: &Place<'_>, directory: &str) -> Result<()> {
        let Bounds { scope, new_directory } = self.bounds;
        if let Some(repository) = &place.repository {
            let message = format!("`{directory}` is outside of the repository");
            let is_inside = is_within(directory, repository);
            return if is_inside { Ok(()) } else { Err(Diagnostic::error(Code::OutsideRoot, message)) };
        }
        if !is_within(directory, scope) {
            let message = format!("root `{directory}` outside localize scope `{scope}`");
            return Err(Diagnostic::error(Code::OutsideRoot, message).help(Help::Allow(Permission::Scope)));
        }
        if is_within(directory, new_directory) {
            let message = format!("root `{directory}` references into localize destination `{new_directory}`");
            return Err(Diagnostic::error(Code::NotAllowed, message));
        }
        Ok(())
    }

    /// Checks that what is there already does not mix with remote content.
    fn check_remote_directory(&self, place: &Place<'_>, entry: &str) -> Result<()> {
        let path = join(&place.target.directory, REMOTE_DIRECTORY);
        match self.ask(Request::Path { path, within: None }) {
            Answer::Missing => Ok(()),
            _ => Err(Diagnostic::error(
                Code::NotAllowed,
                format!(
                    "{} already contains {REMOTE_DIRECTORY} needed to store `{}`",
                    place.target.directory,
                    without_credentials(entry)
                ),
            )),
        }
    }

    /// Copies the directory that charts are in, if it is there: it may still be to be filled.
    fn chart_home(&mut self, place: &Place<'_>, entry: &str) -> Result<String> {
        let directory = &place.target.directory;
        if entry.starts_with('/') {
            return Err(Diagnostic::error(Code::NotAllowed, format!("chart home `{entry}` is an absolute path")));
        }
        let path = relative(&join(directory, entry), directory);
        let real = match self.ask(Request::Path { path: join(directory, entry), within: None }) {
            Answer::Directory { real } => real,
            Answer::Missing => return Ok(path),
            _ => return Err(Diagnostic::error(Code::WrongFileType, format!("chart home `{entry}` is no directory"))),
        };
        self.check_bounds(place, &real)?;
        if is_within(directory, &real) {
            let message = format!("chart home `{entry}` contains the kustomization");
            return Err(Diagnostic::error(Code::Cycle, message));
        }
        // Links are followed, but for the home that nobody has named.
        let copied = if path == CHART_HOME { path } else { relative(&real, directory) };
        self.copy.directories.insert(join_relative(&place.destination, &copied), real);
        Ok(copied)
    }

    /// Copies a file that configures plugins, with what they refer to.
    fn plugin_file(&mut self, place: &Place<'_>, entry: &str) -> Result<String> {
        let (path, bytes) = self.content(place, entry)?;
        let text = self.plugin(place, &String::from_utf8_lossy(&bytes))?;
        self.copy.files.insert(join_relative(&place.destination, &path), text.into_bytes());
        Ok(path)
    }

    /// Copies what the configurations of plugins refer to, and returns them for the copy.
    fn plugin(&mut self, place: &Place<'_>, text: &str) -> Result<String> {
        change_documents(text, &mut |document| self.configuration(place, document))
    }

    /// Copies the files that configurations from folders refer to. A folder is copied like any kustomization, but what it
    /// refers to as a configuration is found from outside (fixture `generators/folder`).
    fn plugin_folders(&mut self, place: &Place<'_>) -> Result<()> {
        let target = place.target;
        let mut entries =
            [&target.generators, &target.transformers, &target.validators].into_iter().flat_map(|list| &list.entries);
        if !entries.any(|entry| matches!(entry.source, PluginSource::Directory(_))) {
            return Ok(());
        }
        for path in target.paths().filter(|path| !remote::is_remote_file(path)) {
            let (path, bytes) = self.content(place, path)?;
            self.copy.files.entry(join_relative(&place.destination, &path)).or_insert(bytes);
        }
        Ok(())
    }

    fn configuration(&mut self, place: &Place<'_>, configuration: &mut Mapping) -> Result<()> {
        if let Some(Value::Sequence(items)) = data::get_mut(configuration, "items") {
            return items
                .iter_mut()
                .filter_map(Value::as_mapping_mut)
                .try_for_each(|item| self.configuration(place, item));
        }
        let kind = data::text(configuration, "kind").to_string();
        if data::text(configuration, "apiVersion") != "builtin" {
            return Ok(());
        }
        let mut value = Value::Mapping(std::mem::take(configuration));
        for &(names, path_kind) in plugin_fields(&kind) {
            change(&mut value, names, &mut |entry| self.entry(place, entry, path_kind))?;
        }
        if let Value::Mapping(changed) = value {
            *configuration = changed;
        }
        if kind == CHART_PLUGIN && data::text(configuration, "chartHome").is_empty() {
            self.chart_home(place, CHART_HOME)?;
        }
        Ok(())
    }

    /// Returns where the clone of a repository is.
    fn clone_of(&self, spec: &RepoSpec) -> Option<&str> {
        match self.inputs.found(&spec.request())? {
            Found::Directory { real } => Some(real),
            _ => None,
        }
    }

    /// Returns the answer to a request: the one that the load had, or a new one.
    fn ask(&self, request: Request) -> Answer {
        match self.inputs.found(&request) {
            Some(Found::File(file)) => Answer::File { real: file.real.clone(), bytes: file.bytes().to_vec() },
            Some(Found::Directory { real }) => Answer::Directory { real: real.clone() },
            Some(Found::Missing) => Answer::Missing,
            _ => self.host.answer(&request),
        }
    }
}

/// Checks that a remote directory has a revision, without which the copy would be of something else tomorrow.
///
/// # Errors
/// Fails if it has none.
pub(crate) fn check_reference(spec: &RepoSpec) -> Result<()> {
    if !spec.reference.is_empty() {
        return Ok(());
    }
    let url = without_credentials(&spec.raw);
    Err(Diagnostic::error(
        Code::NotAllowed,
        format!("localize remote root \"{url}\" missing ref query string parameter"),
    )
    .hint("add `?ref=` with a tag or a commit"))
}

/// Returns the request for a file as a kustomization may read it.
fn request(directory: &str, entry: &str) -> Request {
    Request::Path { path: join(directory, entry), within: Some(directory.to_string()) }
}

fn not_a_file(entry: &str, answer: &Answer) -> Box<Diagnostic> {
    let entry = without_credentials(entry);
    match answer {
        Answer::Outside { real } => Diagnostic::error(
            Code::OutsideRoot,
            format!("invalid file reference `{entry}`: '{real}' is outside of the kustomization"),
        ),
        Answer::Failed(failure) => {
            failure.error(Code::Unreadable, format!("invalid file reference `{entry}`: {failure}"))
        }
        _ => Diagnostic::error(Code::NotFound, format!("invalid file reference `{entry}`: there is no such file")),
    }
}

/// Returns the kustomization that an entry leads to, if it is none of a file.
fn directory(entries: &[Entry], path: &str) -> Option<Arc<Target>> {
    entries.iter().find(|entry| entry.path.value == path).and_then(|entry| match &entry.source {
        Source::Directory(target) => Some(target.clone()),
        Source::Manifest(_) => None,
    })
}

/// Returns the source of an entry that is no text.
fn plugin<'a>(list: &'a PluginList, path: &str) -> Option<&'a PluginSource> {
    list.entries.iter().find(|entry| entry.path == path && !path.is_empty()).map(|entry| &entry.source)
}

/// Tells where the entry stands, unless that is known better already.
fn located(error: Box<Diagnostic>, target: &Target, entry: &str) -> Box<Diagnostic> {
    if !error.labels.is_empty() {
        return error;
    }
    let tree = target.file.document(target.limits).ok().flatten();
    let position = tree.and_then(|tree| {
        let node = tree.node_ids().find(|&node| tree.is_scalar(node) && tree.is_text(node, entry))?;
        Some(tree.position(node))
    });
    match position {
        Some(position) => error.at(Span::new(position, entry.lines().next().unwrap_or_default().len()), "this entry"),
        None => error.at(Position::new(target.file.id, 0), "in this kustomization"),
    }
}

/// Returns a path below the new directory.
fn join_relative(directory: &str, path: &str) -> String {
    clean(&format!("{directory}/{path}"))
}
