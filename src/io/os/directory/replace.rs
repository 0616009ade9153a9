//! Replaces files: by renaming a new one where possible, otherwise in place.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Result, Seek as _, Write as _};

use rustix::fs::{FileType, Gid, Mode, Stat, Uid};
use rustix::io::Errno;

use super::handle::Handle;
use super::with_temporary_name;
use crate::io::os::open::read_open_file;

/// Whether a link in place of a file says something about the permissions of the file that replaces it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    /// The link may come from an untrusted tree.
    Untrusted,
    /// The user has named the link.
    Named,
}

/// Replaces a file if it still has the `expected` content, or any content if none is given.
///
/// # Errors
/// Fails when the file has other content, and when it can neither be replaced nor be written in place. It keeps its content
/// then.
pub(super) fn replace(
    directory: &Handle,
    name: &OsStr,
    content: &[u8],
    links: Links,
    expected: Option<&[u8]>,
) -> Result<()> {
    let old = Old::find(directory, name, links)?;
    match replace_by_rename(directory, name, content, &old, expected) {
        Err(Failure::CannotReplace(error)) if old.is_file() => match directory.open_file_to_change(name) {
            Ok(file) => write_in_place(file, content, expected),
            // That the file cannot be opened is less useful to know.
            Err(_) => Err(error),
        },
        Err(Failure::CannotReplace(error) | Failure::Other(error)) => Err(error),
        Ok(()) => Ok(()),
    }
}

/// What is in place of the file.
enum Old {
    Nothing,
    File(Stat),
    /// Something else, with the permissions for the new file.
    Other(Mode),
}

/// The permissions of a new file, from which the system removes those that the user does not grant by default.
const DEFAULT_MODE: Mode = Mode::from_raw_mode(0o666);

impl Old {
    fn find(directory: &Handle, name: &OsStr, links: Links) -> Result<Old> {
        let status = match directory.status(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Old::Nothing),
            status => status?,
        };
        Ok(match FileType::from_raw_mode(status.st_mode) {
            FileType::RegularFile => Old::File(status),
            FileType::Symlink if links == Links::Named => {
                let destination = directory.status_of_destination(name);
                let mode = destination.map_or(DEFAULT_MODE, |destination| Mode::from_raw_mode(destination.st_mode));
                Old::Other(mode & DEFAULT_MODE)
            }
            _ => Old::Other(DEFAULT_MODE),
        })
    }

    fn is_file(&self) -> bool {
        matches!(self, Old::File(_))
    }

    /// Returns the permissions with which the new file is created, before there is any content to read.
    fn mode(&self) -> Mode {
        match self {
            Old::Nothing => DEFAULT_MODE,
            Old::File(status) => Mode::from_raw_mode(status.st_mode) & Mode::from_raw_mode(0o777),
            Old::Other(mode) => *mode,
        }
    }
}

/// The reason why a file was not replaced.
enum Failure {
    /// The directory or the file system does not allow it, but the file may be writable.
    CannotReplace(Error),
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        const CANNOT_REPLACE: [Errno; 5] = [Errno::BUSY, Errno::ACCESS, Errno::PERM, Errno::XDEV, Errno::ROFS];
        match error.raw_os_error() {
            Some(code) if CANNOT_REPLACE.iter().any(|errno| errno.raw_os_error() == code) => {
                Failure::CannotReplace(error)
            }
            _ => Failure::Other(error),
        }
    }
}

fn replace_by_rename(
    directory: &Handle,
    name: &OsStr,
    content: &[u8],
    old: &Old,
    expected: Option<&[u8]>,
) -> std::result::Result<(), Failure> {
    let (mut file, temporary) = with_temporary_name(|name| directory.create_file(name.as_ref(), old.mode()))?;
    let written = keep_attributes(&file, old).and_then(|()| {
        file.write_all(content).map_err(Failure::Other)?;
        if let Some(expected) = expected {
            let current = directory.open_file(name).and_then(read_open_file).map_err(Failure::Other)?;
            check(&current, expected).map_err(Failure::Other)?;
        }
        Ok(directory.rename(temporary.as_ref(), name)?)
    });
    if written.is_err() {
        // Never leave the temporary file; it may have been removed already.
        let _ = directory.remove_file(temporary.as_ref());
    }
    written
}

/// Gives a new file the owner, the group and the permissions of the old one.
fn keep_attributes(file: &File, old: &Old) -> std::result::Result<(), Failure> {
    let Old::File(old) = old else { return Ok(()) };
    let new = rustix::fs::fstat(file).map_err(Error::from)?;
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid) {
        let owner = (Uid::from_raw(old.st_uid), Gid::from_raw(old.st_gid));
        rustix::fs::fchown(file, Some(owner.0), Some(owner.1)).map_err(|error| Failure::CannotReplace(error.into()))?;
    }
    // Changing the owner removes some permissions.
    rustix::fs::fchmod(file, Mode::from_raw_mode(old.st_mode) & Mode::from_raw_mode(0o7777)).map_err(Error::from)?;
    Ok(())
}

/// Overwrites a file. The space is reserved first, and the old content is restored after an error.
fn write_in_place(mut file: File, content: &[u8], expected: Option<&[u8]>) -> Result<()> {
    if !file.metadata()?.is_file() {
        return Err(Error::other("not a regular file"));
    }
    let mut old = Vec::new();
    file.read_to_end(&mut old)?;
    expected.map_or(Ok(()), |expected| check(&old, expected))?;
    reserve(&file, content.len())?;
    overwrite(&mut file, content).inspect_err(|_| {
        // The first error is more useful.
        let _ = overwrite(&mut file, &old);
    })
}

fn check(current: &[u8], expected: &[u8]) -> Result<()> {
    if current == expected { Ok(()) } else { Err(Error::other("the file was modified by another program")) }
}

fn overwrite(file: &mut File, content: &[u8]) -> Result<()> {
    file.rewind()?;
    file.write_all(content)?;
    file.set_len(content.len() as u64)?;
    file.sync_all()
}

/// Reserves the space for a file, so that it is not written in part. Not all file systems support that.
fn reserve(file: &File, size: usize) -> Result<()> {
    #[cfg(target_os = "linux")]
    if size > 0
        && let Err(error) = rustix::fs::fallocate(file, rustix::fs::FallocateFlags::KEEP_SIZE, 0, size as u64)
        && matches!(error, Errno::NOSPC | Errno::DQUOT | Errno::FBIG)
    {
        return Err(error.into());
    }
    let _ = (file, size);
    Ok(())
}
