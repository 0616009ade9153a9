//! The resources of a render in their order, with an index by identity.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher as _};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Limit, Result};

use crate::resource::history::Step;
use crate::resource::identity::group_version_kind;
use crate::resource::identity::{Gvk, effective_namespace};
use crate::resource::journal::{Journal, Removed};
use crate::resource::limits::{RenderLimits, Work, check_memory};
use crate::resource::schema::Schema;
use crate::resource::{Behavior, Resource};

/// How many bytes are copied in the time in which a node is gone through.
const BYTES_COPIED_PER_NODE: usize = 64;

/// A list of resources in which no two have the same identity.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    list: Vec<Resource>,
    schema: Arc<Schema>,
    index: Option<Index>,
    /// No identity has changed since all were found to be different.
    is_known_to_be_unique: bool,
    pub journal: Journal,
    limits: RenderLimits,
    /// How many bytes patches and replacements have added, and histories keep.
    growth: usize,
    /// How many nodes steps have gone through.
    pub work: Work,
}

/// The places of resources by hashes; places of others may be among them.
#[derive(Clone, Debug, Default)]
struct Index {
    /// Those that have or had a name.
    by_name: Places,
    /// Those that have or had an identity.
    by_identity: Places,
    /// The hashes of the present identities.
    present: Vec<u64>,
}

/// Lists of places, each found by a hash. They share one buffer, since most of them have a single entry.
#[derive(Clone, Debug, Default)]
struct Places {
    /// The last entry of each list.
    last: HashMap<u64, u32>,
    /// Places, each with the entry before it in its list.
    entries: Vec<(u32, Option<u32>)>,
}

/// An identity to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wanted<'a> {
    pub group: &'a str,
    pub version: &'a str,
    pub kind: &'a str,
    pub name: &'a str,
    /// The effective namespace.
    pub namespace: &'a str,
}

impl Resources {
    pub fn new(schema: Arc<Schema>) -> Resources {
        Resources { schema, ..Resources::default() }
    }

    /// Returns an empty list that keeps the histories of its resources.
    pub fn with_histories(schema: Arc<Schema>) -> Resources {
        let journal = Journal { removed: Some(Vec::new()), ..Journal::default() };
        Resources { schema, journal, ..Resources::default() }
    }

    /// Counts by how much a resource has grown since it took `before` bytes.
    ///
    /// # Errors
    /// Fails if all have grown too much, or too much was copied.
    pub fn count_growth(&mut self, at: usize, before: usize) -> Result<()> {
        let memory = self.list[at].tree().memory();
        self.growth = self.growth.saturating_add(memory.saturating_sub(before));
        check_memory(self.growth, self.limits.memory)?;
        // A history keeps the document as it was before, and advice looks at it, too.
        let is_copied = self.journal.removed.is_some() || self.journal.wants_advice;
        if is_copied { self.work.count(memory / BYTES_COPIED_PER_NODE) } else { Ok(()) }
    }

    /// Returns how many bytes they take, beside the texts that they were read from.
    pub fn memory(&self) -> usize {
        self.list.iter().map(Resource::memory).fold(0, usize::saturating_add)
    }

    /// Sets the bounds on what they may grow to.
    pub fn set_limits(&mut self, limits: RenderLimits) {
        self.limits = limits;
        self.work = Work::new(limits.work);
    }

    pub fn limits(&self) -> &RenderLimits {
        &self.limits
    }

    /// Returns how many bytes may still be added.
    pub fn growth_left(&self) -> usize {
        self.limits.memory.saturating_sub(self.growth)
    }

    /// Checks that there are not too many resources, and that they do not take too much memory. Counts that a kustomization
    /// went through them.
    ///
    /// # Errors
    /// Fails if a limit is exceeded.
    pub fn check_size(&mut self) -> Result<()> {
        let limit = self.limits.resources;
        if self.list.len() > limit {
            let message = format!("resource limit exceeded: there are more than {limit} resources");
            return Err(Diagnostic::exceeds(Limit::Resources, message));
        }
        check_memory(self.memory(), self.limits.memory)?;
        check_memory(self.growth, self.limits.memory)?;
        self.work.count(self.list.len())
    }

    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Resource> {
        self.list.iter()
    }

    pub fn get(&self, at: usize) -> &Resource {
        &self.list[at]
    }

    /// Returns a resource for changing what does not identify it.
    pub fn get_mut(&mut self, at: usize) -> &mut Resource {
        &mut self.list[at]
    }

    /// Returns all resources for changing, identity included; the index is built anew when it is needed.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Resource> {
        self.list_mut().iter_mut()
    }

    /// Takes the resources out.
    pub fn into_list(self) -> Vec<Resource> {
        self.list
    }

    /// Replaces the resources, in the order of the list.
    pub fn set_list(&mut self, list: Vec<Resource>) {
        let before = std::mem::replace(self.list_mut(), list);
        let Some(removed) = &mut self.journal.removed else { return };
        let first = |resource: &Resource| resource.history().first().map(|state| Arc::as_ptr(&state.tree));
        let present: HashSet<_> = self.list.iter().map(first).collect();
        let gone = before.into_iter().filter(|resource| !present.contains(&first(resource)));
        removed.extend(gone.map(|resource| Removed { resource, step: None }));
    }

    /// Ends a step: notes in the histories, if they are kept, what it changed and what it removed.
    pub fn record(&mut self, step: Step) {
        let Some(removed) = &mut self.journal.removed else { return };
        let kept = self.list.iter_mut().map(|resource| resource.record(step)).sum();
        self.growth = self.growth.saturating_add(kept);
        for removed in removed.iter_mut().rev().take_while(|removed| removed.step.is_none()) {
            removed.step = Some(step);
        }
    }

    /// Adds a warning.
    pub fn warn(&mut self, warning: Diagnostic) {
        self.journal.warnings.push(warning);
    }

    /// Returns the list itself, for reordering.
    pub fn list_mut(&mut self) -> &mut Vec<Resource> {
        self.index = None;
        self.is_known_to_be_unique = false;
        &mut self.list
    }

    /// Checks that no two resources have the same identity.
    ///
    /// # Errors
    /// Fails with the first pair that has.
    pub fn check_unique(&mut self) -> Result<()> {
        if self.is_known_to_be_unique {
            return Ok(());
        }
        let mut hashes = self.index().present.clone();
        hashes.sort_unstable();
        if hashes.windows(2).all(|pair| pair[0] != pair[1]) {
            self.is_known_to_be_unique = true;
            return Ok(());
        }
        let mut seen = HashMap::with_capacity(self.list.len());
        for resource in &self.list {
            if let Some(first) = seen.insert(identity(resource, &self.schema), resource) {
                return Err(duplicate(resource, first));
            }
        }
        self.is_known_to_be_unique = true;
        Ok(())
    }

    /// Keeps the resources for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&Resource) -> bool) {
        let before = self.list.len();
        let removed = &mut self.journal.removed;
        self.list.retain(|resource| {
            let is_kept = keep(resource);
            if let (false, Some(removed)) = (is_kept, &mut *removed) {
                removed.push(Removed { resource: resource.clone(), step: None });
            }
            is_kept
        });
        if self.list.len() != before {
            self.index = None;
        }
    }

    /// Notes the identity of a resource that was changed through [`Resources::get_mut`]; former ones have been noted.
    pub fn reindex(&mut self, at: usize) {
        let Some(index) = &mut self.index else {
            self.is_known_to_be_unique = false;
            return;
        };
        if index.note(&self.list[at], at, &self.schema) {
            self.is_known_to_be_unique = false;
        }
    }

    fn index(&mut self) -> &Index {
        self.index.get_or_insert_with(|| {
            let mut index = Index::default();
            for (at, resource) in self.list.iter().enumerate() {
                index.add(resource, at, &self.schema);
            }
            index
        })
    }

    /// Returns the places of the resources that have or had a name, in order.
    pub fn named(&mut self, name: &str) -> Vec<usize> {
        let mut places: Vec<usize> = self.index().by_name.get(hash(name)).collect();
        places.sort_unstable();
        places.dedup();
        places.retain(|&at| {
            let resource = &self.list[at];
            resource.name() == name || resource.previous.iter().any(|previous| previous.name == name)
        });
        places
    }

    /// Returns the place of the first resource whose present identity is the wanted one.
    pub fn find_current(&mut self, wanted: Wanted<'_>) -> Option<usize> {
        self.index();
        let places = self.index.as_ref()?.by_identity.get(hash(wanted));
        places.filter(|&at| identity(&self.list[at], &self.schema) == wanted).min()
    }

    /// Returns the places of the resources that have or had the wanted identity.
    pub fn find_any(&mut self, wanted: Wanted<'_>) -> Vec<usize> {
        let mut places = self.named(wanted.name);
        places.retain(|&at| {
            let resource = &self.list[at];
            let (group, version, _) = group_version_kind(resource.tree());
            identity(resource, &self.schema) == wanted
                || group == wanted.group
                    && version == wanted.version
                    && resource.previous.iter().any(|previous| {
                        previous.name == wanted.name
                            && previous.kind == wanted.kind
                            && effective_namespace(&previous.namespace, false) == wanted.namespace
                    })
        });
        places
    }

    /// Returns the places of the resources that have or had this name and a kind that the selector selects.
    pub fn find_named_kind(&mut self, gvk: &Gvk, name: &str) -> Vec<usize> {
        let mut places = self.named(name);
        places.retain(|&at| {
            let resource = &self.list[at];
            let (group, version, kind) = group_version_kind(resource.tree());
            resource.name() == name && gvk.selects(group, version, kind)
                || resource
                    .previous
                    .iter()
                    .any(|previous| previous.name == name && gvk.selects(group, version, &previous.kind))
        });
        places
    }

    /// Adds a resource at the end.
    ///
    /// # Errors
    /// Fails when one of the same identity is there.
    pub fn append(&mut self, resource: Resource) -> Result<()> {
        let schema = self.schema.clone();
        if let Some(at) = self.find_current(identity(&resource, &schema)) {
            return Err(duplicate(&resource, &self.list[at]));
        }
        let at = self.list.len();
        if let Some(index) = &mut self.index {
            index.add(&resource, at, &self.schema);
        }
        self.list.push(resource);
        Ok(())
    }

    /// Adds all resources of another list.
    ///
    /// # Errors
    /// Fails when one of the same identity is there.
    pub fn append_all(&mut self, mut others: Resources) -> Result<()> {
        if self.list.is_empty() {
            // Here the reference adds one after the other, and finds what has become alike.
            others.check_unique()?;
            let schema = self.schema.clone();
            let mut journal = std::mem::take(&mut self.journal);
            journal.append(std::mem::take(&mut others.journal));
            let growth = self.growth + others.growth;
            others.work.add(self.work);
            *self = Resources { schema, journal, limits: self.limits, growth, ..others };
            return Ok(());
        }
        self.journal.append(std::mem::take(&mut others.journal));
        self.growth += others.growth;
        self.work.add(others.work);
        others.list.into_iter().try_for_each(|resource| self.append(resource))
    }

    /// Adds a generated resource, or merges it into the one of the same identity, as its behavior says.
    ///
    /// # Errors
    /// Fails when the behavior does not fit what is there.
    pub fn absorb(&mut self, mut resource: Resource) -> Result<()> {
        let (group, version, kind) = group_version_kind(resource.tree());
        let namespace = resource.effective_namespace(&self.schema).to_string();
        let (group, version, kind) = (group.to_string(), version.to_string(), kind.to_string());
        let name = resource.name().to_string();
        let matches =
            self.find_any(Wanted { group: &group, version: &version, kind: &kind, name: &name, namespace: &namespace });
        match (matches[..].len(), resource.behavior) {
            (0, Some(Behavior::Merge | Behavior::Replace)) => Err(Diagnostic::error(
                Code::NoTarget,
                format!("id {} does not exist; cannot merge or replace", resource.id()),
            )
            .at(resource.position(), "this generator")
            .hint("use `behavior: create`, or check name and namespace of the generator it changes")),
            (0, _) => self.append(resource),
            (1, Some(behavior @ (Behavior::Replace | Behavior::Merge))) => {
                let at = matches[0];
                let old = self.list[at].clone();
                if old.kind() != resource.kind() {
                    // It is found by what it was, but replaced by what it is.
                    return Err(Diagnostic::error(
                        Code::NoTarget,
                        format!("cannot find resource with id {} to replace", resource.id()),
                    )
                    .at(resource.position(), "this generator")
                    .at(old.position(), format!("this is of kind {} now", old.kind())));
                }
                resource.take_metadata_of(&old)?;
                if behavior == Behavior::Merge {
                    if self.journal.wants_advice && old.behavior.is_some() {
                        let overwritten = ["data", "binaryData"].map(|field| resource.overwritten_keys(&old, field));
                        self.journal.warnings.extend(overwritten.into_iter().flatten());
                    }
                    resource.merge_data_of(&old, "data")?;
                    resource.merge_data_of(&old, "binaryData")?;
                    if old.origin.is_some() {
                        resource.origin.clone_from(&old.origin);
                    }
                }
                self.list[at] = resource;
                self.reindex(at);
                Ok(())
            }
            (1, _) => Err(Diagnostic::error(
                Code::DuplicateResource,
                format!("id {} exists; behavior must be merge or replace", resource.id()),
            )
            .at(resource.position(), "this generator")
            .at(self.list[matches[0]].position(), "this one exists")
            .hint("add `behavior: merge` or `behavior: replace` to the generator")),
            _ => Err(Diagnostic::error(
                Code::AmbiguousTarget,
                format!("found multiple objects that could accept merge of {}", resource.id()),
            )
            .at(resource.position(), "this generator")),
        }
    }
}

fn duplicate(resource: &Resource, first: &Resource) -> Box<Diagnostic> {
    Diagnostic::error(
        Code::DuplicateResource,
        format!("may not add resource with an already registered id: {}", resource.id()),
    )
    .at(resource.position(), "this resource")
    .at(first.position(), "has the same identity as this one")
    .hint("remove one of them, or change its name or namespace")
}

fn identity<'a>(resource: &'a Resource, schema: &Schema) -> Wanted<'a> {
    let (group, version, kind) = group_version_kind(resource.tree());
    let namespace = resource.effective_namespace(schema);
    Wanted { group, version, kind, name: resource.name(), namespace }
}

fn hash(key: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

impl Index {
    /// Notes a resource under all names that it has or had.
    fn add(&mut self, resource: &Resource, at: usize, schema: &Schema) {
        for previous in &resource.previous {
            self.by_name.add(hash(&previous.name), at);
        }
        self.note(resource, at, schema);
    }

    /// Notes a resource under its present name and identity. Returns whether the identity has changed.
    fn note(&mut self, resource: &Resource, at: usize, schema: &Schema) -> bool {
        let identity = identity(resource, schema);
        let hash_of_identity = hash(identity);
        let present = self.present.get(at).copied();
        if present == Some(hash_of_identity) {
            return false;
        }
        match present {
            Some(_) => self.present[at] = hash_of_identity,
            None => self.present.push(hash_of_identity),
        }
        self.by_name.add(hash(identity.name), at);
        self.by_identity.add(hash_of_identity, at);
        true
    }
}

impl Places {
    /// Adds a place to the list of a hash, unless it is the last one in it.
    fn add(&mut self, hash: u64, place: usize) {
        let entry = (place as u32, self.last.get(&hash).copied());
        if entry.1.is_none_or(|last| self.entries[last as usize].0 != entry.0) {
            self.last.insert(hash, self.entries.len() as u32);
            self.entries.push(entry);
        }
    }

    /// Returns the places in the list of a hash.
    fn get(&self, hash: u64) -> impl Iterator<Item = usize> {
        let mut next = self.last.get(&hash).copied();
        std::iter::from_fn(move || {
            let (place, before) = self.entries[next? as usize];
            next = before;
            Some(place as usize)
        })
    }
}
