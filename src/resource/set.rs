//! The ordered list of resources of a render, with an index by identity.

mod index;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Limit, Result, check_depth};

use crate::resource::history::Step;
use crate::resource::identity::group_version_kind;
use crate::resource::identity::{Gvk, effective_namespace};
use crate::resource::journal::{Journal, Removed};
use crate::resource::limits::{RenderLimits, Work, check_memory};
use crate::resource::nothing_to_change::nothing_to_change;
use crate::resource::overwritten::Watch;
use crate::resource::schema::Schema;
use crate::resource::select::patterns::Patterns;
use crate::resource::{Behavior, Resource};
use crate::yaml::ParseLimits;

use index::{Index, hash, identity};

pub use index::Identity;

/// The number of bytes that are copied in the time that a visit to a node takes.
const BYTES_COPIED_PER_NODE: usize = 64;

/// A list of resources with distinct identities.
#[derive(Clone, Debug)]
pub struct Resources {
    list: Vec<Resource>,
    schema: Arc<Schema>,
    index: Option<Index>,
    /// Whether no identity has changed since all were found to be distinct.
    is_known_to_be_unique: bool,
    pub journal: Journal,
    limits: RenderLimits,
    /// The nesting depth that changes may lead to. Parsed documents have the same limit already.
    nesting: usize,
    /// The patterns of the render.
    patterns: Arc<Patterns>,
    /// The number of bytes that patches and replacements have added, and that histories keep alive.
    growth: usize,
    /// The number of nodes that steps have visited.
    pub work: Work,
}

impl Default for Resources {
    fn default() -> Resources {
        Resources {
            list: Vec::new(),
            schema: Arc::default(),
            index: None,
            is_known_to_be_unique: false,
            journal: Journal::default(),
            limits: RenderLimits::default(),
            nesting: ParseLimits::default().nesting,
            patterns: Arc::default(),
            growth: 0,
            work: Work::default(),
        }
    }
}

impl Resources {
    pub fn new(schema: Arc<Schema>) -> Resources {
        Resources { schema, ..Resources::default() }
    }

    /// Returns an empty list that records the histories of its resources.
    pub fn with_histories(schema: Arc<Schema>) -> Resources {
        let journal = Journal { removed: Some(Vec::new()), ..Journal::default() };
        Resources { schema, journal, ..Resources::default() }
    }

    /// Counts the growth of a resource since it had a size of `before` bytes.
    ///
    /// # Errors
    /// Fails if the total growth, the number of copied bytes or the depth of the resource exceeds its limit.
    pub fn count_growth(&mut self, at: usize, before: usize) -> Result<()> {
        check_depth(self.list[at].tree())?;
        let memory = self.list[at].tree().memory();
        self.growth = self.growth.saturating_add(memory.saturating_sub(before));
        check_memory(self.growth, self.limits.memory)?;
        // Histories and lint require a copy of the previous document.
        let is_copied = self.journal.removed.is_some() || self.journal.wants_lint;
        if is_copied { self.work.count(memory / BYTES_COPIED_PER_NODE) } else { Ok(()) }
    }

    /// Counts the size of a parsed patch in bytes like growth.
    ///
    /// # Errors
    /// Fails if the total growth exceeds its limit.
    pub fn count_patch(&mut self, memory: usize) -> Result<()> {
        self.growth = self.growth.saturating_add(memory);
        check_memory(self.growth, self.limits.memory)
    }

    /// Returns the size of all resources in bytes, without their source texts.
    pub fn memory(&self) -> usize {
        self.list.iter().map(Resource::memory).fold(0, usize::saturating_add)
    }

    /// Sets the limits, the nesting depth that changes may lead to, and the patterns of the render.
    pub fn set_limits(&mut self, limits: RenderLimits, nesting: usize, patterns: Arc<Patterns>) {
        self.patterns = patterns;
        self.limits = limits;
        self.nesting = nesting;
        self.work = Work::new(limits.work);
    }

    pub fn patterns(&self) -> &Arc<Patterns> {
        &self.patterns
    }

    pub fn limits(&self) -> &RenderLimits {
        &self.limits
    }

    /// Returns the number of bytes that may still be added.
    pub fn growth_left(&self) -> usize {
        self.limits.memory.saturating_sub(self.growth)
    }

    /// Checks the number and the size of the resources against the limits, and counts a visit to each resource.
    ///
    /// # Errors
    /// Fails if a limit is exceeded.
    pub fn check_size(&mut self) -> Result<()> {
        let limit = self.limits.resources;
        if self.list.len() > limit {
            let message = format!("resource limit exceeded: more than {limit} resources");
            return Err(Diagnostic::exceeds(Limit::Resources, message));
        }
        self.list.iter().try_for_each(|resource| check_depth(resource.tree()))?;
        self.patterns.check()?;
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

    /// Returns a resource for changes that do not affect its identity, or are followed by [`Resources::reindex`].
    pub fn get_mut(&mut self, at: usize) -> &mut Resource {
        &mut self.list[at]
    }

    /// Returns all resources for changes that may affect their identities. The index is rebuilt on demand.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Resource> {
        self.list_mut().iter_mut()
    }

    /// Returns the resources.
    pub fn into_list(self) -> Vec<Resource> {
        self.list
    }

    /// Replaces the list of resources.
    pub fn set_list(&mut self, list: Vec<Resource>) {
        let before = std::mem::replace(self.list_mut(), list);
        let Some(removed) = &mut self.journal.removed else { return };
        let first = |resource: &Resource| resource.history().first().map(Arc::as_ptr);
        let kept: HashSet<_> = self.list.iter().map(first).collect();
        let missing = before.into_iter().filter(|resource| !kept.contains(&first(resource)));
        removed.extend(missing.map(|resource| Removed { resource, step: None }));
    }

    /// Ends a step: records the changed and removed resources if histories are enabled.
    pub fn record(&mut self, step: Step) {
        if let Some(watch) = &mut self.journal.watch {
            watch.record(&self.list, step);
        }
        let Some(removed) = &mut self.journal.removed else { return };
        let kept = self.list.iter_mut().map(|resource| resource.record(step)).sum();
        self.growth = self.growth.saturating_add(kept);
        for removed in removed.iter_mut().rev().take_while(|removed| removed.step.is_none()) {
            removed.step = Some(step);
        }
    }

    /// Starts to watch the values that patches set, for lint.
    pub fn watch_patches(&mut self) {
        self.journal.watch = self.journal.wants_lint.then(|| Box::new(Watch::new(&self.list)));
    }

    /// Ends that, and warns about values that were replaced since.
    pub fn warn_about_overwritten(&mut self) {
        let watch = self.journal.watch.take();
        self.journal.warnings.extend(watch.into_iter().flat_map(|watch| watch.finish(&self.list)));
    }

    /// Adds a warning.
    pub fn warn(&mut self, warning: Diagnostic) {
        self.journal.warnings.push(warning);
    }

    /// Returns the list for modification.
    pub fn list_mut(&mut self) -> &mut Vec<Resource> {
        self.index = None;
        self.is_known_to_be_unique = false;
        &mut self.list
    }

    /// Checks that all identities are distinct.
    ///
    /// # Errors
    /// Fails on the first duplicate.
    pub fn check_unique(&mut self) -> Result<()> {
        if self.is_known_to_be_unique {
            return Ok(());
        }
        let mut hashes = self.index().current.clone();
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

    /// Keeps the resources for which `keep` returns true.
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

    /// Updates the index after a change of a resource's identity through [`Resources::get_mut`].
    pub fn reindex(&mut self, at: usize) {
        let Some(index) = &mut self.index else {
            self.is_known_to_be_unique = false;
            return;
        };
        if index.update(&self.list[at], at, &self.schema) {
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

    /// Returns the sorted indexes of the resources that have or had a name.
    pub fn named(&mut self, name: &str) -> Vec<usize> {
        let mut indexes: Vec<usize> = self.index().by_name.get(hash(name)).collect();
        indexes.sort_unstable();
        indexes.dedup();
        indexes.retain(|&at| {
            let resource = &self.list[at];
            resource.name() == name || resource.previous.iter().any(|previous| *previous.name == *name)
        });
        indexes
    }

    /// Returns the index of the first resource that has an identity.
    pub fn find_current(&mut self, wanted: Identity<'_>) -> Option<usize> {
        self.index();
        let indexes = self.index.as_ref()?.by_identity.get(hash(wanted));
        indexes.filter(|&at| identity(&self.list[at], &self.schema) == wanted).min()
    }

    /// Returns the indexes of the resources that have or had an identity.
    pub fn find_any(&mut self, wanted: Identity<'_>) -> Vec<usize> {
        let mut indexes = self.named(wanted.name);
        indexes.retain(|&at| {
            let resource = &self.list[at];
            let (group, version, _) = group_version_kind(resource.tree());
            identity(resource, &self.schema) == wanted
                || group == wanted.group
                    && version == wanted.version
                    && resource.previous.iter().any(|previous| {
                        *previous.name == *wanted.name
                            && previous.kind == wanted.kind
                            && effective_namespace(&previous.namespace, false) == wanted.namespace
                    })
        });
        indexes
    }

    /// Returns the indexes of the resources that have or had a name and a kind that a selector matches.
    pub fn find_named_kind(&mut self, gvk: &Gvk, name: &str) -> Vec<usize> {
        let mut indexes = self.named(name);
        indexes.retain(|&at| {
            let resource = &self.list[at];
            let (group, version, kind) = group_version_kind(resource.tree());
            resource.name() == name && gvk.selects(group, version, kind)
                || resource
                    .previous
                    .iter()
                    .any(|previous| *previous.name == *name && gvk.selects(group, version, &previous.kind))
        });
        indexes
    }

    /// Appends a resource.
    ///
    /// # Errors
    /// Fails if the list contains a resource with the same identity.
    pub fn append(&mut self, mut resource: Resource) -> Result<()> {
        resource.limit_depth(self.nesting);
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

    /// Appends all resources of another list.
    ///
    /// # Errors
    /// Fails if the lists contain resources with the same identity.
    pub fn append_all(&mut self, mut others: Resources) -> Result<()> {
        if self.list.is_empty() {
            // kustomize appends the resources one by one here, which detects duplicates within the other list.
            others.check_unique()?;
            let schema = self.schema.clone();
            let mut journal = std::mem::take(&mut self.journal);
            journal.append(std::mem::take(&mut others.journal));
            let growth = self.growth + others.growth;
            others.work.add(self.work);
            let (limits, nesting, patterns) = (self.limits, self.nesting, self.patterns.clone());
            *self = Resources { schema, journal, limits, nesting, patterns, growth, ..others };
            return Ok(());
        }
        self.journal.append(std::mem::take(&mut others.journal));
        self.growth += others.growth;
        self.work.add(others.work);
        others.list.into_iter().try_for_each(|resource| self.append(resource))
    }

    /// Adds a generated resource, or merges it with the existing one of the same identity, according to its behavior.
    ///
    /// # Errors
    /// Fails if the behavior requires a resource that does not exist, or the resource already exists.
    pub fn add_generated(&mut self, mut resource: Resource) -> Result<()> {
        resource.limit_depth(self.nesting);
        let (group, version, kind) = group_version_kind(resource.tree());
        let namespace = resource.effective_namespace(&self.schema).to_string();
        let (group, version, kind) = (group.to_string(), version.to_string(), kind.to_string());
        let name = resource.name().to_string();
        let matches = self.find_any(Identity {
            group: &group,
            version: &version,
            kind: &kind,
            name: &name,
            namespace: &namespace,
        });
        match (matches[..].len(), resource.behavior) {
            (0, Some(Behavior::Merge | Behavior::Replace)) => {
                let named = self.named(resource.name());
                let mut named = named.into_iter().map(|at| &self.list[at]);
                Err(nothing_to_change(&resource, named.find(|other| other.kind() == resource.kind())))
            }
            (0, _) => self.append(resource),
            (1, Some(behavior @ (Behavior::Replace | Behavior::Merge))) => {
                let at = matches[0];
                let old = self.list[at].clone();
                if old.kind() != resource.kind() {
                    // kustomize finds the resource by a former identity, but replaces it by the current one.
                    return Err(Diagnostic::error(
                        Code::NoTarget,
                        format!("cannot find resource with id {} to replace", resource.id()),
                    )
                    .at(resource.position(), "this generator")
                    .at(old.position(), format!("this resource now has the kind {}", old.kind())));
                }
                resource.inherit_metadata(&old)?;
                if behavior == Behavior::Merge {
                    if self.journal.wants_lint && old.behavior.is_some() {
                        let overwritten = ["data", "binaryData"].map(|field| resource.overwritten_keys(&old, field));
                        self.journal.warnings.extend(overwritten.into_iter().flatten());
                    }
                    resource.merge_data(&old, "data")?;
                    resource.merge_data(&old, "binaryData")?;
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
            .at(self.list[matches[0]].position(), "existing resource")
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
    .at(first.position(), "has the same identity as this resource")
    .hint("remove one of them, or change its name or namespace")
}
