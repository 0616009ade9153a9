//! Inflates charts with the `helm` command.
//!
//! helm's cache and data are private to each request, and so is its configuration unless the kustomization has a
//! `configHome` outside of the tree. helm gets a copy of the chart. helm's plugins, which are programs, are never used.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf, absolute};
use std::process::Command;
use std::time::Duration;

use crate::path;
use crate::request::{Answer, Failure, HelmChartRequest, HelmTemplateRequest};
use regex::Regex;

use super::options::OsOptions;
use super::process::{Limits, run as run_command};
use super::temporary::Temporary;
use super::{chart, nearest_real};

/// The default limits of one run of helm. A pull may be slow, and a chart large.
const LIMITS: Limits = Limits { time: Duration::from_secs(600), output: 256 << 20 };

/// Answers with the directory of a chart, and pulls the chart if it is missing.
pub fn find_chart(request: &HelmChartRequest, options: &OsOptions) -> Answer {
    find_or_pull(request, options).unwrap_or_else(Answer::Failed)
}

/// Answers with the output of `helm template`.
pub fn template(request: &HelmTemplateRequest, options: &OsOptions) -> Answer {
    run_template(request, options).map_or_else(Answer::Failed, Answer::Output)
}

fn find_or_pull(request: &HelmChartRequest, options: &OsOptions) -> Result<Answer, Failure> {
    let helm = Helm::new(options, request)?;
    // kustomize also checks the version once per chart, before anything else.
    helm.check_version()?;
    let directory = chart::directory(request);
    if !Path::new(&directory).is_dir() {
        if request.repo.is_empty() {
            return Ok(Answer::Missing);
        }
        options.network.check(&request.repo)?;
        check_destination(&nearest_real(Path::new(&directory)), request)?;
        helm.run(&pull_arguments(request))?;
    }
    chart::check_location(request, options)?;
    Ok(Answer::Directory { real: directory })
}

/// Checks that a chart is pulled to a directory in which files may be written.
fn check_destination(destination: &Path, request: &HelmChartRequest) -> Result<(), Failure> {
    match &request.within {
        Some(directory) if !destination.starts_with(directory) => {
            Err(format!("it would be pulled to `{}`, which is outside `{directory}`", destination.display()).into())
        }
        _ => Ok(()),
    }
}

/// Returns the arguments of `helm pull` in kustomize's order.
fn pull_arguments(request: &HelmChartRequest) -> Vec<String> {
    let mut arguments: Vec<String> = ["pull", "--untar", "--untardir", &request.home].map(String::from).to_vec();
    if request.repo.starts_with("oci://") {
        let repo = request.repo.strip_suffix('/').unwrap_or(&request.repo);
        arguments.push(format!("{repo}/{}", request.name));
    } else {
        arguments.extend(["--repo".to_string(), request.repo.clone(), request.name.clone()]);
    }
    if !request.version.is_empty() {
        arguments.extend(["--version".to_string(), request.version.clone()]);
    }
    if request.devel {
        arguments.push("--devel".to_string());
    }
    arguments
}

fn run_template(request: &HelmTemplateRequest, options: &OsOptions) -> Result<Vec<u8>, Failure> {
    let helm = Helm::new(options, &request.chart)?;
    let directory = chart::directory(&request.chart);
    let copy = helm.private.join(&format!("chart/{}", path::base_name(&request.chart.name)))?;
    chart::copy(&request.chart, options, Path::new(&copy))?;
    let as_copy = |argument: &String| if *argument == directory { copy.clone() } else { argument.clone() };
    let mut arguments: Vec<String> = request.arguments.iter().map(as_copy).collect();
    let additional = request.additional_values.iter().map(AsRef::as_ref);
    for (index, values) in [request.values.as_slice()].into_iter().chain(additional).enumerate() {
        let name = match index {
            0 => "kustomize-values.yaml".to_string(),
            index => format!("additional-values-{index}.yaml"),
        };
        let file = helm.private.join(&name)?;
        fs::write(&file, values).map_err(|error| format!("cannot write {file}: {error}"))?;
        arguments.extend(["-f".to_string(), list_item(&file)]);
    }
    arguments.extend_from_slice(&request.more_arguments);
    helm.run(&arguments).map_err(|failure| failure.map_message(|message| message.replace(&copy, &directory)))
}

/// Returns a path as an element of a list: helm parses the value of `-f` as CSV.
fn list_item(path: &str) -> String {
    if path.contains([',', '"', '\n', '\r']) { format!("\"{}\"", path.replace('"', "\"\"")) } else { path.to_string() }
}

/// Returns whether helm may be configured by a directory. Loading passes on only absolute paths outside of the target; the
/// load roots and the working directory often contain the whole tree.
fn is_config_home(directory: &Path, options: &OsOptions) -> bool {
    let here = std::env::current_dir().ok().filter(|here| here.parent().is_some());
    let real = nearest_real(directory);
    let is_in_tree = options.load_roots.iter().map(Path::new).chain(here.as_deref()).any(|root| real.starts_with(root));
    directory.is_absolute() && !is_in_tree
}

/// Returns the absolute form of a path.
fn absolute_path(path: &str) -> Result<PathBuf, Failure> {
    Ok(absolute(path).map_err(|error| format!("cannot resolve {path}: {error}"))?)
}

/// The helm command with its environment.
struct Helm {
    command: PathBuf,
    environment: [(&'static str, OsString); 4],
    limits: Limits,
    /// The private directory of this run.
    private: Temporary,
}

impl Helm {
    fn new(options: &OsOptions, chart: &HelmChartRequest) -> Result<Helm, Failure> {
        if options.helm_command.is_empty() {
            return Err("the helm command is empty".into());
        }
        // The system searches for a name; a path is relative to the working directory.
        let command = match options.helm_command.contains('/') {
            true => absolute_path(&options.helm_command)?,
            false => PathBuf::from(&options.helm_command),
        };
        let private = Temporary::new("boutique-helm-")?;
        let plugins = private.join("plugins")?;
        fs::create_dir(&plugins).map_err(|error| format!("cannot create {plugins}: {error}"))?;
        let home = private.join("helm")?;
        let config_home = match is_config_home(Path::new(&chart.config_home), options) {
            true => PathBuf::from(&chart.config_home),
            false => PathBuf::from(&home),
        };
        let environment = [
            // The tree does not determine any directory that is written to.
            ("HELM_CACHE_HOME", format!("{home}/.cache").into()),
            ("HELM_DATA_HOME", format!("{home}/.data").into()),
            ("HELM_CONFIG_HOME", config_home.into()),
            ("HELM_PLUGINS", plugins.into()),
        ];
        Ok(Helm { command, environment, limits: LIMITS.or(&options.limits), private })
    }

    /// Checks that the command is Helm 3 or 4.
    fn check_version(&self) -> Result<(), Failure> {
        let output = self.run(&["version".to_string(), "--short".to_string()])?;
        let output = String::from_utf8_lossy(&output);
        let pattern = Regex::new(r"v?\d+(?:\.\d+)+").map_err(|error| error.to_string())?;
        let Some(found) = pattern.find(&output) else {
            return Err(format!("cannot find version string in {}", output.trim()).into());
        };
        let version = found.as_str().trim_start_matches('v');
        match version.split('.').next() {
            Some("3" | "4") => Ok(()),
            _ => Err(format!("this plugin requires helm V3 or V4 but got v{version}").into()),
        }
    }

    /// Runs helm and returns its output. The working directory is outside the tree, since a `configHome` in the tree may
    /// contain relative paths of programs.
    fn run(&self, arguments: &[String]) -> Result<Vec<u8>, Failure> {
        let mut command = Command::new(&self.command);
        command.current_dir(self.private.path());
        command.args(arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        let subcommand = arguments.first().map_or("", String::as_str);
        run_command(command, Vec::new(), self.limits)
            .map_err(|failure| failure.map_message(|message| format!("helm {subcommand}: {message}")))
    }
}
