//! Opening what a tree names, which may be anything: reading it never waits, and what is read is what was looked at.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::{Path, PathBuf};

/// Opens a file or directory. Neither a pipe without a writer nor a device is waited for.
///
/// # Errors
/// Fails as the system does.
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
        // Sockets cannot be opened at all.
        Err(error) if error.kind() != ErrorKind::NotFound && is_special(path) => Err(no_regular_file()),
        result => result,
    }
}

fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Returns where an open file is, with links followed: asked of the file itself where the system can tell, as a link may
/// be turned to something else meanwhile.
///
/// # Errors
/// Fails when the path leads to something else by now.
pub(super) fn real_path(file: &File, metadata: &Metadata, path: &Path) -> Result<PathBuf> {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd as _;
        use std::os::linux::fs::MetadataExt as _;
        // The name of what was removed is followed by a remark.
        if let Ok(real) = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))
            && real.is_absolute()
            && metadata.st_nlink() > 0
        {
            return Ok(real);
        }
    }
    let real = fs::canonicalize(path)?;
    if is_same(metadata, &fs::metadata(&real)?) { Ok(real) } else { Err(Error::other("it was replaced meanwhile")) }
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

/// Reads an open file; `None` if it is larger than a limit.
///
/// # Errors
/// Fails on pipes, devices and sockets, and as the system does.
pub(super) fn read(file: File, metadata: &Metadata, limit: u64) -> Result<Option<Vec<u8>>> {
    if !metadata.is_file() {
        return Err(no_regular_file());
    }
    if metadata.len() > limit {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    // It may grow while it is read, and some files of the system say that they are empty.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// Reads a file that is no part of a render, such as an earlier output, which may be anything, too.
///
/// # Errors
/// Fails on pipes, devices and sockets, on files of more than a gigabyte, and as the system does.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    const LARGEST: u64 = 1 << 30;
    let file = open(path)?;
    let metadata = file.metadata()?;
    read(file, &metadata, LARGEST)?.ok_or_else(|| Error::other(format!("it is larger than {LARGEST} bytes")))
}

fn no_regular_file() -> Error {
    Error::other("it is not a regular file")
}
