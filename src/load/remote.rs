//! Remote bases: the URLs that kustomize takes for git repositories.

/// A directory in a git repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoSpec {
    /// The URL as written.
    pub raw: String,
    /// What git clones.
    pub url: String,
    /// The directory with the kustomization, inside the repository; empty for its root.
    pub path: String,
    /// A branch, a tag or a commit; the default branch if empty.
    pub reference: String,
    pub submodules: bool,
    pub timeout_seconds: u64,
}

/// Reads a URL; `None` if it is none of a git repository.
pub fn parse(_url: &str) -> Option<RepoSpec> {
    None
}

/// Returns whether a path is the URL of a single file.
pub fn is_remote_file(path: &str) -> bool {
    path.starts_with("http://") || path.starts_with("https://")
}
