//! The pipeline, one call a line.

use std::sync::Arc;

use crate::accumulate::{self, config::TransformerConfig};
use crate::diagnostic::{Diagnostic, without_repetitions};
use crate::emit;
use crate::inputs::{Inputs, Request};
use crate::lint;
use crate::load::{self, Cache};
use crate::order;
use crate::parallel::Threads;
use crate::resolve::{self, vars::Variables};
use crate::resource::{Journal, Origin, Removed, RenderLimits, Resource};
use crate::yaml::{ParseLimits, Span};

/// Which files a kustomization may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoadRestrictions {
    /// Only files in or below its own directory.
    #[default]
    RootOnly,
    /// Any file.
    None,
}

/// The order of the output, where the kustomization does not say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reorder {
    /// Namespaces first, webhooks last, and so on.
    #[default]
    Legacy,
    /// The order of the input.
    None,
}

/// What to render, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The directory to render, as an absolute path.
    pub target: String,
    pub load_restrictions: LoadRestrictions,
    pub reorder: Reorder,
    /// Label all resources as managed by this program's reference.
    pub add_managed_by_label: bool,
    pub limits: ParseLimits,
    pub render_limits: RenderLimits,
    /// How many threads may work on it; what comes out is the same.
    pub threads: Threads,
    /// Keep the history of every resource.
    pub trace: bool,
    /// Look for what is of [`crate::diagnostic::Level::Advice`], too.
    pub advice: bool,
    /// Inflate Helm charts.
    pub helm: Option<HelmOptions>,
    /// Run functions and plugins that are not built in.
    pub plugins: Option<PluginOptions>,
}

/// What the command line says about Helm charts. For the versions, what the kustomization says of a chart wins.
#[derive(Clone, Debug, Default)]
pub struct HelmOptions {
    pub api_versions: Vec<String>,
    pub kube_version: String,
    pub debug: bool,
    /// Leave charts out, for who wants to know what else a kustomization is made of.
    pub leaves_out: bool,
}

/// What the command line says about functions.
#[derive(Clone, Debug, Default)]
pub struct PluginOptions {
    /// Run functions that are files.
    pub enable_exec: bool,
    /// Let functions in containers use the network.
    pub network: bool,
    /// More mounts for containers, as `type=bind,source=...,target=...`.
    pub mounts: Vec<String>,
    /// More environment variables, `KEY=value` or `KEY`.
    pub environment: Vec<String>,
}

/// Why a render stopped.
#[derive(Debug)]
pub enum Halt {
    /// It has to know these things first.
    Needs(Vec<Request>),
    /// The input has mistakes.
    Failed(Vec<Diagnostic>),
}

impl Halt {
    /// Leaves out mistakes that are told already, such as those of a base that is included twice.
    fn without_repetitions(self) -> Halt {
        match self {
            Halt::Failed(diagnostics) => Halt::Failed(without_repetitions(diagnostics)),
            needs => needs,
        }
    }

    /// Adds the reference that led to the file of the mistake.
    pub fn via(self, span: Span) -> Halt {
        match self {
            Halt::Failed(diagnostics) => {
                Halt::Failed(diagnostics.into_iter().map(|diagnostic| *Box::new(diagnostic).via(span)).collect())
            }
            needs => needs,
        }
    }
}

impl From<Box<Diagnostic>> for Halt {
    fn from(error: Box<Diagnostic>) -> Halt {
        Halt::Failed(error.apart())
    }
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Rendered {
    resources: Vec<Resource>,
    removed: Vec<Removed>,
    variables: Variables,
    config: Arc<TransformerConfig>,
    warnings: Vec<Diagnostic>,
    threads: Threads,
}

impl Rendered {
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// Returns the resources that were taken out on the way, with [`Options::trace`].
    pub fn removed(&self) -> &[Removed] {
        &self.removed
    }

    /// Returns the resource and the path of the field that a variable stands for.
    pub fn variable_source(&self, name: &str) -> Option<(&Resource, &str)> {
        let path = self.variables.field_path(name)?;
        let source = self.resources.iter().find(|resource| resource.variables.iter().any(|known| known == name))?;
        Some((source, path))
    }

    /// Returns the fields that transformers touched, among them those that hold names of other resources.
    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Returns the multi-document YAML, byte for byte as the reference prints it.
    ///
    /// # Errors
    /// Fails on values that have no JSON form, such as infinity.
    pub fn to_yaml(&self) -> Result<String, Box<Diagnostic>> {
        emit::to_yaml(&self.resources, self.threads)
    }

    /// Returns the same YAML in parts, for writing one behind the other.
    ///
    /// # Errors
    /// Fails like [`Rendered::to_yaml`].
    pub fn to_parts(&self) -> Result<Vec<String>, Box<Diagnostic>> {
        emit::to_parts(&self.resources, self.threads)
    }
}

/// Renders a kustomization. Reads nothing but its arguments.
///
/// # Errors
/// Halts when `inputs` lacks something, or with the mistakes in the input.
pub fn render(inputs: &Inputs, options: &Options) -> Result<Rendered, Halt> {
    render_with(inputs, options, &Cache::default())
}

/// Renders a kustomization like [`render`], with what other renders of the same world found out.
///
/// # Errors
/// Halts when `inputs` lacks something, or with the mistakes in the input.
pub fn render_with(inputs: &Inputs, options: &Options, cache: &Cache) -> Result<Rendered, Halt> {
    let target = load::load(inputs, options, cache)?;
    let tells_origin = !target.kustomization().build_metadata.is_empty();
    let world = accumulate::World { inputs, options, cache };
    let origin = tells_origin.then(Origin::default);
    let mut accumulated = accumulate::accumulate(&target, world, origin).map_err(Halt::without_repetitions)?;
    resolve::name_hash::add_hashes(&mut accumulated.resources)?;
    resolve::name_reference::fix_references(&mut accumulated)?;
    resolve::vars::resolve(&mut accumulated)?;
    emit::drop_local_config(&mut accumulated.resources)?;
    let mut resources = accumulated.resources;
    order::sort(&mut resources, target.kustomization(), options)?;
    emit::finish(&mut resources, target.kustomization(), options)?;
    emit::check_size(&resources, options.render_limits.output)?;
    let Journal { mut warnings, removed, .. } = std::mem::take(&mut resources.journal);
    let resources = resources.into_list();
    if options.advice {
        warnings.extend(lint::check_output(&resources, &accumulated.config));
    }
    Ok(Rendered {
        resources,
        variables: accumulated.variables,
        config: accumulated.config,
        removed: removed.unwrap_or_default(),
        warnings: without_repetitions(warnings),
        threads: options.threads,
    })
}
