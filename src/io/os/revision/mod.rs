//! Reads a revision of a git repository without changing the working tree.
//!
//! The repository may come from an archive, so its settings are not used at all. git runs in a private directory, with a
//! configuration that is written here, on copies of the references, and reads nothing of the repository but its objects. It
//! runs no program, opens no file of the working tree, and knows no other repository.

mod changes;
mod export;
mod isolated;
mod plain;
mod repository;
mod tree;

use std::path::Path;

use crate::path::is_within;
use crate::request::Failure;

use super::OsHost;
use super::options::OsOptions;
use crate::io::MappedHost;

pub use changes::Changes;
use isolated::IsolatedGit;
use repository::Repository;

/// The files of a revision in a private temporary directory, which is removed when this value is dropped.
#[derive(Debug)]
pub struct Revision {
    /// The top directory of the repository's working tree, with links resolved.
    top: String,
    /// The directory of the files, with links resolved.
    real: String,
    _git: IsolatedGit,
}

impl Revision {
    /// Writes the files of a revision of the repository that contains a directory, without submodules.
    ///
    /// # Errors
    /// Fails with git's message if there is no such repository or revision.
    pub fn export(directory: &Path, revision: &str, options: &OsOptions) -> Result<Revision, Failure> {
        let mut git = IsolatedGit::new(&options.limits)?;
        let repository = Repository::find(directory, &options.load_roots, &git)?;
        repository.open_in(&mut git, revision)?;
        let entries = tree::entries(&git, revision, &options.limits)?;
        let files = git.path("files");
        std::fs::create_dir(&files).map_err(|error| format!("cannot create a temporary directory: {error}"))?;
        export::export(&git, &entries, &files, &options.limits)?;
        let text = |path: &Path| Ok::<_, Failure>(path.to_str().ok_or("the path is not UTF-8")?.to_string());
        Ok(Revision { top: text(&repository.top)?, real: text(&files)?, _git: git })
    }

    /// Returns a host that maps the working tree to the files of the revision.
    pub fn host(&self, mut host: OsHost) -> MappedHost<OsHost> {
        let mapped = |root: &String| match root.strip_prefix(&self.top) {
            Some(below) if is_within(root, &self.top) => Some(format!("{}{below}", self.real)),
            _ => is_within(&self.top, root).then(|| self.real.clone()),
        };
        let roots: Vec<String> = host.options.load_roots.iter().filter_map(mapped).collect();
        host.options.load_roots.extend(roots);
        MappedHost::new(host, &self.top, &self.real)
    }
}
