//! Temporary directories and running programs, both of which end with this process: also when a signal ends it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

/// What there is to clean up. It is of the process, as signals are; no render reads it.
static LEFT: Mutex<Left> = Mutex::new(Left { is_watched: false, directories: Vec::new(), groups: Vec::new() });

struct Left {
    /// A thread waits for signals.
    is_watched: bool,
    directories: Vec<PathBuf>,
    /// The process groups of running programs.
    groups: Vec<u32>,
}

fn left() -> MutexGuard<'static, Left> {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A private directory that goes away with its value.
#[derive(Debug)]
pub(super) struct Temporary {
    directory: Option<TempDir>,
    path: PathBuf,
}

impl Temporary {
    /// Makes a directory whose name starts with `prefix`.
    ///
    /// # Errors
    /// Returns why there can be none.
    pub(super) fn new(prefix: &str) -> Result<Temporary, String> {
        watch_for_signals();
        let directory = tempfile::Builder::new().prefix(prefix).tempdir();
        let directory = directory.map_err(|error| format!("no temporary directory: {error}"))?;
        let path = directory.path().to_path_buf();
        left().directories.push(path.clone());
        Ok(Temporary { directory: Some(directory), path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns a path in the directory as text.
    ///
    /// # Errors
    /// Fails if it is none.
    pub(super) fn inside(&self, name: &str) -> Result<String, String> {
        let path = self.path.join(name);
        path.to_str().map(ToString::to_string).ok_or_else(|| format!("{} is not UTF-8", path.display()))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        drop(self.directory.take());
        left().directories.retain(|path| *path != self.path);
    }
}

/// Notes that a program runs, which leads a process group.
pub(super) fn add_group(id: u32) {
    watch_for_signals();
    left().groups.push(id);
}

pub(super) fn remove_group(id: u32) {
    left().groups.retain(|group| *group != id);
}

/// Kills all processes of a group. They may be gone by now.
pub(super) fn kill_group(id: u32) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    #[cfg(not(unix))]
    let _ = id;
}

/// Waits for signals on a thread of its own, from the first time on that there is something to clean up.
fn watch_for_signals() {
    let mut left = left();
    if std::mem::replace(&mut left.is_watched, true) {
        return;
    }
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM]) else { return };
        std::thread::spawn(move || {
            for signal in signals.forever() {
                clean_up();
                // Ends the process as the signal would have done.
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        });
    }
}

/// Ends running programs and removes temporary directories. The lock is kept, so that nothing new is started.
#[cfg(unix)]
fn clean_up() {
    clean(left());
}

/// Cleans up like a signal does, for a process that is about to exit in the middle of its work.
pub fn clean_up_before_exit() {
    // If this thread holds the lock, it was just changing what is to be cleaned up.
    if let Ok(left) = LEFT.try_lock() {
        clean(left);
    }
}

fn clean(left: MutexGuard<'static, Left>) {
    left.groups.iter().copied().for_each(kill_group);
    for directory in &left.directories {
        // A program may have written a last file meanwhile.
        for _ in 0..3 {
            if std::fs::remove_dir_all(directory).is_ok() {
                break;
            }
        }
    }
    std::mem::forget(left);
}
