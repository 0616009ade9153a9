//! Targets: their discovery below a directory, their names, and their division into shards.

mod find;
mod inclusions;
mod manifests;
mod shard;
mod walk;

use std::path::Path;

use crate::Inputs;
use crate::parallel::Threads;
use crate::path::as_argument;
use crate::remote;
use clap::Args;

pub use find::{AllowEmpty, Targets, find, find_except};
pub use manifests::Manifests;
pub use shard::Shard;
pub use walk::{
    data_files, files_of_kustomizations, is_kustomization, is_kustomization_file, kustomization_file, unreadable,
};

/// Returns a target as the user would write it: `root` is replaced by `given`, the root from the command line. No program
/// interprets the name as an option, or as the URL of a repository.
pub fn name(target: &str, root: &Path, given: &Path) -> String {
    let below = Path::new(target).strip_prefix(root).unwrap_or(Path::new(target));
    let path = if given == Path::new(".") { below.to_path_buf() } else { given.join(below) };
    let path = path.to_string_lossy().trim_end_matches('/').to_string();
    match path.as_str() {
        "" => ".".to_string(),
        url if remote::parse(url).is_some() => format!("./{url}"),
        _ => as_argument(path),
    }
}

/// The flag for the number of parallel jobs.
#[derive(Debug, Args)]
pub struct Jobs {
    /// Set the number of targets to render in parallel  [default: the number of CPUs]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

impl Jobs {
    pub fn count(&self) -> usize {
        self.jobs.map_or_else(default_jobs, usize::from)
    }

    /// Returns the same as [`Jobs::count`], but computes the default only if more than one thread is needed.
    pub fn threads(&self) -> Threads {
        self.jobs.map_or(Threads::Auto(default_jobs), |jobs| Threads::Fixed(jobs.into()))
    }
}

/// Returns the default number of threads. This takes a dozen system calls.
pub fn default_jobs() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Returns the estimated cost of rendering a target: the total size of its files in bytes.
pub fn cost(inputs: &Inputs) -> u64 {
    inputs.files().map(|file| file.bytes().len() as u64).sum()
}
