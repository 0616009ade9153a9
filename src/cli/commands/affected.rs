//! `boutique affected`: which targets a change concerns.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::io::{Workspace, changed_since};
use crate::parallel;
use anyhow::Context as _;
use clap::Args;

use crate::cli::exit::Code;
use crate::cli::flags::render::RenderFlags;
use crate::cli::messages::report::Reporter;
use crate::cli::messages::style::{printable, safe_json};
use crate::cli::output;
use crate::cli::reads::reads;
use crate::cli::targets;
use crate::cli::targets::Shard;

pub const AFTER_HELP: &str = "\
Every file counts that a render reads, also one that was deleted or is not committed yet.

Examples:
  boutique affected --since main                                   targets that this branch changes
  boutique affected --since origin/main --json                     as a JSON list, for the matrix of a CI workflow
  boutique affected --since HEAD~1 clusters | xargs boutique render --output-dir out";

/// The command line of `affected`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The directory to look for targets in
    #[arg(value_name = "ROOT", default_value = ".")]
    root: PathBuf,

    /// The revision to compare the working tree with
    #[arg(long, value_name = "REVISION")]
    since: String,

    /// Print a JSON list
    #[arg(long)]
    json: bool,

    /// List kustomizations that others include, too
    #[arg(long)]
    include_bases: bool,

    /// List only the I-th of N parts, which cost about the same (1/N to N/N)
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,

    #[command(flatten)]
    render_flags: RenderFlags,
}

/// Lists the targets.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    match parallel::on_a_large_stack(|| affected(arguments)) {
        Ok(text) => output::show(&text).map_or_else(|error| reporter.fail(&error), |_| Code::Success),
        Err(error) => reporter.fail(&error),
    }
}

fn affected(arguments: &Arguments) -> anyhow::Result<String> {
    let root = arguments.root.canonicalize().with_context(|| format!("cannot read {}", arguments.root.display()))?;
    let changed = changed_since(&root, &arguments.since).map_err(anyhow::Error::msg)?;
    let changed: HashSet<String> = changed.into_iter().collect();
    let (host, options) = (arguments.render_flags.host(), arguments.render_flags.options());
    let mut targets = targets::find(&root, arguments.include_bases, &host, &options)?;
    let workspace = Workspace::new(&host, options);
    let jobs = targets::default_jobs();
    let costs = parallel::map(&targets, jobs, |target| {
        let inputs = workspace.load(target).inputs;
        reads(&inputs).iter().any(|read| read.contains_any(&changed)).then(|| targets::cost(&inputs))
    });
    let mut concerned = costs.iter();
    targets.retain(|_| concerned.next().is_some_and(Option::is_some));
    if let Some(shard) = arguments.shard {
        let costs: Vec<u64> = costs.into_iter().flatten().collect();
        targets = shard.select(targets, &costs);
    }
    let names: Vec<String> = targets.iter().map(|target| targets::name(target, &root, &arguments.root)).collect();
    if arguments.json {
        return Ok(safe_json(&serde_json::to_string(&names)?) + "\n");
    }
    Ok(names.iter().map(|name| printable(name) + "\n").collect())
}
