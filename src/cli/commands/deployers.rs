//! `boutique tree --roots`: what Flux and Argo CD deploy.

use std::path::Path;

use serde_json::json;

use crate::Options;
use crate::io::OsHost;
use crate::lint::Deployer;
use crate::message::Style;

use crate::cli::messages::style::{pretty_json, printable};
use crate::cli::paths;
use crate::cli::targets::{self, Manifests};

/// An object that deploys directories, and those that were found.
struct Deployment {
    /// The file with the object, as it is displayed.
    file: String,
    deployer: Deployer,
    directories: Vec<String>,
}

/// Returns the deployments of a directory as text: a line for each object, followed by one for each directory.
///
/// # Errors
/// Fails when the directory cannot be read.
pub fn text(
    root: &Path,
    host: &OsHost,
    options: &Options,
    style: &Style,
    [entry, last_entry]: [&str; 2],
) -> anyhow::Result<String> {
    let found = find(root, host, options)?;
    if found.is_empty() {
        return Ok("no Flux Kustomization or Argo CD Application names a directory\n".to_string());
    }
    let mut text = String::new();
    for Deployment { file, deployer, directories } in found {
        let settings = settings(&deployer).join("; ");
        let settings = if settings.is_empty() { settings } else { format!(" ({settings})") };
        let label = style.paint(&printable(&deployer.label), "1");
        text.push_str(&format!("{label} in {}{}\n", printable(&file), style.paint(&printable(&settings), "2")));
        let missing = deployer.paths.iter().filter(|_| directories.is_empty());
        let missing = missing.map(|path| format!("{} {}", printable(path), style.paint("(no target here)", "31")));
        let lines: Vec<String> = directories.iter().map(|path| printable(path).to_string()).chain(missing).collect();
        for (at, line) in lines.iter().enumerate() {
            text.push_str(&format!("{}{line}\n", if at + 1 == lines.len() { last_entry } else { entry }));
        }
    }
    Ok(text)
}

/// Returns the deployments of a directory as JSON.
///
/// # Errors
/// Fails when the directory cannot be read.
pub fn json(root: &Path, host: &OsHost, options: &Options) -> anyhow::Result<String> {
    let found = find(root, host, options)?;
    let deployments = found.iter().map(|Deployment { file, deployer, directories }| {
        json!({
            "object": deployer.label,
            "file": file,
            "paths": deployer.paths,
            "directories": directories,
            "namespace": deployer.namespace,
            "variables": deployer.variables,
            "hasMoreVariables": deployer.has_more_variables,
            "images": deployer.images,
            "components": deployer.components,
            "patches": deployer.patches,
        })
    });
    pretty_json(&deployments.collect::<Vec<_>>())
}

fn find(root: &Path, host: &OsHost, options: &Options) -> anyhow::Result<Vec<Deployment>> {
    let manifests = Manifests::read(&[root], host, options.limits)?;
    let targets = targets::find(root, true, host, options)?.directories;
    let mut found: Vec<Deployment> = manifests
        .deployers()
        .map(|(path, deployer)| {
            let deployed = targets.iter().filter(|target| deployer.deploys(target));
            Deployment {
                file: paths::shown(path),
                deployer: deployer.clone(),
                directories: deployed.map(|target| paths::shown(target)).collect(),
            }
        })
        .collect();
    found.sort_by(|a, b| (&a.file, &a.deployer.label).cmp(&(&b.file, &b.deployer.label)));
    Ok(found)
}

/// Returns what the deployment changes, as text.
fn settings(deployer: &Deployer) -> Vec<String> {
    let mut variables = deployer.variables.clone();
    if deployer.has_more_variables {
        variables.push("more".to_string());
    }
    let list = |name: &str, values: &[String]| (!values.is_empty()).then(|| format!("{name}: {}", values.join(", ")));
    let namespace = deployer.namespace.as_ref().map(|namespace| format!("namespace: {namespace}"));
    let patches = (deployer.patches > 0).then(|| format!("patches: {}", deployer.patches));
    let lists =
        [list("variables", &variables), list("images", &deployer.images), list("components", &deployer.components)];
    namespace.into_iter().chain(lists.into_iter().flatten()).chain(patches).collect()
}
