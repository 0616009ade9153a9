//! Conversion of paths from the command line, and paths for messages.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::cli::messages::style::printable;
use crate::io::check_not_of_git;
use crate::path::clean;

/// Returns the directory that output file names are relative to: the directory searched for targets, or the working
/// directory.
///
/// # Errors
/// Fails on paths that are not UTF-8.
pub fn root(directories: &[PathBuf], all: bool) -> anyhow::Result<String> {
    match directories {
        [directory] if all => absolute_or_url(&real_directory(directory)?),
        _ => working_directory(),
    }
}

/// Returns the path of a directory with links resolved.
///
/// # Errors
/// Fails if there is no such directory, and if it belongs to git.
pub fn real_directory(path: &Path) -> anyhow::Result<PathBuf> {
    let shown = path.display();
    let real = match path.canonicalize() {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!("no such directory: `{shown}`"),
        real => real.with_context(|| format!("cannot read {shown}"))?,
    };
    ensure!(real.is_dir(), "`{shown}` is not a directory");
    check_not_of_git(path).with_context(|| format!("cannot read {shown}"))?;
    Ok(real)
}

/// Returns a repository URL unchanged, and any other path as an absolute path.
///
/// # Errors
/// Fails on paths that are not UTF-8.
pub fn absolute_or_url(path: &Path) -> anyhow::Result<String> {
    if let Some(url) = path.to_str().filter(|text| crate::remote::parse(text).is_some()) {
        return Ok(url.to_string());
    }
    let absolute = std::path::absolute(path).with_context(|| format!("cannot resolve {}", path.display()))?;
    let text = absolute.to_str().with_context(|| format!("{} is not valid UTF-8", path.display()))?;
    Ok(clean(text))
}

/// Returns the working directory.
///
/// # Errors
/// Fails when the working directory does not exist, and when its path is not UTF-8.
pub fn working_directory() -> anyhow::Result<String> {
    let directory = std::env::current_dir().context("cannot determine the working directory")?;
    match directory.to_str() {
        Some(directory) => Ok(directory.to_string()),
        None => bail!("the path of the working directory is not valid UTF-8"),
    }
}

/// Returns a path for a message: relative to the working directory if it is in it, otherwise unchanged.
pub fn shown(path: &str) -> String {
    let directory = working_directory().ok();
    let relative = directory.as_deref().and_then(|directory| below(path, directory));
    printable(relative.unwrap_or(path))
}

/// Returns a path relative to a directory; `None` if the path is not in the directory.
pub fn below<'a>(path: &'a str, directory: &str) -> Option<&'a str> {
    Path::new(path).strip_prefix(directory).ok()?.to_str().filter(|path| !path.is_empty())
}
