//! A revision of a git repository as files, beside the working tree that stays as it is.

use std::path::Path;

use tempfile::TempDir;

use super::git::{Urls, check_argument, command};
use super::process::{Limits, run};
use super::{Host, Relocated};

/// The files of a revision in a private temporary directory, which goes away with this.
#[derive(Debug)]
pub struct Revision {
    /// The top directory of the repository's working tree, with links followed.
    top: String,
    /// Where the files are, with links followed.
    real: String,
    _directory: TempDir,
}

impl Revision {
    /// Writes the files of a revision of the repository that a directory is in. Submodules are left out.
    ///
    /// # Errors
    /// Returns what git says when there is no such repository or revision.
    pub fn export(directory: &Path, revision: &str) -> Result<Revision, String> {
        check_argument(revision, "the revision")?;
        let fail = |error: std::io::Error| format!("no temporary directory: {error}");
        let temporary = tempfile::Builder::new().prefix("boutique-").tempdir().map_err(fail)?;
        let private = temporary.path().canonicalize().map_err(fail)?;
        let git = |directory: &Path, arguments: &[&str]| {
            let mut command = command(directory, Urls::OfRepository, arguments);
            // The index of the working tree is not touched.
            command.env("GIT_INDEX_FILE", private.join("index"));
            let output = run(command, Vec::new(), Limits::default())?;
            let output = String::from_utf8(output).map_err(|_| "git printed what is not UTF-8".to_string())?;
            Ok::<String, String>(output.trim_end_matches('\n').to_string())
        };
        let top = git(directory, &["rev-parse", "--show-toplevel"])?;
        let tree = git(directory, &["rev-parse", "--verify", "--end-of-options", &format!("{revision}^{{tree}}")])
            .map_err(|message| format!("`{revision}` is no revision: {message}"))?;
        let real = private.join("files");
        let real = real.to_str().ok_or("the temporary directory is not UTF-8")?;
        let whole = ["-c", "core.sparseCheckout=false"];
        git(Path::new(&top), &[&whole[..], &["read-tree", &tree]].concat())?;
        std::fs::create_dir(real).map_err(fail)?;
        git(Path::new(&top), &[&whole[..], &["checkout-index", "--all", &format!("--prefix={real}/")]].concat())?;
        Ok(Revision { real: real.to_string(), top, _directory: temporary })
    }

    /// Returns a host to which the files are where the working tree is.
    pub fn host<H: Host>(&self, host: H) -> Relocated<H> {
        Relocated::new(host, &self.top, &self.real)
    }
}
