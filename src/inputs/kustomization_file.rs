//! The choice of the kustomization file in a directory.

use std::sync::Arc;

use super::{File, Found};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::FILE_NAMES;
use crate::path;
use crate::request::Request;
use crate::yaml::Span;

/// Returns the requests for the possible kustomization files of a directory. With `is_restricted`, links must not lead
/// out of it.
pub fn requests(directory: &str, is_restricted: bool) -> [Request; FILE_NAMES.len()] {
    let within = is_restricted.then(|| directory.to_string());
    FILE_NAMES.map(|name| Request::Path { path: path::join(directory, name), within: within.clone() })
}

/// Chooses the kustomization file from the answers to [`requests`]. `included_from` is the entry of the directory.
///
/// # Errors
/// Fails if the file is missing or cannot be read, or if there is more than one.
pub fn choose(directory: &str, answers: [&Found; FILE_NAMES.len()], included_from: Option<Span>) -> Result<Arc<File>> {
    let mut found: Vec<Arc<File>> = Vec::new();
    let mut unreadable = None;
    for (name, known) in FILE_NAMES.into_iter().zip(answers) {
        match known {
            Found::File(file) => found.push(file.clone()),
            Found::Failed(failure) => unreadable = Some((name, failure)),
            _ => {}
        }
    }
    match (&found[..], unreadable) {
        ([file], _) => Ok(file.clone()),
        ([], Some((name, failure))) => {
            let error = failure.error(Code::Unreadable, format!("cannot read `{directory}/{name}`: {failure}"));
            Err(match included_from {
                Some(span) => error.at(span, "included here"),
                None => error,
            })
        }
        ([], None) => {
            let error = Diagnostic::error(
                Code::MissingKustomization,
                format!(
                    "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{directory}'"
                ),
            );
            Err(match included_from {
                Some(span) => error.at(span, "no kustomization file in this directory"),
                None => error,
            })
        }
        (files, _) => {
            let names: Vec<&str> = files.iter().map(|file| path::base_name(&file.path)).collect();
            Err(Diagnostic::error(
                Code::MultipleKustomizations,
                format!("found multiple kustomization files under `{directory}`: {}", names.join(", ")),
            )
            .hint("keep only one of them"))
        }
    }
}
