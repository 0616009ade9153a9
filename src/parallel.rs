//! Threads: several for independent work, and one with a stack for the deepest documents.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The stack size of a thread in bytes. Documents are walked by recursion, and nest as deep as
/// [`ParseLimits`](crate::yaml::ParseLimits) allow.
const STACK: usize = 512 << 20;

/// The number of threads to use.
#[derive(Clone, Copy, Debug)]
pub enum Threads {
    /// A fixed number.
    Fixed(usize),
    /// The number that this function returns. It is called only if there is work for more than one thread.
    Auto(fn() -> usize),
}

impl Threads {
    /// Returns the number of threads for this many parts of work.
    pub(crate) fn for_work(self, parts: usize) -> usize {
        match self {
            _ if parts <= 1 => 1,
            Threads::Fixed(count) => count.clamp(1, parts),
            Threads::Auto(count) => count().clamp(1, parts),
        }
    }
}

impl Default for Threads {
    fn default() -> Threads {
        Threads::Fixed(1)
    }
}

/// Applies a function to all items on up to `threads` threads, and returns the results in the order of the items.
pub fn map<T: Sync, R: Send + Sync>(items: &[T], threads: usize, apply: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = threads.min(items.len());
    if threads <= 1 {
        return items.iter().map(apply).collect();
    }
    let results: Vec<OnceLock<R>> = items.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let (Some(item), Some(result)) = (items.get(at), results.get(at)) else { break };
            // No other thread has this index.
            let _ = result.set(apply(item));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            let work = || {
                HAS_LARGE_STACK.set(true);
                work();
            };
            if thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).is_err() {
                // The system refuses to start more threads, so the existing ones do the work.
                break;
            }
        }
        work();
    });
    results.into_iter().map(|result| result.into_inner().expect("every item has a result")).collect()
}

thread_local! {
    /// Whether the stack of this thread has room for the deepest documents.
    static HAS_LARGE_STACK: Cell<bool> = const { Cell::new(false) };
}

/// Calls a function on a thread whose stack has room for the deepest documents: this one if it has, or else a new one. If no
/// thread can be started, this one has to do.
pub fn with_large_stack<R: Send>(run: impl Fn() -> R + Sync) -> R {
    if HAS_LARGE_STACK.get() {
        return run();
    }
    let run_there = || {
        HAS_LARGE_STACK.set(true);
        run()
    };
    thread::scope(|scope| match thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run_there) {
        Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        Err(_) => run(),
    })
}
