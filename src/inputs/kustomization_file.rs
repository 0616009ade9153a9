//! Which of the files in a directory is its kustomization file.

use std::sync::Arc;

use super::{File, Found};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::FILE_NAMES;
use crate::path;
use crate::request::Request;
use crate::yaml::Span;

/// Returns what to ask for in a directory. Links do not lead out of a restricted one.
pub fn requests(directory: &str, is_restricted: bool) -> [Request; FILE_NAMES.len()] {
    let within = is_restricted.then(|| directory.to_string());
    FILE_NAMES.map(|name| Request::Path { path: path::join(directory, name), within: within.clone() })
}

/// Chooses from the answers to these requests. `reference` led to the directory.
///
/// # Errors
/// Fails when there is no such file, when it cannot be read, and when there are several.
pub fn choose(directory: &str, answers: [&Found; FILE_NAMES.len()], reference: Option<Span>) -> Result<Arc<File>> {
    let mut found: Vec<Arc<File>> = Vec::new();
    let mut unreadable = None;
    for (name, known) in FILE_NAMES.into_iter().zip(answers) {
        match known {
            Found::File(file) => found.push(file.clone()),
            Found::Failed(message) => unreadable = Some((name, message)),
            _ => {}
        }
    }
    match (&found[..], unreadable) {
        ([file], _) => Ok(file.clone()),
        ([], Some((name, message))) => {
            Err(Diagnostic::error(Code::Unreadable, format!("cannot read `{directory}/{name}`: {message}")))
        }
        ([], None) => {
            let error = Diagnostic::error(
                Code::MissingKustomization,
                format!(
                    "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{directory}'"
                ),
            );
            Err(match reference {
                Some(reference) => error.at(reference, "this directory has none"),
                None => error,
            })
        }
        (files, _) => {
            let names: Vec<&str> = files.iter().map(|file| path::base_name(&file.path)).collect();
            Err(Diagnostic::error(
                Code::MultipleKustomizations,
                format!("found multiple kustomization files under `{directory}`: {}", names.join(", ")),
            )
            .hint("keep one of them"))
        }
    }
}
