//! A cache of loaded kustomizations.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::path::is_within;

use crate::target::Target;

/// Kustomizations that were loaded for renders with the same options. The content depends only on the
/// [`Inputs`](crate::Inputs) of the renders.
///
/// A single render benefits from it, too, since it starts again after each round of requests.
#[derive(Debug, Default)]
pub struct Cache {
    targets: Mutex<HashMap<String, Arc<Target>>>,
    is_shared: bool,
    /// The total size of stored results in bytes.
    stored: AtomicUsize,
}

impl Cache {
    /// Returns a cache for many renders. It also stores the results of accumulation, each of which costs a copy. It stores
    /// nothing from inside the directory being rendered.
    pub fn shared() -> Cache {
        Cache { is_shared: true, ..Cache::default() }
    }

    pub fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// Adds a result of `bytes` bytes to the total, and returns whether the total is within the limit. A result that is
    /// rejected counts, too, so no result is stored after the first rejection.
    pub fn reserve(&self, bytes: usize, limit: usize) -> bool {
        self.stored.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= limit
    }

    /// Returns the kustomization in a directory, if it was loaded and does not include an open directory or a parent of
    /// one, which would be a cycle.
    pub(crate) fn get(&self, directory: &str, open: &[&str]) -> Option<Arc<Target>> {
        let targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        let target = targets.get(directory)?.clone();
        let mut seen = HashSet::new();
        let mut to_visit: Vec<&Arc<Target>> = target.included().collect();
        while let Some(included) = to_visit.pop() {
            if open.iter().any(|open| is_within(open, &included.directory)) {
                return None;
            }
            if seen.insert(Arc::as_ptr(included)) {
                to_visit.extend(included.included());
            }
        }
        Some(target)
    }

    /// Stores a kustomization for renders of directories other than `root`.
    pub(crate) fn insert(&self, target: &Arc<Target>, root: &str) {
        if self.is_shared && is_within(&target.directory, root) {
            return;
        }
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        targets.insert(target.directory.clone(), target.clone());
    }
}
