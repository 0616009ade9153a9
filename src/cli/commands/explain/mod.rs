//! `boutique explain`: explains where values come from, and what diagnostic codes mean.

mod history;
mod lines;
mod select;
mod sources;

use std::path::{Path, PathBuf};

use crate::diagnostic::nearest;
use crate::io::{self, Outcome};
use crate::parallel::{self, Threads};
use crate::resource::paths::FieldPath;
use crate::{Code as DiagnosticCode, Inputs, Options, Rendered};
use anyhow::{anyhow, bail};
use clap::{Args, ValueEnum};

use crate::cli::exit::Code;
use crate::cli::flags::help::explanation;
use crate::cli::flags::render::RenderFlags;
use crate::cli::messages::report::Reporter;
use crate::cli::messages::style::style_of;
use crate::cli::output;
use crate::cli::paths;
use crate::cli::targets::default_jobs;
use sources::Sources;

pub const AFTER_HELP: &str = "\
KIND may be a short name, as in kubectl. NAME may be a former name: `cm/settings` finds the ConfigMap even if its name has a \
prefix and a hash. FIELD.PATH is written with dots and brackets, or as a JSON pointer.

Examples:
  boutique explain overlays/prod deployment/frontend spec.replicas
  boutique explain overlays/dev deploy/frontend 'spec.template.spec.containers[name=server].image'
  boutique explain overlays/dev cm/settings    Show the source of each line, like git blame
  boutique explain overlays/dev                Show the source of each line of all resources
  boutique explain no-target                   Explain a diagnostic code

Exit codes:
  0  Success
  1  The input is invalid, or the resource or field does not exist
  2  Usage error";

/// The command line of `explain`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The kustomization directory, or a diagnostic code
    #[arg(value_name = "DIR|CODE")]
    directory: PathBuf,

    /// The resource to explain
    #[arg(value_name = "KIND/NAME")]
    resource: Option<String>,

    /// The field whose history to show
    #[arg(value_name = "FIELD.PATH")]
    field: Option<String>,

    /// Select the resource in this namespace, if the name is ambiguous
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// Set the output format
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    format: Format,

    /// Show the values of Secrets
    #[arg(long)]
    show_secrets: bool,

    #[command(flatten)]
    render_flags: RenderFlags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Human-readable text
    Text,
    /// JSON
    Json,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    if let Some(code) = code(arguments) {
        let text = format!("{}\n\n{}", code.as_str(), explanation(code));
        return output::show(&text).map_or_else(|error| reporter.fail(&error), |_| Code::Success);
    }
    parallel::with_large_stack(|| explain(arguments, &reporter)).unwrap_or_else(|error| reporter.fail(&error))
}

/// Returns the diagnostic code if it is the only argument and there is no directory of that name.
fn code(arguments: &Arguments) -> Option<DiagnosticCode> {
    if arguments.resource.is_some() || arguments.directory.exists() {
        return None;
    }
    DiagnosticCode::from_name(arguments.directory.to_str()?)
}

fn explain(arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Code> {
    let target = directory_or_url(&arguments.directory)?;
    let path =
        arguments.field.as_deref().map(str::parse::<FieldPath>).transpose().map_err(|message| anyhow!(message))?;
    let options = Options { trace: true, ..arguments.render_flags.options() };
    let host = arguments.render_flags.host(&[&target]);
    let Outcome { result, inputs } = io::render(&host, &target, &options);
    let rendered = match result {
        Ok(rendered) => rendered,
        Err(diagnostics) => {
            reporter.print(&diagnostics, &inputs);
            return Ok(Code::Failure);
        }
    };
    output::show(&text(arguments, path.as_ref(), &rendered, &inputs)?)?;
    Ok(Code::Success)
}

fn directory_or_url(directory: &Path) -> anyhow::Result<String> {
    if !directory.exists() {
        let name = directory.to_string_lossy();
        if let Some(near) = nearest(&name, DiagnosticCode::ALL.iter().map(|code| code.as_str())) {
            bail!("`{name}` is neither a directory nor a code; did you mean the code `{near}`?");
        }
    }
    paths::absolute_or_url(directory)
}

fn text(
    arguments: &Arguments,
    path: Option<&FieldPath>,
    rendered: &Rendered,
    inputs: &Inputs,
) -> anyhow::Result<String> {
    let is_json = arguments.format == Format::Json;
    let style = style_of(&std::io::stdout());
    let sources = || Sources::new(rendered, inputs, arguments.show_secrets);
    let lines = |resources| {
        let subject = lines::Subject { resources, sources: &sources, threads: Threads::Auto(default_jobs) };
        if is_json { subject.json() } else { subject.text(style) }
    };
    let Some(wanted) = &arguments.resource else { return lines(rendered.resources().iter().collect()) };
    let found = select::find(wanted, arguments.namespace.as_deref(), rendered)?;
    match path {
        Some(path) => history::of_field(&found, path, &sources(), style, is_json),
        // A removed resource has no lines, so its history is shown.
        None if found.removed_by.is_some() => history::of_resource(&found, &sources(), style, is_json),
        None => lines(vec![found.resource]),
    }
}
