//! Writing of results: to standard output, to a file, or to one file per resource.

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::Diagnostic;
use crate::io::{check_not_of_git, nearest_real, read_file};
use crate::resource::{Resource, Schema};
use crate::yaml;
use anyhow::Context as _;

use crate::cli::messages::style::without_commands;

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
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    match written {
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

/// Replaces a file named by the user atomically. A device or a pipe is written to, not replaced.
///
/// # Errors
/// Fails when the file cannot be written; its previous content is kept then.
pub fn write_file(path: &Path, text: &str) -> anyhow::Result<()> {
    check_not_of_git(path).with_context(|| cannot_write(path))?;
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return fs::write(path, text).with_context(|| cannot_write(path));
    }
    write_atomically(path, text, || Ok(()))
}

/// Replaces a file in a directory atomically, and creates its parent directories. Existing entries may come from an untrusted
/// tree, so links that lead out of the directory and pipes are not followed.
///
/// # Errors
/// Fails when the file would be outside of the directory, and when it cannot be written.
pub fn write_inside(directory: &Path, name: &Path, text: &str) -> anyhow::Result<()> {
    let path = inside(directory, name)?;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    }
    write_atomically(&path, text, || Ok(()))
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

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// Replaces a file atomically if its content is still `old`.
///
/// # Errors
/// Fails when the file cannot be written, and when its content has changed.
pub fn replace_file(path: &Path, old: &str, new: &str) -> anyhow::Result<()> {
    write_atomically(path, new, || match read_file(path)? == old.as_bytes() {
        true => Ok(()),
        false => Err(std::io::Error::other("the file was modified by another program")),
    })
}

/// Writes a temporary file next to `path` and renames it to `path`. `check` runs right before that, and can prevent it.
fn write_atomically(path: &Path, text: &str, check: impl FnOnce() -> std::io::Result<()>) -> anyhow::Result<()> {
    let context = || cannot_write(path);
    let permissions = fs::metadata(path).ok().map(|old| old.permissions());
    let (file, temporary) = temporary_file(path, permissions.as_ref()).with_context(context)?;
    // The permissions are set before there is any content to read.
    let written = permissions
        .map_or(Ok(()), |permissions| file.set_permissions(permissions))
        .and_then(|()| (&file).write_all(text.as_bytes()))
        .and_then(|()| check())
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // Never leave the temporary file; it may have been removed already.
        let _ = fs::remove_file(&temporary);
    }
    written.with_context(context)
}

/// Creates a temporary file next to a file, with permissions that are not wider than those of that file.
fn temporary_file(path: &Path, permissions: Option<&fs::Permissions>) -> std::io::Result<(fs::File, PathBuf)> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if let Some(permissions) = permissions {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        options.mode(permissions.mode() & 0o777);
    }
    temporary_beside(path, |temporary| options.open(temporary))
}

/// Creates a temporary file or directory next to `path`, which it will replace. Its name does not contain that of `path`,
/// which may have the maximum length. Processes on other machines may have the same process id and write to the same
/// directory, so `make` must fail if the path exists.
///
/// # Errors
/// Fails when it cannot be created.
pub fn temporary_beside<T>(path: &Path, make: impl Fn(&Path) -> std::io::Result<T>) -> std::io::Result<(T, PathBuf)> {
    check_not_of_git(path)?;
    let mut attempt = 0;
    loop {
        let temporary = path.with_file_name(format!(".boutique-{}-{attempt}.tmp", std::process::id()));
        match make(&temporary) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => attempt += 1,
            made => return made.map(|made| (made, temporary)),
        }
    }
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
    let created = check_not_of_git(directory).and_then(|()| fs::create_dir_all(directory));
    created.with_context(|| format!("cannot create {}", directory.display()))?;
    for (name, text) in files {
        write_inside(directory, Path::new(&name), &text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_modified_by_another_program_is_not_replaced() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("file");
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
