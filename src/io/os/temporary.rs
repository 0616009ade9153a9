//! Cleans up temporary directories and running programs when this process ends, including on a signal.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The directories and programs to clean up. They belong to the process, like signals; no render reads them.
static CLEANUP: Mutex<Cleanup> = Mutex::new(Cleanup { is_watched: false, directories: Vec::new(), groups: Vec::new() });

struct Cleanup {
    /// Whether a thread is waiting for signals.
    is_watched: bool,
    directories: Vec<PathBuf>,
    /// The process groups of running programs.
    groups: Vec<u32>,
}

fn cleanup() -> MutexGuard<'static, Cleanup> {
    CLEANUP.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A private directory that is removed when the value is dropped.
#[derive(Debug)]
pub(super) struct Temporary {
    directory: Option<TempDir>,
    path: PathBuf,
}

impl Temporary {
    /// Creates a directory whose name starts with `prefix`.
    ///
    /// # Errors
    /// Fails if the directory cannot be created.
    pub(super) fn new(prefix: &str) -> Result<Temporary, String> {
        watch_for_signals();
        // With the lock held, a signal finds either no directory or one that is recorded.
        let mut cleanup = cleanup();
        let directory = tempfile::Builder::new().prefix(prefix).tempdir_in(directory_for_temporary_files());
        let directory = directory.map_err(|error| format!("cannot create a temporary directory: {error}"))?;
        let path = directory.path().to_path_buf();
        cleanup.directories.push(path.clone());
        Ok(Temporary { directory: Some(directory), path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns a path in the directory.
    ///
    /// # Errors
    /// Fails if the path is not UTF-8.
    pub(super) fn join(&self, name: &str) -> Result<String, String> {
        let path = self.path.join(name);
        path.to_str().map(ToString::to_string).ok_or_else(|| format!("{} is not UTF-8", path.display()))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        drop(self.directory.take());
        cleanup().directories.retain(|path| *path != self.path);
    }
}

/// Returns the system's directory for temporary files. A relative one would be in the tree.
fn directory_for_temporary_files() -> PathBuf {
    let directory = std::env::temp_dir();
    if directory.is_absolute() { directory } else { PathBuf::from("/tmp") }
}

/// Starts a program in a process group of its own, and records the group.
///
/// # Errors
/// Fails if the program cannot be started.
pub(super) fn spawn_group(command: &mut Command) -> std::io::Result<Child> {
    watch_for_signals();
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    // With the lock held, a signal finds either no program or one that is recorded.
    let mut cleanup = cleanup();
    adopt_orphans();
    let child = command.spawn()?;
    cleanup.groups.push(child.id());
    Ok(child)
}

/// Returns whether a program has exited. Its process id stays reserved until [`end_program`].
pub(super) fn has_exited(child: &mut Child) -> bool {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let id = Pid::from_child(child);
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(id), options).is_ok_and(|status| status.is_some())
    }
    #[cfg(not(unix))]
    child.try_wait().is_ok_and(|status| status.is_some())
}

/// Ends a program with everything that it has started and left behind, and returns its status.
///
/// # Errors
/// Fails if the status is not known.
pub(super) fn end_program(child: &mut Child) -> std::io::Result<ExitStatus> {
    if !has_exited(child) {
        // For systems without process groups.
        let _ = child.kill();
    }
    // The process id of the group cannot have been reused, because nothing has waited for it.
    kill_group(child.id());
    let status = child.wait();
    let mut cleanup = cleanup();
    end_orphans(&cleanup.groups);
    cleanup.groups.retain(|group| *group != child.id());
    status
}

/// Kills all processes of a group, which may have ended already.
fn kill_group(id: u32) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    #[cfg(not(unix))]
    let _ = id;
}

/// Lets this process adopt what its programs leave behind, so that [`end_orphans`] finds it.
fn adopt_orphans() {
    // Without it, for example in a sandbox, only process groups are ended.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Kills the processes that programs have left behind, in sessions of their own, except for the programs that still run.
#[cfg(target_os = "linux")]
fn end_orphans(running: &[u32]) {
    use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
    /// The maximum time for it. A process that is killed leaves its own children behind.
    const MAX_TIME: Duration = Duration::from_secs(1);
    let deadline = Instant::now() + MAX_TIME;
    loop {
        let mut orphans = children();
        orphans.retain(|id| !running.contains(id));
        if orphans.is_empty() || Instant::now() > deadline {
            return;
        }
        for id in orphans.into_iter().filter_map(|id| i32::try_from(id).ok()).filter_map(Pid::from_raw) {
            let _ = kill_process(id, Signal::KILL);
            let _ = waitpid(Some(id), WaitOptions::NOHANG);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(not(target_os = "linux"))]
fn end_orphans(_running: &[u32]) {}

/// Returns the children of this process. There are none if the system does not list them.
#[cfg(target_os = "linux")]
fn children() -> Vec<u32> {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return Vec::new() };
    let lists = threads.flatten().filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>()).collect()
}

/// Starts a thread that waits for signals. It is started when there is something to clean up for the first time.
fn watch_for_signals() {
    let mut cleanup = cleanup();
    if std::mem::replace(&mut cleanup.is_watched, true) {
        return;
    }
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        // A signal that was ignored when the program started, as by `nohup`, stays ignored.
        let watched: Vec<i32> = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|&signal| !is_ignored(signal)).collect();
        let Ok(mut signals) = signal_hook::iterator::Signals::new(watched) else { return };
        std::thread::spawn(move || {
            for signal in signals.forever() {
                clean_up();
                // Ends the process as the signal would.
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        });
    }
}

/// Returns whether this process ignores a signal.
#[cfg(target_os = "linux")]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

/// Returns whether this process may ignore a signal. Where that cannot be found out without unsafe code, `nohup` is
/// recognized by its streams, none of which is a terminal.
#[cfg(all(unix, not(target_os = "linux")))]
fn is_ignored(signal: i32) -> bool {
    use std::io::IsTerminal as _;
    let has_terminal =
        std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal();
    signal == signal_hook::consts::SIGHUP && !has_terminal
}

/// Ends running programs and removes temporary directories. The lock is never released, so that nothing new is started.
#[cfg(unix)]
fn clean_up() {
    clean(cleanup());
}

/// Cleans up as on a signal, for a process that is about to exit in the middle of its work.
pub fn clean_up_before_exit() {
    // This thread may hold the lock if it was changing the list.
    if let Ok(cleanup) = CLEANUP.try_lock() {
        clean(cleanup);
    }
}

fn clean(cleanup: MutexGuard<'static, Cleanup>) {
    cleanup.groups.iter().copied().for_each(kill_group);
    end_orphans(&[]);
    for directory in &cleanup.directories {
        // A program may have written a file in the meantime.
        for _ in 0..3 {
            if std::fs::remove_dir_all(directory).is_ok() {
                break;
            }
        }
    }
    std::mem::forget(cleanup);
}
