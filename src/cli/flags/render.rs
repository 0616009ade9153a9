//! The flags that say how to render, which several commands have.

use crate::io::{OsHost, OsOptions};
use crate::options::{HelmOptions, PluginOptions};
use crate::{LoadRestrictions, Options, Reorder};
use clap::{Args, ValueEnum};

use crate::cli::flags::limits::LimitFlags;
use crate::cli::messages::report::Reporter;

/// The flags of kustomize's `build`, but for the output.
#[derive(Debug, Args)]
pub struct RenderFlags {
    /// Which files a kustomization may read
    #[arg(long, value_enum, value_name = "RESTRICTION", default_value = "LoadRestrictionsRootOnly")]
    #[arg(conflicts_with = "load_root")]
    load_restrictor: LoadRestrictor,

    /// The order of the resources, if the kustomization has no `sortOptions`  [default: legacy] (deprecated by kustomize)
    #[arg(long, value_enum, value_name = "ORDER")]
    reorder: Option<Order>,

    /// Run plugins that are programs: KRM functions and exec plugins
    #[arg(long)]
    enable_alpha_plugins: bool,

    /// Run KRM functions that are files (with --enable-alpha-plugins)
    #[arg(long)]
    enable_exec: bool,

    /// Let functions in containers that ask for it use the network
    #[arg(long)]
    network: bool,

    /// The container network they use
    #[arg(long, value_name = "NAME", default_value = "bridge")]
    network_name: String,

    /// Mount a directory into containers: type=bind,source=DIR,target=DIR[,rw=true] (repeatable)
    #[arg(long, value_name = "MOUNT")]
    mount: Vec<String>,

    /// Set an environment variable for functions, or pass one on: KEY=VALUE or KEY (repeatable)
    #[arg(short, long, value_name = "VARIABLE")]
    env: Vec<String>,

    /// Run containers as the present user rather than as nobody
    #[arg(long)]
    as_current_user: bool,

    /// Label all resources with `app.kubernetes.io/managed-by` (deprecated by kustomize)
    #[arg(long)]
    enable_managedby_label: bool,

    /// Inflate Helm charts, by running `helm`
    #[arg(long)]
    enable_helm: bool,

    /// The command for Helm charts: a name, or a path to an executable
    #[arg(long, value_name = "COMMAND", default_value = "helm")]
    helm_command: String,

    /// An API version in `.Capabilities.APIVersions` of charts that name none themselves (repeatable)
    #[arg(long, value_name = "VERSION")]
    helm_api_versions: Vec<String>,

    /// The Kubernetes version for charts that name none themselves
    #[arg(long, value_name = "VERSION", default_value = "", hide_default_value = true)]
    helm_kube_version: String,

    /// Have helm tell more when a chart fails
    #[arg(long)]
    helm_debug: bool,

    #[command(flatten)]
    limit_flags: LimitFlags,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LoadRestrictor {
    /// Only files in or below the kustomization's directory
    #[value(name = "LoadRestrictionsRootOnly", alias = "rootOnly")]
    RootOnly,
    /// Any file
    #[value(name = "LoadRestrictionsNone", alias = "none")]
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Order {
    /// Namespaces first, webhooks last, and so on
    Legacy,
    /// The order of the input
    None,
}

impl RenderFlags {
    /// Returns how to render.
    pub fn options(&self) -> Options {
        Options {
            load_restrictions: match self.load_restrictor {
                LoadRestrictor::RootOnly => self.limit_flags.load_restrictions(),
                LoadRestrictor::None => LoadRestrictions::None,
            },
            reorder: match self.reorder {
                None | Some(Order::Legacy) => Reorder::Legacy,
                Some(Order::None) => Reorder::None,
            },
            add_managed_by_label: self.enable_managedby_label,
            plugins: self.enable_alpha_plugins.then(|| PluginOptions {
                enable_exec: self.enable_exec,
                network: self.network,
                mounts: self.mount.clone(),
                environment: self.env.clone(),
            }),
            helm: self.enable_helm.then(|| HelmOptions {
                api_versions: self.helm_api_versions.clone(),
                kube_version: self.helm_kube_version.clone(),
                debug: self.helm_debug,
                leaves_out: false,
            }),
            limits: self.limit_flags.parse_limits(),
            render_limits: self.limit_flags.render_limits(),
            ..Options::default()
        }
    }

    /// Warns of flags that kustomize will remove.
    pub fn warn_about_deprecated_flags(&self, reporter: &Reporter) {
        if self.reorder.is_some() {
            reporter.deprecated_flag("reorder", "use the field `sortOptions` in kustomization.yaml instead.");
        }
        if self.enable_managedby_label {
            let instead = "use the option `managedByLabel` of the field `buildMetadata` instead.";
            reporter.deprecated_flag("enable-managedby-label", instead);
        }
    }

    /// Returns the host that answers what a render asks.
    pub fn host(&self) -> OsHost {
        OsHost::new(OsOptions {
            helm_command: self.helm_command.clone(),
            network_name: self.network_name.clone(),
            as_current_user: self.as_current_user,
            ..self.limit_flags.host_options()
        })
    }
}
