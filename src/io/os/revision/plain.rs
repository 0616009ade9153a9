//! Reads and copies the files of a repository's `.git` directory, which may come from an archive: no links, no pipes, and
//! limited sizes.

use std::fs;
use std::io::{Error, ErrorKind};
use std::path::Path;

use walkdir::WalkDir;

use crate::diagnostic::Limit;
use crate::io::os::open;
use crate::request::Failure;

/// The maximum size of all copied files in bytes.
const MAX_COPY: u64 = 256 << 20;

/// The number of bytes that a file counts in addition to its content.
const FILE_OVERHEAD: u64 = 256;

/// Reads a regular file; `None` if there is none. No part of `path` may be a link, so its directory must be a real path.
///
/// # Errors
/// Fails on links, on all but regular files, and on files that are larger than the limit.
pub fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Failure> {
    let fail = |error: Error| Failure::from(format!("cannot read `{}`: {error}", path.display()));
    match path.symlink_metadata() {
        Ok(metadata) if !metadata.is_file() => return Err(fail(Error::other("not a regular file"))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        result => result.map_err(fail)?,
    };
    let read = || {
        let file = open::open(path)?;
        let metadata = file.metadata()?;
        if open::real_path(&file, &metadata, path)? != path {
            return Err(Error::other("a part of the path is a link"));
        }
        open::read(file, &metadata, limit)
    };
    match read().map_err(fail)? {
        Some(bytes) => Ok(Some(bytes)),
        None => {
            let message = format!("file size limit exceeded: `{}` is larger than {limit} bytes", path.display());
            Err(Failure::exceeds(Limit::FileSize, message))
        }
    }
}

/// Reads a text file without the line break at its end; `None` if there is none.
///
/// # Errors
/// Fails like [`read`], and on text that is not UTF-8.
pub fn read_line(path: &Path) -> Result<Option<String>, Failure> {
    const MAX_LINE: u64 = 1 << 16;
    let Some(bytes) = read(path, MAX_LINE)? else { return Ok(None) };
    let text = String::from_utf8(bytes).map_err(|_| format!("`{}` is not UTF-8", path.display()))?;
    Ok(Some(text.trim_end_matches(['\n', '\r']).to_string()))
}

/// Checks that a directory and everything below it are directories and regular files.
///
/// # Errors
/// Fails on links, pipes, devices and sockets.
pub fn check_tree(directory: &Path) -> Result<(), Failure> {
    walk(directory, &mut |_| Ok(()))
}

/// Calls `visit` for each file below a directory. A missing directory is empty.
fn walk(directory: &Path, visit: &mut impl FnMut(&Path) -> Result<(), Failure>) -> Result<(), Failure> {
    match directory.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Ok(metadata) if metadata.is_dir() => {}
        _ => return Err(format!("`{}` is not a directory", directory.display()).into()),
    }
    for entry in WalkDir::new(directory) {
        let entry = entry.map_err(|error| error.to_string())?;
        if entry.file_type().is_file() {
            visit(entry.path())?;
        } else if !entry.file_type().is_dir() {
            return Err(format!("`{}` is neither a regular file nor a directory", entry.path().display()).into());
        }
    }
    Ok(())
}

/// Copies files, up to a total size.
pub struct Copier {
    left: u64,
}

impl Copier {
    pub fn new() -> Copier {
        Copier { left: MAX_COPY }
    }

    /// Copies a file if it exists.
    ///
    /// # Errors
    /// Fails like [`read`], and if the copy cannot be written.
    pub fn file(&mut self, from: &Path, to: &Path) -> Result<(), Failure> {
        let Some(bytes) = read(from, self.left)? else { return Ok(()) };
        self.left = self.left.saturating_sub(bytes.len() as u64 + FILE_OVERHEAD);
        write(to, &bytes)
    }

    /// Copies the files below a directory, if it exists.
    ///
    /// # Errors
    /// Fails like [`Copier::file`] and [`check_tree`].
    pub fn tree(&mut self, from: &Path, to: &Path) -> Result<(), Failure> {
        walk(from, &mut |path| {
            let below = path.strip_prefix(from).map_err(|error| error.to_string())?;
            self.file(path, &to.join(below))
        })
    }
}

/// Writes a private file, and creates its directory.
///
/// # Errors
/// Fails with the error of the system.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, bytes));
    Ok(written.map_err(|error| format!("cannot write `{}`: {error}", path.display()))?)
}
