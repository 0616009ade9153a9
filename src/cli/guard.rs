//! The flags that say what a tree may reach, and what it may cost.

use std::path::{Path, PathBuf};
use std::time::Duration;

use boutique::io::{HostLimits, Network};
use clap::Args;

const ACCESS: &str = "Access";
const LIMITS: &str = "Limits";

/// What a tree may reach and cost, whatever it says.
#[derive(Debug, Args)]
pub struct GuardArguments {
    /// Read files, bases and charts only below this directory, and there all of them (repeatable)
    #[arg(long, value_name = "DIR", value_parser = real_directory, conflicts_with = "load_restrictor")]
    #[arg(help_heading = ACCESS)]
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

    /// The most that such a program may print, in bytes  [default: of each its own]
    #[arg(long, value_name = "BYTES", help_heading = LIMITS)]
    max_output: Option<usize>,

    /// The largest file that is read, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = HostLimits::default().file, help_heading = LIMITS)]
    max_file_size: u64,

    /// The largest file that is fetched, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = HostLimits::default().download, help_heading = LIMITS)]
    max_download_size: u64,
}

impl GuardArguments {
    pub fn has_load_roots(&self) -> bool {
        !self.load_root.is_empty()
    }

    /// Returns the directories that may be read, with links followed.
    pub fn load_roots(&self) -> Vec<String> {
        self.load_root.iter().map(|root| root.to_string_lossy().into_owned()).collect()
    }

    pub fn network(&self) -> Network {
        Network {
            offline: self.offline,
            no_remote: self.no_remote,
            allowed_hosts: self.allow_host.clone(),
            allow_private_redirects: self.allow_private_redirects,
        }
    }

    pub fn host_limits(&self) -> HostLimits {
        HostLimits {
            time: self.timeout.map(Duration::from_secs),
            output: self.max_output,
            file: self.max_file_size,
            download: self.max_download_size,
        }
    }
}

/// Reads a directory from the command line.
fn real_directory(text: &str) -> Result<PathBuf, String> {
    let real = Path::new(text).canonicalize().map_err(|error| error.to_string())?;
    if real.is_dir() { Ok(real) } else { Err("it is no directory".to_string()) }
}
