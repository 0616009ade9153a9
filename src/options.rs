//! Options of a render.

use crate::budget::Budget;
use crate::parallel::Threads;
use crate::resource::RenderLimits;
use crate::yaml::ParseLimits;

/// The files that a kustomization may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoadRestrictions {
    /// Only files in or below its own directory.
    #[default]
    RootOnly,
    /// Any file.
    None,
}

/// The order of the output if the kustomization does not specify one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reorder {
    /// Sort by kind: namespaces first, webhooks last.
    #[default]
    Legacy,
    /// Keep the order of the input.
    None,
}

/// Options of a render.
///
/// # Example
/// ```
/// use boutique::{HelmOptions, LoadRestrictions, Options, PluginOptions, Reorder, Threads};
///
/// let mut options = Options::default();
/// options.load_restrictions = LoadRestrictions::None;
/// options.reorder = Reorder::None;
/// options.threads = Threads::Fixed(4);
/// options.render_limits.resources = 10_000;
/// options.limits.nesting = 100;
///
/// // Charts and functions run programs, so they are off by default.
/// let mut helm = HelmOptions::default();
/// helm.kube_version = "1.34".to_string();
/// options.helm = Some(helm);
/// let mut plugins = PluginOptions::default();
/// plugins.environment = vec!["REGION=eu".to_string()];
/// options.plugins = Some(plugins);
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// The files that a kustomization may read.
    pub load_restrictions: LoadRestrictions,
    /// The order of the output.
    pub reorder: Reorder,
    /// Whether to add the label `app.kubernetes.io/managed-by: kustomize-v...` to all resources.
    pub add_managed_by_label: bool,
    /// Limits on parsing one file.
    pub limits: ParseLimits,
    /// Limits on a render.
    pub render_limits: RenderLimits,
    /// The number of threads to use. It does not affect the result.
    pub threads: Threads,
    /// The budget of time and memory, which stops a render.
    pub budget: Budget,
    /// Whether to record the history of every resource.
    pub trace: bool,
    /// Whether to check for the diagnostics of lint, too: those of the levels [`Lint`](crate::diagnostic::Level::Lint) and
    /// [`Advice`](crate::diagnostic::Level::Advice).
    pub lint: bool,
    /// Options for Helm charts; charts are errors if `None`.
    pub helm: Option<HelmOptions>,
    /// Options for functions and plugins that are not built in; they are errors if `None`.
    pub plugins: Option<PluginOptions>,
}

/// Options for Helm charts. Versions in the kustomization take precedence.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct HelmOptions {
    /// The API versions that charts see as `.Capabilities.APIVersions`.
    pub api_versions: Vec<String>,
    /// The Kubernetes version that charts see as `.Capabilities.KubeVersion`.
    pub kube_version: String,
    /// Whether to pass `--debug` to helm.
    pub debug: bool,
    /// Whether to skip charts, in order to inspect the rest of a kustomization.
    pub skip_charts: bool,
}

/// Options for functions and plugins.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PluginOptions {
    /// Whether to run functions that are executable files.
    pub enable_exec: bool,
    /// Whether functions in containers may use the network.
    pub network: bool,
    /// Additional mounts for containers: `type=bind,source=...,target=...`.
    pub mounts: Vec<String>,
    /// Additional environment variables: `KEY=value`, or `KEY` to pass one through.
    pub environment: Vec<String>,
}
