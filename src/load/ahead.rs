//! The requests for bases that are certain to follow, made before a render or a survey asks for them.
//!
//! A render starts again after each round of requests. If each round discovered only one more level of bases, the work on a
//! chain of bases would grow with the square of its length.

use crate::inputs::{Found, Inputs, kustomization_file};
use crate::kustomization::{FILE_NAMES, Kustomization, Located};
use crate::options::Options;
use crate::path;
use crate::remote;
use crate::request::Request;
use crate::yaml::ParseLimits;

use super::files::invalid_path;

/// What asks for the bases.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A render, which confines the entries of a kustomization like the kustomization file itself.
    Render,
    /// A survey, whose entries are confined only in a clone.
    Survey,
}

/// Finds the requests that follow from an answer.
pub struct Ahead {
    reader: Reader,
    limits: ParseLimits,
    /// Whether a repository was cloned.
    has_clone: bool,
    /// The number of levels of bases to request.
    pub depth: usize,
}

impl Ahead {
    pub fn new(reader: Reader, options: &Options) -> Ahead {
        Ahead { reader, limits: options.limits, has_clone: false, depth: options.render_limits.include_depth }
    }

    /// Returns the requests for the local bases that a kustomization file lists; none if the request was for anything else.
    pub fn requests(&mut self, request: &Request, inputs: &Inputs) -> Vec<Request> {
        self.has_clone |= matches!(request, Request::Git(_));
        let Request::Path { path, within } = request else { return Vec::new() };
        if !FILE_NAMES.contains(&path::base_name(path)) {
            return Vec::new();
        }
        let Some(Found::File(file)) = inputs.found(request) else { return Vec::new() };
        // Links could lead to the same directory again.
        if file.real != *path || self.reader == Reader::Survey && self.has_clone {
            return Vec::new();
        }
        let Ok(read) = file.kustomization(self.limits) else { return Vec::new() };
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        let is_restricted = within.is_some();
        let within = within.as_ref().filter(|_| self.reader == Reader::Render);
        let requests = entries(&read.kustomization).filter(|entry| may_be_base(&entry.value)).flat_map(|entry| {
            let base = path::join(directory, &entry.value);
            let files = kustomization_file::requests(&base, is_restricted);
            std::iter::once(Request::Path { path: base, within: within.cloned() }).chain(files)
        });
        requests.collect()
    }
}

/// Returns all entries that may be bases.
fn entries(kustomization: &Kustomization) -> impl Iterator<Item = &Located<String>> {
    let Kustomization { resources, components, generators, transformers, validators, .. } = kustomization;
    [resources, components, generators, transformers, validators].into_iter().flatten()
}

/// Returns whether an entry looks like the relative path of a local directory.
fn may_be_base(entry: &str) -> bool {
    let is_file = [".yaml", ".yml", ".json"].iter().any(|extension| entry.ends_with(extension));
    // A plugin may be configured inline.
    let is_inline = entry.contains(['\n', ':', '{']);
    !is_file
        && !is_inline
        && !entry.starts_with('/')
        && invalid_path(entry).is_none()
        && !remote::is_remote_file(entry)
        && remote::parse(entry).is_none()
}
