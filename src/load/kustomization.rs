//! Loads the kustomization in a directory.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::budget::Phase;
use crate::diagnostic::{Code, Diagnostic, Limit, MAX_ERRORS};
use crate::halt::Halt;
use crate::inputs::{File, Found, kustomization_file};
use crate::kustomization::{FILE_NAMES, Located, PathEntry, SIMILAR_FILE_NAMES};
use crate::path;
use crate::plugins;
use crate::request::Request;
use crate::resource::manifest;
use crate::target::{PluginEntry, PluginList, PluginSource, Source, Target, included};
use crate::world::World;
use crate::yaml::Span;

use super::loader::{Loader, OpenDirectory, Repository};

impl<'a> Loader<'a> {
    /// Requests the kustomization files that a directory may have.
    pub(super) fn request_kustomization(&mut self, directory: &str) -> [Option<&'a Found>; FILE_NAMES.len()] {
        kustomization_file::requests(directory, self.is_restricted()).map(|request| self.find(request))
    }

    /// Loads the kustomization in a directory, which the entry at `included_from` refers to.
    pub(super) fn directory(
        &mut self,
        real: &str,
        included_from: Option<Span>,
        repository: Option<Repository>,
    ) -> Option<Arc<Target>> {
        // The directory cannot be loaded before this request is answered.
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
            // Report the limit once.
            if is_too_deep || self.errors.is_empty() {
                let error = if is_too_deep {
                    Diagnostic::exceeds(
                        Limit::IncludeDepth,
                        format!(
                            "include depth limit exceeded: bases are nested more than {} levels deep",
                            limits.include_depth
                        ),
                    )
                } else {
                    too_many_bases(limits.bases)
                };
                self.fail(match included_from {
                    Some(span) => error.at(span, "this base"),
                    None => error,
                });
            }
            self.failed += 1;
            self.loaded = limits.bases;
            return None;
        }
        self.loaded += 1;
        let is_local = repository.is_none() && self.current_repository().is_none();
        if is_local {
            let open: Vec<&str> = self.open.iter().map(|open| open.directory.as_str()).collect();
            if let Some(known) = self.cache.get(real, &open) {
                return Some(known);
            }
        }
        self.open.push(OpenDirectory {
            directory: real.to_string(),
            included_from,
            repository,
            namespace: String::new(),
        });
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

    pub(super) fn kustomization(&mut self, directory: &str) -> Option<Target> {
        if let Err(error) = self.activity.at(Phase::Load, directory, "") {
            self.fail(error);
            return None;
        }
        let [first, second, third] = self.request_kustomization(directory);
        let included_from = self.open.last().and_then(|open| open.included_from);
        let file = match kustomization_file::choose(directory, [first?, second?, third?], included_from) {
            Ok(file) => file,
            Err(error) => {
                let error = match error.code {
                    Code::MissingKustomization => self.with_directory_hint(error, directory)?,
                    _ => error,
                };
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

    /// Adds a hint to the error that a directory has no kustomization file; nothing if what is there is not known yet.
    fn with_directory_hint(&mut self, error: Box<Diagnostic>, directory: &str) -> Option<Box<Diagnostic>> {
        if let Some(name) = self.misnamed(directory)? {
            return Some(error.hint(format!("rename `{name}` to `kustomization.yaml`")));
        }
        let repository = self.current_repository().filter(|repository| repository.directory == directory).cloned();
        Some(match repository {
            Some(repository) => error.hint(self.repository_directories(&repository)?),
            None => error,
        })
    }

    /// Returns the file in a directory whose name is similar to that of a kustomization file; nothing if this is not known
    /// yet.
    fn misnamed(&mut self, directory: &str) -> Option<Option<&'static str>> {
        let requests = SIMILAR_FILE_NAMES.map(|name| {
            let within = self.is_restricted().then(|| directory.to_string());
            self.find(Request::Path { path: path::join(directory, name), within })
        });
        let mut found = None;
        for (name, answer) in SIMILAR_FILE_NAMES.into_iter().zip(requests) {
            if matches!(answer?, Found::File(_)) {
                found = found.or(Some(name));
            }
        }
        Some(found)
    }

    /// Loads plugin configurations.
    pub(super) fn plugins(&mut self, directory: &str, file: &Arc<File>, entries: &[Located<String>]) -> PluginList {
        let mut list = PluginList::default();
        for entry in entries {
            // An entry may be an inline configuration, which is tried first.
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

    /// Loads the files that plugin configurations refer to.
    pub(super) fn plugin_files(&mut self, target: &mut Target) {
        let mut files = HashMap::new();
        let mut charts = HashMap::new();
        for list in [&target.generators, &target.transformers, &target.validators] {
            if list.entries.is_empty() {
                continue;
            }
            let world =
                World { inputs: self.inputs, options: self.options, cache: self.cache, activity: self.activity };
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
}

/// Returns the error about too many kustomizations.
pub fn too_many_bases(limit: usize) -> Box<Diagnostic> {
    Diagnostic::exceeds(Limit::Bases, format!("base limit exceeded: more than {limit} kustomizations are included"))
}
