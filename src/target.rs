//! The result of loading: a kustomization with everything that it refers to.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::accumulated::Accumulated;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::inputs::{File, ReadKustomization};
use crate::kustomization::{Kustomization, Located};
use crate::path;
use crate::resource::{ResId, Resource};
use crate::yaml::{FileId, ParseLimits, Position, Span};

/// A kustomization and everything that it refers to.
#[derive(Debug)]
pub struct Target {
    /// The directory, with links resolved.
    pub directory: String,
    /// The kustomization file.
    pub file: Arc<File>,
    pub(crate) read: Arc<ReadKustomization>,
    /// The entries of `resources`, in order.
    pub resources: Vec<Entry>,
    /// The entries of `components`, in order.
    pub components: Vec<Entry>,
    pub generators: PluginList,
    pub transformers: PluginList,
    pub validators: PluginList,
    /// The charts of `helmCharts`, in order.
    pub charts: Vec<InflatedChart>,
    /// The charts of generator plugins, by the identity of the configuration.
    pub plugin_charts: HashMap<ResId, InflatedChart>,
    /// The number of kustomizations in this tree, including the root. A base counts once for each inclusion.
    pub(crate) inclusions: usize,
    pub(crate) files: HashMap<String, Arc<File>>,
    pub limits: ParseLimits,
    /// Whether its result depends on nothing else. Charts depend on the namespaces of overlays, and plugins may be programs.
    pub is_shareable: bool,
    /// The result of accumulation, if it has been stored; see [`Cache`](crate::cache::Cache).
    pub memo: OnceLock<Accumulated>,
}

/// One entry of `resources` or `components`.
#[derive(Debug)]
pub struct Entry {
    pub path: Located<String>,
    pub source: Source,
}

/// The file or directory that an entry refers to.
#[derive(Debug)]
pub enum Source {
    Manifest(Arc<File>),
    Directory(Arc<Target>),
}

impl Target {
    pub fn kustomization(&self) -> &Kustomization {
        &self.read.kustomization
    }

    /// Returns whether a manifest contains no resource yet, such as one that `flux bootstrap` writes.
    pub fn has_placeholder(&self) -> bool {
        self.resources.iter().any(|entry| match &entry.source {
            Source::Manifest(file) => file.resources(self.limits).is_ok_and(|resources| resources.is_empty()),
            Source::Directory(_) => false,
        })
    }

    /// Returns the name of the kustomization file.
    pub fn file_name(&self) -> &str {
        path::base_name(&self.file.path)
    }

    /// Returns the kustomizations that this one includes.
    pub(crate) fn included(&self) -> impl Iterator<Item = &Arc<Target>> {
        included(&self.resources, &self.components)
    }

    /// Returns the file in which an inline text is written: the kustomization file, or that of a plugin's configuration.
    pub fn file_of(&self, text: &Located<String>) -> &File {
        self.find_file(text.position.file).unwrap_or(&self.file)
    }

    /// Returns a file of this kustomization, or of one that it includes.
    pub(crate) fn find_file(&self, id: FileId) -> Option<&File> {
        if self.file.id == id {
            return Some(&self.file);
        }
        let plugins = self.generators.entries.iter().chain(&self.transformers.entries).chain(&self.validators.entries);
        let plugins = plugins.filter_map(|entry| match &entry.source {
            PluginSource::Inline(_) => None,
            PluginSource::Manifest(file) => Some(&**file).filter(|file| file.id == id),
            PluginSource::Directory(target) => target.find_file(id),
        });
        let entries = self.resources.iter().chain(&self.components).filter_map(|entry| match &entry.source {
            Source::Manifest(file) => Some(&**file).filter(|file| file.id == id),
            Source::Directory(target) => target.find_file(id),
        });
        plugins.chain(entries).next()
    }

    /// Returns the warnings about the kustomization file.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.read.warnings
    }

    /// Iterates over the paths of data files in the kustomization and its plugin configurations.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Returns a data file by its path as written.
    ///
    /// # Errors
    /// Fails if loading did not find the file, which it ignores for entries that may be inline content.
    pub fn file(&self, path: &Located<String>) -> Result<&Arc<File>> {
        self.files.get(&path.value).ok_or_else(|| {
            Diagnostic::error(
                Code::NotFound,
                format!("no such file: `{}`", path.value.lines().next().unwrap_or_default()),
            )
            .at(Span::new(path.position, path.value.lines().next().unwrap_or_default().len()), "not found")
        })
    }
}

/// Returns the kustomizations among entries.
pub(crate) fn included<'a>(resources: &'a [Entry], components: &'a [Entry]) -> impl Iterator<Item = &'a Arc<Target>> {
    resources.iter().chain(components).filter_map(|entry| match &entry.source {
        Source::Directory(target) => Some(target),
        Source::Manifest(_) => None,
    })
}

/// The configurations of one list of plugins.
#[derive(Debug, Default)]
pub struct PluginList {
    pub entries: Vec<PluginEntry>,
}

/// An entry of `generators`, `transformers` or `validators`.
#[derive(Debug)]
pub struct PluginEntry {
    /// The entry as written; empty for inline configurations.
    pub path: String,
    pub source: PluginSource,
}

/// The source of the configurations of an entry.
#[derive(Debug)]
pub enum PluginSource {
    Inline(Vec<Resource>),
    Manifest(Arc<File>),
    /// A kustomization that renders to configurations.
    Directory(Arc<Target>),
}

/// A chart with the output of `helm template`.
#[derive(Debug)]
pub struct InflatedChart {
    pub name: String,
    /// The position of the entry or of the plugin configuration.
    pub position: Position,
    pub output: Arc<[u8]>,
    /// The `configHome` of the entry, if helm runs without it.
    pub ignored_config_home: Option<String>,
}

/// The kind of the plugin that inflates charts. Origin annotations of resources from charts also name it.
pub const HELM_PLUGIN_KIND: &str = "HelmChartInflationGenerator";
