//! Work on several threads, for what takes long enough to be worth it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Documents nest as deep as [`ParseLimits`](crate::yaml::ParseLimits) allow, and are walked by recursion.
const STACK: usize = 512 << 20;

/// How many threads may work on something.
#[derive(Clone, Copy, Debug)]
pub enum Threads {
    /// This many.
    Fixed(usize),
    /// As many as this function returns. It is called only where there is work for more than one.
    Auto(fn() -> usize),
}

impl Threads {
    /// Returns how many threads to use for this many parts of work.
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
            // No other thread has this number.
            let _ = result.set(apply(item));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            if thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).is_err() {
                // The system gives no more of them: those that there are do the work.
                break;
            }
        }
        work();
    });
    results.into_iter().map(|result| result.into_inner().expect("every item was worked on")).collect()
}

/// Runs on a thread whose stack is large enough for all documents, or here if there can be no such thread.
pub fn on_a_large_stack<R: Send>(run: impl Fn() -> R + Sync) -> R {
    thread::scope(|scope| match thread::Builder::new().stack_size(STACK).spawn_scoped(scope, &run) {
        Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        Err(_) => run(),
    })
}
