//! `boutique openapi`: shows the built-in Kubernetes schema, or fetches the schema of a cluster.

use std::path::{Path, PathBuf};

use crate::inputs::Found;
use crate::io::{Host as _, OsHost, kubectl};
use crate::request::Request;
use crate::yaml::{ParseLimits, Tree};
use crate::{Inputs, merge_keys as keys, parallel};
use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand, ValueEnum};

use crate::cli::exit::Code;
use crate::cli::messages::report::Reporter;
use crate::cli::messages::style::pretty_json;
use crate::cli::output;
use crate::cli::paths;
use crate::cli::targets;

pub const AFTER_HELP: &str = "\
Examples:
  boutique openapi info                   Show the version of the built-in schema
  boutique openapi fetch > schema.json    Write the schema of the current cluster to a file
  boutique openapi merge-keys crds        Print the merge keys of the custom resources that are defined in `crds`";

/// The description of the built-in schema, as printed by kustomize.
const INFO: &str = "{title:Kubernetes,version:v1.21.2}";

/// The command line of `openapi`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the version of the built-in Kubernetes schema
    Info,
    /// Write a small schema with the merge keys of custom resources, so that patches merge their lists
    ///
    /// The keys are those of `x-kubernetes-list-map-keys` in CustomResourceDefinitions, and those of the lists of pods. The
    /// merge keys of Kubernetes are included, since a schema under `openapi` replaces that of Kubernetes.
    MergeKeys {
        /// Files with CustomResourceDefinitions, and directories to search for them
        #[arg(value_name = "PATH", default_value = ".")]
        paths: Vec<PathBuf>,
    },
    /// Fetch the schema of the current cluster, using kubectl
    Fetch {
        /// Set the output format
        #[arg(long, value_enum, default_value = "json")]
        format: Format,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Json,
    Yaml,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let text = match &arguments.command {
        Command::Info => Ok(format!("{INFO}\n")),
        Command::Fetch { format } => fetch(*format),
        Command::MergeKeys { paths } => parallel::with_large_stack(|| merge_keys(paths)),
    };
    let printed = text.and_then(|text| output::print(&text));
    printed.map_or_else(|error| Reporter::for_stderr().fail(&error), |_| Code::Success)
}

fn fetch(format: Format) -> anyhow::Result<String> {
    let schema = match kubectl::get_raw("/openapi/v2") {
        Ok(schema) if !schema.is_empty() => schema,
        Ok(_) => bail!("the cluster returned an empty schema"),
        Err(message) => bail!(
            "cannot fetch the schema of the cluster: {message}\nkubectl must be installed and configured for a running cluster"
        ),
    };
    let schema: serde_json::Value = serde_json::from_slice(&schema).context("the schema is not valid JSON")?;
    Ok(match format {
        Format::Json => serde_json::to_string_pretty(&schema)? + "\n",
        Format::Yaml => serde_yaml::to_string(&schema)?,
    })
}

/// The maximum number of lists that are named for a kind.
const MAX_NAMES: usize = 5;

fn merge_keys(given: &[PathBuf]) -> anyhow::Result<String> {
    let mut documents = Vec::new();
    for path in given {
        if path.is_dir() {
            let root = paths::real_directory(path)?;
            for file in targets::data_files(&root)? {
                // Other files below a directory may be anything.
                documents.extend(read(Path::new(&file)).unwrap_or_default());
            }
        } else {
            documents.extend(read(path).with_context(|| format!("cannot read {}", path.display()))?);
        }
    }
    let (schema, found) = keys::schema(&documents);
    if found.is_empty() {
        bail!("no CustomResourceDefinition has a list with a merge key");
    }
    let reporter = Reporter::for_stderr();
    for keys::MergeKeys { of, lists } in found {
        let more = lists.len().saturating_sub(MAX_NAMES);
        let more = if more == 0 { String::new() } else { format!("; and {more} more") };
        reporter.info(&format!("{of}: {}{more}", lists[..lists.len().min(MAX_NAMES)].join("; ")));
    }
    pretty_json(&schema)
}

fn read(path: &Path) -> anyhow::Result<Vec<Tree>> {
    let mut inputs = Inputs::new();
    let request = Request::Path { path: paths::absolute_or_url(path)?, within: None };
    let answer = OsHost::default().answer(&request);
    match inputs.insert_found(request, answer) {
        Found::File(file) => {
            Ok(file.documents(ParseLimits::default()).map_err(|error| anyhow!(error.message.clone()))?)
        }
        Found::Failed(message) => bail!("{message}"),
        _ => bail!("no such file"),
    }
}
