//! Directories as open handles.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io::{Error, ErrorKind, Result};
use std::path::{Component, Path, PathBuf};

use super::handle::Handle;
use super::replace::{Links, replace};
use super::{leads_out, wait_for_files};
use crate::io::os::open;

/// The maximum number of steps on the way to a file, which links can repeat.
const MAX_STEPS: usize = 4096;

/// The directories on the way to a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// They exist, or are links to such directories.
    Existing,
    /// They are created if they do not exist.
    Created,
    /// They exist, and are not links.
    WithoutLinks,
}

/// A directory whose files are read and written. Names of files are relative; links on the way to a file are followed as
/// long as they stay in the directory, and a file that is a link is replaced.
#[derive(Debug)]
pub struct Directory {
    handle: Handle,
    path: PathBuf,
    /// The path with links resolved.
    real: PathBuf,
}

impl Directory {
    /// Opens a directory that the user has named. Links in its path are followed.
    ///
    /// # Errors
    /// Fails if there is no such directory.
    pub fn open(path: &Path) -> Result<Directory> {
        open::check_not_of_git(path)?;
        let named = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        Ok(Directory { handle: Handle::open(named)?, path: path.to_path_buf(), real: named.canonicalize()? })
    }

    /// Opens a directory, and creates it if it does not exist.
    ///
    /// # Errors
    /// Fails if it cannot be created.
    pub fn create(path: &Path) -> Result<Directory> {
        open::check_not_of_git(path)?;
        std::fs::create_dir_all(path)?;
        Directory::open(path)
    }

    /// Opens a directory in this one, and creates it if it does not exist.
    ///
    /// # Errors
    /// Fails if it cannot be created, and if a link on the way leads out of this directory.
    pub fn create_below(&self, name: &Path) -> Result<Directory> {
        let real = self.real.join(name);
        Ok(Directory { handle: self.descend(name, Way::Created)?, path: self.path.join(name), real })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Fails with the error of the system, also if the file is a link, and if a link on the way leads out of the directory.
    pub fn read(&self, name: &Path) -> Result<Vec<u8>> {
        let (parent, file) = self.parent(name, Way::Existing)?;
        open::read_open_file(parent.open_file(file)?)
    }

    /// Replaces a file atomically, and creates the directories on the way. Owner and permissions are kept. Where the file
    /// can be written but not replaced, such as a mount, it is written in place.
    ///
    /// # Errors
    /// Fails when the file cannot be written, in which case it keeps its content, and if a link on the way leads out of the
    /// directory.
    pub fn write(&self, name: &Path, content: &[u8]) -> Result<()> {
        let (parent, file) = self.parent(name, Way::Created)?;
        let _writing = wait_for_files();
        replace(&parent, file, content, Links::Untrusted, None)
    }

    /// Replaces a file that the user has named. In contrast to [`Directory::write`], the new file is not more accessible
    /// than the one that a link in its place leads to.
    ///
    /// # Errors
    /// Fails when the file cannot be written.
    pub fn write_named(&self, name: &Path, content: &[u8]) -> Result<()> {
        let (parent, file) = self.parent(name, Way::Existing)?;
        let _writing = wait_for_files();
        replace(&parent, file, content, Links::Named, None)
    }

    /// Replaces a file, given as an absolute path without links, if its content is still `old`.
    ///
    /// # Errors
    /// Fails when the file cannot be written, when its content has changed, and when there is a link on the way.
    pub fn change_file(path: &Path, old: &[u8], new: &[u8]) -> Result<()> {
        let name = path.strip_prefix("/").map_err(|_| Error::from(ErrorKind::InvalidInput))?;
        let (parent, file) = Directory::open(Path::new("/"))?.parent(name, Way::WithoutLinks)?;
        let _writing = wait_for_files();
        replace(&parent, file, new, Links::Untrusted, Some(old))
    }

    /// Writes a new file, given as an absolute path without links.
    ///
    /// # Errors
    /// Fails when the file cannot be written, when it exists, and when there is a link on the way.
    pub fn create_file(path: &Path, content: &[u8]) -> Result<()> {
        let name = path.strip_prefix("/").map_err(|_| Error::from(ErrorKind::InvalidInput))?;
        let (parent, file) = Directory::open(Path::new("/"))?.parent(name, Way::WithoutLinks)?;
        if path.symlink_metadata().is_ok() {
            return Err(Error::from(ErrorKind::AlreadyExists));
        }
        let _writing = wait_for_files();
        replace(&parent, file, content, Links::Untrusted, None)
    }

    /// Removes a file or a link.
    ///
    /// # Errors
    /// Fails with the error of the system, and if a link on the way leads out of the directory.
    pub fn remove(&self, name: &Path) -> Result<()> {
        let (parent, file) = self.parent(name, Way::Existing)?;
        parent.remove_file(file)
    }

    /// Opens the directory of a file.
    fn parent<'a>(&self, name: &'a Path, way: Way) -> Result<(Handle, &'a OsStr)> {
        let file = name.file_name().ok_or_else(|| Error::from(ErrorKind::IsADirectory))?;
        open::check_name(file)?;
        Ok((self.descend(name.parent().unwrap_or(Path::new("")), way)?, file))
    }

    /// Opens a directory step by step. `..` leads back to a directory that is open already.
    fn descend(&self, path: &Path, way: Way) -> Result<Handle> {
        let leads_out = || leads_out(&self.path.join(path), &self.path);
        let mut open = vec![self.handle.try_clone()?];
        let mut rest: VecDeque<OsString> = path.iter().map(OsString::from).collect();
        let mut steps = 0;
        while let Some(name) = rest.pop_front() {
            steps += 1;
            if steps > MAX_STEPS {
                return Err(Error::other("too many levels of symbolic links"));
            }
            let last = open.last().ok_or_else(leads_out)?;
            open::check_name(&name)?;
            match Path::new(&name).components().next() {
                None | Some(Component::CurDir) => {}
                Some(Component::ParentDir) => {
                    open.pop();
                    open.last().ok_or_else(leads_out)?;
                }
                Some(Component::Normal(part)) => match last.enter(part) {
                    Ok(directory) => open.push(directory),
                    Err(error) if way == Way::Created && error.kind() == ErrorKind::NotFound => {
                        match last.create_directory(part) {
                            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                            _ => rest.push_front(name),
                        }
                    }
                    Err(error) if way == Way::WithoutLinks => return Err(error),
                    Err(error) => {
                        let mut destination = last.link(part).map_err(|_| error)?;
                        if destination.is_absolute() {
                            destination = destination.strip_prefix(&self.real).map_err(|_| leads_out())?.to_path_buf();
                            open.truncate(1);
                        }
                        destination.iter().rev().for_each(|part| rest.push_front(part.into()));
                    }
                },
                Some(Component::RootDir | Component::Prefix(_)) => return Err(leads_out()),
            }
        }
        open.pop().ok_or_else(leads_out)
    }
}
