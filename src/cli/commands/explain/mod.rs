//! `boutique explain`: where values come from, and what the codes of diagnostics mean.

mod history;
mod lines;
mod select;
mod sources;

use std::path::{Path, PathBuf};

use crate::diagnostic::nearest;
use crate::io::{self, Outcome};
use crate::resource::paths::FieldPath;
use crate::{Code as DiagnosticCode, Options, Rendered, parallel};
use anyhow::{anyhow, bail};
use clap::{Args, ValueEnum};

use crate::cli::exit::Code;
use crate::cli::flags::help::explanation;
use crate::cli::flags::render::RenderFlags;
use crate::cli::messages::report::Reporter;
use crate::cli::messages::style::style_of;
use crate::cli::output;
use crate::cli::paths;
use sources::Sources;

pub const AFTER_HELP: &str = "\
Examples:
  boutique explain overlays/dev deployment/frontend spec.replicas
  boutique explain overlays/dev deploy/frontend 'spec.template.spec.containers[name=server].image'
  boutique explain overlays/dev cm/settings            every line with its source, like git blame
  boutique explain overlays/dev                        all resources like this
  boutique explain no-target                           what a code means

A resource is found by the names it had before, too: `cm/settings` is the one whose name got a prefix and a hash. The kind
may be a short name, as kubectl takes it. A path is written with dots, brackets, or as a JSON pointer.";

/// The command line of `explain`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The directory with the kustomization file, or the code of a diagnostic
    #[arg(value_name = "DIR|CODE")]
    directory: PathBuf,

    /// The resource, as KIND/NAME
    #[arg(value_name = "KIND/NAME")]
    resource: Option<String>,

    /// The field whose history is asked for
    #[arg(value_name = "FIELD.PATH")]
    field: Option<String>,

    /// The namespace of the resource, where the name is not enough
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// How to print it
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
    /// For people
    Text,
    /// For editors and other programs
    Json,
}

/// Explains.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    if let Some(code) = code(arguments) {
        let text = format!("{}\n\n{}", code.as_str(), explanation(code));
        return output::show(&text).map_or_else(|error| reporter.fail(&error), |_| Code::Success);
    }
    parallel::on_a_large_stack(|| explain(arguments, &reporter)).unwrap_or_else(|error| reporter.fail(&error))
}

/// Returns the code that the only argument is, unless it is a directory.
fn code(arguments: &Arguments) -> Option<DiagnosticCode> {
    if arguments.resource.is_some() || arguments.directory.exists() {
        return None;
    }
    DiagnosticCode::from_name(arguments.directory.to_str()?)
}

fn explain(arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Code> {
    let target = target(&arguments.directory)?;
    let path =
        arguments.field.as_deref().map(str::parse::<FieldPath>).transpose().map_err(|message| anyhow!(message))?;
    let options = Options { trace: true, ..arguments.render_flags.options() };
    let host = arguments.render_flags.host();
    let Outcome { result, inputs } = io::render(&host, &target, &options);
    let rendered = match result {
        Ok(rendered) => rendered,
        Err(diagnostics) => {
            reporter.print(&diagnostics, &inputs);
            return Ok(Code::Failure);
        }
    };
    let sources = Sources::new(&rendered, &inputs, arguments.show_secrets);
    output::show(&text(arguments, path.as_ref(), &rendered, &sources)?)?;
    Ok(Code::Success)
}

fn target(directory: &Path) -> anyhow::Result<String> {
    if !directory.exists() {
        let name = directory.to_string_lossy();
        if let Some(near) = nearest(&name, DiagnosticCode::ALL.iter().map(|code| code.as_str())) {
            bail!("there is no directory and no code `{name}`; did you mean the code `{near}`?");
        }
    }
    paths::absolute_or_url(directory)
}

fn text(
    arguments: &Arguments,
    path: Option<&FieldPath>,
    rendered: &Rendered,
    sources: &Sources<'_>,
) -> anyhow::Result<String> {
    let is_json = arguments.format == Format::Json;
    let style = style_of(&std::io::stdout());
    let Some(wanted) = &arguments.resource else {
        let resources: Vec<_> = rendered.resources().iter().collect();
        return if is_json { lines::json(&resources, sources) } else { lines::text(&resources, sources, style) };
    };
    let found = select::find(wanted, arguments.namespace.as_deref(), rendered)?;
    let Some(path) = path else {
        // What is gone has no lines; its history is the whole answer.
        if found.removed_by.is_none() {
            let resources = [found.resource];
            return if is_json { lines::json(&resources, sources) } else { lines::text(&resources, sources, style) };
        }
        return history::of_resource(&found, sources, style, is_json);
    };
    history::of_field(&found, path, sources, style, is_json)
}
