//! A directory with a file for each target, and a list of these files.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use crate::io::{Directory, read_file};
use anyhow::{Context as _, anyhow, ensure};

use crate::cli::messages::report::Reporter;
use crate::cli::output::{self, cannot_write};

/// The file in an output directory that lists the files written there.
const FILE_LIST: &str = ".boutique-files";

/// The treatment of stale files, which no longer belong to the output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    Keep,
    Warn,
    Remove,
}

/// An output directory. It is created when the first file is written.
pub struct OutputDirectory<'a> {
    path: &'a Path,
    /// Whether links in the path of the directory must stay in the working directory.
    is_confined: bool,
    opened: OnceLock<Directory>,
}

impl<'a> OutputDirectory<'a> {
    /// Returns a directory that the user has named.
    pub fn named(path: &'a Path) -> OutputDirectory<'a> {
        OutputDirectory { path, is_confined: false, opened: OnceLock::new() }
    }

    /// Returns a directory below the working directory, in which links may come from an untrusted tree.
    pub fn confined(path: &'a Path) -> OutputDirectory<'a> {
        OutputDirectory { is_confined: true, ..OutputDirectory::named(path) }
    }

    pub fn path(&self) -> &'a Path {
        self.path
    }

    fn opened(&self) -> anyhow::Result<&Directory> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let opened = match self.is_confined {
            true => Directory::open(Path::new(".")).and_then(|here| here.create_below(self.path)),
            false => Directory::create(self.path),
        };
        let opened = opened.with_context(|| format!("cannot create {}", self.path.display()))?;
        Ok(self.opened.get_or_init(|| opened))
    }

    /// Writes the file of a target unless it already has this content. Returns whether it was written.
    ///
    /// # Errors
    /// Fails when the file cannot be written, and when the target has no file name.
    pub fn write_target(&self, target: &str, name: Option<&Path>, text: &str) -> anyhow::Result<bool> {
        self.write_if_changed(required_name(target, name)?, text)
    }

    fn write_if_changed(&self, name: &Path, text: &str) -> anyhow::Result<bool> {
        let directory = self.opened()?;
        if directory.read(name).is_ok_and(|current| current == text.as_bytes()) {
            return Ok(false);
        }
        directory.write(name, text.as_bytes()).with_context(|| cannot_write(&self.path.join(name)))?;
        Ok(true)
    }

    /// Writes the list of the output files, and reports or removes stale files.
    ///
    /// # Errors
    /// Fails when the list cannot be read or written, and when a stale file cannot be removed.
    pub fn update_list(&self, names: Vec<Option<PathBuf>>, stale: Stale, reporter: &Reporter) -> anyhow::Result<()> {
        let mut current = BTreeSet::new();
        for name in names.into_iter().flatten() {
            current.insert(name.into_os_string().into_string().ok().context("an output path is not valid UTF-8")?);
        }
        let mut kept = current.clone();
        for name in recorded(self.path)? {
            let file = self.path.join(&name);
            let Some(name) = name.to_str().filter(|name| !current.contains(*name)) else { continue };
            if stale == Stale::Remove {
                match self.opened()?.remove(Path::new(name)) {
                    // Another process has removed it.
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    removed => removed.with_context(|| format!("cannot remove {}", file.display()))?,
                }
                continue;
            }
            if stale == Stale::Warn {
                reporter.warn(&format!("`{}` is stale; use --prune to remove it", file.display()));
            }
            kept.insert(name.to_string());
        }
        let text: String = kept.iter().map(|name| format!("{name}\n")).collect();
        if !kept.is_empty() || self.path.is_dir() {
            self.write_if_changed(Path::new(FILE_LIST), &text)?;
        }
        Ok(())
    }
}

/// Returns the name of the output file of each target: its path below the root. A target whose name contains a line break
/// has none, since the file list could not contain it.
///
/// # Errors
/// Fails when two targets would be written to the same file.
pub fn file_names(targets: &[String], root: &str) -> anyhow::Result<Vec<Option<PathBuf>>> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    for target in targets {
        if target.contains(['\n', '\r']) {
            names.push(None);
            continue;
        }
        let relative = Path::new(target).strip_prefix(root).unwrap_or(Path::new(target));
        let parts = relative.components().filter_map(|part| match part {
            Component::Normal(part) => Some(part),
            _ => None,
        });
        let mut name: PathBuf = parts.collect();
        if name.as_os_str().is_empty() {
            name.push(Path::new(target).file_name().context("cannot name a file after the root directory")?);
        }
        name.as_mut_os_string().push(".yaml");
        ensure!(seen.insert(name.clone()), "two targets would be written to `{}`", name.display());
        names.push(Some(name));
    }
    Ok(names)
}

/// Returns the name of the output file of a target.
///
/// # Errors
/// Fails if it has none.
pub fn required_name<'a>(target: &str, name: Option<&'a Path>) -> anyhow::Result<&'a Path> {
    name.ok_or_else(|| anyhow!("cannot name a file after {target:?}, which contains a line break"))
}

/// Returns the names of the files that earlier runs wrote to a directory and that still exist.
///
/// # Errors
/// Fails when the file list exists but cannot be read.
pub fn recorded(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let path = output::inside(directory, Path::new(FILE_LIST))?;
    let names = match read_file(&path) {
        Ok(names) => String::from_utf8_lossy(&names).into_owned(),
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    // The list and the links in the directory are untrusted, so paths that lead out of the directory are ignored.
    let is_inside = |name: &Path| {
        name.components().all(|part| matches!(part, Component::Normal(_))) && output::inside(directory, name).is_ok()
    };
    let names = names.lines().filter(|name| name.ends_with(".yaml")).map(PathBuf::from);
    Ok(names.filter(|name| is_inside(name) && directory.join(name).is_file()).collect())
}
