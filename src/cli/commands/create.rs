//! `boutique create`: a kustomization file where there is none.

use std::path::Path;

use crate::Inputs;
use crate::edit::metadata::{self, Metadata};
use crate::edit::{self, Mapping, Value};
use crate::inputs::Found;
use crate::io::{Host as _, OsHost};
use crate::kustomization::{FILE_NAMES, KUSTOMIZATION_KIND, KUSTOMIZATION_VERSION};
use crate::path::join;
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
The file is `kustomization.yaml` in the working directory. --autodetect takes every file there that holds Kubernetes \
resources and nothing else; with --recursive those below, too, and each directory that has a kustomization of its own.

Examples:
  boutique create --autodetect                        of the manifests here
  boutique create --autodetect --recursive            and of those below
  boutique create --resources ../base --namespace staging --nameprefix acme-
  boutique create --resources '*.yaml,../base' --labels app:shop,team:web

Exit codes:
  0  the file is written    1  it is not: there is one, or something in it would be missing
  2  mistakes on the command line";

/// The command line of `create`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files, directories and URLs to list: names or patterns, separated by commas
    #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
    resources: String,

    /// The namespace of all resources
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    namespace: String,

    /// Annotations for all resources: KEY:VALUE, separated by commas
    #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
    annotations: String,

    /// Labels for all resources and selectors: KEY:VALUE, separated by commas
    #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
    labels: String,

    /// What to put in front of all names
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    nameprefix: String,

    /// What to put behind all names
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    namesuffix: String,

    /// List the files in this directory that hold resources
    #[arg(long)]
    autodetect: bool,

    /// Look for them in the directories below, too
    #[arg(long)]
    recursive: bool,
}

/// Writes the file.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    // Files are read to find out whether they hold resources, and may be deep.
    let created = crate::parallel::on_a_large_stack(|| create(arguments));
    created.map_or_else(|error| reporter.fail(&error), |()| Code::Success)
}

fn create(arguments: &Arguments) -> anyhow::Result<()> {
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
    // The order is that in which kustomize writes fields.
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
    output::write_file(&here.join(FILE_NAMES[0]), &edit::update("", &data)?)
}

/// Splits a list; nothing is the empty list.
fn split(list: &str) -> Vec<String> {
    list.split(',').filter(|_| !list.is_empty()).map(ToString::to_string).collect()
}

/// Reads `KEY:VALUE` pairs, in the order of their keys.
fn pairs(list: &str, kind: Metadata) -> anyhow::Result<Mapping> {
    let mut pairs = metadata::pairs(&split(list), kind).map_err(anyhow::Error::msg)?;
    pairs.sort();
    Ok(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
}

/// Returns the files that hold resources, and the directories that have a kustomization, in the order of their paths.
fn detected(recursive: bool) -> anyhow::Result<Vec<String>> {
    let here = working_directory()?;
    let depth = if recursive { usize::MAX } else { 1 };
    let mut paths = Vec::new();
    let mut walk = WalkDir::new(".").min_depth(1).max_depth(depth).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(targets::unreadable)?;
        let path = entry.path().strip_prefix(".").unwrap_or(entry.path());
        let text = path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))?;
        if entry.file_type().is_dir() {
            if recursive && targets::is_kustomization(entry.path()) {
                paths.push(text.to_string());
                walk.skip_current_dir();
            }
        } else if entry.path().is_file() && holds_resources(&here, text) {
            paths.push(text.to_string());
        }
    }
    Ok(paths)
}

/// Returns whether a file holds resources and nothing else. Links that lead out of the directory could not be rendered.
fn holds_resources(here: &str, path: &str) -> bool {
    let request = Request::Path { path: join(here, path), within: Some(here.to_string()) };
    let answer = OsHost::default().answer(&request);
    match Inputs::new().insert_found(request, answer) {
        Found::File(file) => file.resources(ParseLimits::default()).is_ok_and(|resources| !resources.is_empty()),
        _ => false,
    }
}
