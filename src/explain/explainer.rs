//! The sources of values that have several.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::render::Rendered;
use crate::resource::paths::FieldPath;
use crate::resource::{Resource, State, Step};
use crate::yaml::{NodeId, Position};

use super::event::{Event, Occurrence};
use super::lineage::Lineage;

/// The maximum number of copies that are followed: a value may be copied from a field that was copied as well.
const MAX_DEPTH: usize = 8;

/// Explains the values of a render with [`Options::trace`](crate::Options::trace). It compares the states of each resource
/// only once.
pub struct Explainer<'a> {
    /// All resources, including removed ones, by their first states.
    resources: HashMap<*const State, &'a Resource>,
    lineages: RefCell<HashMap<*const State, Rc<Lineage>>>,
}

/// A field that a value was copied from.
pub struct Origin<'a> {
    /// The resource with the field.
    pub resource: &'a Resource,
    /// The path of the field when the value was copied.
    pub path: FieldPath,
    /// The changes to the field before the value was copied, newest first.
    pub history: Vec<Event>,
}

impl<'a> Explainer<'a> {
    /// Returns an explainer for the resources of a render.
    pub fn new(rendered: &'a Rendered) -> Explainer<'a> {
        let removed = rendered.removed().iter().map(|removed| &removed.resource);
        let resources = removed.chain(rendered.resources());
        let resources = resources.filter_map(|resource| Some((first_state(resource)?, resource))).collect();
        Explainer { resources, lineages: RefCell::default() }
    }

    fn lineage(&self, resource: &Resource) -> Rc<Lineage> {
        let new = || Rc::new(Lineage::new(resource));
        match first_state(resource) {
            Some(first) => self.lineages.borrow_mut().entry(first).or_insert_with(new).clone(),
            None => new(),
        }
    }

    /// Returns the changes to a field of a resource, newest first, like [`history`](super::history).
    pub fn history(&self, resource: &Resource, path: &FieldPath) -> Vec<Event> {
        self.lineage(resource).history(path)
    }

    /// Returns the step that gave a node of a resource its current value, without regard to entries and elements.
    pub fn step(&self, resource: &Resource, node: NodeId) -> Option<Step> {
        let lineage = self.lineage(resource);
        let state = lineage.len().checked_sub(1)?;
        Some(lineage.step(lineage.set_in(Occurrence { state, node }).state))
    }

    /// Returns the fields from which the value of a change was copied.
    pub fn origins(&self, resource: &Resource, event: &Event) -> Vec<Origin<'a>> {
        if event.after.is_none() || event.moved_from.is_some() {
            return Vec::new();
        }
        let found = self.copied(&self.lineage(resource), event.occurrence);
        let origin = |(resource, lineage, at): (&'a Resource, Rc<Lineage>, Occurrence)| Origin {
            resource,
            path: lineage.path(at),
            history: lineage.events(at),
        };
        found.into_iter().map(origin).collect()
    }

    /// Returns the fields that were copied into a value when it was set.
    fn copied(&self, lineage: &Lineage, at: Occurrence) -> Vec<(&'a Resource, Rc<Lineage>, Occurrence)> {
        let found = lineage.copied(at).into_iter().filter_map(|(copied, path)| {
            let source = &copied.source;
            let resource = *self.resources.get(&Arc::as_ptr(&source.resource))?;
            let node = path.find_from(&source.tree, source.node)?;
            let lineage = self.lineage(resource);
            let at = lineage.occurrence(&source.tree, node, source.states)?;
            Some((resource, lineage, at))
        });
        found.collect()
    }

    /// Returns the positions at which a node of a resource, or the parts of it, are written. The value itself is the first.
    pub fn sources(&self, resource: &Resource, node: NodeId) -> Vec<Position> {
        let lineage = self.lineage(resource);
        let Some(state) = lineage.len().checked_sub(1) else { return Vec::new() };
        let mut sources = Vec::new();
        self.add_sources(&lineage, Occurrence { state, node }, MAX_DEPTH, &mut sources);
        sources
    }

    fn add_sources(&self, lineage: &Lineage, at: Occurrence, depth: usize, sources: &mut Vec<Position>) {
        let at = lineage.set_in(at);
        let position = lineage.position(at);
        if position != Position::NONE && !sources.contains(&position) {
            sources.push(position);
        }
        let Some(depth) = depth.checked_sub(1) else { return };
        for (_, lineage, source) in self.copied(lineage, at) {
            self.add_sources(&lineage, source, depth, sources);
        }
        if let Some(before) = lineage.extended(at) {
            self.add_sources(lineage, before, depth, sources);
        }
    }
}

fn first_state(resource: &Resource) -> Option<*const State> {
    resource.history().first().map(Arc::as_ptr)
}
