//! `boutique render` and `boutique build`.

use std::mem::ManuallyDrop;
use std::path::PathBuf;

use anyhow::Context as _;
use boutique::io::{self, OsHost, OsOptions};
use boutique::render::{HelmOptions, PluginOptions};
use boutique::{LoadRestrictions, Options, Reorder};
use clap::{Args, ValueEnum};

use super::exit::Code;
use super::output;
use super::report::Reporter;

pub const AFTER_HELP: &str = "\
Examples:
  boutique render                                      the kustomization in this directory
  boutique render overlays/prod | kubectl diff -f -    what would change in the cluster
  boutique render overlays/prod -o prod.yaml           to a file
  boutique build --load-restrictor LoadRestrictionsNone overlays/prod";

/// The flags of kustomize's `build`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The directory with the kustomization file
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,

    /// Write to this file, or one file per resource if it is a directory
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,

    /// Which files a kustomization may read
    #[arg(long, value_enum, value_name = "RESTRICTION", default_value = "LoadRestrictionsRootOnly")]
    load_restrictor: LoadRestrictor,

    /// The order of the resources, if the kustomization has no `sortOptions`
    #[arg(long, value_enum, value_name = "ORDER", default_value = "legacy")]
    reorder: Order,

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

    /// Label all resources with `app.kubernetes.io/managed-by`
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

/// Renders a directory and prints or writes the result.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    let url = arguments.directory.to_str().filter(|text| boutique::load::remote::parse(text).is_some());
    let target = match url.map_or_else(|| absolute(&arguments.directory), |url| Ok(url.to_string())) {
        Ok(target) => target,
        Err(error) => return reporter.fail(&error),
    };
    let options = Options {
        target,
        load_restrictions: match arguments.load_restrictor {
            LoadRestrictor::RootOnly => LoadRestrictions::RootOnly,
            LoadRestrictor::None => LoadRestrictions::None,
        },
        reorder: match arguments.reorder {
            Order::Legacy => Reorder::Legacy,
            Order::None => Reorder::None,
        },
        add_managed_by_label: arguments.enable_managedby_label,
        plugins: arguments.enable_alpha_plugins.then(|| PluginOptions {
            enable_exec: arguments.enable_exec,
            network: arguments.network,
            mounts: arguments.mount.clone(),
            environment: arguments.env.clone(),
        }),
        helm: arguments.enable_helm.then(|| HelmOptions {
            api_versions: arguments.helm_api_versions.clone(),
            kube_version: arguments.helm_kube_version.clone(),
            debug: arguments.helm_debug,
        }),
        ..Options::default()
    };
    let host = OsHost::new(OsOptions {
        helm_command: arguments.helm_command.clone(),
        network_name: arguments.network_name.clone(),
        as_current_user: arguments.as_current_user,
    });
    let (result, inputs) = io::render(&host, &options);
    // The end of the process gives back their memory at once, which is quicker.
    let inputs = ManuallyDrop::new(inputs);
    let rendered = match result {
        Ok(rendered) => ManuallyDrop::new(rendered),
        Err(diagnostics) => {
            reporter.print(&diagnostics, &inputs);
            return Code::Failure;
        }
    };
    reporter.print(rendered.warnings(), &inputs);
    let written = match &arguments.output {
        Some(path) if path.is_dir() => output::write_files(rendered.resources(), path),
        destination => match rendered.to_yaml() {
            Ok(yaml) => output::write(&yaml, destination.as_deref()),
            Err(error) => Err(output::Error::Input(error)),
        },
    };
    match written {
        Ok(()) => Code::Success,
        Err(output::Error::Input(diagnostic)) => {
            reporter.print(&[*diagnostic], &inputs);
            Code::Failure
        }
        Err(output::Error::Io(error)) => reporter.fail(&error),
    }
}

/// Returns an absolute path as text.
fn absolute(path: &std::path::Path) -> anyhow::Result<String> {
    let absolute = std::path::absolute(path).with_context(|| format!("cannot resolve {}", path.display()))?;
    let text = absolute.to_str().with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok(text.to_string())
}
