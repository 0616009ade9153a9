//! Discovery of targets below a directory, and their division into shards.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::inputs::Found;
use crate::io::Host;
use crate::kustomization::{FILE_NAMES, Kustomization};
use crate::parallel::Threads;
use crate::path::{clean, join};
use crate::request::Request;
use crate::{Inputs, LoadRestrictions, Options};
use anyhow::{Context as _, ensure};
use clap::Args;
use walkdir::WalkDir;

use crate::cli::paths;

/// Returns the targets below `root`, sorted: the directories whose kustomization is not included by another kustomization
/// below `root`. With `bases`, included kustomizations are returned as well. Components and hidden directories are skipped.
///
/// # Errors
/// Fails when `root` is not a directory, and when a directory cannot be read.
pub fn find(root: &Path, bases: bool, host: &dyn Host, options: &Options) -> anyhow::Result<Vec<String>> {
    let mut kustomizations: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in files_below(root)? {
        let directory = path.parent().and_then(Path::to_str).filter(|_| is_kustomization_file(&path));
        if let Some(directory) = directory {
            kustomizations.insert(directory.to_string(), path);
        }
    }
    let mut excluded: HashSet<String> = HashSet::new();
    for (directory, file) in &kustomizations {
        // An unreadable kustomization is a target, so that rendering it reports the error.
        let Some(kustomization) = read(directory, file, host, options) else { continue };
        if kustomization.is_component() {
            excluded.insert(directory.clone());
        }
        if !bases {
            for (path, _) in kustomization.paths().filter(|(_, kind)| kind.may_be_kustomization()) {
                let path = clean(&join(directory, path));
                // The walk does not follow links, but the path of a base may contain some.
                let real = if kustomizations.contains_key(&path) { None } else { real_path(&path) };
                excluded.insert(real.unwrap_or(path));
            }
        }
    }
    Ok(kustomizations.into_keys().filter(|directory| !excluded.contains(directory)).collect())
}

/// Returns the YAML and JSON files below `root` that are in or below a directory with a kustomization, sorted. Charts and
/// hidden directories are skipped.
///
/// # Errors
/// Fails when `root` is not a directory, and when a directory cannot be read.
pub fn files_of_kustomizations(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut files = files_below(root)?;
    files.sort();
    let directories = |is_wanted: &dyn Fn(&Path) -> bool| -> HashSet<PathBuf> {
        files.iter().filter(|path| is_wanted(path)).filter_map(|path| path.parent().map(Path::to_path_buf)).collect()
    };
    let kustomizations = directories(&is_kustomization_file);
    let charts = directories(&|path| path.ends_with("Chart.yaml"));
    let is_data = |path: &Path| {
        path.extension().is_some_and(|ending| ["yaml", "yml", "json"].map(AsRef::as_ref).contains(&ending))
    };
    files.retain(|path| {
        let is_in = |directories: &HashSet<PathBuf>| path.ancestors().any(|above| directories.contains(above));
        (is_data(path) || is_kustomization_file(path)) && is_in(&kustomizations) && !is_in(&charts)
    });
    // A kustomization cannot refer to a path that is not UTF-8.
    Ok(files.into_iter().filter_map(|path| path.into_os_string().into_string().ok()).collect())
}

/// Returns the files below a directory, as paths below its real path. Hidden files and directories are skipped.
fn files_below(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let real = paths::real_directory(root)?;
    let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let mut files = Vec::new();
    for entry in WalkDir::new(&real).into_iter().filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.path())) {
        let entry = entry.map_err(unreadable)?;
        if !entry.file_type().is_dir() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// Returns whether a path has the name of a kustomization file.
pub fn is_kustomization_file(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| FILE_NAMES.contains(&name))
}

/// Converts the error of a directory walk to one with the path in its message.
pub fn unreadable(error: walkdir::Error) -> anyhow::Error {
    let path = error.path().unwrap_or(Path::new("")).display().to_string();
    match error.into_io_error() {
        Some(error) => anyhow::Error::new(error).context(format!("cannot read {path}")),
        None => anyhow::anyhow!("cannot read {path}"),
    }
}

fn real_path(path: &str) -> Option<String> {
    Path::new(path).canonicalize().ok()?.into_os_string().into_string().ok()
}

fn read(directory: &str, file: &Path, host: &dyn Host, options: &Options) -> Option<Kustomization> {
    let within = (options.load_restrictions == LoadRestrictions::RootOnly).then(|| directory.to_string());
    let request = Request::Path { path: file.to_str()?.to_string(), within };
    let answer = host.answer(&request);
    match Inputs::new().insert_found(request, answer) {
        Found::File(file) => Some(file.kustomization(options.limits).ok()?.kustomization.clone()),
        _ => None,
    }
}

/// Returns whether a directory has a kustomization file.
pub fn is_kustomization(directory: &Path) -> bool {
    FILE_NAMES.iter().any(|name| directory.join(name).is_file())
}

/// Returns the kustomization file in a directory.
///
/// # Errors
/// Fails when there is no such file, and when there is more than one.
pub fn kustomization_file(directory: &Path) -> anyhow::Result<PathBuf> {
    let mut found = FILE_NAMES.iter().map(|name| directory.join(name)).filter(|path| path.is_file());
    let missing = || format!("{} has no kustomization file", directory.display());
    let file = found.next().with_context(missing)?;
    ensure!(found.next().is_none(), "{} has more than one kustomization file", directory.display());
    Ok(file)
}

/// Returns a target as the user would write it: `root` is replaced by `given`, the root from the command line.
pub fn name(target: &str, root: &Path, given: &Path) -> String {
    let below = Path::new(target).strip_prefix(root).unwrap_or(Path::new(target));
    let path = if given == Path::new(".") { below.to_path_buf() } else { given.join(below) };
    let path = path.to_string_lossy().trim_end_matches('/').to_string();
    if path.is_empty() { ".".to_string() } else { path }
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

/// A shard of the targets: `2/5` is the second of five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Counted from zero.
    index: usize,
    count: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse::<usize>().ok()?, n.parse::<usize>().ok()?)));
        match parts {
            Some((number, count)) if (1..=count).contains(&number) => Ok(Shard { index: number - 1, count }),
            _ => Err("expected I/N with I from 1 to N, such as 1/4".to_string()),
        }
    }
}

impl Shard {
    /// Returns the targets of this shard, in their order. All machines compute the same shards if they have the same files.
    pub fn select(self, targets: Vec<String>, costs: &[u64]) -> Vec<String> {
        let shards = divide(costs, self.count);
        targets.into_iter().zip(shards).filter(|(_, shard)| *shard == self.index).map(|(target, _)| target).collect()
    }
}

/// Assigns each cost to one of `count` shards: the largest cost first, each to the shard with the lowest total so far.
fn divide(costs: &[u64], count: usize) -> Vec<usize> {
    // Shards beyond the number of targets are empty.
    let count = count.min(costs.len());
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by_key(|&at| (Reverse(costs[at]), at));
    let mut loads = vec![(0, 0); count];
    let mut shards = vec![0; costs.len()];
    for at in order {
        let lowest = (0..count).min_by_key(|&shard| loads[shard]).unwrap_or(0);
        // Shards with equal costs are compared by their number of targets.
        loads[lowest] = (loads[lowest].0 + costs[at], loads[lowest].1 + 1);
        shards[at] = lowest;
    }
    shards
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_even_and_the_same_everywhere() {
        let costs: Vec<u64> = (0..1000).map(|n| 1000 + n * 7919 % 5000).collect();
        let shards = divide(&costs, 7);
        assert_eq!(shards, divide(&costs, 7));
        let loads = (0..7).map(|shard| costs.iter().zip(&shards).filter(|(_, s)| **s == shard).map(|(c, _)| c).sum());
        let loads: Vec<u64> = loads.collect();
        let (least, most) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
        assert!(most - least <= 6000, "{loads:?}");
        assert_eq!(divide(&[0; 6], 3), [0, 1, 2, 0, 1, 2]);
        assert_eq!(divide(&[1], 3), [0]);
        assert_eq!(divide(&[1, 2], usize::MAX), [1, 0]);
        assert!(divide(&[], 3).is_empty());
    }

    #[test]
    fn shards_are_written_as_fractions() {
        assert_eq!("2/5".parse(), Ok(Shard { index: 1, count: 5 }));
        for wrong in ["0/5", "6/5", "1", "a/b", "1/0", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
