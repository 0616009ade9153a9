//! The flags that limit what a tree may access and how many resources a render may use.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::LoadRestrictions;
use crate::io::{HostLimits, Network, OsOptions};
use crate::resource::RenderLimits;
use crate::yaml::ParseLimits;
use clap::Args;

const ACCESS: &str = "Access";
const LIMITS: &str = "Limits";

/// The maximum size of a file, and of the text in a document: positions are 32-bit numbers.
const MAX_BYTES: usize = u32::MAX as usize;

/// The access and resource limits of a render.
#[derive(Debug, Args)]
pub struct LimitFlags {
    /// Allow reading any file below this directory, and no files outside of it (repeatable)
    #[arg(long, value_name = "DIR", value_parser = real_directory, help_heading = ACCESS)]
    load_root: Vec<PathBuf>,

    /// Run without network access; fail if something has to be fetched
    #[arg(long, help_heading = ACCESS)]
    offline: bool,

    /// Reject remote content: URLs, git repositories (including file://), and charts from repositories
    #[arg(long, help_heading = ACCESS)]
    no_remote: bool,

    /// Allow fetching only from this host; `*.example.com` matches all subdomains (repeatable)
    #[arg(long, value_name = "HOST", help_heading = ACCESS)]
    allow_host: Vec<String>,

    /// Allow redirects from public hosts to private addresses
    #[arg(long, help_heading = ACCESS)]
    allow_private_redirects: bool,

    /// Limit the run time of each git, helm, or function process, in seconds  [default: depends on the program]
    #[arg(long, value_name = "SECONDS", help_heading = LIMITS)]
    timeout: Option<u64>,

    /// Limit the total time for fetching, in seconds  [default: 3600]
    #[arg(long, value_name = "SECONDS", help_heading = LIMITS)]
    max_fetch_time: Option<u64>,

    /// Limit the output of each git, helm, or function process, in bytes  [default: depends on the program]
    #[arg(long, value_name = "BYTES", help_heading = LIMITS)]
    max_program_output: Option<usize>,

    /// Limit the size of each file, in bytes  [default: 1073741824]
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(..=MAX_BYTES as u64))]
    #[arg(help_heading = LIMITS)]
    max_file_size: Option<u64>,

    /// Limit the size of each download, in bytes  [default: 67108864]
    #[arg(long, value_name = "BYTES", help_heading = LIMITS)]
    max_download_size: Option<u64>,

    /// Limit the size of each repository clone, in bytes  [default: 4294967296]
    #[arg(long, value_name = "BYTES", help_heading = LIMITS)]
    max_clone_size: Option<u64>,

    /// Limit the nesting depth of YAML  [default: 10000]
    #[arg(long, value_name = "LEVELS", value_parser = nesting)]
    #[arg(help_heading = LIMITS)]
    max_nesting: Option<usize>,

    /// Limit the number of nodes that aliases add to a YAML file  [default: 1000000]
    #[arg(long, value_name = "COUNT", help_heading = LIMITS)]
    max_alias_nodes: Option<usize>,

    /// Limit the number of documents in a file  [default: 1000000]
    #[arg(long, value_name = "COUNT", help_heading = LIMITS)]
    max_documents: Option<usize>,

    /// Limit the nesting depth of bases  [default: 1000]
    #[arg(long, value_name = "LEVELS", value_parser = depth)]
    #[arg(help_heading = LIMITS)]
    max_include_depth: Option<usize>,

    /// Limit the number of included kustomizations, counting repetitions  [default: 100000]
    #[arg(long, value_name = "COUNT", help_heading = LIMITS)]
    max_bases: Option<usize>,

    /// Limit the number of resources  [default: 1000000]
    #[arg(long, value_name = "COUNT", help_heading = LIMITS)]
    max_resources: Option<usize>,

    /// Limit the memory of resources, and the memory that patches and replacements add, in bytes; by default, large inputs
    /// may take 24 for each byte  [default: 402653184]
    #[arg(long, value_name = "BYTES", value_parser = memory)]
    #[arg(help_heading = LIMITS)]
    max_resource_memory: Option<usize>,

    /// Limit the size of the output, in bytes  [default: 536870912]
    #[arg(long, value_name = "BYTES", help_heading = LIMITS)]
    max_output: Option<usize>,

    /// Limit the number of nodes that a render visits  [default: 200000000]
    #[arg(long, value_name = "COUNT", help_heading = LIMITS)]
    max_work: Option<usize>,

    /// Limit the memory of each compiled regular expression, in bytes  [default: 2097152]
    #[arg(long, value_name = "BYTES", help_heading = LIMITS)]
    max_pattern_size: Option<usize>,
}

impl LimitFlags {
    /// Returns the load restrictions. Load roots, which the host checks, replace the restriction to the directory of the
    /// kustomization.
    pub fn load_restrictions(&self) -> LoadRestrictions {
        if self.load_root.is_empty() { LoadRestrictions::RootOnly } else { LoadRestrictions::None }
    }

    /// Returns the options of the host, with defaults for programs.
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
            memory_per_byte: if self.max_resource_memory.is_some() { 0 } else { default.memory_per_byte },
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

/// Parses a nesting depth. The maximum is the depth that the stack allows.
fn nesting(text: &str) -> Result<usize, String> {
    up_to(text, ParseLimits::default().nesting)
}

/// Parses a number of bytes for resources.
fn memory(text: &str) -> Result<usize, String> {
    up_to(text, MAX_BYTES)
}

/// Parses a nesting depth of bases.
fn depth(text: &str) -> Result<usize, String> {
    up_to(text, RenderLimits::default().include_depth)
}

fn up_to(text: &str, max: usize) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=max).contains(number));
    number.ok_or_else(|| format!("expected a number from 1 to {max}"))
}

/// Parses a directory and returns its real path.
fn real_directory(text: &str) -> Result<PathBuf, String> {
    let real = Path::new(text).canonicalize().map_err(|error| error.to_string())?;
    if real.is_dir() { Ok(real) } else { Err("not a directory".to_string()) }
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;

    /// The help states the defaults as text, because clap would format and parse default values at every start.
    #[test]
    fn the_help_states_the_defaults() {
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
