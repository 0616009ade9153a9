//! The flags that say what a tree may reach, and what it may cost.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::LoadRestrictions;
use crate::io::{HostLimits, Network, OsOptions};
use crate::resource::RenderLimits;
use crate::yaml::ParseLimits;
use clap::Args;

const ACCESS: &str = "Access";
const LIMITS: &str = "Limits";

/// The largest file, and the most text in a document: places in them are numbers of 32 bits.
const MAX_BYTES: usize = u32::MAX as usize;

/// What a tree may reach and cost, whatever it says.
#[derive(Debug, Args)]
pub struct LimitFlags {
    /// Read files, bases and charts only below this directory, and there all of them (repeatable)
    #[arg(long, value_name = "DIR", value_parser = real_directory, help_heading = ACCESS)]
    load_root: Vec<PathBuf>,

    /// Fetch nothing: an error says what would be needed
    #[arg(long, help_heading = ACCESS)]
    offline: bool,

    /// Render nothing remote: no URLs of files, repositories (file:// too) and charts
    #[arg(long, help_heading = ACCESS)]
    no_remote: bool,

    /// Fetch from this host only; `*.example.com` means all below it (repeatable)
    #[arg(long, value_name = "HOST", help_heading = ACCESS)]
    allow_host: Vec<String>,

    /// Let public hosts redirect to private addresses
    #[arg(long, help_heading = ACCESS)]
    allow_private_redirects: bool,

    /// The longest time for one run of git, helm or a function, in seconds  [default: of each its own]
    #[arg(long, value_name = "SECONDS", help_heading = LIMITS)]
    timeout: Option<u64>,

    /// The time after which nothing more is fetched, in seconds  [default: 3600]
    #[arg(long, value_name = "SECONDS", help_heading = LIMITS)]
    max_fetch_time: Option<u64>,

    /// The most that such a program may print, in bytes  [default: of each its own]
    #[arg(long, value_name = "BYTES", help_heading = LIMITS)]
    max_program_output: Option<usize>,

    /// The largest file that is read, in bytes  [default: 1073741824]
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(..=MAX_BYTES as u64))]
    #[arg(help_heading = LIMITS)]
    max_file_size: Option<u64>,

    /// The largest file that is fetched, in bytes  [default: 67108864]
    #[arg(long, value_name = "BYTES", help_heading = LIMITS)]
    max_download_size: Option<u64>,

    /// The largest clone of a repository, in bytes  [default: 4294967296]
    #[arg(long, value_name = "BYTES", help_heading = LIMITS)]
    max_clone_size: Option<u64>,

    /// How deep collections may nest in YAML  [default: 10000]
    #[arg(long, value_name = "LEVELS", value_parser = nesting)]
    #[arg(help_heading = LIMITS)]
    max_nesting: Option<usize>,

    /// How many nodes aliases may add to a YAML file  [default: 1000000]
    #[arg(long, value_name = "COUNT", help_heading = LIMITS)]
    max_alias_nodes: Option<usize>,

    /// How many documents a file may hold  [default: 1000000]
    #[arg(long, value_name = "COUNT", help_heading = LIMITS)]
    max_documents: Option<usize>,

    /// How deep bases may be nested  [default: 1000]
    #[arg(long, value_name = "LEVELS", value_parser = depth)]
    #[arg(help_heading = LIMITS)]
    max_include_depth: Option<usize>,

    /// How many kustomizations may be included; one counts as often as it is  [default: 100000]
    #[arg(long, value_name = "COUNT", help_heading = LIMITS)]
    max_bases: Option<usize>,

    /// How many resources there may be  [default: 1000000]
    #[arg(long, value_name = "COUNT", help_heading = LIMITS)]
    max_resources: Option<usize>,

    /// The most memory that resources may take, and that patches and replacements may add, in bytes  [default: 1073741824]
    #[arg(long, value_name = "BYTES", value_parser = memory)]
    #[arg(help_heading = LIMITS)]
    max_resource_memory: Option<usize>,

    /// The most text that may be in the output, in bytes  [default: 536870912]
    #[arg(long, value_name = "BYTES", help_heading = LIMITS)]
    max_output: Option<usize>,

    /// How many nodes of resources all steps of a render may go through  [default: 200000000]
    #[arg(long, value_name = "COUNT", help_heading = LIMITS)]
    max_work: Option<usize>,

    /// The most memory that a compiled pattern may take, in bytes  [default: 2097152]
    #[arg(long, value_name = "BYTES", help_heading = LIMITS)]
    max_pattern_size: Option<usize>,
}

impl LimitFlags {
    /// Returns which files a kustomization may read: the roots take the place of the one directory.
    pub fn load_restrictions(&self) -> LoadRestrictions {
        if self.load_root.is_empty() { LoadRestrictions::RootOnly } else { LoadRestrictions::None }
    }

    /// Returns what the host may do, without what is said of programs.
    pub fn host_options(&self) -> OsOptions {
        OsOptions {
            load_roots: self.load_root.iter().map(|root| root.to_string_lossy().into_owned()).collect(),
            network: self.network(),
            limits: self.host_limits(),
            ..OsOptions::default()
        }
    }

    fn network(&self) -> Network {
        Network {
            offline: self.offline,
            no_remote: self.no_remote,
            allowed_hosts: self.allow_host.clone(),
            allow_private_redirects: self.allow_private_redirects,
        }
    }

    pub fn parse_limits(&self) -> ParseLimits {
        let default = ParseLimits::default();
        ParseLimits {
            nesting: self.max_nesting.unwrap_or(default.nesting),
            alias_nodes: self.max_alias_nodes.unwrap_or(default.alias_nodes),
            documents: self.max_documents.unwrap_or(default.documents),
        }
    }

    pub fn render_limits(&self) -> RenderLimits {
        let default = RenderLimits::default();
        RenderLimits {
            include_depth: self.max_include_depth.unwrap_or(default.include_depth),
            bases: self.max_bases.unwrap_or(default.bases),
            resources: self.max_resources.unwrap_or(default.resources),
            memory: self.max_resource_memory.unwrap_or(default.memory),
            output: self.max_output.unwrap_or(default.output),
            work: self.max_work.unwrap_or(default.work),
            pattern: self.max_pattern_size.unwrap_or(default.pattern),
        }
    }

    fn host_limits(&self) -> HostLimits {
        let default = HostLimits::default();
        HostLimits {
            time: self.timeout.map(Duration::from_secs),
            output: self.max_program_output,
            fetching: self.max_fetch_time.map_or(default.fetching, Duration::from_secs),
            file: self.max_file_size.unwrap_or(default.file),
            download: self.max_download_size.unwrap_or(default.download),
            clone: self.max_clone_size.unwrap_or(default.clone),
        }
    }
}

/// Reads a number of levels of YAML: no more than the stack is made for.
fn nesting(text: &str) -> Result<usize, String> {
    up_to(text, ParseLimits::default().nesting)
}

/// Reads how many bytes resources may take.
fn memory(text: &str) -> Result<usize, String> {
    up_to(text, MAX_BYTES)
}

/// Reads a number of levels of bases.
fn depth(text: &str) -> Result<usize, String> {
    up_to(text, RenderLimits::default().include_depth)
}

fn up_to(text: &str, most: usize) -> Result<usize, String> {
    text.parse().ok().filter(|number| (1..=most).contains(number)).ok_or_else(|| format!("expected 1 to {most}"))
}

/// Reads a directory from the command line.
fn real_directory(text: &str) -> Result<PathBuf, String> {
    let real = Path::new(text).canonicalize().map_err(|error| error.to_string())?;
    if real.is_dir() { Ok(real) } else { Err("it is no directory".to_string()) }
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;

    /// clap would turn defaults into text and back at every start; here they are only said.
    #[test]
    fn the_help_says_the_defaults() {
        let (host, parse, render) = (HostLimits::default(), ParseLimits::default(), RenderLimits::default());
        let command = LimitFlags::augment_args(Command::new("boutique"));
        for (flag, default) in [
            ("max-fetch-time", host.fetching.as_secs()),
            ("max-file-size", host.file),
            ("max-download-size", host.download),
            ("max-clone-size", host.clone),
            ("max-nesting", parse.nesting as u64),
            ("max-alias-nodes", parse.alias_nodes as u64),
            ("max-documents", parse.documents as u64),
            ("max-include-depth", render.include_depth as u64),
            ("max-bases", render.bases as u64),
            ("max-resources", render.resources as u64),
            ("max-resource-memory", render.memory as u64),
            ("max-output", render.output as u64),
            ("max-work", render.work as u64),
            ("max-pattern-size", render.pattern as u64),
        ] {
            let argument = command.get_arguments().find(|argument| argument.get_long() == Some(flag)).expect(flag);
            let help = argument.get_help().expect(flag).to_string();
            assert!(help.ends_with(&format!("  [default: {default}]")), "{flag}: {help}");
        }
    }
}
