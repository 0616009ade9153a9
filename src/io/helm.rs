//! Charts, inflated with the `helm` command.
//!
//! Its configuration, cache and data are private to one request unless the kustomization names a `configHome`; its
//! plugins, which are programs, are never used.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use regex::Regex;
use tempfile::TempDir;

use crate::inputs::{Answer, HelmChartRequest, HelmTemplateRequest};
use crate::load::path;

use super::OsOptions;
use super::process::{Limits, run as run_command};

/// Bounds on one run of helm: a pull may be slow, and a chart large.
const LIMITS: Limits = Limits { time: Duration::from_secs(600), output: 256 << 20 };

/// Answers with the directory of a chart, pulling it if it is not there.
pub fn chart(request: &HelmChartRequest, options: &OsOptions) -> Answer {
    find_or_pull(request, options).unwrap_or_else(Answer::Failed)
}

/// Answers with what `helm template` prints.
pub fn template(request: &HelmTemplateRequest, options: &OsOptions) -> Answer {
    run_template(request, options).map_or_else(Answer::Failed, Answer::Output)
}

fn find_or_pull(request: &HelmChartRequest, options: &OsOptions) -> Result<Answer, String> {
    let helm = Helm::new(&options.helm_command, &request.config_home)?;
    // The reference checks once per chart as well, and before anything else.
    helm.check_version()?;
    let place = path::clean(&format!("{}/{}", request.home, request.name));
    if !Path::new(&place).is_dir() {
        if request.repo.is_empty() {
            return Ok(Answer::Missing);
        }
        helm.run(&pull_arguments(request))?;
    }
    Ok(Answer::Directory { real: place })
}

/// Returns the arguments of `helm pull`, in the reference's order.
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

fn run_template(request: &HelmTemplateRequest, options: &OsOptions) -> Result<Vec<u8>, String> {
    let helm = Helm::new(&options.helm_command, &request.config_home)?;
    let values = inside(&helm.private, "kustomize-values.yaml")?;
    fs::write(&values, &request.values).map_err(|error| format!("cannot write {values}: {error}"))?;
    let mut arguments = request.arguments.clone();
    for file in [&values].into_iter().chain(&request.additional_values_files) {
        arguments.extend(["-f".to_string(), list_item(file)]);
    }
    arguments.extend_from_slice(&request.more_arguments);
    helm.run(&arguments)
}

/// Returns a path as an item of a list: helm takes what follows `-f` for one, written as CSV.
fn list_item(path: &str) -> String {
    if path.contains([',', '"', '\n', '\r']) { format!("\"{}\"", path.replace('"', "\"\"")) } else { path.to_string() }
}

/// The helm command with its environment.
struct Helm<'a> {
    command: &'a str,
    environment: [(&'static str, OsString); 4],
    /// Goes away with its value.
    private: TempDir,
}

impl<'a> Helm<'a> {
    fn new(command: &'a str, config_home: &str) -> Result<Helm<'a>, String> {
        if command.is_empty() {
            return Err("must specify --helm-command".to_string());
        }
        let private = tempfile::Builder::new().prefix("boutique-helm-").tempdir();
        let private = private.map_err(|error| format!("no temporary directory: {error}"))?;
        let plugins = inside(&private, "plugins")?;
        fs::create_dir(&plugins).map_err(|error| format!("cannot make {plugins}: {error}"))?;
        let config_home = if config_home.is_empty() { inside(&private, "helm")? } else { config_home.to_string() };
        let environment = [
            ("HELM_CACHE_HOME", format!("{config_home}/.cache").into()),
            ("HELM_DATA_HOME", format!("{config_home}/.data").into()),
            ("HELM_CONFIG_HOME", config_home.into()),
            ("HELM_PLUGINS", plugins.into()),
        ];
        Ok(Helm { command, environment, private })
    }

    /// Checks that the command is Helm 3 or 4.
    fn check_version(&self) -> Result<(), String> {
        let output = self.run(&["version".to_string(), "--short".to_string()])?;
        let output = String::from_utf8_lossy(&output);
        let pattern = Regex::new(r"v?\d+(?:\.\d+)+").map_err(|error| error.to_string())?;
        let Some(found) = pattern.find(&output) else {
            return Err(format!("cannot find version string in {}", output.trim()));
        };
        let version = found.as_str().trim_start_matches('v');
        match version.split('.').next() {
            Some("3" | "4") => Ok(()),
            _ => Err(format!("this plugin requires helm V3 or V4 but got v{version}")),
        }
    }

    /// Runs helm and returns what it prints.
    fn run(&self, arguments: &[String]) -> Result<Vec<u8>, String> {
        let mut command = Command::new(self.command);
        command.args(arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        let subcommand = arguments.first().map_or("", String::as_str);
        run_command(command, Vec::new(), LIMITS).map_err(|message| format!("helm {subcommand}: {message}"))
    }
}

/// Returns a path in a directory as text.
fn inside(directory: &TempDir, name: &str) -> Result<String, String> {
    let path = directory.path().join(name);
    path.to_str().map(ToString::to_string).ok_or_else(|| format!("{} is not UTF-8", path.display()))
}
