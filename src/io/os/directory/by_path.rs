//! Directories by their paths, on systems without operations that are relative to an open directory.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use super::{leads_out, wait_for_files, with_temporary_name};
use crate::io::os::nearest_real;
use crate::io::os::open::{check_not_of_git, read_file};

/// A directory whose files are read and written. Names of files are relative; links on the way to a file are followed as
/// long as they stay in the directory, and a file that is a link is replaced.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Opens a directory that the user has named. Links in its path are followed.
    ///
    /// # Errors
    /// Fails if there is no such directory.
    pub fn open(path: &Path) -> Result<Directory> {
        check_not_of_git(path)?;
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        fs::read_dir(path)?;
        Ok(Directory { path: path.to_path_buf() })
    }

    /// Opens a directory, and creates it if it does not exist.
    ///
    /// # Errors
    /// Fails if it cannot be created.
    pub fn create(path: &Path) -> Result<Directory> {
        check_not_of_git(path)?;
        fs::create_dir_all(path)?;
        Directory::open(path)
    }

    /// Opens a directory in this one, and creates it if it does not exist.
    ///
    /// # Errors
    /// Fails if it cannot be created, and if a link on the way leads out of this directory.
    pub fn create_below(&self, name: &Path) -> Result<Directory> {
        Directory::create(&self.path_of(name)?)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Fails with the error of the system, and if a link on the way leads out of the directory.
    pub fn read(&self, name: &Path) -> Result<Vec<u8>> {
        read_file(&self.path_of(name)?)
    }

    /// Replaces a file atomically, and creates the directories on the way. Its permissions are kept.
    ///
    /// # Errors
    /// Fails when the file cannot be written, and if a link on the way leads out of the directory.
    pub fn write(&self, name: &Path, content: &[u8]) -> Result<()> {
        let path = self.path_of(name)?;
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        replace(&path, content, || Ok(()))
    }

    /// Replaces a file that the user has named.
    ///
    /// # Errors
    /// Fails when the file cannot be written.
    pub fn write_named(&self, name: &Path, content: &[u8]) -> Result<()> {
        replace(&self.path.join(name), content, || Ok(()))
    }

    /// Replaces a file, given as an absolute path without links, if its content is still `old`.
    ///
    /// # Errors
    /// Fails when the file cannot be written, and when its content has changed.
    pub fn change_file(path: &Path, old: &[u8], new: &[u8]) -> Result<()> {
        replace(path, new, || match read_file(path)? == old {
            true => Ok(()),
            false => Err(Error::other("the file was modified by another program")),
        })
    }

    /// Writes a new file, given as an absolute path without links.
    ///
    /// # Errors
    /// Fails when the file cannot be written, and when it exists.
    pub fn create_file(path: &Path, content: &[u8]) -> Result<()> {
        replace(path, content, || match path.symlink_metadata().is_ok() {
            true => Err(Error::from(ErrorKind::AlreadyExists)),
            false => Ok(()),
        })
    }

    /// Removes a file or a link.
    ///
    /// # Errors
    /// Fails with the error of the system, and if a link on the way leads out of the directory.
    pub fn remove(&self, name: &Path) -> Result<()> {
        fs::remove_file(self.path_of(name)?)
    }

    /// Returns the path of a file or directory, which must be below the directory.
    fn path_of(&self, name: &Path) -> Result<PathBuf> {
        let path = self.path.join(name);
        check_not_of_git(&path)?;
        match nearest_real(&path).starts_with(nearest_real(&self.path)) {
            true => Ok(path),
            false => Err(leads_out(&path, &self.path)),
        }
    }
}

/// Writes a temporary file next to `path` and renames it to `path`. `check` runs right before that, and can prevent it.
fn replace(path: &Path, content: &[u8], check: impl FnOnce() -> Result<()>) -> Result<()> {
    let _writing = wait_for_files();
    let directory = path.parent().ok_or_else(|| Error::from(ErrorKind::IsADirectory))?;
    let create = |name: &str| fs::OpenOptions::new().write(true).create_new(true).open(directory.join(name));
    let (file, name) = with_temporary_name(create)?;
    let temporary = directory.join(name);
    let permissions = fs::metadata(path).ok().map(|old| old.permissions());
    let written = std::io::Write::write_all(&mut &file, content)
        .and_then(|()| permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions)))
        .and_then(|()| check())
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // Never leave the temporary file; it may have been removed already.
        let _ = fs::remove_file(&temporary);
    }
    written
}
