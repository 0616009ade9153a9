//! Exports a revision of a git repository without changing the working tree.
//!
//! The settings of the repository are not trusted, since a working tree may come from an archive.

use std::path::Path;
use std::process::Command;

use crate::path::is_within;
use crate::remote::transport::check_argument;

use crate::request::Failure;

use super::OsHost;
use super::git::{UrlSource, add_settings, command};
use super::process::{Limits, run};
use super::temporary::Temporary;
use crate::io::MappedHost;

/// The files of a revision in a private temporary directory, which is removed when this value is dropped.
#[derive(Debug)]
pub struct Revision {
    /// The top directory of the repository's working tree, with links resolved.
    top: String,
    /// The directory of the files, with links resolved.
    real: String,
    _directory: Temporary,
}

impl Revision {
    /// Writes the files of a revision of the repository that contains a directory, without submodules.
    ///
    /// # Errors
    /// Fails with git's message if there is no such repository or revision.
    pub fn export(directory: &Path, revision: &str) -> Result<Revision, Failure> {
        check_argument(revision, "the revision")?;
        let fail = |error: std::io::Error| format!("cannot create a temporary directory: {error}");
        let temporary = Temporary::new("boutique-")?;
        let private = temporary.path().canonicalize().map_err(fail)?;
        let filters = disabled_filters(directory)?;
        let git = |directory: &Path, arguments: &[&str]| {
            let mut command = read_only(directory, arguments, &filters);
            // The index of the working tree is not changed.
            command.env("GIT_INDEX_FILE", private.join("index"));
            let output = String::from_utf8(run(command, Vec::new(), Limits::default())?);
            let output = output.map_err(|_| "the output of git is not UTF-8".to_string())?;
            Ok::<String, Failure>(output.trim_end_matches('\n').to_string())
        };
        let top = git(directory, &["rev-parse", "--show-toplevel"])?;
        let tree = git(directory, &["rev-parse", "--verify", "--end-of-options", &format!("{revision}^{{tree}}")])
            .map_err(|failure| failure.map_message(|message| format!("`{revision}` is not a revision: {message}")))?;
        let real = private.join("files");
        let real = real.to_str().ok_or("the temporary directory is not UTF-8")?;
        let all_files = ["-c", "core.sparseCheckout=false"];
        git(Path::new(&top), &[&all_files[..], &["read-tree", &tree]].concat())?;
        std::fs::create_dir(real).map_err(fail)?;
        git(Path::new(&top), &[&all_files[..], &["checkout-index", "--all", &format!("--prefix={real}/")]].concat())?;
        Ok(Revision { real: real.to_string(), top, _directory: temporary })
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

/// Returns the paths of the files that differ from a revision, and of untracked files. In submodules, only commits count.
///
/// # Errors
/// Fails with git's message if there is no such repository or revision.
pub fn changed_since(directory: &Path, revision: &str) -> Result<Vec<String>, Failure> {
    check_argument(revision, "the revision")?;
    let filters = disabled_filters(directory)?;
    let git = |directory: &Path, arguments: &[&str]| {
        let output = run(read_only(directory, arguments, &filters), Vec::new(), Limits::default())?;
        // A kustomization cannot refer to a path that is not UTF-8.
        Ok::<String, Failure>(String::from_utf8_lossy(&output).into_owned())
    };
    let top = git(directory, &["rev-parse", "--show-toplevel"])?;
    let top = Path::new(top.trim_end_matches('\n'));
    let options = ["--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty", "-z"];
    let changed = git(top, &[&["diff"], &options[..], &[revision, "--"]].concat())?;
    let untracked = git(top, &["ls-files", "--others", "--exclude-standard", "-z"])?;
    // A nested repository has a trailing slash.
    let paths = changed.split('\0').chain(untracked.split('\0')).map(|path| path.trim_end_matches('/'));
    let paths = paths.filter(|path| !path.is_empty());
    Ok(paths.map(|path| top.join(path).to_string_lossy().into_owned()).collect())
}

/// Returns a git command that only reads a repository, and runs no program from its settings.
fn read_only(directory: &Path, arguments: &[&str], filters: &[(String, String)]) -> Command {
    // Missing objects are not fetched, since a remote can be a command. Older versions of git check only the transport.
    let mut command = command(directory, UrlSource::None, arguments);
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_OPTIONAL_LOCKS", "0");
    add_settings(&mut command, filters);
    command
}

/// Returns settings that disable the filters in the repository's own settings. Those of the user remain.
fn disabled_filters(directory: &Path) -> Result<Vec<(String, String)>, Failure> {
    let pattern = r"^filter\..*\.(clean|smudge|process|required)$";
    let list = ["config", "--show-scope", "--includes", "--name-only", "-z", "--get-regexp", pattern];
    let output = match run(read_only(directory, &list, &[]), Vec::new(), Limits::default()) {
        Ok(output) => output,
        // There are none.
        Err(failure) if failure.message.ends_with("exit status 1") => return Ok(Vec::new()),
        Err(message) => return Err(message),
    };
    let output = String::from_utf8_lossy(&output);
    let parts: Vec<&str> = output.split('\0').collect();
    let own = parts.chunks_exact(2).filter(|pair| matches!(pair[0], "local" | "worktree"));
    Ok(own
        .map(|pair| {
            let value = if pair[1].ends_with(".required") { "false" } else { "" };
            (pair[1].to_string(), value.to_string())
        })
        .collect())
}
