//! `boutique create`: creates a kustomization file.

use std::path::Path;

use crate::Inputs;
use crate::edit::metadata::{self, Metadata};
use crate::edit::{self, Mapping, Value};
use crate::inputs::Found;
use crate::io::{Host as _, OsHost};
use crate::kustomization::{FILE_NAMES, KUSTOMIZATION_KIND, KUSTOMIZATION_VERSION};
use crate::path::{is_git_directory, join};
use crate::request::Request;
use crate::yaml::ParseLimits;
use anyhow::{Context as _, bail};
use clap::Args;
use walkdir::WalkDir;

use crate::cli::commands::edit::sources::matched_or_remote;
use crate::cli::exit::Code;
use crate::cli::messages::report::Reporter;
use crate::cli::output;
use crate::cli::paths::working_directory;
use crate::cli::targets;

pub const AFTER_HELP: &str = "\
The command writes `kustomization.yaml` in the current directory. --autodetect adds every file in the directory that \
contains only Kubernetes resources. --recursive also adds such files in subdirectories, and subdirectories with a \
kustomization file.

Examples:
  boutique create --autodetect                Add the manifests in this directory
  boutique create --autodetect --recursive    Also add the manifests in subdirectories
  boutique create --resources ../base --namespace staging --nameprefix acme-
  boutique create --resources '*.yaml,../base' --labels app:shop,team:web

Exit codes:
  0  Success
  1  A kustomization file already exists, or a resource does not exist
  2  Usage error";

/// The command line of `create`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Add files, directories, and URLs to `resources`: a comma-separated list of names and patterns
    #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
    resources: String,

    /// Set the namespace of all resources
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    namespace: String,

    /// Add annotations to all resources: a comma-separated list of KEY:VALUE
    #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
    annotations: String,

    /// Add labels to all resources and selectors: a comma-separated list of KEY:VALUE
    #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
    labels: String,

    /// Set the prefix of all resource names
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    nameprefix: String,

    /// Set the suffix of all resource names
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    namesuffix: String,

    /// Add the files in this directory that contain resources
    #[arg(long)]
    autodetect: bool,

    /// Search subdirectories as well (requires --autodetect)
    #[arg(long)]
    recursive: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    // Auto-detection parses files, which may be deeply nested.
    let created = crate::parallel::with_large_stack(|| create(arguments, &reporter));
    created.map_or_else(|error| reporter.fail(&error), |()| Code::Success)
}

fn create(arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<()> {
    let mut resources = matched_or_remote(&split(&arguments.resources))?;
    let here = Path::new(".");
    if let Some(name) = FILE_NAMES.iter().find(|name| here.join(name).symlink_metadata().is_ok()) {
        bail!("kustomization file already exists: {name}");
    }
    if arguments.autodetect {
        for path in detected(arguments.recursive)? {
            if !resources.contains(&path) {
                resources.push(path);
            }
        }
    }
    let mut data = Mapping::new();
    data.insert("apiVersion".into(), KUSTOMIZATION_VERSION.into());
    data.insert("kind".into(), KUSTOMIZATION_KIND.into());
    // The order is that of kustomize.
    let fields: [(&str, Value); 6] = [
        ("resources", resources.into_iter().map(Value::from).collect::<Vec<_>>().into()),
        ("namePrefix", arguments.nameprefix.as_str().into()),
        ("nameSuffix", arguments.namesuffix.as_str().into()),
        ("namespace", arguments.namespace.as_str().into()),
        ("commonLabels", pairs(&arguments.labels, Metadata::Label)?.into()),
        ("commonAnnotations", pairs(&arguments.annotations, Metadata::Annotation)?.into()),
    ];
    for (name, value) in fields {
        let is_empty = match &value {
            Value::Sequence(elements) => elements.is_empty(),
            Value::Mapping(entries) => entries.is_empty(),
            value => value.as_str() == Some(""),
        };
        if !is_empty {
            data.insert(name.into(), value);
        }
    }
    output::write_file(&here.join(FILE_NAMES[0]), &edit::update("", &data)?)?;
    if data.keys().all(|field| matches!(field.as_str(), Some("apiVersion" | "kind"))) {
        let what = if arguments.autodetect { "no resources were found" } else { "nothing is listed yet" };
        reporter.warn(&format!("{what}, so the new {} cannot be rendered", FILE_NAMES[0]));
    }
    Ok(())
}

/// Splits a comma-separated list. An empty string is an empty list.
fn split(list: &str) -> Vec<String> {
    list.split(',').filter(|_| !list.is_empty()).map(ToString::to_string).collect()
}

/// Parses a list of `KEY:VALUE` pairs, and sorts them by key.
fn pairs(list: &str, kind: Metadata) -> anyhow::Result<Mapping> {
    let mut pairs = metadata::pairs(&split(list), kind).map_err(anyhow::Error::msg)?;
    pairs.sort();
    Ok(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
}

/// Returns the files that contain resources, and the directories with a kustomization, sorted by path.
fn detected(recursive: bool) -> anyhow::Result<Vec<String>> {
    let here = working_directory()?;
    let depth = if recursive { usize::MAX } else { 1 };
    let mut paths = Vec::new();
    let is_searched = |entry: &walkdir::DirEntry| !is_git_directory(&entry.file_name().to_string_lossy());
    let walk = WalkDir::new(".").min_depth(1).max_depth(depth).sort_by_file_name();
    let mut walk = walk.into_iter().filter_entry(is_searched);
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(targets::unreadable)?;
        let path = entry.path().strip_prefix(".").unwrap_or(entry.path());
        let text = path.to_str().with_context(|| format!("{} is not valid UTF-8", path.display()))?;
        if entry.file_type().is_dir() {
            if recursive && targets::is_kustomization(entry.path()) {
                paths.push(text.to_string());
                walk.skip_current_dir();
            }
        } else if entry.path().is_file() && contains_only_resources(&here, text) {
            paths.push(text.to_string());
        }
    }
    Ok(paths)
}

/// Returns whether a file contains resources and nothing else. A symbolic link that leads out of the directory does not
/// count, as a render could not read it.
fn contains_only_resources(here: &str, path: &str) -> bool {
    let request = Request::Path { path: join(here, path), within: Some(here.to_string()) };
    let answer = OsHost::default().answer(&request);
    match Inputs::new().insert_found(request, answer) {
        Found::File(file) => file.resources(ParseLimits::default()).is_ok_and(|resources| !resources.is_empty()),
        _ => false,
    }
}
