//! Reads the manifests of a target ahead, on several threads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::diagnostic::Result;
use crate::inputs::File;
use crate::parallel;
use crate::resource::limits::check_memory;
use crate::resource::{Resource, manifest};
use crate::target::{Source, Target};
use crate::world::World;
use crate::yaml::FileId;

/// The bytes of manifests that justify another thread.
const BYTES_PER_THREAD: usize = 100_000;

/// Reads the manifests of a target and its bases on several threads, if they are large enough.
pub(super) fn read_ahead(target: &Target, world: World<'_>) -> HashMap<FileId, Result<Vec<Resource>>> {
    let mut files = Vec::new();
    if !world.cache.is_shared() {
        collect_manifests(target, &mut files);
    }
    // A file that is included twice is read once.
    files.sort_by_key(|file| file.id);
    files.dedup_by_key(|file| file.id);
    let bytes: usize = files.iter().map(|file| file.bytes().len()).sum();
    let threads = world.options.threads.for_work(bytes / BYTES_PER_THREAD);
    if threads <= 1 {
        return HashMap::new();
    }
    let (total, limit) = (AtomicUsize::new(0), world.limits().memory);
    let read = parallel::map(&files, threads, |file| {
        check_memory(total.load(Ordering::Relaxed), limit)?;
        let resources = manifest::resources(file.documents(target.limits)?)?;
        total.fetch_add(resources.iter().map(Resource::memory).sum(), Ordering::Relaxed);
        Ok(resources)
    });
    files.iter().map(|file| file.id).zip(read).collect()
}

fn collect_manifests<'a>(target: &'a Target, files: &mut Vec<&'a File>) {
    for entry in target.resources.iter().chain(&target.components) {
        match &entry.source {
            Source::Manifest(file) => files.push(file),
            Source::Directory(base) => collect_manifests(base, files),
        }
    }
}
