//! The search for targets below a directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::inputs::Found;
use crate::io::Host;
use crate::kustomization::{FILE_NAMES, Kustomization};
use crate::path::{belongs_to_git, clean, join};
use crate::request::Request;
use crate::{Inputs, LoadRestrictions, Options};
use clap::Args;

use super::inclusions::{Node, Role, roles};
use super::walk::{Skip, Walk, is_kustomization, is_kustomization_file, walk};
use crate::cli::messages::report::Reporter;
use crate::cli::paths;

/// The result of a search for targets.
#[derive(Debug, Default)]
pub struct Targets {
    /// The directories of the targets, sorted.
    pub directories: Vec<String>,
    /// The errors of paths that cannot be searched.
    pub unreadable: Vec<String>,
    /// The kustomizations that are neither targets nor included by one.
    left_out: BTreeMap<Reason, Vec<PathBuf>>,
}

/// The reason why a kustomization that no target includes is not a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    Component,
    Hidden,
    Link,
}

/// A kustomization below the searched directory.
struct Candidate {
    /// The kustomization file.
    file: PathBuf,
    /// The reason why it is not a target unless a target includes it.
    reason: Option<Reason>,
}

/// The flag for a search that may find nothing.
#[derive(Debug, Args)]
pub struct AllowEmpty {
    /// Succeed if there are no targets
    #[arg(long)]
    allow_empty: bool,
}

/// Returns the targets below `root`: the directories whose kustomization is not included by another kustomization below
/// `root`, and those that only include each other. With `bases`, included kustomizations are returned as well. Components
/// and kustomizations in hidden directories are not targets. What cannot be read is part of the result.
///
/// # Errors
/// Fails when `root` is not a directory that can be read.
pub fn find(root: &Path, bases: bool, host: &dyn Host, options: &Options) -> anyhow::Result<Targets> {
    find_except(root, bases, host, options, &|_, _| false)
}

/// Returns the targets below `root` like [`find`], without what is skipped.
///
/// # Errors
/// Fails when `root` is not a directory that can be read.
pub fn find_except(
    root: &Path,
    bases: bool,
    host: &dyn Host,
    options: &Options,
    is_skipped: &Skip<'_>,
) -> anyhow::Result<Targets> {
    let mut found = walk(root, is_skipped)?;
    let mut targets = Targets { unreadable: std::mem::take(&mut found.unreadable), ..Targets::default() };
    let mut candidates = candidates(&found, &mut targets);
    let read: Vec<Option<Kustomization>> =
        candidates.iter().map(|(directory, candidate)| read(directory, candidate, host, options)).collect();
    for (candidate, kustomization) in candidates.values_mut().zip(&read) {
        if kustomization.as_ref().is_some_and(Kustomization::is_component) {
            candidate.reason.get_or_insert(Reason::Component);
        }
    }
    let indexes: BTreeMap<&str, usize> =
        candidates.keys().enumerate().map(|(at, directory)| (directory.as_str(), at)).collect();
    let nodes: Vec<Node> = candidates
        .iter()
        .zip(&read)
        .map(|((directory, candidate), kustomization)| Node {
            includes: kustomization.iter().flat_map(|read| includes(directory, read, &indexes)).collect(),
            may_be_target: candidate.reason.is_none(),
        })
        .collect();
    for ((directory, candidate), role) in candidates.into_iter().zip(roles(&nodes)) {
        match (role, candidate.reason) {
            (Role::Target, _) => targets.directories.push(directory),
            (Role::Included, None) if bases => targets.directories.push(directory),
            (Role::Unused, Some(reason)) => targets.leave_out(reason, &candidate.file),
            _ => {}
        }
    }
    Ok(targets)
}

/// Returns the kustomizations that a walk found, by their directories.
fn candidates(found: &Walk, targets: &mut Targets) -> BTreeMap<String, Candidate> {
    let mut candidates = BTreeMap::new();
    let visible = found.files.iter().map(|file| (file, None));
    let hidden = found.hidden.iter().map(|file| (file, Some(Reason::Hidden)));
    for (file, reason) in visible.chain(hidden).filter(|(file, _)| is_kustomization_file(file)) {
        match file.parent().and_then(Path::to_str) {
            Some(directory) => {
                candidates.insert(directory.to_string(), Candidate { file: file.clone(), reason });
            }
            None if reason.is_some() => {}
            None => targets.unreadable.push(format!("the path of {} is not valid UTF-8", file.display())),
        }
    }
    for link in &found.links {
        if let Some(real) = link.to_str().and_then(real_path).filter(|real| is_listed(real)) {
            let link = Candidate { file: link.join(FILE_NAMES[0]), reason: Some(Reason::Link) };
            candidates.entry(real).or_insert(link);
        }
    }
    candidates
}

/// Returns whether a directory that a link leads to is a kustomization that may be named.
fn is_listed(real: &str) -> bool {
    !belongs_to_git(real) && is_kustomization(Path::new(real))
}

/// Returns the indexes of the kustomizations that a kustomization includes.
fn includes(directory: &str, kustomization: &Kustomization, indexes: &BTreeMap<&str, usize>) -> Vec<usize> {
    let paths = kustomization.paths().filter(|(_, kind)| kind.may_be_kustomization());
    let index = |path: String| match indexes.get(path.as_str()) {
        Some(&index) => Some(index),
        // The walk does not follow links, but the path of a base may contain some.
        None => indexes.get(real_path(&path)?.as_str()).copied(),
    };
    paths.filter_map(|(path, _)| index(clean(&join(directory, path)))).collect()
}

fn real_path(path: &str) -> Option<String> {
    Path::new(path).canonicalize().ok()?.into_os_string().into_string().ok()
}

/// Reads a kustomization; `None` if that is not possible, so that rendering it reports the error.
fn read(directory: &str, candidate: &Candidate, host: &dyn Host, options: &Options) -> Option<Kustomization> {
    // What is outside the searched directory is only named.
    if candidate.reason == Some(Reason::Link) {
        return None;
    }
    let within = (options.load_restrictions == LoadRestrictions::RootOnly).then(|| directory.to_string());
    let request = Request::Path { path: candidate.file.to_str()?.to_string(), within };
    let answer = host.answer(&request);
    match Inputs::new().insert_found(request, answer) {
        Found::File(file) => Some(file.kustomization(options.limits).ok()?.kustomization.clone()),
        _ => None,
    }
}

impl Targets {
    /// Returns the one target in a directory.
    pub fn of(directory: &str) -> Targets {
        Targets { directories: vec![directory.to_string()], ..Targets::default() }
    }

    /// Adds the targets of another search.
    pub fn extend(&mut self, other: Targets) {
        self.directories.extend(other.directories);
        self.unreadable.extend(other.unreadable);
        for (reason, paths) in other.left_out {
            self.left_out.entry(reason).or_default().extend(paths);
        }
    }

    fn leave_out(&mut self, reason: Reason, file: &Path) {
        let directory = file.parent().unwrap_or(file).to_path_buf();
        self.left_out.entry(reason).or_default().push(directory);
    }

    /// Returns a line for each reason why kustomizations are left out, with their directories.
    pub fn left_out(&self) -> Vec<String> {
        let line = |(reason, directories): (&Reason, &Vec<PathBuf>)| {
            let plural = if directories.len() == 1 { "" } else { "s" };
            let what = match reason {
                Reason::Component => format!("component{plural} that no target includes"),
                Reason::Hidden => format!("kustomization{plural} in hidden directories"),
                Reason::Link => format!("kustomization{plural} behind links to other directories"),
            };
            let names: Vec<String> =
                directories.iter().map(|directory| paths::shown(&directory.to_string_lossy())).collect();
            format!("left out {} {what}: {}", directories.len(), names.join(", "))
        };
        self.left_out.iter().map(line).collect()
    }
}

impl AllowEmpty {
    /// Returns whether the search found targets, or may find none. Warns otherwise, unless there are errors.
    pub fn check(&self, targets: &Targets, roots: &[PathBuf], reporter: &Reporter) -> bool {
        let is_accepted = self.allow_empty || !targets.directories.is_empty() || !targets.unreadable.is_empty();
        if !is_accepted {
            let roots: Vec<String> = roots.iter().map(|root| format!("`{}`", root.display())).collect();
            reporter.warn(&format!("there are no targets in {}", roots.join(", ")));
            reporter.hint("if that is intended, use --allow-empty");
        }
        is_accepted
    }
}
