//! Phase 1: from a directory to a [`Target`], the tree of kustomizations with all files they refer to. After it,
//! nothing is left to look up.

mod fetched;
pub mod helm;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::diagnostic::{Code, Diagnostic, MAX_ERRORS, Result};
use crate::halt::Halt;
use crate::inputs::{File, Inputs, Known, kustomization_file};
use crate::kustomization::{COMPONENT_KIND, FILE_NAMES, Located, PathEntry, PathKind};
use crate::options::{LoadRestrictions, Options};
use crate::path;
use crate::plugins;
use crate::remote;
use crate::request::Request;
use crate::resource::limits::exceeded;
use crate::resource::{Origin, Resource, manifest};
use crate::target::{Cache, Entry, PluginEntry, PluginList, PluginSource, Source, Target, included};
use crate::world::World;
use crate::yaml::Span;

use fetched::{RemoteFile, Repository};

/// Returns the configurations that a list of plugins amounts to, with the origin of the kustomization if that is wanted.
pub type PluginConfigurations = fn(&PluginList, &Target, World<'_>, Option<&Origin>) -> Result<Vec<Resource>, Halt>;

/// Loads the kustomization in a directory, or in one of a repository by its URL.
///
/// A plugin's configuration may be a directory that has to be rendered to learn which files it names. Loading cannot render
/// by itself, so it is handed the function that does.
///
/// # Errors
/// Halts with what it has to know first, or with all errors that it found.
pub fn load(directory: &str, world: World<'_>, configurations: PluginConfigurations) -> Result<Arc<Target>, Halt> {
    let World { inputs, options, cache } = world;
    let mut loader = Loader {
        configurations,
        inputs,
        options,
        cache,
        needs: Vec::new(),
        errors: Vec::new(),
        failed: 0,
        open: Vec::new(),
        loaded: 0,
        waiting: HashMap::new(),
    };
    let target = loader.top(directory);
    if !loader.needs.is_empty() {
        return Err(Halt::Needs(loader.needs));
    }
    match target {
        Some(target) if loader.errors.is_empty() => Ok(target),
        _ => Err(Halt::Failed(loader.errors)),
    }
}

struct Loader<'a> {
    inputs: &'a Inputs,
    options: &'a Options,
    cache: &'a Cache,
    configurations: PluginConfigurations,
    needs: Vec<Request>,
    /// The first [`MAX_ERRORS`] mistakes.
    errors: Vec<Diagnostic>,
    /// How often something could not be loaded.
    failed: usize,
    /// The directories being loaded, outermost first.
    open: Vec<Open>,
    /// How many were begun.
    loaded: usize,
    /// What those lack that are not known yet: they are not looked at again, however often they are included.
    waiting: HashMap<String, Request>,
}

/// A directory that is being loaded.
struct Open {
    directory: String,
    /// The reference that led to it.
    reference: Option<Span>,
    /// The repository it is in, if it was cloned.
    repository: Option<Repository>,
    /// What the kustomization says under `namespace`, for charts below it.
    namespace: String,
}

impl<'a> Loader<'a> {
    /// Returns the answer to a request, or notes that it is needed.
    fn ask(&mut self, request: Request) -> Option<&'a Known> {
        let known = self.inputs.get(&request);
        if known.is_none() {
            self.needs.push(request);
        }
        known
    }

    fn fail(&mut self, error: Box<Diagnostic>) {
        self.failed += 1;
        let left = MAX_ERRORS.saturating_sub(self.errors.len());
        for mut error in error.apart().into_iter().take(left) {
            let references = self.open.iter().rev().filter_map(|open| open.reference);
            error
                .chain
                .extend(references.filter(|&reference| error.labels.iter().all(|label| label.span != reference)));
            self.errors.push(error);
        }
    }

    fn top(&mut self, directory: &str) -> Option<Arc<Target>> {
        if let Some(spec) = remote::parse(directory) {
            return self.repository(&spec, None);
        }
        let directory = &path::clean(directory);
        self.ask_for_kustomization(directory);
        match self.ask(Request::Path { path: directory.to_string(), within: None })? {
            Known::Directory { real } => self.directory(real, None, None),
            Known::Missing => {
                self.fail(Diagnostic::error(Code::NotFound, format!("no such directory: `{directory}`")));
                None
            }
            Known::Failed(failure) => {
                let message = format!("cannot read `{directory}`: {failure}");
                self.fail(Diagnostic::error(failure.code(Code::Unreadable), message));
                None
            }
            Known::Outside { real } => {
                self.fail(outside_load_roots(directory, real));
                None
            }
            Known::File(_) | Known::Output(_) => {
                self.fail(
                    Diagnostic::error(Code::WrongFileType, format!("`{directory}` is not a directory"))
                        .hint("give the directory that holds the kustomization file"),
                );
                None
            }
        }
    }

    /// Asks for the kustomization files that a directory may have.
    fn ask_for_kustomization(&mut self, directory: &str) -> [Option<&'a Known>; FILE_NAMES.len()] {
        kustomization_file::requests(directory, self.is_restricted()).map(|request| self.ask(request))
    }

    /// Loads the kustomization in a directory, which `reference` led to.
    fn directory(
        &mut self,
        real: &str,
        reference: Option<Span>,
        repository: Option<Repository>,
    ) -> Option<Arc<Target>> {
        // Nothing more can be learnt of it before it is answered.
        if let Some(need) = self.waiting.get(real) {
            self.needs.push(need.clone());
            return None;
        }
        let limits = self.options.render_limits;
        let is_too_deep = self.open.len() >= limits.include_depth;
        if self.errors.len() >= MAX_ERRORS {
            self.failed += 1;
            return None;
        }
        if is_too_deep || self.loaded >= limits.bases {
            // The others of too many go without saying.
            if is_too_deep || self.errors.is_empty() {
                let error = if is_too_deep {
                    exceeded(limits.include_depth, "the levels of bases are", "--max-include-depth")
                } else {
                    too_many_bases(limits.bases)
                };
                self.fail(match reference {
                    Some(span) => error.at(span, "this one"),
                    None => error,
                });
            }
            self.failed += 1;
            self.loaded = limits.bases;
            return None;
        }
        self.loaded += 1;
        let is_local = repository.is_none() && self.repository_of_present().is_none();
        if is_local {
            let open: Vec<&str> = self.open.iter().map(|open| open.directory.as_str()).collect();
            if let Some(known) = self.cache.get(real, &open) {
                return Some(known);
            }
        }
        self.open.push(Open { directory: real.to_string(), reference, repository, namespace: String::new() });
        let needs = self.needs.len();
        let target = self.kustomization(real).map(Arc::new);
        self.open.pop();
        if let Some(need) = self.needs.get(needs) {
            self.waiting.insert(real.to_string(), need.clone());
        }
        if let (Some(target), Some(root)) = (&target, self.open.first())
            && is_local
            && target.is_shareable
        {
            self.cache.insert(target, &root.directory);
        }
        target
    }

    fn kustomization(&mut self, directory: &str) -> Option<Target> {
        let [first, second, third] = self.ask_for_kustomization(directory);
        let reference = self.open.last().and_then(|open| open.reference);
        let file = match kustomization_file::choose(directory, [first?, second?, third?], reference) {
            Ok(file) => file,
            Err(error) => {
                self.fail(error);
                return None;
            }
        };
        let read = match file.kustomization(self.options.limits) {
            Ok(read) => read.clone(),
            Err(error) => {
                self.fail(error);
                return None;
            }
        };
        let failed = self.failed + self.needs.len();
        let kustomization = &read.kustomization;
        if let Some(open) = self.open.last_mut() {
            open.namespace.clone_from(&kustomization.namespace);
        }
        let resources = self.entries(directory, &kustomization.resources, false);
        let components = self.entries(directory, &kustomization.components, true);
        let data = kustomization.paths().filter(|(_, kind)| kind.is_data());
        let files = self.files(directory, data.map(|(path, kind)| PathEntry { path: path.clone(), kind }));
        let generators = self.plugins(directory, &file, &kustomization.generators);
        let transformers = self.plugins(directory, &file, &kustomization.transformers);
        let validators = self.plugins(directory, &file, &kustomization.validators);
        let charts = self.charts(directory, kustomization);
        if self.failed + self.needs.len() > failed {
            return None;
        }
        let has_plugins = [&generators, &transformers, &validators].iter().any(|list| !list.entries.is_empty());
        let is_shareable =
            !has_plugins && charts.is_empty() && included(&resources, &components).all(|target| target.is_shareable);
        let inclusions =
            included(&resources, &components).map(|target| target.inclusions).fold(1, usize::saturating_add);
        if inclusions > self.options.render_limits.bases {
            self.fail(too_many_bases(self.options.render_limits.bases));
            self.loaded = self.options.render_limits.bases;
            return None;
        }
        let mut target = Target {
            inclusions,
            directory: directory.to_string(),
            file,
            read: read.clone(),
            resources,
            components,
            generators,
            transformers,
            validators,
            charts,
            plugin_charts: HashMap::new(),
            files,
            limits: self.options.limits,
            is_shareable,
            memo: OnceLock::new(),
        };
        self.plugin_files(&mut target);
        (self.failed + self.needs.len() == failed).then_some(target)
    }

    /// Loads the files that configure plugins.
    fn plugins(&mut self, directory: &str, file: &Arc<File>, entries: &[Located<String>]) -> PluginList {
        let mut list = PluginList::default();
        for entry in entries {
            // An entry is first tried as the configuration itself.
            let inline = file.documents_inside(entry, self.options.limits).and_then(manifest::resources);
            let (path, source) = match inline {
                Ok(resources) => (String::new(), PluginSource::Inline(resources)),
                Err(error) if error.code == Code::TooDeep => {
                    self.fail(error);
                    continue;
                }
                Err(_) => match self.entry(directory, entry, false) {
                    Some(Source::Manifest(file)) => (entry.value.clone(), PluginSource::Manifest(file)),
                    Some(Source::Directory(target)) => (entry.value.clone(), PluginSource::Directory(target)),
                    None => continue,
                },
            };
            list.entries.push(PluginEntry { path, source });
        }
        list
    }

    /// Loads the files that the configurations of plugins name.
    fn plugin_files(&mut self, target: &mut Target) {
        let mut files = HashMap::new();
        let mut charts = HashMap::new();
        for list in [&target.generators, &target.transformers, &target.validators] {
            if list.entries.is_empty() {
                continue;
            }
            let world = World { inputs: self.inputs, options: self.options, cache: self.cache };
            let references = (self.configurations)(list, target, world, None).and_then(|configurations| {
                if std::ptr::eq(list, &target.generators) {
                    charts = self.plugin_charts(&target.directory, &configurations);
                }
                Ok(plugins::file_references(&configurations)?)
            });
            match references {
                Ok(references) => files.extend(self.files(&target.directory, references)),
                Err(Halt::Needs(needs)) => self.needs.extend(needs),
                Err(Halt::Failed(errors)) => errors.into_iter().for_each(|error| self.fail(Box::new(error))),
            }
        }
        target.files.extend(files);
        target.plugin_charts = charts;
    }

    /// Returns whether files have to lie below their kustomization. In a clone they always have to.
    fn is_restricted(&self) -> bool {
        self.options.load_restrictions == LoadRestrictions::RootOnly || self.repository_of_present().is_some()
    }

    fn repository_of_present(&self) -> Option<&Repository> {
        self.open.iter().rev().find_map(|open| open.repository.as_ref())
    }

    fn entries(&mut self, directory: &str, paths: &[Located<String>], components: bool) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(paths.len());
        for path in paths {
            if let Some(source) = self.entry(directory, path, components) {
                entries.push(Entry { path: path.clone(), source });
            }
        }
        entries
    }

    fn entry(&mut self, directory: &str, path: &Located<String>, is_component: bool) -> Option<Source> {
        let span = Span::new(path.position, path.value.len());
        if let Some(error) = unusable_path(&path.value) {
            self.fail(error.at(span, "in this entry"));
            return None;
        }
        let absolute = path::join(directory, &path.value);
        let is_yaml = [".yaml", ".yml", ".json"].iter().any(|ending| absolute.ends_with(ending));
        if !is_yaml {
            self.ask_for_kustomization(&absolute);
        }
        let within = self.is_restricted().then(|| directory.to_string());
        // A component is a directory, so that nothing is fetched for it.
        let fetched = if is_component { RemoteFile::Local } else { self.remote_file(&path.value) };
        let known = match &fetched {
            RemoteFile::Manifest(file) => return Some(Source::Manifest(file.clone())),
            RemoteFile::Unknown => return None,
            RemoteFile::None(_) => &Known::Missing,
            RemoteFile::Local => self.ask(Request::Path { path: absolute, within })?,
        };
        let spec = remote::parse(&path.value).filter(|_| is_component || !matches!(known, Known::File(_)));
        if let Some(spec) = spec {
            let target = self.repository(&spec, Some(span))?;
            self.check_kind(&target, is_component, span)?;
            return Some(Source::Directory(target));
        }
        match known {
            Known::Directory { .. } if path.value.starts_with('/') => {
                let message = format!("new root '{}' cannot be absolute", path.value);
                self.fail(Diagnostic::error(Code::InvalidValue, message).at(span, "an absolute path"));
                None
            }
            Known::Directory { .. } if has_ambiguous_segment(&path.value) => {
                let message =
                    format!("path {:?} is ambiguous: it resolves to `{}`", path.value, path::clean(&path.value));
                self.fail(
                    Diagnostic::error(Code::InvalidValue, message)
                        .at(span, "has `..` inside a name")
                        .hint("if these are two entries, check the indentation of the second"),
                );
                None
            }
            Known::Directory { real } => {
                let real = real.clone();
                if let Some(repository) = self.repository_of_present().filter(|r| !path::is_within(&real, &r.directory))
                {
                    let message = format!(
                        "security; bases in kustomizations found in cloned git repos must be within the repo, but base '{real}' is outside '{}'",
                        repository.directory
                    );
                    self.fail(Diagnostic::error(Code::OutsideRoot, message).at(span, "leaves the repository"));
                    return None;
                }
                // Each reference to a repository is a new clone to the reference, in which nothing is open yet.
                let clone = self.open.iter().rposition(|open| open.repository.is_some()).unwrap_or(0);
                if let Some(open) = self.open[clone..].iter().find(|open| path::is_within(&open.directory, &real)) {
                    let visited = &open.directory;
                    let message = format!("cycle detected: candidate root '{real}' contains visited root '{visited}'");
                    self.fail(Diagnostic::error(Code::Cycle, message).at(span, "leads back"));
                    return None;
                }
                let target = self.directory(&real, Some(span), None)?;
                self.check_kind(&target, is_component, span)?;
                Some(Source::Directory(target))
            }
            Known::File(file) if !is_component => Some(Source::Manifest(file.clone())),
            Known::File(_) => {
                let message = format!("`{}` is a file; a component is a directory", path.value);
                self.fail(Diagnostic::error(Code::WrongFileType, message).at(span, "not a directory"));
                None
            }
            Known::Missing | Known::Output(_) => {
                let mut message = format!("no such file or directory: `{}`", path.value);
                if let RemoteFile::None(failure) = fetched {
                    message = format!("cannot get `{}`: {failure}", remote::without_credentials(&path.value));
                }
                self.fail(Diagnostic::error(Code::NotFound, message).at(span, "not found"));
                None
            }
            Known::Outside { real } => {
                let within = self.is_restricted().then_some(directory);
                self.fail(outside(&path.value, real, within).at(span, "outside"));
                None
            }
            Known::Failed(failure) => {
                let message = format!("cannot read `{}`: {failure}", path.value);
                self.fail(Diagnostic::error(failure.code(Code::Unreadable), message).at(span, "cannot be read"));
                None
            }
        }
    }

    fn check_kind(&mut self, target: &Target, is_component: bool, span: Span) -> Option<()> {
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

    /// Loads a file of data: a patch, a source of a generator, and the like.
    fn file(&mut self, absolute: &str, within: Option<String>, written: &str, span: Span) -> Option<Arc<File>> {
        let directory = within.clone();
        match self.ask(Request::Path { path: absolute.to_string(), within })? {
            Known::File(file) => return Some(file.clone()),
            Known::Directory { .. } => {
                let message = format!("`{written}` must resolve to a file, but is a directory");
                self.fail(Diagnostic::error(Code::WrongFileType, message).at(span, "a directory"));
            }
            Known::Missing | Known::Output(_) => {
                let message = format!("no such file: `{written}`");
                self.fail(Diagnostic::error(Code::NotFound, message).at(span, "not found"));
            }
            Known::Outside { real } => self.fail(outside(written, real, directory.as_deref()).at(span, "outside")),
            Known::Failed(failure) => {
                let message = format!("cannot read `{written}`: {failure}");
                self.fail(Diagnostic::error(failure.code(Code::Unreadable), message).at(span, "cannot be read"));
            }
        }
        None
    }

    /// Loads the files of data among the paths that a kustomization or a plugin names.
    fn files(&mut self, directory: &str, entries: impl IntoIterator<Item = PathEntry>) -> HashMap<String, Arc<File>> {
        let within = self.is_restricted().then(|| directory.to_string());
        let mut files = HashMap::new();
        // What is malformed is an error of its generator.
        for PathEntry { path, kind } in entries.into_iter().filter_map(PathEntry::without_key) {
            if files.contains_key(&path.value) {
                continue;
            }
            if kind == PathKind::FileOrText {
                // Whether it is a file shows only by asking.
                if path.is_empty() || path.value.contains('\n') || path.value.contains('\0') {
                    continue;
                }
                let request = Request::Path { path: path::join(directory, &path.value), within: within.clone() };
                if let Some(Known::File(file)) = self.ask(request) {
                    files.insert(path.value.clone(), file.clone());
                }
                continue;
            }
            let span = Span::new(path.position, path.value.len());
            if let Some(error) = unusable_path(&path.value) {
                self.fail(error.at(span, "in this entry"));
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

fn too_many_bases(limit: usize) -> Box<Diagnostic> {
    exceeded(limit, "the kustomizations that are included are", "--max-bases")
}

/// Returns the error about a file outside of the directory that it has to be in, or else outside of all load roots.
fn outside(written: &str, real: &str, directory: Option<&str>) -> Box<Diagnostic> {
    let Some(directory) = directory else { return outside_load_roots(written, real) };
    Diagnostic::error(
        Code::OutsideRoot,
        format!("security; file '{real}' is not in or below '{directory}' (written as `{written}`)"),
    )
    .hint("move the file below the kustomization, or allow it with `--load-restrictor LoadRestrictionsNone`")
}

/// Returns the error about what lies outside of all load roots.
pub(crate) fn outside_load_roots(written: &str, real: &str) -> Box<Diagnostic> {
    let message = format!("security; '{real}' lies in no directory of --load-root (written as `{written}`)");
    Diagnostic::error(Code::OutsideRoot, message).hint("allow its directory with another `--load-root`")
}

/// Returns whether a segment of a path has `..` in it without being `..`: two list entries that YAML reads as one.
fn has_ambiguous_segment(path: &str) -> bool {
    path.split('/').any(|segment| segment != ".." && segment.contains(".."))
}

/// Returns why a path cannot be used at all.
fn unusable_path(path: &str) -> Option<Box<Diagnostic>> {
    if path.is_empty() {
        return Some(Diagnostic::error(Code::InvalidValue, "the path is empty"));
    }
    if path.contains('\0') {
        return Some(Diagnostic::error(Code::InvalidValue, "the path holds a NUL character"));
    }
    None
}
