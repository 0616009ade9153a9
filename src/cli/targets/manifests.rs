//! The manifests below a directory, whether or not a kustomization reads them.

use std::collections::HashSet;
use std::path::Path;

use crate::Inputs;
use crate::inputs::Found;
use crate::io::Host;
use crate::kustomization::Kustomization;
use crate::lint::{Deployer, Surroundings};
use crate::parallel;
use crate::request::Request;
use crate::yaml::ParseLimits;

use super::default_jobs;
use super::walk::{data_files, is_kustomization_file};
use crate::cli::paths;
use crate::path::{clean, join};

/// What the manifests below a directory say about the objects of a cluster.
#[derive(Debug, Default)]
pub struct Manifests {
    files: Vec<Manifest>,
}

/// A manifest or kustomization file.
#[derive(Debug, Default)]
struct Manifest {
    /// The real path.
    path: String,
    surroundings: Surroundings,
    deployers: Vec<Deployer>,
    /// The paths that a kustomization file names.
    named: Vec<String>,
    /// Whether a kustomization file lists a manifest in its own directory.
    lists_siblings: bool,
    /// The comments of a kustomization file.
    comments: String,
}

impl Manifests {
    /// Reads all YAML and JSON files below some directories that are not hidden. What cannot be read is left out.
    ///
    /// # Errors
    /// Fails when one of `roots` is not a directory that can be read.
    pub fn read(roots: &[&Path], host: &(dyn Host + Sync), limits: ParseLimits) -> anyhow::Result<Manifests> {
        let mut manifests = Manifests::default();
        for root in roots {
            let within = Some(paths::absolute_or_url(&paths::real_directory(root)?)?);
            let read = |path: &String| read(path, within.clone(), host, limits);
            manifests.files.extend(parallel::map(&data_files(root)?, default_jobs(), read).into_iter().flatten());
        }
        Ok(manifests)
    }

    /// Returns what the manifests bring that are not in a set of real paths.
    pub fn without(&self, paths: &HashSet<&str>) -> Surroundings {
        let mut surroundings = Surroundings::default();
        let others = self.files.iter().filter(|file| !paths.contains(file.path.as_str()));
        others.for_each(|file| surroundings.extend(&file.surroundings));
        surroundings
    }

    /// Returns the objects that deploy directories, with the paths of their files.
    pub fn deployers(&self) -> impl Iterator<Item = (&str, &Deployer)> {
        self.files.iter().flat_map(|file| file.deployers.iter().map(|deployer| (file.path.as_str(), deployer)))
    }

    /// Returns the paths that kustomization files name.
    pub fn named(&self) -> HashSet<&str> {
        self.files.iter().flat_map(|file| file.named.iter().map(String::as_str)).collect()
    }

    /// Returns whether a file belongs in the kustomization of its directory: that lists others there, and no comment of it
    /// names the file.
    pub fn belongs_to_siblings(&self, path: &str) -> bool {
        let path = Path::new(path);
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        self.files.iter().any(|file| {
            file.lists_siblings && Path::new(&file.path).parent() == path.parent() && !file.comments.contains(name)
        })
    }
}

fn read(path: &str, within: Option<String>, host: &dyn Host, limits: ParseLimits) -> Option<Manifest> {
    let mut inputs = Inputs::new();
    let request = Request::Path { path: path.to_string(), within };
    let answer = host.answer(&request);
    let Found::File(file) = inputs.insert_found(request, answer) else { return None };
    let mut manifest = Manifest { path: file.real.clone(), ..Manifest::default() };
    if is_kustomization_file(Path::new(path)) {
        let kustomization: &Kustomization = &file.kustomization(limits).ok()?.kustomization;
        let directory = path.rsplit_once('/').map_or("/", |(directory, _)| directory);
        manifest.named = kustomization.paths().map(|(path, _)| clean(&join(directory, path))).collect();
        let is_sibling = |path: &str| {
            let is_file = [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending));
            is_file && Path::new(&clean(&join(directory, path))).parent() == Some(Path::new(directory))
        };
        let mut resources = kustomization.paths().filter(|(_, kind)| kind.may_be_kustomization());
        manifest.lists_siblings = resources.any(|(path, _)| is_sibling(path));
        for chart in &kustomization.helm_charts {
            let namespaces = [&*kustomization.namespace, &*chart.namespace];
            let known = namespaces.into_iter().find(|namespace| !namespace.is_empty());
            manifest.surroundings.open(known.map_or("", |namespace| namespace));
        }
        let comments = file.shown_text().lines().filter_map(|line| line.split_once('#'));
        manifest.comments = comments.map(|(_, comment)| comment).collect::<Vec<_>>().join("\n");
        return Some(manifest);
    }
    let documents = file.documents(limits).ok()?;
    manifest.surroundings = Surroundings::of_manifest(&documents);
    manifest.deployers = documents.iter().filter_map(Deployer::new).collect();
    Some(manifest)
}
