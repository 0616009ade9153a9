//! The files, directories and remote sources that a render has read, from its inputs.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use crate::Inputs;
use crate::inputs::{Found, KnownAnswer};
use crate::path::{is_within, join};
use crate::remote::without_credentials;
use crate::request::{Program, Request};
use clap::ValueEnum;
use serde::Serialize;

/// A kind of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ReadKind {
    /// A file
    File,
    /// The directory of a Helm chart
    Chart,
    /// A git repository
    Git,
    /// A URL
    Http,
    /// A program that is run: its path, its container image, or the kind of a plugin
    Program,
    /// A directory that was looked up
    Directory,
    /// A file that was looked up but does not exist
    Missing,
}

/// An input of a render.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    pub kind: ReadKind,
    /// An absolute path, a URL, the name of an image, or the kind of a plugin.
    pub location: String,
    /// The branch, tag or commit of a repository, or the version of a chart; empty if none is given.
    pub version: String,
}

impl Read {
    fn new(kind: ReadKind, location: impl Into<String>, version: &str) -> Read {
        Read { kind, location: location.into(), version: version.to_string() }
    }

    /// Returns whether the location is a path on this machine.
    pub fn is_local(&self) -> bool {
        !matches!(self.kind, ReadKind::Git | ReadKind::Http) && self.location.starts_with('/')
    }

    /// Returns whether this input contains one of the files, given as absolute paths.
    pub fn contains_any(&self, files: &HashSet<String>) -> bool {
        match self.kind {
            ReadKind::Chart => files.iter().any(|file| is_within(file, &self.location)),
            // git lists submodules and links to directories as files; anything in them may have changed.
            _ => {
                Path::new(&self.location).ancestors().any(|part| part.to_str().is_some_and(|part| files.contains(part)))
            }
        }
    }
}

/// Returns everything that was read, sorted. Files in the clone of a repository are omitted, as the repository stands for
/// them. A symbolic link is listed together with its destination.
pub fn reads(inputs: &Inputs) -> BTreeSet<Read> {
    let clones = inputs.answers().filter_map(|(request, known)| match (request, known) {
        (Request::Git(_), KnownAnswer::Found(Found::Directory { real })) => Some(real),
        _ => None,
    });
    let clones: Vec<&String> = clones.collect();
    let all = inputs.answers().flat_map(|(request, known)| read_by(request, known));
    all.filter(|read| !clones.iter().any(|clone| is_within(&read.location, clone))).collect()
}

/// Returns the inputs that the answer to a request has read.
fn read_by(request: &Request, known: &KnownAnswer) -> Vec<Read> {
    match request {
        Request::Path { path, .. } => match known {
            KnownAnswer::Found(Found::Directory { real }) => {
                [path, real].map(|path| Read::new(ReadKind::Directory, path, "")).to_vec()
            }
            KnownAnswer::Found(Found::File(file)) => {
                [path, &file.real].map(|path| Read::new(ReadKind::File, path, "")).to_vec()
            }
            KnownAnswer::Found(Found::Missing) => vec![Read::new(ReadKind::Missing, path, "")],
            _ => vec![Read::new(ReadKind::File, path, "")],
        },
        Request::Git(git) => vec![Read::new(ReadKind::Git, without_credentials(&git.url), &git.git_ref)],
        Request::Http { url } => vec![Read::new(ReadKind::Http, without_credentials(url), "")],
        Request::HelmChart(chart) => vec![Read::new(ReadKind::Chart, join(&chart.home, &chart.name), &chart.version)],
        Request::Program(run) => {
            let location = match &run.program {
                Program::Executable { path, .. } => join(&run.directory, path),
                Program::Container { image, .. } => image.clone(),
                Program::Plugin { kind, .. } => kind.clone(),
            };
            vec![Read::new(ReadKind::Program, location, "")]
        }
        _ => Vec::new(),
    }
}
