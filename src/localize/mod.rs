//! Copies kustomizations with local copies of all remote content.
//!
//! The target is loaded as for a render, with the same restrictions. Each file that it refers to becomes part of the
//! [`LocalCopy`]: at the same path relative to its kustomization, or in a directory for remote content (`layout`).
//! References to remote content are rewritten (`fields`). This module does not write files.
//!
//! # Example
//! ```
//! use boutique::localize::{self, Bounds, LocalCopy};
//! use boutique::{Options, io};
//!
//! let host = io::MemoryHost::new([
//!     ("/shop/dev/kustomization.yaml", "resources: [../base]\n"),
//!     ("/shop/base/kustomization.yaml", "resources: [shop.yaml]\n"),
//!     ("/shop/base/shop.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\n"),
//! ]);
//! let bounds = Bounds { scope: "/shop".to_string(), new_directory: "/copy".to_string() };
//! let copy = localize::localize(&host, "/shop/dev", &Options::default(), &bounds).result.expect("all is below /shop");
//! let LocalCopy { files, directories, .. } = copy;
//! let paths: Vec<&String> = files.keys().collect();
//! assert_eq!(paths, ["base/kustomization.yaml", "base/shop.yaml", "dev/kustomization.yaml"]);
//! assert!(directories.is_empty(), "only directories of charts are copied as a whole");
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
use crate::parallel::with_large_stack;
use crate::path::{base_name, clean, is_within, join, relative};
use crate::remote::{self, RepoSpec, without_credentials};
use crate::request::{Answer, Request};
use crate::target::{Entry, PluginList, PluginSource, Source, Target};
use crate::yaml::{Position, Span};

use fields::{change, change_documents, updated};
use layout::REMOTE_DIRECTORY;

/// The default directory of charts.
const CHART_HOME: &str = "charts";

/// The kind of the plugin that inflates charts.
const CHART_PLUGIN: &str = "HelmChartInflationGenerator";

/// The files and directories of a copy, which the caller writes.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LocalCopy {
    /// The contents of files, by path relative to the new directory.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The real paths of the files on this machine that those are copies of, whose permissions they should have.
    pub originals: BTreeMap<String, String>,
    /// The sources of directories to copy without links, by path relative to the new directory.
    pub directories: BTreeMap<String, String>,
}

/// The restrictions on local references. Both paths are absolute, with links resolved.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// The directory that contains everything that may be copied.
    pub scope: String,
    /// The directory of the copy, which must not be referred to.
    pub new_directory: String,
}

/// Returns a copy of a kustomization and of everything that it refers to. `target` is an absolute path or a URL. Remote
/// content is fetched through `host`.
///
/// Fails on references outside the scope or into the new directory, and on remote directories without a git ref.
pub fn localize(host: &(dyn Host + Sync), target: &str, options: &Options, bounds: &Bounds) -> Outcome<LocalCopy> {
    with_large_stack(|| {
        let workspace = Workspace::new(host, load_options(options.clone()));
        let Outcome { result, mut inputs } = workspace.load(target);
        let result = result.and_then(|target| copy(&target, &inputs, host, bounds).map_err(|error| vec![*error]));
        if result.is_err() {
            workspace.add_shared_files(&mut inputs);
        }
        Outcome { result, inputs }
    })
}

/// Returns the options for loading a kustomization to copy it. Charts are not inflated.
pub(crate) fn load_options(options: Options) -> Options {
    let helm = Some(HelmOptions { skip_charts: true, ..HelmOptions::default() });
    Options { load_restrictions: LoadRestrictions::RootOnly, helm, ..options }
}

/// Returns the copy of a target that was loaded from `inputs`. `host` provides what loading does not read: chart directories
/// and values files.
///
/// # Errors
/// Fails on references outside the scope or into the new directory, on remote directories without a git ref, and if the
/// directory for remote content already exists.
pub(crate) fn copy(target: &Target, inputs: &Inputs, host: &dyn Host, bounds: &Bounds) -> Result<LocalCopy> {
    let mut localizer = Localizer { inputs, host, bounds, copy: LocalCopy::default(), done: HashSet::new() };
    let destination = relative(&target.directory, &bounds.scope);
    localizer.directory(&Root { target, destination, repository: None })?;
    Ok(localizer.copy)
}

struct Localizer<'a> {
    inputs: &'a Inputs,
    host: &'a dyn Host,
    bounds: &'a Bounds,
    copy: LocalCopy,
    /// The destinations of the kustomizations that have been copied.
    done: HashSet<String>,
}

/// A kustomization and the destination of its copy.
struct Root<'a> {
    target: &'a Target,
    /// The path relative to the new directory.
    destination: String,
    /// The clone that contains the kustomization, if it was included by a URL.
    repository: Option<String>,
}

/// A file to copy.
struct Content {
    path: String,
    bytes: Vec<u8>,
    /// The file on this machine, unless it was fetched.
    original: Option<String>,
}

impl Localizer<'_> {
    /// Copies a kustomization and everything that it refers to.
    fn directory(&mut self, root: &Root<'_>) -> Result<()> {
        if !self.done.insert(root.destination.clone()) {
            return Ok(());
        }
        let file = &root.target.file;
        let text = String::from_utf8_lossy(file.bytes());
        let unreadable = |error: edit::Error| {
            Diagnostic::error(Code::InvalidYaml, format!("cannot localize: {error}")).at(Position::new(file.id, 0), "")
        };
        let old = edit::read(&text).map_err(unreadable)?;
        let mut new = Value::Mapping(old.clone());
        for field in PATH_FIELDS {
            change(&mut new, field.names, &mut |entry| self.entry(root, entry, field.kind))?;
        }
        let Value::Mapping(new) = new else { return Ok(()) };
        let charts = data::get(&new, "helmCharts").and_then(Value::as_sequence).is_some_and(|list| !list.is_empty());
        let globals = data::get(&new, "helmGlobals").and_then(Value::as_mapping);
        if (charts || globals.is_some()) && globals.is_none_or(|globals| data::text(globals, "chartHome").is_empty()) {
            self.chart_home(root, CHART_HOME)?;
        }
        self.plugin_directories(root)?;
        let path = join_relative(&root.destination, root.target.file_name());
        let content =
            Content { path, bytes: updated(&text, &old, &new).into_bytes(), original: Some(file.real.clone()) };
        self.insert(content);
        Ok(())
    }

    /// Copies the file or directory of an entry, and returns the entry for the copy.
    fn entry(&mut self, root: &Root<'_>, entry: &str, kind: PathKind) -> Result<String> {
        let target = root.target;
        let localized = match kind {
            PathKind::File | PathKind::ChartValues | PathKind::IgnoredFile => self.file(root, entry),
            PathKind::KeyedFile => self.file_source(root, entry),
            PathKind::FileOrInline if entry.contains('\n') || !self.is_file(root, entry) => Ok(entry.to_string()),
            PathKind::FileOrInline => self.file(root, entry),
            PathKind::ChartHome => self.chart_home(root, entry),
            PathKind::Directory | PathKind::Component | PathKind::Resource => {
                match directory(&target.resources, entry).or_else(|| directory(&target.components, entry)) {
                    Some(included) => self.included(root, &included, entry),
                    None => self.file(root, entry),
                }
            }
            PathKind::Plugin => {
                let lists = [&target.generators, &target.transformers, &target.validators];
                match lists.into_iter().find_map(|list| plugin(list, entry)) {
                    Some(PluginSource::Directory(included)) => self.included(root, included, entry),
                    Some(_) => self.plugin_file(root, entry),
                    None => self.plugin(root, entry),
                }
            }
        };
        localized.map_err(|error| located(error, target, entry))
    }

    /// Copies a file, and returns the path of the copy.
    fn file(&mut self, root: &Root<'_>, entry: &str) -> Result<String> {
        let Content { path, bytes, original } = self.content(root, entry)?;
        self.insert(Content { path: join_relative(&root.destination, &path), bytes, original });
        Ok(path)
    }

    /// Adds a file to the copy.
    fn insert(&mut self, content: Content) {
        self.copy.originals.extend(content.original.map(|original| (content.path.clone(), original)));
        self.copy.files.insert(content.path, content.bytes);
    }

    /// Returns the content of a file, and the path of its copy. Links are resolved, so the copy has none.
    fn content(&self, root: &Root<'_>, entry: &str) -> Result<Content> {
        let directory = &root.target.directory;
        if remote::is_remote_file(entry) {
            self.check_remote_directory(root, entry)?;
            return match self.answer(Request::Http { url: entry.to_string() }) {
                Answer::File { bytes, .. } => Ok(Content { path: layout::file_path(entry), bytes, original: None }),
                answer => Err(not_a_file(entry, &answer)),
            };
        }
        match self.answer(request(directory, entry)) {
            Answer::File { real, bytes } => {
                if root.repository.is_none() && is_within(&real, &self.bounds.new_directory) {
                    let message = format!("file `{entry}` enters localize destination `{}`", self.bounds.new_directory);
                    return Err(Diagnostic::error(Code::NotAllowed, message));
                }
                Ok(Content { path: relative(&real, directory), bytes, original: Some(real) })
            }
            answer => Err(not_a_file(entry, &answer)),
        }
    }

    fn is_file(&self, root: &Root<'_>, entry: &str) -> bool {
        let request = match remote::is_remote_file(entry) {
            true => Request::Http { url: entry.to_string() },
            false => request(&root.target.directory, entry),
        };
        matches!(self.answer(request), Answer::File { .. })
    }

    /// Copies the file of an entry that may have a key. If the key is the name of the file and the copy has another name,
    /// the key is written explicitly, whereas kustomize changes it.
    fn file_source(&mut self, root: &Root<'_>, entry: &str) -> Result<String> {
        let (key, path) =
            split_keyed_path(entry).map_err(|message| Diagnostic::error(Code::InvalidGenerator, message))?;
        let localized = self.file(root, path)?;
        let needs_key = path != entry || base_name(&localized) != key;
        Ok(if needs_key { format!("{key}={localized}") } else { localized })
    }

    /// Copies an included kustomization, and returns the path of the copy.
    fn included(&mut self, root: &Root<'_>, included: &Target, entry: &str) -> Result<String> {
        let (path, repository) = match remote::parse(entry) {
            Some(spec) => {
                check_git_ref(&spec)?;
                self.check_remote_directory(root, entry)?;
                let clone = self.clone_of(&spec).unwrap_or(&included.directory).to_string();
                (layout::directory_path(&spec, &relative(&included.directory, &clone)), Some(clone))
            }
            None => {
                self.check_bounds(root, &included.directory)?;
                (relative(&included.directory, &root.target.directory), root.repository.clone())
            }
        };
        let destination = join_relative(&root.destination, &path);
        self.directory(&Root { target: included, destination, repository })?;
        Ok(path)
    }

    /// Checks that a local directory may be copied.
    fn check_bounds(&self, root: &Root<'_>, directory: &str) -> Result<()> {
        let Bounds { scope, new_directory } = self.bounds;
        if let Some(repository) = &root.repository {
            let message = format!("`{directory}` is outside the repository");
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

    /// Checks that the directory for remote content does not exist yet.
    fn check_remote_directory(&self, root: &Root<'_>, entry: &str) -> Result<()> {
        let path = join(&root.target.directory, REMOTE_DIRECTORY);
        match self.answer(Request::Path { path, within: None }) {
            Answer::Missing => Ok(()),
            _ => Err(Diagnostic::error(
                Code::NotAllowed,
                format!(
                    "{} already contains {REMOTE_DIRECTORY} needed to store `{}`",
                    root.target.directory,
                    without_credentials(entry)
                ),
            )),
        }
    }

    /// Copies a directory of charts. It may be missing if the charts have not been pulled yet.
    fn chart_home(&mut self, root: &Root<'_>, entry: &str) -> Result<String> {
        let directory = &root.target.directory;
        if entry.starts_with('/') {
            return Err(Diagnostic::error(Code::NotAllowed, format!("chart home `{entry}` is an absolute path")));
        }
        let path = relative(&join(directory, entry), directory);
        let real = match self.answer(Request::Path { path: join(directory, entry), within: None }) {
            Answer::Directory { real } => real,
            Answer::Missing => return Ok(path),
            Answer::Failed(failure) => {
                return Err(failure.error(Code::Unreadable, format!("invalid chart home `{entry}`: {failure}")));
            }
            _ => {
                return Err(Diagnostic::error(Code::WrongFileType, format!("chart home `{entry}` is not a directory")));
            }
        };
        self.check_bounds(root, &real)?;
        if is_within(directory, &real) {
            let message = format!("chart home `{entry}` contains the kustomization");
            return Err(Diagnostic::error(Code::Cycle, message));
        }
        // Links are resolved, except for the default home, which has to keep its name.
        let copied = if path == CHART_HOME { path } else { relative(&real, directory) };
        self.copy.directories.insert(join_relative(&root.destination, &copied), real);
        Ok(copied)
    }

    /// Copies a file of plugin configurations and the files that they refer to.
    fn plugin_file(&mut self, root: &Root<'_>, entry: &str) -> Result<String> {
        let Content { path, bytes, original } = self.content(root, entry)?;
        let text = self.plugin(root, &String::from_utf8_lossy(&bytes))?;
        self.insert(Content { path: join_relative(&root.destination, &path), bytes: text.into_bytes(), original });
        Ok(path)
    }

    /// Copies the files that plugin configurations refer to, and returns the configurations for the copy.
    fn plugin(&mut self, root: &Root<'_>, text: &str) -> Result<String> {
        change_documents(text, &mut |document| self.configuration(root, document))
    }

    /// Copies the files that plugin configurations from directories refer to. Such a directory is copied like any
    /// kustomization, but the paths in its configurations are relative to the including one (fixture `generators/folder`).
    fn plugin_directories(&mut self, root: &Root<'_>) -> Result<()> {
        let target = root.target;
        let mut entries =
            [&target.generators, &target.transformers, &target.validators].into_iter().flat_map(|list| &list.entries);
        if !entries.any(|entry| matches!(entry.source, PluginSource::Directory(_))) {
            return Ok(());
        }
        for path in target.paths().filter(|path| !remote::is_remote_file(path)) {
            let Content { path, bytes, original } = self.content(root, path)?;
            let path = join_relative(&root.destination, &path);
            if !self.copy.files.contains_key(&path) {
                self.insert(Content { path, bytes, original });
            }
        }
        Ok(())
    }

    fn configuration(&mut self, root: &Root<'_>, configuration: &mut Mapping) -> Result<()> {
        if let Some(Value::Sequence(items)) = data::get_mut(configuration, "items") {
            return items
                .iter_mut()
                .filter_map(Value::as_mapping_mut)
                .try_for_each(|item| self.configuration(root, item));
        }
        let kind = data::text(configuration, "kind").to_string();
        if data::text(configuration, "apiVersion") != "builtin" {
            return Ok(());
        }
        let mut value = Value::Mapping(std::mem::take(configuration));
        for &(names, path_kind) in plugin_fields(&kind) {
            change(&mut value, names, &mut |entry| self.entry(root, entry, path_kind))?;
        }
        if let Value::Mapping(changed) = value {
            *configuration = changed;
        }
        if kind == CHART_PLUGIN && data::text(configuration, "chartHome").is_empty() {
            self.chart_home(root, CHART_HOME)?;
        }
        Ok(())
    }

    /// Returns the directory of a repository's clone.
    fn clone_of(&self, spec: &RepoSpec) -> Option<&str> {
        match self.inputs.found(&spec.request())? {
            Found::Directory { real } => Some(real),
            _ => None,
        }
    }

    /// Returns the answer to a request from the inputs or, if there is none, from the host.
    fn answer(&self, request: Request) -> Answer {
        match self.inputs.found(&request) {
            Some(Found::File(file)) => Answer::File { real: file.real.clone(), bytes: file.bytes().to_vec() },
            Some(Found::Directory { real }) => Answer::Directory { real: real.clone() },
            Some(Found::Missing) => Answer::Missing,
            _ => self.host.answer(&request),
        }
    }
}

/// Checks that a remote directory has a git ref, without which the copy would depend on the time it is made.
///
/// # Errors
/// Fails if it has none.
pub(crate) fn check_git_ref(spec: &RepoSpec) -> Result<()> {
    if !spec.git_ref.is_empty() {
        return Ok(());
    }
    let url = without_credentials(&spec.raw);
    Err(Diagnostic::error(
        Code::NotAllowed,
        format!("localize remote root \"{url}\" missing ref query string parameter"),
    )
    .hint("add `?ref=` with a tag or a commit"))
}

/// Returns the request for a file that a kustomization may read.
fn request(directory: &str, entry: &str) -> Request {
    Request::Path { path: join(directory, entry), within: Some(directory.to_string()) }
}

fn not_a_file(entry: &str, answer: &Answer) -> Box<Diagnostic> {
    let entry = without_credentials(entry);
    match answer {
        Answer::Outside { real } => Diagnostic::error(
            Code::OutsideRoot,
            format!("invalid file reference `{entry}`: '{real}' is outside the kustomization"),
        ),
        Answer::Failed(failure) => {
            failure.error(Code::Unreadable, format!("invalid file reference `{entry}`: {failure}"))
        }
        _ => Diagnostic::error(Code::NotFound, format!("invalid file reference `{entry}`: no such file")),
    }
}

/// Returns the kustomization of an entry; `None` if the entry is a file.
fn directory(entries: &[Entry], path: &str) -> Option<Arc<Target>> {
    entries.iter().find(|entry| entry.path.value == path).and_then(|entry| match &entry.source {
        Source::Directory(target) => Some(target.clone()),
        Source::Manifest(_) => None,
    })
}

/// Returns the source of a plugin entry; `None` if the entry is inline.
fn plugin<'a>(list: &'a PluginList, path: &str) -> Option<&'a PluginSource> {
    list.entries.iter().find(|entry| entry.path == path && !path.is_empty()).map(|entry| &entry.source)
}

/// Adds the position of the entry to an error without one.
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
