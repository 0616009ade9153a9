//! Kustomizations that several renders of one process include.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::path::is_within;

use super::Target;

/// Keeps the kustomizations that were loaded for renders of the same world under the same options: all that is in it
/// follows from the [`Inputs`](crate::Inputs) that the renders were given.
///
/// One render profits from it, too: it starts anew each time that it has to know more.
#[derive(Debug, Default)]
pub struct Cache {
    targets: Mutex<HashMap<String, Arc<Target>>>,
    is_for_many: bool,
    /// How many bytes of results are kept.
    kept: AtomicUsize,
}

impl Cache {
    /// Returns a cache for many renders. It also keeps what its kustomizations amount to, which costs a copy, but nothing
    /// that lies inside of the directory that is rendered.
    pub fn for_many() -> Cache {
        Cache { is_for_many: true, ..Cache::default() }
    }

    pub fn is_for_many(&self) -> bool {
        self.is_for_many
    }

    /// Returns whether a result of so many bytes may be kept, where `most` may be in all. It counts in any case: once there
    /// was too much, no more is kept.
    pub fn keeps(&self, bytes: usize, most: usize) -> bool {
        self.kept.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= most
    }

    /// Returns the kustomization in a directory, if it was loaded and leads to none of the open directories or to one
    /// above it, which would be a cycle.
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

    /// Keeps a kustomization for renders of other directories than `root`.
    pub(crate) fn insert(&self, target: &Arc<Target>, root: &str) {
        if self.is_for_many && is_within(&target.directory, root) {
            return;
        }
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        targets.insert(target.directory.clone(), target.clone());
    }
}
