//! Clones of git repositories, made with the `git` command.

use crate::inputs::{Answer, GitRequest};

/// The clones of one process, each in a temporary directory.
#[derive(Debug, Default)]
pub struct Clones {}

/// Clones a repository at a commit, and answers with the directory.
pub fn clone(request: &GitRequest, _clones: &Clones) -> Answer {
    Answer::Failed(format!("cannot clone {}", request.url))
}
