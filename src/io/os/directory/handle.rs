//! A directory that is open, and the system calls for the entries in it. None of them follows a link.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Result;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, CWD, Mode, OFlags, Stat};

/// Directories are opened without the permission to list them, where the system allows it.
#[cfg(target_os = "linux")]
const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Opening a pipe or a device does not block.
const FILE: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// A directory that is open.
#[derive(Debug)]
pub(super) struct Handle(OwnedFd);

impl Handle {
    /// Opens a directory. Links in its path are followed.
    pub(super) fn open(path: &Path) -> Result<Handle> {
        Ok(Handle(fs::openat(CWD, path, DIRECTORY, Mode::empty())?))
    }

    pub(super) fn try_clone(&self) -> Result<Handle> {
        Ok(Handle(self.0.try_clone()?))
    }

    /// Opens a directory in this one.
    pub(super) fn enter(&self, name: &OsStr) -> Result<Handle> {
        Ok(Handle(fs::openat(&self.0, name, DIRECTORY.union(OFlags::NOFOLLOW), Mode::empty())?))
    }

    pub(super) fn create_directory(&self, name: &OsStr) -> Result<()> {
        Ok(fs::mkdirat(&self.0, name, Mode::from_raw_mode(0o777))?)
    }

    /// Returns the destination of a link.
    pub(super) fn link(&self, name: &OsStr) -> Result<PathBuf> {
        let destination = fs::readlinkat(&self.0, name, Vec::new())?;
        Ok(OsString::from_vec(destination.into_bytes()).into())
    }

    pub(super) fn status(&self, name: &OsStr) -> Result<Stat> {
        Ok(fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Returns the status of the file that a link leads to.
    pub(super) fn status_of_destination(&self, name: &OsStr) -> Result<Stat> {
        Ok(fs::statat(&self.0, name, AtFlags::empty())?)
    }

    pub(super) fn open_file(&self, name: &OsStr) -> Result<File> {
        Ok(fs::openat(&self.0, name, OFlags::RDONLY.union(FILE), Mode::empty())?.into())
    }

    pub(super) fn open_file_to_change(&self, name: &OsStr) -> Result<File> {
        Ok(fs::openat(&self.0, name, OFlags::RDWR.union(FILE), Mode::empty())?.into())
    }

    /// Creates a file that does not exist.
    pub(super) fn create_file(&self, name: &OsStr, mode: Mode) -> Result<File> {
        let flags = OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(FILE);
        Ok(fs::openat(&self.0, name, flags, mode)?.into())
    }

    pub(super) fn rename(&self, from: &OsStr, to: &OsStr) -> Result<()> {
        Ok(fs::renameat(&self.0, from, &self.0, to)?)
    }

    pub(super) fn remove_file(&self, name: &OsStr) -> Result<()> {
        Ok(fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }
}
