//! Opens files in a tree, which may be of any type. Reading never blocks, and the file that is read is the one that was
//! checked.

#[cfg(unix)]
use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::{Path, PathBuf};

use crate::path::belongs_to_git;

use super::nearest_real;
use super::usage::count_file;

/// The reason why nothing below a `.git` is read or written: it contains credentials, and settings that run programs.
pub(super) const BELONGS_TO_GIT: &str = "it belongs to git and may contain credentials";

/// Opens a file or directory. Does not block on a pipe without a writer or on a device.
///
/// # Errors
/// Fails with the error of the system.
pub(super) fn open(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NONBLOCK.union(OFlags::NOCTTY).bits();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.cast_signed());
    }
    match options.open(path) {
        // Sockets cannot be opened.
        Err(error) if error.kind() != ErrorKind::NotFound && is_special(path) => Err(not_a_regular_file()),
        result => result,
    }
}

fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Returns the path of an open file with links resolved. Where the system supports it, the path is that of the open file
/// itself, since a link may change after the file was opened.
///
/// # Errors
/// Fails if the path now refers to another file.
pub(super) fn real_path(file: &File, metadata: &Metadata, path: &Path) -> Result<PathBuf> {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd as _;
        use std::os::linux::fs::MetadataExt as _;
        // The path of a removed file has a suffix.
        if let Ok(real) = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))
            && real.is_absolute()
            && metadata.st_nlink() > 0
        {
            return Ok(real);
        }
    }
    let real = fs::canonicalize(path)?;
    if is_same(metadata, &fs::metadata(&real)?) {
        Ok(real)
    } else {
        Err(Error::other("the file was replaced while it was read"))
    }
}

#[cfg(unix)]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    (a.len(), a.modified().ok()) == (b.len(), b.modified().ok())
}

/// Reads an open file; `None` if it is larger than the limit.
///
/// # Errors
/// Fails on pipes, devices and sockets, and with the error of the system.
pub(super) fn read(file: File, metadata: &Metadata, limit: u64) -> Result<Option<Vec<u8>>> {
    if !metadata.is_file() {
        return Err(not_a_regular_file());
    }
    if metadata.len() > limit {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    // The file may grow while it is read, and some system files report a size of zero.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    count_file(metadata, bytes.len());
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// Reads a file that is not part of a render, such as an earlier output, with the same precautions.
///
/// # Errors
/// Fails on pipes, devices and sockets, on files of more than a gigabyte, below a `.git`, and with the error of the system.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    let file = open(path)?;
    let real = real_path(&file, &file.metadata()?, path)?;
    if [path, &real].iter().any(|path| belongs_to_git(&path.to_string_lossy())) {
        return Err(Error::other(BELONGS_TO_GIT));
    }
    read_open_file(file)
}

/// Reads an open file like [`read_file`].
///
/// # Errors
/// Fails on pipes, devices and sockets, on files of more than a gigabyte, and with the error of the system.
pub(super) fn read_open_file(file: File) -> Result<Vec<u8>> {
    const MAX_SIZE: u64 = 1 << 30;
    let metadata = file.metadata()?;
    read(file, &metadata, MAX_SIZE)?.ok_or_else(|| Error::other(format!("larger than {MAX_SIZE} bytes")))
}

/// Checks that a file or directory that is to be listed or written is not below a `.git`.
///
/// # Errors
/// Fails if the path or its destination, with links resolved, is.
pub fn check_not_of_git(path: &Path) -> Result<()> {
    let real = nearest_real(path);
    if [path, &real].iter().any(|path| belongs_to_git(&path.to_string_lossy())) {
        return Err(Error::other(BELONGS_TO_GIT));
    }
    Ok(())
}

/// Checks that a part of a path is not the name of a `.git`.
///
/// # Errors
/// Fails if it is.
#[cfg(unix)]
pub fn check_name(name: &OsStr) -> Result<()> {
    match belongs_to_git(&name.to_string_lossy()) {
        true => Err(Error::other(BELONGS_TO_GIT)),
        false => Ok(()),
    }
}

fn not_a_regular_file() -> Error {
    Error::other("not a regular file")
}
