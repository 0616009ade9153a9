//! The schemas of kinds that are not part of Kubernetes.

use std::collections::BTreeSet;
use std::path::Path;

use crate::Inputs;
use crate::inputs::{File, Found};
use crate::io::Host;
use crate::parallel;
use crate::request::Request;
use crate::validate::{CustomKinds, schema_paths};
use crate::yaml::{ParseLimits, Tree};

use super::sources::{Collected, Sources};
use super::{SchemaFlags, cannot_read};
use crate::cli::paths;
use crate::cli::targets;

/// The kind of the objects that define kinds.
const DEFINITION: &str = "CustomResourceDefinition";

/// Returns the kinds that the tree and the flags define. Definitions that are named take precedence, then those that are
/// rendered.
///
/// # Errors
/// Fails on a path of the command line that cannot be read.
pub fn custom_kinds(
    flags: &SchemaFlags,
    collected: &Collected,
    sources: &Sources,
    host: &(dyn Host + Sync),
) -> anyhow::Result<CustomKinds> {
    let mut custom = CustomKinds::default();
    let limits = sources.options.limits;
    for path in &flags.crds {
        let files = match path.is_dir() {
            true => targets::data_files(&paths::real_directory(path)?)?,
            false => vec![paths::absolute_or_url(path)?],
        };
        for file in &files {
            let documents = match read(file, host) {
                Ok(file) => file.documents(limits).map_err(|error| cannot_read(&file.path, &error.message)),
                Err(reason) => Err(cannot_read(file, &reason)),
            };
            match documents {
                Ok(documents) => documents.iter().for_each(|tree| custom.add_definition(tree)),
                // A directory may contain templates.
                Err(_) if path.is_dir() => {}
                Err(error) => return Err(error),
            }
        }
    }
    collected.sources.iter().flat_map(|source| source.trees()).for_each(|tree| custom.add_definition(tree));
    for search in &sources.searches {
        let files = targets::data_files(&search.root)?;
        let definitions = parallel::map(&files, targets::default_jobs(), |file| definitions(file, host, limits));
        definitions.iter().flatten().for_each(|tree| custom.add_definition(tree));
    }
    add_json_schemas(flags, collected, host, limits, &mut custom)?;
    Ok(custom)
}

/// Returns the definitions in a file. What cannot be read is left out.
fn definitions(path: &str, host: &dyn Host, limits: ParseLimits) -> Vec<Tree> {
    let Ok(file) = read(path, host) else { return Vec::new() };
    if !file.text().is_ok_and(|text| text.contains(DEFINITION)) {
        return Vec::new();
    }
    file.documents(limits).unwrap_or_default()
}

fn read(path: &str, host: &dyn Host) -> Result<std::sync::Arc<File>, String> {
    let request = Request::Path { path: path.to_string(), within: None };
    let answer = host.answer(&request);
    match Inputs::new().insert_found(request, answer) {
        Found::File(file) => Ok(file),
        Found::Failed(failure) => Err(failure.message),
        Found::Directory { .. } => Err("it is a directory".to_string()),
        _ => Err("no such file".to_string()),
    }
}

/// Adds the schemas of the kinds in use that have no definition.
fn add_json_schemas(
    flags: &SchemaFlags,
    collected: &Collected,
    host: &dyn Host,
    limits: ParseLimits,
    custom: &mut CustomKinds,
) -> anyhow::Result<()> {
    let directories = flags.schema_location.iter().map(|directory| paths::real_directory(directory));
    let directories = directories.collect::<anyhow::Result<Vec<_>>>()?;
    if directories.is_empty() {
        return Ok(());
    }
    let kinds: BTreeSet<(&str, &str)> = collected.sources.iter().flat_map(|source| source.trees()).map(names).collect();
    for (api_version, kind) in kinds {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let is_name = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
        if custom.find(group, version, kind).is_some() || ![group, version, kind].into_iter().all(is_name) {
            continue;
        }
        let candidates = directories.iter().flat_map(|directory| {
            schema_paths(group, version, kind).into_iter().map(move |path| Path::new(directory).join(path))
        });
        let mut files = candidates.filter_map(|path| read(path.to_str()?, host).ok());
        if let Some(tree) = files.next().and_then(|file| file.documents(limits).ok()?.into_iter().next()) {
            custom.add_json_schema((group, version, kind), &tree);
        }
    }
    Ok(())
}

/// Returns `apiVersion` and `kind` of an object.
fn names(tree: &Tree) -> (&str, &str) {
    let text = |name: &str| tree.get(tree.root(), name).map_or("", |node| tree.text(node));
    (text("apiVersion"), text("kind"))
}
