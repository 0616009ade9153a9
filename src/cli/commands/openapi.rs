//! `boutique openapi`: the Kubernetes schema that is built in, and that of a cluster.

use crate::io::kubectl;
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};

use crate::cli::exit::Code;
use crate::cli::messages::report::Reporter;
use crate::cli::output;

pub const AFTER_HELP: &str = "\
Examples:
  boutique openapi info                                which schema is built in
  boutique openapi fetch > schema.json                 that of the present cluster, for the field `openapi`";

/// What kustomize prints of the schema that both have built in.
const INFO: &str = "{title:Kubernetes,version:v1.21.2}";

/// The command line of `openapi`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print which Kubernetes schema is built in
    Info,
    /// Print the schema of the cluster that kubectl is set up for
    Fetch {
        /// The format of the schema
        #[arg(long, value_enum, default_value = "json")]
        format: Format,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Json,
    Yaml,
}

/// Prints what is asked for.
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
        Ok(_) => bail!("the cluster has no schema"),
        Err(message) => bail!(
            "cannot fetch the schema of the cluster: {message}\nkubectl has to be installed and set up for a cluster that runs"
        ),
    };
    let schema: serde_json::Value = serde_json::from_slice(&schema).context("the schema is no JSON")?;
    Ok(match format {
        Format::Json => serde_json::to_string_pretty(&schema)? + "\n",
        Format::Yaml => serde_yaml::to_string(&schema)?,
    })
}
