//! Work on several threads.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Documents nest as deep as [`ParseLimits`](boutique::yaml::ParseLimits) allow, and are walked by recursion.
const STACK: usize = 512 << 20;

/// Returns the number of threads to use when the user does not say it.
pub fn default_jobs() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Applies a function to all items on up to `jobs` threads, and returns the results in the order of the items.
pub fn map<T: Sync, R: Send + Sync>(items: &[T], jobs: usize, apply: impl Fn(&T) -> R + Sync) -> Vec<R> {
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
        for started in 0..jobs.clamp(1, items.len().max(1)) {
            let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            if started > 0 && thread.is_err() {
                // The system gives no more of them: those that there are do the work.
                break;
            }
            thread.expect("a thread can be made");
        }
    });
    results.into_iter().map(|result| result.into_inner().expect("every item was worked on")).collect()
}

/// Runs on a thread whose stack is large enough for all documents.
pub fn on_a_large_stack<R: Send>(run: impl FnOnce() -> R + Send) -> R {
    let result = thread::scope(|scope| {
        thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).expect("threads can be made").join()
    });
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
