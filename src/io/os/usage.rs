//! The resources that this process uses.

use std::collections::HashSet;
use std::fs::Metadata;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What this process has read. It belongs to the process, like its memory; no render depends on it.
static READ: Mutex<Option<Read>> = Mutex::new(None);

#[derive(Default)]
struct Read {
    bytes: u64,
    /// The files, so that each counts once, whatever its names are.
    files: HashSet<(u64, u64)>,
}

/// Returns the computing time of all threads so far, if the system has a clock for it.
pub fn computing_time() -> Option<Duration> {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
    }
    #[cfg(not(unix))]
    None
}

/// Returns the memory in use in bytes, if the system tells it.
pub fn memory_in_use() -> Option<u64> {
    memory_stats::memory_stats().map(|stats| stats.physical_mem as u64)
}

/// Returns the number of bytes that were read from files, programs and the network. A file that is read again does not count.
pub fn bytes_read() -> u64 {
    READ.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(0, |read| read.bytes)
}

/// Counts bytes that were read from a program or the network.
pub fn count_bytes(bytes: usize) {
    count(None, bytes);
}

/// Counts the bytes that were read from a file.
pub(super) fn count_file(metadata: &Metadata, bytes: usize) {
    #[cfg(unix)]
    let file = {
        use std::os::unix::fs::MetadataExt as _;
        Some((metadata.dev(), metadata.ino()))
    };
    #[cfg(not(unix))]
    let file = (metadata.len() != bytes as u64).then_some((0, 0));
    count(file, bytes);
}

fn count(file: Option<(u64, u64)>, bytes: usize) {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let read = read.get_or_insert_default();
    if file.is_none_or(|file| read.files.insert(file)) {
        read.bytes = read.bytes.saturating_add(bytes as u64);
    }
}
