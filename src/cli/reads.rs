//! What a render reads, as the inputs of the render tell it.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use crate::Inputs;
use crate::inputs::{Found, Known};
use crate::path::{is_within, join};
use crate::remote::without_credentials;
use crate::request::{Program, Request};
use clap::ValueEnum;
use serde::Serialize;

/// What it is that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ReadKind {
    /// A file
    File,
    /// The directory of a Helm chart, which helm reads as a whole
    Chart,
    /// A git repository
    Git,
    /// A URL
    Http,
    /// A program that is run: its path, the image of a container, or the kind of a plugin
    Program,
    /// A directory that was found where a file or a directory was looked for
    Directory,
    /// A file that was looked for, and is not there
    Missing,
}

/// Something that was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    pub kind: ReadKind,
    /// An absolute path, a URL, or the name of an image.
    pub location: String,
    /// The branch, tag or commit of a repository, or the version of a chart; empty if none is named.
    pub version: String,
}

impl Read {
    fn new(kind: ReadKind, location: impl Into<String>, version: &str) -> Read {
        Read { kind, location: location.into(), version: version.to_string() }
    }

    /// Returns whether it is on this machine, at a path.
    pub fn is_local(&self) -> bool {
        !matches!(self.kind, ReadKind::Git | ReadKind::Http) && self.location.starts_with('/')
    }

    /// Returns whether one of these files, given as absolute paths, is a part of it.
    pub fn contains_any(&self, files: &HashSet<String>) -> bool {
        match self.kind {
            ReadKind::Chart => files.iter().any(|file| is_within(file, &self.location)),
            // git lists submodules and links to directories like files: what is inside of them may have changed.
            _ => {
                Path::new(&self.location).ancestors().any(|part| part.to_str().is_some_and(|part| files.contains(part)))
            }
        }
    }
}

/// Returns what was read, in order. What lies in the clone of a repository is a part of the repository, and a link is read
/// as well as what it leads to.
pub fn reads(inputs: &Inputs) -> BTreeSet<Read> {
    let clones = inputs.answers().filter_map(|(request, known)| match (request, known) {
        (Request::Git(_), Known::Found(Found::Directory { real })) => Some(real),
        _ => None,
    });
    let clones: Vec<&String> = clones.collect();
    let all = inputs.answers().flat_map(|(request, known)| read_by(request, known));
    all.filter(|read| !clones.iter().any(|clone| is_within(&read.location, clone))).collect()
}

/// Returns what answering a request reads.
fn read_by(request: &Request, known: &Known) -> Vec<Read> {
    match request {
        Request::Path { path, .. } => match known {
            Known::Found(Found::Directory { real }) => {
                [path, real].map(|path| Read::new(ReadKind::Directory, path, "")).to_vec()
            }
            Known::Found(Found::File(file)) => {
                [path, &file.real].map(|path| Read::new(ReadKind::File, path, "")).to_vec()
            }
            Known::Found(Found::Missing) => vec![Read::new(ReadKind::Missing, path, "")],
            _ => vec![Read::new(ReadKind::File, path, "")],
        },
        Request::Git(git) => vec![Read::new(ReadKind::Git, without_credentials(&git.url), &git.reference)],
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
