//! Phase 1: from a directory to a [`Target`], the tree of kustomizations with all files they refer to. After it,
//! nothing is left to look up.

pub mod manifest;
pub mod path;

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::inputs::{File, Inputs, Known, ReadKustomization, Request};
use crate::kustomization::{COMPONENT_KIND, FILE_NAMES, Kustomization, Located};
use crate::plugins::{PluginEntry, PluginList, PluginSource};
use crate::render::{Halt, LoadRestrictions, Options};
use crate::transform::patches::parse_text_in_file;
use crate::yaml::{ParseLimits, Span};

/// A kustomization and everything it refers to.
#[derive(Debug)]
pub struct Target {
    /// The directory, with links followed.
    pub directory: String,
    /// The kustomization file.
    pub file: Arc<File>,
    read: Arc<ReadKustomization>,
    /// What `resources` lists, in order.
    pub resources: Vec<Entry>,
    /// What `components` lists, in order.
    pub components: Vec<Entry>,
    pub generators: PluginList,
    pub transformers: PluginList,
    pub validators: PluginList,
    files: HashMap<String, Arc<File>>,
    pub limits: ParseLimits,
}

/// One entry of `resources` or `components`.
#[derive(Debug)]
pub struct Entry {
    pub path: Located<String>,
    pub source: Source,
}

/// What an entry leads to.
#[derive(Debug)]
pub enum Source {
    Manifest(Arc<File>),
    Directory(Box<Target>),
}

impl Target {
    pub fn kustomization(&self) -> &Kustomization {
        &self.read.kustomization
    }

    /// Returns the name of the kustomization file.
    pub fn file_name(&self) -> &str {
        path::base_name(&self.file.path)
    }

    /// Returns the warnings of the kustomization file itself.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.read.warnings
    }

    /// Returns a file by the path that the kustomization gives it.
    ///
    /// # Errors
    /// Fails for a path that loading did not find: fields whose entries may be text or paths ask for it here.
    pub fn file(&self, path: &Located<String>) -> Result<&Arc<File>> {
        self.files.get(&path.value).ok_or_else(|| {
            Diagnostic::error(Code::NotFound, format!("no file `{}`", path.value.lines().next().unwrap_or_default()))
                .at(Span::new(path.position, path.value.lines().next().unwrap_or_default().len()), "not found")
        })
    }
}

/// Loads the directory that the options name.
///
/// # Errors
/// Halts with what it has to know first, or with all mistakes it found.
pub fn load(inputs: &Inputs, options: &Options) -> Result<Target, Halt> {
    let mut loader = Loader { inputs, options, needs: Vec::new(), errors: Vec::new(), open: Vec::new() };
    let target = loader.top(&path::clean(&options.target));
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
    needs: Vec<Request>,
    errors: Vec<Diagnostic>,
    /// The directories being loaded, outermost first, and the references that led from each to the next.
    open: Vec<(String, Option<Span>)>,
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

    fn fail(&mut self, mut error: Box<Diagnostic>) {
        error.chain.extend(self.open.iter().rev().filter_map(|(_, reference)| *reference));
        self.errors.push(*error);
    }

    fn top(&mut self, directory: &str) -> Option<Target> {
        self.ask_for_kustomization(directory);
        match self.ask(Request::Path { path: directory.to_string(), within: None })? {
            Known::Directory { real } => self.directory(real, None),
            Known::Missing => {
                self.fail(Diagnostic::error(Code::NotFound, format!("no such directory: `{directory}`")));
                None
            }
            Known::Failed(message) => {
                self.fail(Diagnostic::error(Code::Unreadable, format!("cannot read `{directory}`: {message}")));
                None
            }
            Known::File(_) | Known::Outside { .. } => {
                self.fail(
                    Diagnostic::error(Code::WrongFileType, format!("`{directory}` is not a directory"))
                        .hint("give the directory that holds the kustomization file"),
                );
                None
            }
        }
    }

    fn ask_for_kustomization(&mut self, directory: &str) {
        for name in FILE_NAMES {
            self.ask(Request::Path { path: path::join(directory, name), within: None });
        }
    }

    /// Loads the kustomization in a directory, which `reference` led to.
    fn directory(&mut self, real: &str, reference: Option<Span>) -> Option<Target> {
        self.open.push((real.to_string(), reference));
        let target = self.kustomization(real);
        self.open.pop();
        target
    }

    fn kustomization(&mut self, directory: &str) -> Option<Target> {
        self.ask_for_kustomization(directory);
        let mut found: Vec<Arc<File>> = Vec::new();
        let mut unreadable = None;
        for name in FILE_NAMES {
            match self.ask(Request::Path { path: path::join(directory, name), within: None })? {
                Known::File(file) => found.push(file.clone()),
                Known::Failed(message) => unreadable = Some((name, message)),
                _ => {}
            }
        }
        let file = match (&found[..], unreadable) {
            ([file], _) => file.clone(),
            ([], Some((name, message))) => {
                self.fail(Diagnostic::error(Code::Unreadable, format!("cannot read `{directory}/{name}`: {message}")));
                return None;
            }
            ([], None) => {
                self.fail(
                    Diagnostic::error(
                        Code::MissingKustomization,
                        format!("unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{directory}'"),
                    ),
                );
                return None;
            }
            (files, _) => {
                let names: Vec<&str> = files.iter().map(|file| path::base_name(&file.path)).collect();
                self.fail(
                    Diagnostic::error(
                        Code::MultipleKustomizations,
                        format!("found multiple kustomization files under `{directory}`: {}", names.join(", ")),
                    )
                    .hint("keep one of them"),
                );
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
        let errors = self.errors.len() + self.needs.len();
        let kustomization = &read.kustomization;
        let resources = self.entries(directory, &kustomization.resources, false);
        let components = self.entries(directory, &kustomization.components, true);
        let files = self.files(directory, &crate::accumulate::file_references(kustomization));
        let generators = self.plugins(directory, &file, &kustomization.generators);
        let transformers = self.plugins(directory, &file, &kustomization.transformers);
        let validators = self.plugins(directory, &file, &kustomization.validators);
        if self.errors.len() + self.needs.len() > errors {
            return None;
        }
        let mut target = Target {
            directory: directory.to_string(),
            file,
            read: read.clone(),
            resources,
            components,
            generators,
            transformers,
            validators,
            files,
            limits: self.options.limits,
        };
        self.plugin_files(&mut target);
        (self.errors.len() + self.needs.len() == errors).then_some(target)
    }

    /// Loads the files that configure plugins.
    fn plugins(&mut self, directory: &str, file: &Arc<File>, entries: &[Located<String>]) -> PluginList {
        let mut list = PluginList::default();
        for entry in entries {
            // An entry is first tried as the configuration itself.
            let inline = parse_text_in_file(entry, file, self.options.limits).and_then(manifest::resources);
            let (path, source) = match inline {
                Ok(resources) => (String::new(), PluginSource::Inline(resources)),
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
        for list in [&target.generators, &target.transformers, &target.validators] {
            if list.entries.is_empty() {
                continue;
            }
            let references = list
                .configurations(target, None)
                .and_then(|configurations| crate::plugins::file_references(&configurations));
            match references {
                Ok(references) => files.extend(self.files(&target.directory, &references)),
                Err(error) => self.fail(error),
            }
        }
        target.files.extend(files);
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
        let within = (self.options.load_restrictions == LoadRestrictions::RootOnly).then(|| directory.to_string());
        match self.ask(Request::Path { path: absolute, within })? {
            Known::Directory { .. } if path.value.starts_with('/') => {
                let message = format!("new root '{}' cannot be absolute", path.value);
                self.fail(Diagnostic::error(Code::InvalidValue, message).at(span, "an absolute path"));
                None
            }
            Known::Directory { real } => {
                let real = real.clone();
                if let Some((visited, _)) = self.open.iter().find(|(visited, _)| path::is_within(visited, &real)) {
                    let message = format!("cycle detected: candidate root '{real}' contains visited root '{visited}'");
                    self.fail(Diagnostic::error(Code::Cycle, message).at(span, "leads back"));
                    return None;
                }
                let target = self.directory(&real, Some(span))?;
                self.check_kind(&target, is_component, span)?;
                Some(Source::Directory(Box::new(target)))
            }
            Known::File(file) if !is_component => Some(Source::Manifest(file.clone())),
            Known::File(_) => {
                let message = format!("`{}` is a file; a component is a directory", path.value);
                self.fail(Diagnostic::error(Code::WrongFileType, message).at(span, "not a directory"));
                None
            }
            Known::Missing => {
                let message = format!("no such file or directory: `{}`", path.value);
                self.fail(Diagnostic::error(Code::NotFound, message).at(span, "not found"));
                None
            }
            Known::Outside { real } => {
                self.fail(outside(&path.value, real, directory).at(span, "outside"));
                None
            }
            Known::Failed(message) => {
                let message = format!("cannot read `{}`: {message}", path.value);
                self.fail(Diagnostic::error(Code::Unreadable, message).at(span, "cannot be read"));
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
        let directory = within.clone().unwrap_or_default();
        match self.ask(Request::Path { path: absolute.to_string(), within })? {
            Known::File(file) => return Some(file.clone()),
            Known::Directory { .. } => {
                let message = format!("`{written}` must resolve to a file, but is a directory");
                self.fail(Diagnostic::error(Code::WrongFileType, message).at(span, "a directory"));
            }
            Known::Missing => {
                let message = format!("no such file: `{written}`");
                self.fail(Diagnostic::error(Code::NotFound, message).at(span, "not found"));
            }
            Known::Outside { real } => self.fail(outside(written, real, &directory).at(span, "outside")),
            Known::Failed(message) => {
                let message = format!("cannot read `{written}`: {message}");
                self.fail(Diagnostic::error(Code::Unreadable, message).at(span, "cannot be read"));
            }
        }
        None
    }

    /// Loads the files that the fields of a kustomization name.
    fn files(&mut self, directory: &str, references: &[FileReference]) -> HashMap<String, Arc<File>> {
        let within = (self.options.load_restrictions == LoadRestrictions::RootOnly).then(|| directory.to_string());
        let mut files = HashMap::new();
        for reference in references {
            let path = &reference.path;
            if files.contains_key(&path.value) {
                continue;
            }
            if reference.optional {
                // The entry may be text: whether it is a file shows only by asking.
                if path.value.contains('\n') || path.value.contains('\0') {
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
            let absolute = path::join(directory, &path.value);
            if let Some(file) = self.file(&absolute, within.clone(), &path.value, span) {
                files.insert(path.value.clone(), file);
            }
        }
        files
    }
}

/// A path that a field of a kustomization names.
pub struct FileReference {
    pub path: Located<String>,
    /// The entry may also be the content itself.
    pub optional: bool,
}

fn outside(written: &str, real: &str, directory: &str) -> Box<Diagnostic> {
    Diagnostic::error(
        Code::OutsideRoot,
        format!("security; file '{real}' is not in or below '{directory}' (written as `{written}`)"),
    )
    .hint("move the file below the kustomization, or allow it with `--load-restrictor LoadRestrictionsNone`")
}

/// Returns why a path cannot be used at all.
fn unusable_path(path: &str) -> Option<Box<Diagnostic>> {
    if path.is_empty() {
        return Some(Diagnostic::error(Code::InvalidValue, "the path is empty"));
    }
    if path.contains('\0') {
        return Some(Diagnostic::error(Code::InvalidValue, "the path holds a NUL character"));
    }
    let is_url = path.contains("://") || path.starts_with("git@") || path.starts_with("git::");
    is_url.then(|| Diagnostic::error(Code::NotAllowed, format!("remote resources are not supported: `{path}`")))
}
