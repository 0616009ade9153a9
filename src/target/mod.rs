//! What loading returns: a kustomization with everything it refers to.

mod cache;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::accumulated::Accumulated;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::inputs::{File, ReadKustomization};
use crate::kustomization::{Kustomization, Located};
use crate::path;
use crate::resource::{ResId, Resource};
use crate::yaml::{ParseLimits, Position, Span};

pub use cache::Cache;

/// A kustomization and everything it refers to.
#[derive(Debug)]
pub struct Target {
    /// The directory, with links followed.
    pub directory: String,
    /// The kustomization file.
    pub file: Arc<File>,
    pub(crate) read: Arc<ReadKustomization>,
    /// What `resources` lists, in order.
    pub resources: Vec<Entry>,
    /// What `components` lists, in order.
    pub components: Vec<Entry>,
    pub generators: PluginList,
    pub transformers: PluginList,
    pub validators: PluginList,
    /// What `helmCharts` lists, in order.
    pub charts: Vec<InflatedChart>,
    /// The charts that generators configure, by the identity of the configuration.
    pub plugin_charts: HashMap<ResId, InflatedChart>,
    /// How many kustomizations it is made of, itself among them; one counts as often as it is included.
    pub(crate) inclusions: usize,
    pub(crate) files: HashMap<String, Arc<File>>,
    pub limits: ParseLimits,
    /// What it amounts to depends on nothing but itself. Charts depend on the namespaces around them, and plugins may be
    /// programs.
    pub is_shareable: bool,
    /// What it amounts to, once that is known; see [`Cache`].
    pub memo: OnceLock<Accumulated>,
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
    Directory(Arc<Target>),
}

impl Target {
    pub fn kustomization(&self) -> &Kustomization {
        &self.read.kustomization
    }

    /// Returns the name of the kustomization file.
    pub fn file_name(&self) -> &str {
        path::base_name(&self.file.path)
    }

    /// Returns the kustomizations that this one includes.
    pub(crate) fn included(&self) -> impl Iterator<Item = &Arc<Target>> {
        included(&self.resources, &self.components)
    }

    /// Returns the warnings of the kustomization file itself.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.read.warnings
    }

    /// Iterates over the paths that the kustomization and the configurations of its plugins give to files of data.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
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

/// Returns the kustomizations that entries lead to.
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

/// One entry of such a list.
#[derive(Debug)]
pub struct PluginEntry {
    /// The entry as written; empty for inline configurations.
    pub path: String,
    pub source: PluginSource,
}

/// Where the configurations of an entry are.
#[derive(Debug)]
pub enum PluginSource {
    Inline(Vec<Resource>),
    Manifest(Arc<File>),
    /// A kustomization: what it renders configures plugins.
    Directory(Arc<Target>),
}

/// A chart with what `helm template` printed for it.
#[derive(Debug)]
pub struct InflatedChart {
    pub name: String,
    /// The entry or the plugin that asked for it.
    pub position: Position,
    pub output: Arc<[u8]>,
}

/// The kind of the plugin that inflates a chart, which the output also names as what made the resources of a chart.
pub const HELM_PLUGIN_KIND: &str = "HelmChartInflationGenerator";
