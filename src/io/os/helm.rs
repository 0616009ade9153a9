//! Charts, inflated with the `helm` command.
//!
//! Its cache and data are private to one request, and so is its configuration unless the kustomization names a
//! `configHome`; its plugins, which are programs, are never used.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf, absolute};
use std::process::Command;
use std::time::Duration;

use crate::path;
use crate::request::{Answer, Failure, HelmChartRequest, HelmTemplateRequest};
use regex::Regex;
use walkdir::WalkDir;

use super::nearest_real;
use super::options::OsOptions;
use super::process::{Limits, run as run_command};
use super::temporary::Temporary;

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

fn find_or_pull(request: &HelmChartRequest, options: &OsOptions) -> Result<Answer, Failure> {
    let helm = Helm::new(options, &request.config_home)?;
    // The reference checks once per chart as well, and before anything else.
    helm.check_version()?;
    let place = path::clean(&format!("{}/{}", request.home, request.name));
    if !Path::new(&place).is_dir() {
        if request.repo.is_empty() {
            return Ok(Answer::Missing);
        }
        options.network.check(&request.repo)?;
        check_is_within(&nearest_real(Path::new(&place)), request)?;
        helm.run(&pull_arguments(request))?;
    }
    check_content(Path::new(&place), request, options)?;
    Ok(Answer::Directory { real: place })
}

/// Checks that a place lies where files may be written.
fn check_is_within(place: &Path, request: &HelmChartRequest) -> Result<(), Failure> {
    match &request.within {
        Some(directory) if !place.starts_with(directory) => {
            Err(format!("it would be pulled to `{}`, which is outside of `{directory}`", place.display()).into())
        }
        _ => Ok(()),
    }
}

/// Checks that links in a chart lead nowhere else, as helm follows them, and that there is nothing to wait for.
fn check_content(chart: &Path, request: &HelmChartRequest, options: &OsOptions) -> Result<(), Failure> {
    let allowed: Vec<&String> = request.within.iter().chain(&options.load_roots).collect();
    if allowed.is_empty() {
        return Ok(());
    }
    let (chart, home) = (nearest_real(chart), nearest_real(Path::new(&request.home)));
    let is_inside =
        |real: &Path| real.starts_with(&home) || allowed.iter().any(|directory| real.starts_with(directory));
    if !is_inside(&chart) {
        return Err(format!("the chart is a link to `{}`", chart.display()).into());
    }
    for entry in WalkDir::new(&chart) {
        let entry = entry.map_err(|error| error.to_string())?;
        let (path, kind) = (entry.path(), entry.file_type());
        if kind.is_symlink() && !is_inside(&nearest_real(path)) {
            return Err(format!("the link `{}` leads out of the chart", path.display()).into());
        }
        let is_regular = path.metadata().map_or(true, |metadata| metadata.is_file() || metadata.is_dir());
        if !kind.is_dir() && !is_regular {
            return Err(format!("`{}` is not a regular file", path.display()).into());
        }
    }
    Ok(())
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

fn run_template(request: &HelmTemplateRequest, options: &OsOptions) -> Result<Vec<u8>, Failure> {
    let helm = Helm::new(options, &request.config_home)?;
    let mut arguments = request.arguments.clone();
    let additional = request.additional_values.iter().map(AsRef::as_ref);
    for (at, values) in [request.values.as_slice()].into_iter().chain(additional).enumerate() {
        let name = if at == 0 { "kustomize-values.yaml".to_string() } else { format!("additional-values-{at}.yaml") };
        let file = helm.private.inside(&name)?;
        fs::write(&file, values).map_err(|error| format!("cannot write {file}: {error}"))?;
        arguments.extend(["-f".to_string(), list_item(&file)]);
    }
    arguments.extend_from_slice(&request.more_arguments);
    helm.run(&arguments)
}

/// Returns a path as an item of a list: helm takes what follows `-f` for one, written as CSV.
fn list_item(path: &str) -> String {
    if path.contains([',', '"', '\n', '\r']) { format!("\"{}\"", path.replace('"', "\"\"")) } else { path.to_string() }
}

/// Returns a path as an absolute one.
fn from_here(path: &str) -> Result<PathBuf, Failure> {
    Ok(absolute(path).map_err(|error| format!("cannot resolve {path}: {error}"))?)
}

/// The helm command with its environment.
struct Helm {
    command: PathBuf,
    environment: [(&'static str, OsString); 4],
    limits: Limits,
    /// Goes away with its value.
    private: Temporary,
}

impl Helm {
    fn new(options: &OsOptions, config_home: &str) -> Result<Helm, Failure> {
        if options.helm_command.is_empty() {
            return Err("the helm command is empty".into());
        }
        // A name is looked for by the system; a path is one from where the command line was typed.
        let command = match options.helm_command.contains('/') {
            true => from_here(&options.helm_command)?,
            false => PathBuf::from(&options.helm_command),
        };
        let private = Temporary::new("boutique-helm-")?;
        let plugins = private.inside("plugins")?;
        fs::create_dir(&plugins).map_err(|error| format!("cannot make {plugins}: {error}"))?;
        let home = private.inside("helm")?;
        let config_home = if config_home.is_empty() { PathBuf::from(&home) } else { from_here(config_home)? };
        let environment = [
            // Nothing is written where the tree says.
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

    /// Runs helm and returns what it prints. It runs where it finds nothing of the tree: a `configHome` of the tree may
    /// name helpers by paths, which are programs.
    fn run(&self, arguments: &[String]) -> Result<Vec<u8>, Failure> {
        let mut command = Command::new(&self.command);
        command.current_dir(self.private.path());
        command.args(arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        let subcommand = arguments.first().map_or("", String::as_str);
        run_command(command, Vec::new(), self.limits)
            .map_err(|failure| failure.map_message(|message| format!("helm {subcommand}: {message}")))
    }
}
