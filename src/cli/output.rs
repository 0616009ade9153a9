//! Writing of results: to standard output, to a file, or to one file per resource.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::Diagnostic;
use crate::io::{Directory, check_not_of_git, nearest_real, with_temporary_name};
use crate::resource::{Resource, Schema};
use crate::yaml;
use anyhow::Context as _;

use crate::cli::messages::style::without_commands;
use crate::cli::streams;

/// The reason that a result was not written.
#[derive(Debug)]
pub enum Error {
    Input(Box<Diagnostic>),
    Io(anyhow::Error),
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Error {
        Error::Io(error)
    }
}

/// Writes to a file, or to standard output if there is no destination.
///
/// # Errors
/// Fails when the text cannot be written.
pub fn write(parts: &[String], destination: Option<&Path>) -> Result<(), Error> {
    match destination {
        Some(path) => write_file(path, &parts.concat())?,
        None => {
            for part in parts {
                print(part)?;
            }
        }
    }
    Ok(())
}

/// Writes to standard output. Returns false if the reader has closed it, which is not an error.
///
/// # Errors
/// Fails when the text cannot be written.
pub fn print(text: &str) -> anyhow::Result<bool> {
    match streams::print(text) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true).context("cannot write to standard output"),
    }
}

/// Writes text that contains parts of the input to standard output, with workflow commands disabled. Returns false if the
/// reader has closed it.
///
/// # Errors
/// Fails when the text cannot be written.
pub fn show(text: &str) -> anyhow::Result<bool> {
    print(&without_commands(text))
}

/// Replaces a file named by the user atomically. A link is replaced, not followed; but a device or a pipe is written to, and so
/// is what is open already and has a name such as `/dev/stdout`.
///
/// # Errors
/// Fails when the file cannot be written; its previous content is kept then.
pub fn write_file(path: &Path, text: &str) -> anyhow::Result<()> {
    check_not_of_git(path).with_context(|| cannot_write(path))?;
    let is_special = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
    let written = match (path.parent(), path.file_name()) {
        (Some(directory), Some(name)) if !is_special && !is_system(directory) => {
            Directory::open(directory).and_then(|directory| directory.write_named(Path::new(name), text.as_bytes()))
        }
        _ => fs::write(path, text),
    };
    written.with_context(|| cannot_write(path))
}

/// Returns whether the entries of a directory are not files of the user, but stand for devices or open files.
fn is_system(directory: &Path) -> bool {
    directory
        .canonicalize()
        .is_ok_and(|real| real == Path::new("/dev") || real.starts_with("/dev/fd") || real.starts_with("/proc"))
}

/// Returns the path of a file in a directory.
///
/// # Errors
/// Fails when a symbolic link on the way, or the file itself if it is one, leads out of the directory.
pub fn inside(directory: &Path, name: &Path) -> anyhow::Result<PathBuf> {
    let path = directory.join(name);
    check_not_of_git(&path).with_context(|| format!("cannot use {}", path.display()))?;
    let real = nearest_real(&path);
    let is_inside = real.starts_with(nearest_real(directory));
    anyhow::ensure!(is_inside, "{} leads out of {} through a symbolic link", path.display(), directory.display());
    Ok(path)
}

pub fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// Replaces a file atomically if its content is still `old`. Its path must be absolute and without links.
///
/// # Errors
/// Fails when the file cannot be written, and when its content has changed.
pub fn replace_file(path: &Path, old: &str, new: &str) -> anyhow::Result<()> {
    Directory::change_file(path, old.as_bytes(), new.as_bytes()).with_context(|| cannot_write(path))
}

/// Creates a file in a directory that exists. The path must be absolute and without links.
///
/// # Errors
/// Fails when the file cannot be written, and when it exists.
pub fn create_file(path: &Path, text: &str) -> anyhow::Result<()> {
    Directory::create_file(path, text.as_bytes()).with_context(|| cannot_write(path))
}

/// Creates a temporary file or directory next to `path`, which it will replace.
///
/// # Errors
/// Fails when it cannot be created.
pub fn temporary_beside<T>(path: &Path, make: impl Fn(&Path) -> std::io::Result<T>) -> std::io::Result<(T, PathBuf)> {
    check_not_of_git(path)?;
    let (made, name) = with_temporary_name(|name| make(&path.with_file_name(name)))?;
    Ok((made, path.with_file_name(name)))
}

/// Returns whether an output path stands for a directory: one that exists, or one that is to be created.
pub fn is_directory(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/')
}

/// Writes each resource to its own file, with the file names of kustomize. Creates the directory if it does not exist.
///
/// # Errors
/// Fails when a resource has no JSON form or a file cannot be written.
pub fn write_files(resources: &[Resource], directory: &Path) -> Result<(), Error> {
    let schema = Schema::default();
    let mut files = Vec::new();
    let mut names = BTreeSet::new();
    let namespaces: BTreeSet<&str> = resources
        .iter()
        .filter(|resource| !resource.is_cluster_scoped(&schema))
        .map(|resource| resource.effective_namespace(&schema))
        .collect();
    for resource in resources {
        let mut text = String::new();
        yaml::write(resource.tree(), &mut text).map_err(|error| Error::Input(crate::diagnostic::unwritable(error)))?;
        let gvk = resource.gvk();
        let mut parts: Vec<&str> = vec![&gvk.group, &gvk.version, &gvk.kind, resource.name()];
        if namespaces.len() > 1 && !resource.is_cluster_scoped(&schema) {
            parts.insert(0, resource.effective_namespace(&schema));
        }
        parts.retain(|part| !part.is_empty());
        let name = parts.join("_").to_lowercase();
        if name.contains(['/', '\0']) || name.contains(char::is_control) || name.starts_with("..") {
            return Err(Error::Io(anyhow::anyhow!("cannot name a file after {}", resource.label())));
        }
        if !names.insert(name.clone()) {
            return Err(Error::Io(anyhow::anyhow!("two resources would be written to `{name}.yaml`")));
        }
        files.push((name + ".yaml", text));
    }
    let opened = Directory::create(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    for (name, text) in files {
        let path = directory.join(&name);
        opened.write(Path::new(&name), text.as_bytes()).with_context(|| cannot_write(&path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_modified_by_another_program_is_not_replaced() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().canonicalize().expect("it exists").join("file");
        write_file(&path, "one").expect("it can be written");
        replace_file(&path, "one", "two").expect("its content is unchanged");
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        let error = replace_file(&path, "one", "three").expect_err("its content has changed");
        assert!(format!("{error:#}").contains("modified by another program"), "{error:#}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "a temporary file is left");
    }

    #[test]
    fn names_may_be_as_long_as_the_system_allows() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("x".repeat(255));
        write_file(&path, "one").expect("it can be written");
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
    }
}
