//! The render flags, shared by all commands that render.

use std::path::Path;

use crate::io::{OsHost, OsOptions, nearest_real};
use crate::options::{HelmOptions, PluginOptions};
use crate::{LoadRestrictions, Options, Reorder};
use clap::{Args, ValueEnum};

use crate::cli::flags::limits::LimitFlags;
use crate::cli::guard;
use crate::cli::messages::report::Reporter;

/// The flags of `kustomize build` except the output, and the limits.
#[derive(Debug, Args)]
pub struct RenderFlags {
    /// Restrict which files a kustomization may read
    #[arg(long, value_enum, value_name = "RESTRICTION", default_value = "LoadRestrictionsRootOnly")]
    #[arg(conflicts_with = "load_root")]
    load_restrictor: LoadRestrictor,

    /// Set the order of resources, unless the kustomization has `sortOptions`  [default: legacy] (deprecated by kustomize)
    #[arg(long, value_enum, value_name = "ORDER")]
    reorder: Option<Order>,

    /// Enable KRM functions and exec plugins
    #[arg(long)]
    enable_alpha_plugins: bool,

    /// Enable KRM functions that are executables (requires --enable-alpha-plugins)
    #[arg(long)]
    enable_exec: bool,

    /// Enable network access for container functions that request it
    #[arg(long)]
    network: bool,

    /// Set the container network for functions with network access
    #[arg(long, value_name = "NAME", default_value = "bridge")]
    network_name: String,

    /// Mount a directory into function containers: type=bind,source=DIR,target=DIR[,rw=true] (repeatable)
    #[arg(long, value_name = "MOUNT")]
    mount: Vec<String>,

    /// Set or pass through an environment variable for functions: KEY=VALUE or KEY (repeatable)
    #[arg(short, long, value_name = "VARIABLE")]
    env: Vec<String>,

    /// Run function containers as the current user instead of `nobody`
    #[arg(long)]
    as_current_user: bool,

    /// Add the label `app.kubernetes.io/managed-by` to all resources (deprecated by kustomize)
    #[arg(long)]
    enable_managedby_label: bool,

    /// Enable Helm charts, which are inflated by running helm
    #[arg(long)]
    enable_helm: bool,

    /// Set the helm command: a name, or the path to an executable
    #[arg(long, value_name = "COMMAND", default_value = "helm")]
    helm_command: String,

    /// Add an API version to `.Capabilities.APIVersions`, unless the chart entry sets its own (repeatable)
    #[arg(long, value_name = "VERSION")]
    helm_api_versions: Vec<String>,

    /// Set the Kubernetes version for charts, unless the chart entry sets its own
    #[arg(long, value_name = "VERSION", default_value = "", hide_default_value = true)]
    helm_kube_version: String,

    /// Pass --debug to helm
    #[arg(long)]
    helm_debug: bool,

    #[command(flatten)]
    limit_flags: LimitFlags,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LoadRestrictor {
    /// Only files in or below the directory of the kustomization
    #[value(name = "LoadRestrictionsRootOnly", alias = "rootOnly")]
    RootOnly,
    /// Any file
    #[value(name = "LoadRestrictionsNone", alias = "none")]
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Order {
    /// Kustomize's legacy order: by kind, with namespaces first and webhooks last
    Legacy,
    /// The order of the input, unchanged
    None,
}

impl RenderFlags {
    /// Returns the options of a render.
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
                skip_charts: false,
            }),
            limits: self.limit_flags.parse_limits(),
            render_limits: self.limit_flags.render_limits(),
            budget: guard::budget(),
            ..Options::default()
        }
    }

    /// Warns about deprecated flags, as kustomize does.
    pub fn warn_about_deprecated_flags(&self, reporter: &Reporter) {
        if self.reorder.is_some() {
            reporter.deprecated_flag("reorder", "use the field `sortOptions` in kustomization.yaml instead.");
        }
        if self.enable_managedby_label {
            let instead = "use the option `managedByLabel` of the field `buildMetadata` instead.";
            reporter.deprecated_flag("enable-managedby-label", instead);
        }
    }

    /// Returns the host that answers the requests of a render of these directories. Warns about a helm command that belongs
    /// to what is rendered.
    pub fn host<P: AsRef<Path>>(&self, directories: &[P]) -> OsHost {
        if self.enable_helm && directories.iter().any(|directory| is_in_tree_of(&self.helm_command, directory.as_ref()))
        {
            let message = format!("the helm command {} is inside of the rendered tree", self.helm_command);
            Reporter::for_stderr().warn(&message);
        }
        OsHost::new(OsOptions {
            helm_command: self.helm_command.clone(),
            network_name: self.network_name.clone(),
            as_current_user: self.as_current_user,
            ..self.limit_flags.host_options()
        })
    }
}

/// Returns whether a command is a path inside of a directory, or of the repository that contains the directory.
fn is_in_tree_of(command: &str, directory: &Path) -> bool {
    let Ok(real) = directory.canonicalize() else { return false };
    let repository = real.ancestors().find(|ancestor| ancestor.join(".git").symlink_metadata().is_ok());
    command.contains('/') && nearest_real(Path::new(command)).starts_with(repository.unwrap_or(&real))
}
