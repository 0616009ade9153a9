//! The flags that select the schemas of objects, and the reading of what they name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use clap::Args;

use crate::diagnostic::Diagnostic;
use crate::inputs::{File, Found};
use crate::io::Host;
use crate::request::Request;
use crate::resource::identity::split_api_version;
use crate::validate::{self, CustomKinds, NEWEST, Table, minor_version, schema_paths};
use crate::yaml::{ParseLimits, Tree};
use crate::{Inputs, Rendered, parallel};

use crate::cli::paths;
use crate::cli::targets;

/// The kind of the objects that define kinds.
const DEFINITION: &str = "CustomResourceDefinition";

/// The flags that select the schemas.
#[derive(Debug, Args)]
#[command(next_help_heading = "Schemas")]
pub struct SchemaFlags {
    /// Check for these versions of Kubernetes, such as 1.34 (repeatable)  [default: the newest]
    #[arg(long, value_name = "VERSION", value_parser = minor_version, value_delimiter = ',')]
    pub kubernetes_version: Vec<u8>,

    /// Read CustomResourceDefinitions from a file, or from all files below a directory (repeatable)
    #[arg(long, value_name = "PATH")]
    crds: Vec<PathBuf>,

    /// Read JSON schemas of unknown kinds from a directory in the layout of kubeconform (repeatable)
    #[arg(long, value_name = "DIR")]
    schema_location: Vec<PathBuf>,
}

/// The flags of commands that validate besides what else they do.
#[derive(Debug, Args)]
#[command(next_help_heading = "Validation")]
pub struct ValidationFlags {
    /// Check the objects as `boutique validate` does
    #[arg(long)]
    pub validate: bool,

    /// With --validate, check for these versions of Kubernetes, such as 1.34 (repeatable)  [default: the newest]
    #[arg(long, value_name = "VERSION", value_parser = minor_version, value_delimiter = ',', requires = "validate")]
    kubernetes_version: Vec<u8>,

    /// With --validate, read CustomResourceDefinitions from a file, or from all files below a directory (repeatable)
    #[arg(long, value_name = "PATH", requires = "validate")]
    crds: Vec<PathBuf>,
}

/// What the configuration names to check objects against.
#[derive(Clone, Debug, Default)]
pub struct ConfiguredSchemas {
    /// The minor versions of Kubernetes.
    pub kubernetes_versions: Vec<u8>,
    /// Files and directories with CustomResourceDefinitions.
    pub crds: Vec<PathBuf>,
    /// Directories of JSON schemas.
    pub schema_locations: Vec<PathBuf>,
}

impl ConfiguredSchemas {
    /// Adds those of another configuration.
    pub fn extend(&mut self, other: &ConfiguredSchemas) {
        self.kubernetes_versions.extend(&other.kubernetes_versions);
        self.crds.extend_from_slice(&other.crds);
        self.schema_locations.extend_from_slice(&other.schema_locations);
    }
}

/// What rendered objects are checked against.
pub struct Validation {
    table: Table,
    minors: Vec<u8>,
    custom: CustomKinds,
}

impl ValidationFlags {
    /// Returns what objects are checked against; `None` if they are not. `roots` are searched for definitions, and `configured` is
    /// what the configuration names.
    ///
    /// # Errors
    /// Fails on paths that cannot be read.
    pub fn validation(
        &self,
        roots: &[&Path],
        configured: &ConfiguredSchemas,
        host: &(dyn Host + Sync),
        limits: ParseLimits,
    ) -> anyhow::Result<Option<Validation>> {
        if !self.validate {
            return Ok(None);
        }
        let given = match self.kubernetes_version.is_empty() {
            true => &configured.kubernetes_versions,
            false => &self.kubernetes_version,
        };
        let mut custom = CustomKinds::default();
        add_named(&[&self.crds[..], &configured.crds].concat(), host, limits, &mut custom)?;
        for root in roots {
            add_found(root, host, limits, &mut custom)?;
        }
        Ok(Some(Validation { table: Table::read(), minors: minors(given), custom }))
    }
}

impl Validation {
    /// Returns the diagnostics about rendered objects.
    pub fn diagnostics(&self, rendered: &Rendered) -> Vec<Diagnostic> {
        validate::check_rendered(rendered, &self.table, &self.minors, &self.custom)
    }
}

/// Returns the given minor versions in ascending order, or else the newest one.
pub fn minors(given: &[u8]) -> Vec<u8> {
    let given: BTreeSet<u8> = given.iter().copied().collect();
    if given.is_empty() { vec![NEWEST] } else { given.into_iter().collect() }
}

impl SchemaFlags {
    /// Returns the kinds that the tree and the flags define. Definitions that are named take precedence, then those among the
    /// objects, then those below `roots`.
    ///
    /// # Errors
    /// Fails on a path of the command line that cannot be read.
    pub fn custom_kinds(
        &self,
        objects: &[&Tree],
        roots: &[&Path],
        configured: &ConfiguredSchemas,
        host: &(dyn Host + Sync),
        limits: ParseLimits,
    ) -> anyhow::Result<CustomKinds> {
        let mut custom = CustomKinds::default();
        add_named(&[&self.crds[..], &configured.crds].concat(), host, limits, &mut custom)?;
        objects.iter().for_each(|tree| custom.add_definition(tree));
        for root in roots {
            add_found(root, host, limits, &mut custom)?;
        }
        let locations = [&self.schema_location[..], &configured.schema_locations].concat();
        add_json_schemas(&locations, objects, host, limits, &mut custom)?;
        Ok(custom)
    }
}

/// Adds the schemas of the kinds in use that have no definition.
fn add_json_schemas(
    locations: &[PathBuf],
    objects: &[&Tree],
    host: &dyn Host,
    limits: ParseLimits,
    custom: &mut CustomKinds,
) -> anyhow::Result<()> {
    let directories = locations.iter().map(|directory| paths::real_directory(directory));
    let directories = directories.collect::<anyhow::Result<Vec<_>>>()?;
    if directories.is_empty() {
        return Ok(());
    }
    let kinds: BTreeSet<(&str, &str)> = objects.iter().map(|tree| validate::names(tree)).collect();
    for (api_version, kind) in kinds {
        let (group, version) = split_api_version(api_version);
        let is_name = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
        if custom.find(group, version, kind).is_some() || ![group, version, kind].into_iter().all(is_name) {
            continue;
        }
        let candidates = directories
            .iter()
            .flat_map(|directory| schema_paths(group, version, kind).into_iter().map(move |path| directory.join(path)));
        let mut files = candidates.filter_map(|path| read(path.to_str()?, host).ok());
        if let Some(tree) = files.next().and_then(|file| file.documents(limits).ok()?.into_iter().next()) {
            custom.add_json_schema((group, version, kind), &tree);
        }
    }
    Ok(())
}

/// Adds the definitions in files and directories that are named.
fn add_named(
    paths: &[PathBuf],
    host: &(dyn Host + Sync),
    limits: ParseLimits,
    custom: &mut CustomKinds,
) -> anyhow::Result<()> {
    for path in paths {
        if path.is_dir() {
            add_found(path, host, limits, custom)?;
            continue;
        }
        let file = paths::absolute_or_url(path)?;
        let cannot_read = |reason: &str| anyhow!("cannot read {}: {reason}", paths::shown(&file));
        let file = read(&file, host).map_err(|reason| cannot_read(&reason))?;
        let documents = file.documents(limits).map_err(|error| cannot_read(&error.message))?;
        documents.iter().for_each(|tree| custom.add_definition(tree));
    }
    Ok(())
}

/// Adds the definitions in all files below a directory. What cannot be read, such as templates, is left out.
fn add_found(
    root: &Path,
    host: &(dyn Host + Sync),
    limits: ParseLimits,
    custom: &mut CustomKinds,
) -> anyhow::Result<()> {
    let files = targets::data_files(&paths::real_directory(root)?)?;
    let found = parallel::map(&files, targets::default_jobs(), |file| definitions(file, host, limits));
    found.iter().flatten().for_each(|tree| custom.add_definition(tree));
    Ok(())
}

/// Returns the documents of a file with definitions.
fn definitions(path: &str, host: &dyn Host, limits: ParseLimits) -> Vec<Tree> {
    let Ok(file) = read(path, host) else { return Vec::new() };
    if !file.text().is_ok_and(|text| text.contains(DEFINITION)) {
        return Vec::new();
    }
    file.documents(limits).unwrap_or_default()
}

fn read(path: &str, host: &dyn Host) -> Result<Arc<File>, String> {
    let request = Request::Path { path: path.to_string(), within: None };
    let answer = host.answer(&request);
    match Inputs::new().insert_found(request, answer) {
        Found::File(file) => Ok(file),
        Found::Failed(failure) => Err(failure.message),
        Found::Directory { .. } => Err("it is a directory".to_string()),
        _ => Err("no such file".to_string()),
    }
}
