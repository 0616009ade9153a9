//! `boutique inputs`: lists the files and remote sources that a render reads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::io::{Outcome, Workspace};
use crate::path::{as_argument, is_within, relative};
use crate::{Inputs, parallel};
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::cli::exit::Code;
use crate::cli::flags::render::RenderFlags;
use crate::cli::messages::report::Reporter;
use crate::cli::messages::style::{pretty_json, printable};
use crate::cli::output;
use crate::cli::paths;
use crate::cli::paths::working_directory;
use crate::cli::reads::{Read, ReadKind, reads};

pub const AFTER_HELP: &str = "\
Remote content and charts are fetched, and plugins are run if they are enabled, as they may refer to further files.

--type directory and --type missing list paths that were only looked up. A cache depends on them, because creating a \
missing file may change the output.

Examples:
  boutique inputs overlays/prod                  List all inputs, one per line
  boutique inputs overlays/prod -0 --type file | xargs -0 sha256sum --
  boutique inputs overlays/prod --directories    List directories to watch, such as in Argo CD
  boutique inputs overlays/prod --format json    Print JSON

Exit codes:
  0  Success
  1  The input is invalid, or a file could not be read
  2  Usage error";

/// The kinds that are listed by default.
const DEFAULT_KINDS: [ReadKind; 5] =
    [ReadKind::File, ReadKind::Chart, ReadKind::Git, ReadKind::Http, ReadKind::Program];

/// The command line of `inputs`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The kustomization directory
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,

    /// Set the output format
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "lines")]
    format: Format,

    /// List only inputs of this type (repeatable)  [default: all with --format json, else all except directory and missing]
    #[arg(long = "type", value_enum, value_name = "TYPE", value_delimiter = ',')]
    types: Vec<ReadKind>,

    /// List the smallest set of directories that contains all local inputs
    #[arg(long, conflicts_with_all = ["types", "format"])]
    directories: bool,

    /// Print absolute paths instead of paths relative to the current directory
    #[arg(long)]
    absolute: bool,

    /// Separate entries with NUL characters, and print names without escaping
    #[arg(short = '0', long, conflicts_with = "format")]
    null: bool,

    #[command(flatten)]
    render_flags: RenderFlags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One path or URL per line
    Lines,
    /// JSON list of objects with `type`, `path` or `url`, and `version`
    Json,
}

/// An entry of the JSON list.
#[derive(Serialize)]
struct Entry<'a> {
    #[serde(rename = "type")]
    kind: ReadKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    parallel::with_large_stack(|| list(arguments, &reporter)).unwrap_or_else(|error| reporter.fail(&error))
}

fn list(arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Code> {
    let target = paths::absolute_or_url(&arguments.directory)?;
    let options = arguments.render_flags.options();
    let runs_plugins = options.plugins.is_some();
    let host = arguments.render_flags.host(&[&target]);
    let workspace = Workspace::new(&host, options);
    // The programs are known only after a complete render.
    let (result, inputs) = if runs_plugins {
        let Outcome { result, inputs } = workspace.render(&target);
        (result.map(drop), inputs)
    } else {
        let Outcome { result, inputs } = workspace.load(&target);
        (result.map(drop), inputs)
    };
    if let Err(diagnostics) = result {
        reporter.print(&diagnostics, &inputs);
        return Ok(Code::Failure);
    }
    output::show(&text(arguments, &inputs)?)?;
    Ok(Code::Success)
}

fn text(arguments: &Arguments, inputs: &Inputs) -> anyhow::Result<String> {
    let here = working_directory()?;
    let shown = |path: &str| if arguments.absolute { path.to_string() } else { as_argument(relative(path, &here)) };
    let reads = reads(inputs);
    let lines: Vec<String> = if arguments.directories {
        directories(&reads).iter().map(|directory| shown(directory)).collect()
    } else {
        let is_json = arguments.format == Format::Json;
        let kinds = if arguments.types.is_empty() { &DEFAULT_KINDS[..] } else { &arguments.types };
        let is_listed = |kind| is_json && arguments.types.is_empty() || kinds.contains(&kind);
        let listed = reads.iter().filter(|read| is_listed(read.kind));
        if is_json {
            let entries: Vec<Entry<'_>> = listed.map(|read| entry(read, &shown)).collect();
            return pretty_json(&entries);
        }
        let location = |read: &Read| if read.is_local() { shown(&read.location) } else { read.location.clone() };
        listed.map(location).map(as_argument).collect()
    };
    let line = |line: String| if arguments.null { line + "\0" } else { printable(&line) + "\n" };
    Ok(lines.into_iter().map(line).collect())
}

fn entry<'a>(read: &'a Read, shown: &impl Fn(&str) -> String) -> Entry<'a> {
    let is_remote = matches!(read.kind, ReadKind::Git | ReadKind::Http);
    Entry {
        kind: read.kind,
        path: read.is_local().then(|| shown(&read.location)),
        url: is_remote.then_some(&*read.location),
        name: (!is_remote && !read.is_local()).then_some(&*read.location),
        version: &read.version,
    }
}

/// Returns the directories of all local files, without directories inside of others.
fn directories<'a>(reads: &'a BTreeSet<Read>) -> Vec<&'a str> {
    let directory_of = |read: &'a Read| match read.kind {
        ReadKind::Chart => Some(read.location.as_str()),
        ReadKind::File | ReadKind::Program if read.is_local() => Path::new(&read.location).parent()?.to_str(),
        _ => None,
    };
    let mut all: Vec<&str> = reads.iter().filter_map(directory_of).collect();
    // Compared component by component, the content of a directory directly follows it.
    all.sort_by(|a, b| a.split('/').cmp(b.split('/')));
    let mut roots: Vec<&str> = Vec::new();
    for directory in all {
        if !roots.last().is_some_and(|last| is_within(directory, last)) {
            roots.push(directory);
        }
    }
    roots
}
