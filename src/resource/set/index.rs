//! The index of a list of resources by identity.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher as _};

use crate::resource::Resource;
use crate::resource::identity::group_version_kind;
use crate::resource::schema::Schema;

/// The indexes of resources in the list by hashes. Because of collisions and changes, a lookup may return others, too.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// The resources by their current and former names.
    pub by_name: IndexLists,
    /// The resources by their current identity. Entries for identities that have changed remain.
    pub by_identity: IndexLists,
    /// The hash of the current identity of each resource.
    pub current: Vec<u64>,
}

/// Lists of indexes by a hash. They share one buffer, since most of them have a single entry.
#[derive(Clone, Debug, Default)]
pub struct IndexLists {
    /// The last entry of each list.
    last: HashMap<u64, u32>,
    /// Indexes, each with the position of the previous entry of its list.
    entries: Vec<(u32, Option<u32>)>,
}

/// The identity of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity<'a> {
    pub group: &'a str,
    pub version: &'a str,
    pub kind: &'a str,
    pub name: &'a str,
    /// The effective namespace.
    pub namespace: &'a str,
}

/// Returns the current identity of a resource.
pub fn identity<'a>(resource: &'a Resource, schema: &Schema) -> Identity<'a> {
    let (group, version, kind) = group_version_kind(resource.tree());
    let namespace = resource.effective_namespace(schema);
    Identity { group, version, kind, name: resource.name(), namespace }
}

/// Returns the hash by which resources are looked up.
pub fn hash(key: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

impl Index {
    /// Adds a resource with its current and former names.
    pub fn add(&mut self, resource: &Resource, at: usize, schema: &Schema) {
        for previous in &resource.previous {
            self.by_name.add(hash(&previous.name), at);
        }
        self.update(resource, at, schema);
    }

    /// Adds the current name and identity of a resource. Returns whether the identity has changed.
    pub fn update(&mut self, resource: &Resource, at: usize, schema: &Schema) -> bool {
        let identity = identity(resource, schema);
        let hash_of_identity = hash(identity);
        let current = self.current.get(at).copied();
        if current == Some(hash_of_identity) {
            return false;
        }
        match current {
            Some(_) => self.current[at] = hash_of_identity,
            None => self.current.push(hash_of_identity),
        }
        self.by_name.add(hash(identity.name), at);
        self.by_identity.add(hash_of_identity, at);
        true
    }
}

impl IndexLists {
    /// Adds an index to the list of a hash, unless it is the last one in it.
    fn add(&mut self, hash: u64, index: usize) {
        let entry = (index as u32, self.last.get(&hash).copied());
        if entry.1.is_none_or(|last| self.entries[last as usize].0 != entry.0) {
            self.last.insert(hash, self.entries.len() as u32);
            self.entries.push(entry);
        }
    }

    /// Returns the indexes in the list of a hash.
    pub fn get(&self, hash: u64) -> impl Iterator<Item = usize> {
        let mut next = self.last.get(&hash).copied();
        std::iter::from_fn(move || {
            let (index, previous) = self.entries[next? as usize];
            next = previous;
            Some(index as usize)
        })
    }
}
