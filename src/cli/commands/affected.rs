//! `boutique affected`: lists the targets that are affected by a change.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

use crate::io::{Changes, Workspace};
use crate::parallel;
use crate::request::Failure;
use clap::Args;

use crate::cli::exit::Code;
use crate::cli::flags::render::RenderFlags;
use crate::cli::messages::report::Reporter;
use crate::cli::messages::style::{printable, safe_json};
use crate::cli::output;
use crate::cli::paths;
use crate::cli::reads::{Read, ReadKind, reads};
use crate::cli::targets;
use crate::cli::targets::{AllowEmpty, Shard};

pub const AFTER_HELP: &str = "\
A target is affected if any file that its render reads has changed, including deleted and uncommitted files. A name with \
spaces or quotes is an error unless --null or --json is given.

Examples:
  boutique affected --since main                    List the targets that the current branch affects
  boutique affected --since origin/main --json      Print JSON for a CI job matrix
  boutique affected --since HEAD~1 -0 clusters | xargs -0 -r boutique render --output-dir out --

Exit codes:
  0  Success
  1  There are no targets, a directory could not be read, or git failed
  2  Usage error";

/// The command line of `affected`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The directory to search for targets
    #[arg(value_name = "ROOT", default_value = ".")]
    root: PathBuf,

    /// Compare the working tree with this git revision
    #[arg(long, value_name = "REVISION")]
    since: String,

    /// Print a JSON list
    #[arg(long)]
    json: bool,

    /// Separate targets with NUL characters, and print names without escaping
    #[arg(short = '0', long, conflicts_with = "json")]
    null: bool,

    /// Also list kustomizations that other kustomizations include
    #[arg(long)]
    include_bases: bool,

    /// List only shard I of N shards of about equal cost
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,

    #[command(flatten)]
    allow_empty: AllowEmpty,

    #[command(flatten)]
    render_flags: RenderFlags,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    match parallel::with_large_stack(|| affected(arguments, &reporter)) {
        Ok(Some((text, code))) => output::show(&text).map_or_else(|error| reporter.fail(&error), |_| code),
        Ok(None) => Code::Failure,
        Err(error) => reporter.fail(&error),
    }
}

/// Returns the list of the affected targets and the exit code; `None` if there are no targets at all.
fn affected(arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Option<(String, Code)>> {
    let root = paths::real_directory(&arguments.root)?;
    let (host, options) = (arguments.render_flags.host(&[&root]), arguments.render_flags.options());
    let changes = Changes::since(&root, &arguments.since, &host.options).map_err(anyhow::Error::msg)?;
    let found = targets::find(&root, arguments.include_bases, &host, &options)?;
    if !arguments.allow_empty.check(&found, std::slice::from_ref(&arguments.root), reporter) {
        found.left_out().iter().for_each(|line| reporter.info(line));
        return Ok(None);
    }
    found.unreadable.iter().for_each(|error| reporter.error(error));
    let mut code = if found.unreadable.is_empty() { Code::Success } else { Code::Failure };
    let mut targets = found.directories;
    let workspace = Workspace::new(&host, options);
    let jobs = targets::default_jobs();
    let loaded = parallel::map(&targets, jobs, |target| {
        let inputs = workspace.load(target).inputs;
        (reads(&inputs), targets::cost(&inputs))
    });
    let changed = changed(&changes, loaded.iter().flat_map(|(reads, _)| reads)).map_err(anyhow::Error::msg)?;
    let costs = loaded
        .into_iter()
        .map(|(reads, cost)| reads.iter().any(|read| read.contains_any(&changed)).then_some(cost))
        .collect::<Vec<_>>();
    let mut affected = costs.iter();
    targets.retain(|_| affected.next().is_some_and(Option::is_some));
    if let Some(shard) = arguments.shard {
        let costs: Vec<u64> = costs.into_iter().flatten().collect();
        targets = shard.select(targets, &costs);
    }
    let names: Vec<String> = targets.iter().map(|target| targets::name(target, &root, &arguments.root)).collect();
    if arguments.json {
        return Ok(Some((safe_json(&serde_json::to_string(&names)?) + "\n", code)));
    }
    if arguments.null {
        return Ok(Some((names.iter().map(|name| format!("{name}\0")).collect(), code)));
    }
    let (words, others): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| is_one_word(name));
    for name in others {
        reporter.error(&format!("the name `{name}` contains spaces or quotes"));
        reporter.hint("use --null or --json");
        code = Code::Failure;
    }
    Ok(Some((words.into_iter().map(|name| printable(name) + "\n").collect(), code)))
}

/// Returns whether shells and `xargs` read a name as one word. They would read the parts of others as options and as names of
/// other directories.
fn is_one_word(name: &str) -> bool {
    !name.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '\\'))
}

/// Returns which of the files that were read have changed.
fn changed<'a>(changes: &Changes, reads: impl Iterator<Item = &'a Read>) -> Result<HashSet<String>, Failure> {
    let (mut files, mut charts) = (BTreeSet::new(), BTreeSet::new());
    for read in reads.filter(|read| read.is_local()) {
        let paths = if read.kind == ReadKind::Chart { &mut charts } else { &mut files };
        paths.insert(read.location.clone());
    }
    changes.among(&files, &charts)
}
