//! Options of a render.

use crate::parallel::Threads;
use crate::resource::RenderLimits;
use crate::yaml::ParseLimits;

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

/// How to render.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Which files a kustomization may read.
    pub load_restrictions: LoadRestrictions,
    /// The order of the output.
    pub reorder: Reorder,
    /// Label all resources as managed by this program's reference.
    pub add_managed_by_label: bool,
    /// Bounds on what one file may cost.
    pub limits: ParseLimits,
    /// Bounds on what a render may cost.
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
#[non_exhaustive]
pub struct HelmOptions {
    /// The API versions that charts can ask for.
    pub api_versions: Vec<String>,
    /// The Kubernetes version that charts can ask for.
    pub kube_version: String,
    /// Pass `--debug` to helm.
    pub debug: bool,
    /// Leave charts out, for who wants to know what else a kustomization is made of.
    pub leaves_out: bool,
}

/// What the command line says about functions.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
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
