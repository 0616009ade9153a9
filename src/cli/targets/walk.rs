//! The files below a directory.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::kustomization::FILE_NAMES;
use crate::path::is_git_directory;
use anyhow::{Context as _, ensure};
use walkdir::{DirEntry, WalkDir};

use crate::cli::paths;

/// The directories of other version control systems than git, which contain no files of the user.
const VERSION_CONTROL: [&str; 3] = [".hg", ".jj", ".svn"];

/// The files below a directory, as paths below its real path. Links are not followed.
#[derive(Default)]
pub struct Walk {
    /// The files and links that are not hidden.
    pub files: Vec<PathBuf>,
    /// The files that are hidden or in hidden directories.
    pub hidden: Vec<PathBuf>,
    /// The links among `files` that lead to directories.
    pub links: Vec<PathBuf>,
    /// The errors of directories that are not hidden but cannot be read.
    pub unreadable: Vec<String>,
}

/// Returns whether a path is left out, given whether it is a directory.
pub type Skip<'a> = dyn Fn(&Path, bool) -> bool + 'a;

/// Returns the YAML and JSON files below `root`, and its kustomization files, sorted. Templates of charts and hidden files
/// are skipped.
///
/// # Errors
/// Fails when `root` is not a directory that can be read.
pub fn data_files(root: &Path) -> anyhow::Result<Vec<String>> {
    let files = walk(root, &|_, _| false)?.files;
    Ok(sorted_data(files, |path| !path.iter().any(|name| name == "templates")))
}

/// Returns the paths of YAML, JSON and kustomization files that are wanted, sorted.
fn sorted_data(mut files: Vec<PathBuf>, is_wanted: impl Fn(&Path) -> bool) -> Vec<String> {
    let is_data =
        |path: &Path| path.extension().is_some_and(|end| ["yaml", "yml", "json"].map(AsRef::as_ref).contains(&end));
    files.retain(|path| (is_data(path) || is_kustomization_file(path)) && is_wanted(path));
    files.sort();
    // A kustomization cannot refer to a path that is not UTF-8.
    files.into_iter().filter_map(|path| path.into_os_string().into_string().ok()).collect()
}

/// Returns the YAML and JSON files below `root` that are in or below a directory with a kustomization, sorted. Charts and
/// hidden directories are skipped, and so are directories that cannot be read.
///
/// # Errors
/// Fails when `root` is not a directory that can be read.
pub fn files_of_kustomizations(root: &Path, is_skipped: &Skip<'_>) -> anyhow::Result<Vec<String>> {
    let files = walk(root, is_skipped)?.files;
    let directories = |is_wanted: &dyn Fn(&Path) -> bool| -> HashSet<PathBuf> {
        files.iter().filter(|path| is_wanted(path)).filter_map(|path| path.parent().map(Path::to_path_buf)).collect()
    };
    let kustomizations = directories(&is_kustomization_file);
    let charts = directories(&|path| path.ends_with("Chart.yaml"));
    Ok(sorted_data(files, |path| {
        let is_in = |directories: &HashSet<PathBuf>| path.ancestors().any(|above| directories.contains(above));
        is_in(&kustomizations) && !is_in(&charts)
    }))
}

/// Returns the files below a directory. What is below a skipped directory is left out as well.
///
/// # Errors
/// Fails when `root` is not a directory that can be read.
pub fn walk(root: &Path, is_skipped: &Skip<'_>) -> anyhow::Result<Walk> {
    let real = paths::real_directory(root)?;
    let is_hidden = |path: &Path| {
        let below = path.strip_prefix(&real).unwrap_or(path);
        below.components().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"."))
    };
    let is_searched = |path: &Path| {
        let is_git = path.file_name().is_some_and(|name| is_git_directory(&name.to_string_lossy()));
        !is_git && !VERSION_CONTROL.iter().any(|name| path.ends_with(name))
    };
    let is_walked = |entry: &DirEntry| {
        let path = entry.path();
        entry.depth() == 0 || is_searched(path) && !is_skipped(path, entry.file_type().is_dir())
    };
    let mut found = Walk::default();
    for entry in WalkDir::new(&real).into_iter().filter_entry(is_walked) {
        let entry = match entry {
            Ok(entry) => entry,
            // Hidden directories are only searched for kustomizations to name.
            Err(error) if error.path().is_some_and(is_hidden) => continue,
            Err(error) if error.depth() == 0 => return Err(unreadable(error)),
            Err(error) => {
                found.unreadable.push(format!("{:#}", unreadable(error)));
                continue;
            }
        };
        if entry.file_type().is_dir() {
            continue;
        }
        if is_hidden(entry.path()) {
            found.hidden.push(entry.into_path());
            continue;
        }
        if entry.path_is_symlink() && entry.path().is_dir() {
            found.links.push(entry.path().to_path_buf());
        }
        found.files.push(entry.into_path());
    }
    Ok(found)
}

/// Returns whether a directory has a kustomization file.
pub fn is_kustomization(directory: &Path) -> bool {
    FILE_NAMES.iter().any(|name| directory.join(name).is_file())
}

/// Returns the kustomization file in a directory.
///
/// # Errors
/// Fails when there is no such file, and when there is more than one.
pub fn kustomization_file(directory: &Path) -> anyhow::Result<PathBuf> {
    let mut found = FILE_NAMES.iter().map(|name| directory.join(name)).filter(|path| path.is_file());
    let missing = || format!("{} has no kustomization file", directory.display());
    let file = found.next().with_context(missing)?;
    ensure!(found.next().is_none(), "{} has more than one kustomization file", directory.display());
    Ok(file)
}

/// Returns whether a path has the name of a kustomization file.
pub fn is_kustomization_file(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| FILE_NAMES.contains(&name))
}

/// Converts the error of a directory walk to one with the path in its message.
pub fn unreadable(error: walkdir::Error) -> anyhow::Error {
    let path = error.path().unwrap_or(Path::new("")).display().to_string();
    match error.into_io_error() {
        Some(error) => anyhow::Error::new(error).context(format!("cannot read {path}")),
        None => anyhow::anyhow!("cannot read {path}"),
    }
}
