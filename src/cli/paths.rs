//! Paths as users type them and as they are shown.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::cli::messages::style::printable;
use crate::path::clean;

/// Returns the directory that the names of output files are relative to: the one that is searched for targets, or the
/// working directory.
///
/// # Errors
/// Fails on paths that are not UTF-8.
pub fn root(directories: &[PathBuf], all: bool) -> anyhow::Result<String> {
    match directories {
        [directory] if all => absolute_or_url(&directory.canonicalize()?),
        _ => working_directory(),
    }
}

/// Returns a target as options take it: a URL as it is, anything else as an absolute path.
///
/// # Errors
/// Fails on paths that are not UTF-8.
pub fn absolute_or_url(directory: &Path) -> anyhow::Result<String> {
    if let Some(url) = directory.to_str().filter(|text| crate::remote::parse(text).is_some()) {
        return Ok(url.to_string());
    }
    let absolute = std::path::absolute(directory).with_context(|| format!("cannot resolve {}", directory.display()))?;
    let text = absolute.to_str().with_context(|| format!("{} is not UTF-8", directory.display()))?;
    Ok(clean(text))
}

/// Returns the directory that paths are shown relative to.
///
/// # Errors
/// Fails when there is no working directory.
pub fn working_directory() -> anyhow::Result<String> {
    let directory = std::env::current_dir().context("there is no working directory")?;
    match directory.to_str() {
        Some(directory) => Ok(directory.to_string()),
        None => bail!("the path of the working directory is not UTF-8"),
    }
}

/// Returns a path as seen from the working directory, if it lies in it.
pub fn shown(path: &str) -> String {
    let directory = working_directory().ok();
    let relative = directory.as_deref().and_then(|directory| below(path, directory));
    printable(relative.unwrap_or(path))
}

/// Returns a path as seen from a directory, if it lies in it.
pub fn below<'a>(path: &'a str, directory: &str) -> Option<&'a str> {
    Path::new(path).strip_prefix(directory).ok()?.to_str().filter(|path| !path.is_empty())
}
