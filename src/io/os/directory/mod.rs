//! Directories that are written to. Whoever may change a directory can exchange a part of it for a symbolic link at any
//! time, so files are reached through directories that are open, where the system allows it.

#[cfg(not(unix))]
mod by_path;
#[cfg(unix)]
mod handle;
#[cfg(unix)]
mod replace;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub use by_path::Directory;
#[cfg(unix)]
pub use unix::Directory;

use std::io::{Error, ErrorKind, Result};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held while a file is written.
static WRITING: Mutex<()> = Mutex::new(());

/// Waits until no file is being written, and prevents that one is until the value is dropped.
pub fn wait_for_files() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls `make` with names for a temporary file or directory until it creates one, and returns it with its name. Processes
/// on other machines may have the same process id and write to the same directory, so `make` must fail if the name exists.
///
/// # Errors
/// Fails when `make` does, unless the name exists.
pub fn with_temporary_name<T>(make: impl Fn(&str) -> Result<T>) -> Result<(T, String)> {
    let mut attempt = 0;
    loop {
        // The name does not contain that of the file that is replaced, which may have the maximum length.
        let name = format!(".boutique-{}-{attempt}.tmp", std::process::id());
        match make(&name) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => attempt += 1,
            made => return made.map(|made| (made, name)),
        }
    }
}

fn leads_out(path: &Path, directory: &Path) -> Error {
    let (path, directory) = (path.display(), directory.display());
    Error::other(format!("{path} leads out of {directory} through a symbolic link"))
}
