//! Finds the repository of a working tree, and proves that it belongs to it.
//!
//! A working tree may come from an archive, and its `.git` may name any other repository of this machine. So a `.git` file is
//! only followed if the repository that it names points back to it, which its author cannot write into a repository of
//! somebody else.

use std::path::{Path, PathBuf};

use crate::diagnostic::Permission;
use crate::path::is_within;
use crate::request::Failure;

use super::isolated::IsolatedGit;
use super::plain;

/// The settings of a repository that are used, as a pattern for `git config`. The format must be known to read it; the
/// others are data.
const USED_SETTINGS: &str = r"^(extensions\.(objectformat|refstorage)|core\.(filemode|worktree))$";

/// The settings that give `@{upstream}` and `@{push}` a meaning.
const UPSTREAM_SETTINGS: &str = r"^(branch\..*\.(remote|merge)|remote\..*\.fetch)$";

/// The files of a repository that a revision can be named by, besides `refs`.
const HEADS: [&str; 8] =
    ["HEAD", "FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD", "BISECT_HEAD"];

/// A repository and its working tree. All paths have links resolved.
#[derive(Debug)]
pub struct Repository {
    /// The top directory of the working tree.
    pub top: PathBuf,
    /// The directory with the objects, references and settings.
    common: PathBuf,
    /// The directory with the index and HEAD if this is a linked worktree.
    linked: Option<PathBuf>,
}

/// The settings of a repository that are used.
#[derive(Debug)]
struct Settings(Vec<(String, String)>);

impl Repository {
    /// Returns the repository whose `.git` is in a directory or in the nearest one above it.
    ///
    /// # Errors
    /// Fails if there is none, if it is outside the load roots, or if its `.git` leads to a repository that does not belong to
    /// it.
    pub fn find(directory: &Path, load_roots: &[String], git: &IsolatedGit) -> Result<Repository, Failure> {
        let real = directory.canonicalize();
        let real = real.map_err(|error| format!("cannot read `{}`: {error}", directory.display()))?;
        let candidates = real.ancestors().map(|top| (top, top.join(".git")));
        let found = candidates.into_iter().find_map(|(top, path)| Some((top, path.symlink_metadata().ok()?, path)));
        let Some((top, metadata, dot_git)) = found else {
            return Err(format!("there is no git repository in `{}` or above it", directory.display()).into());
        };
        check_load_roots(&dot_git, load_roots)?;
        let repository = if metadata.is_dir() {
            Repository { top: top.to_path_buf(), common: dot_git, linked: None }
        } else if metadata.is_file() {
            Repository::of_file(top, &dot_git, git)?
        } else {
            return Err(format!("`{}` is neither a directory nor a file", dot_git.display()).into());
        };
        let directories = [Some(&repository.common), repository.linked.as_ref()];
        directories.into_iter().flatten().try_for_each(|directory| check_load_roots(directory, load_roots))?;
        if repository.common.join("commondir").symlink_metadata().is_ok() {
            return Err(format!("`{}` refers to another repository: `commondir`", repository.common.display()).into());
        }
        Ok(repository)
    }

    /// Returns the repository that a `.git` file refers to: that of a linked worktree or of a submodule.
    fn of_file(top: &Path, dot_git: &Path, git: &IsolatedGit) -> Result<Repository, Failure> {
        let text = plain::read_line(dot_git)?.unwrap_or_default();
        let malformed = || format!("`{}` does not name a repository", dot_git.display());
        let named = text.strip_prefix("gitdir: ").ok_or_else(malformed)?;
        let directory = top.join(named).canonicalize().map_err(|_| malformed())?;
        if let Some(common) = common_of_worktree(&directory, dot_git)? {
            return Ok(Repository { top: top.to_path_buf(), common, linked: Some(directory) });
        }
        let settings = Settings::read(&directory, USED_SETTINGS, git)?;
        let worktree = settings.get("core.worktree").and_then(|path| directory.join(path).canonicalize().ok());
        if worktree.as_deref() == Some(top) {
            return Ok(Repository { top: top.to_path_buf(), common: directory, linked: None });
        }
        let message = format!(
            "`{}` names the repository `{}`, which does not name it in turn",
            dot_git.display(),
            directory.display()
        );
        Err(message.into())
    }

    /// Copies what names revisions to the private repository, which then uses the objects of this one. Returns whether files
    /// have modes.
    ///
    /// # Errors
    /// Fails on links and special files, on objects that are elsewhere, and on formats that are not known.
    pub fn open_in(&self, git: &mut IsolatedGit, revision: &str) -> Result<bool, Failure> {
        let settings = Settings::read(&self.common, USED_SETTINGS, git)?;
        let object_format = settings.one_of("extensions.objectformat", &["sha1", "sha256"])?;
        let ref_storage = settings.one_of("extensions.refstorage", &["files", "reftable"])?;
        let has_modes = settings.get("core.filemode").is_none_or(|value| !value.eq_ignore_ascii_case("false"));
        let needs_upstream = ["@{u", "@{U", "@{p", "@{P"].iter().any(|start| revision.contains(start));
        let further = match needs_upstream {
            true => Settings::read(&self.common, UPSTREAM_SETTINGS, git)?.0,
            false => Vec::new(),
        };
        let objects = self.common.join("objects");
        for name in ["alternates", "http-alternates"] {
            let path = objects.join("info").join(name);
            if path.symlink_metadata().is_ok() {
                return Err(format!("`{}` refers to the objects of another repository", path.display()).into());
            }
        }
        plain::check_tree(&objects)?;
        git.set_format(object_format, ref_storage)?;
        let mut copier = plain::Copier::new();
        let common = git.path("git");
        copy_references(&mut copier, &self.common, &common, ref_storage, revision)?;
        copier.file(&self.common.join("info/exclude"), &common.join("info/exclude"))?;
        let mut git_dir = common;
        if let Some(linked) = &self.linked {
            git_dir = git_dir.join("worktrees/linked");
            copy_references(&mut copier, linked, &git_dir, ref_storage, revision)?;
            plain::write(&git_dir.join("commondir"), b"../..\n")?;
        }
        git.open(git_dir, objects, further);
        Ok(has_modes)
    }
}

/// Checks that a path is inside the load roots, if there are any.
fn check_load_roots(path: &Path, load_roots: &[String]) -> Result<(), Failure> {
    if load_roots.is_empty() || load_roots.iter().any(|root| path.to_str().is_some_and(|path| is_within(path, root))) {
        return Ok(());
    }
    let message = format!("the git repository `{}` is outside all load roots", path.display());
    Err(Failure::denied(Permission::LoadRoot, message))
}

/// Returns the common directory of a linked worktree with this `.git` file; `None` if the directory is not that of a worktree.
/// It is part of the common directory, so whoever wrote it could write there.
fn common_of_worktree(directory: &Path, dot_git: &Path) -> Result<Option<PathBuf>, Failure> {
    let parent = directory.parent().filter(|parent| parent.ends_with("worktrees"));
    let Some(common) = parent.and_then(Path::parent) else { return Ok(None) };
    let named =
        |file: &str| Ok::<_, Failure>(plain::read_line(&directory.join(file))?.map(|path| directory.join(path)));
    let is_common = named("commondir")?.and_then(|path| path.canonicalize().ok()).as_deref() == Some(common);
    let back = named("gitdir")?;
    let back = back.and_then(|path| Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?)));
    Ok((is_common && back.as_deref() == Some(dot_git)).then(|| common.to_path_buf()))
}

/// Copies the files that name revisions, and the index.
fn copy_references(
    copier: &mut plain::Copier,
    from: &Path,
    to: &Path,
    ref_storage: &str,
    revision: &str,
) -> Result<(), Failure> {
    for name in HEADS.into_iter().chain(["packed-refs", "shallow", "index"]) {
        copier.file(&from.join(name), &to.join(name))?;
    }
    let logs = revision.contains("@{").then_some("logs");
    // With the format `reftable`, `refs` has no content.
    let references = if ref_storage == "reftable" { "reftable" } else { "refs" };
    for name in [references].into_iter().chain(logs) {
        copier.tree(&from.join(name), &to.join(name))?;
    }
    Ok(())
}

impl Settings {
    /// Reads the settings of a repository whose names match a pattern, without files that they include.
    fn read(directory: &Path, pattern: &str, git: &IsolatedGit) -> Result<Settings, Failure> {
        const MAX_SIZE: u64 = 1 << 20;
        let copy = git.path("settings");
        plain::write(&copy, &plain::read(&directory.join("config"), MAX_SIZE)?.unwrap_or_default())?;
        let file = copy.to_str().ok_or("the temporary directory is not UTF-8")?;
        let arguments = ["config", "--file", file, "--no-includes", "-z", "--get-regexp", pattern];
        let output = match git.run(&arguments, Vec::new(), MAX_SIZE as usize * 4) {
            Ok(output) => output,
            // There are none.
            Err(failure) if failure.message.ends_with("exit status 1") => Vec::new(),
            Err(failure) => {
                let config = directory.join("config").display().to_string();
                return Err(failure.map_message(|message| message.replace(file, &config)));
            }
        };
        let output = String::from_utf8_lossy(&output);
        let entries = output.split_terminator('\0').map(|entry| entry.split_once('\n').unwrap_or((entry, "true")));
        Ok(Settings(entries.map(|(name, value)| (name.to_string(), value.to_string())).collect()))
    }

    /// Returns the value of a setting, the last one if there are several.
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the value of a setting, which must be one of these; the first one is the default.
    fn one_of<'a>(&self, name: &str, known: &[&'a str]) -> Result<&'a str, Failure> {
        let Some(value) = self.get(name) else { return Ok(known[0]) };
        let found = known.iter().find(|known| known.eq_ignore_ascii_case(value));
        Ok(found.copied().ok_or_else(|| format!("the repository has an unknown format: `{name} = {value}`"))?)
    }
}
