//! The operating system's files, the network, and the programs that a render may run: git, helm and functions.

mod addresses;
mod chart;
mod directory;
mod git;
mod helm;
mod host;
mod http;
pub mod kubectl;
mod network;
mod open;
mod options;
mod process;
mod program;
mod revision;
mod temporary;
mod usage;

use std::path::{Path, PathBuf};

pub use directory::{Directory, wait_for_files, with_temporary_name};
pub use host::OsHost;
pub use network::Network;
pub use open::{check_not_of_git, read_file};
pub use options::{HostLimits, OsOptions};
pub use revision::{Changes, Revision};
pub use temporary::clean_up_before_exit;
pub use usage::{bytes_read, computing_time, count_bytes, memory_in_use};

/// Resolves the links in the part of a path that exists. The rest is unchanged.
pub fn nearest_real(path: &Path) -> PathBuf {
    let known = path.ancestors().find_map(|ancestor| Some((ancestor, ancestor.canonicalize().ok()?)));
    match known {
        Some((ancestor, real)) => real.join(path.strip_prefix(ancestor).unwrap_or(path)),
        None => path.to_path_buf(),
    }
}
