//! `boutique openapi`: shows the built-in Kubernetes schema, or fetches the schema of a cluster.

use crate::io::kubectl;
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};

use crate::cli::exit::Code;
use crate::cli::messages::report::Reporter;
use crate::cli::output;

pub const AFTER_HELP: &str = "\
Examples:
  boutique openapi info                   Show the version of the built-in schema
  boutique openapi fetch > schema.json    Write the schema of the current cluster to a file";

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
