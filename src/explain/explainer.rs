//! The sources of values that have several.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::render::Rendered;
use crate::resource::paths::FieldPath;
use crate::resource::{Resource, State, Step};
use crate::yaml::{NodeId, Position};

use super::event::{Event, Occurrence};
use super::lineage::Lineage;

/// The maximum number of copies that are followed: a value may be copied from a field that was copied as well.
const MAX_DEPTH: usize = 100;

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

    /// Returns the explanations of the values of a resource.
    pub fn values<'e>(&'e self, resource: &Resource) -> Values<'e, 'a> {
        Values { explainer: self, lineage: self.lineage(resource) }
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
        if !lineage.has_copies(at) {
            return Vec::new();
        }
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

    /// Adds the positions of a value and of the values that were copied into it, each value once.
    fn add_sources(&self, lineage: &Lineage, at: Occurrence, depth: usize, found: &mut Sources) {
        let position = lineage.position(at);
        if position != Position::NONE && !found.positions.contains(&position) {
            found.positions.push(position);
        }
        let Some(depth) = depth.checked_sub(1) else { return };
        let copied = self.copied(lineage, at);
        let extended = lineage.extended(at);
        let has_parts = !copied.is_empty() || extended.is_some();
        if !has_parts || !found.followed.insert((std::ptr::from_ref(lineage), at)) {
            return;
        }
        for (_, lineage, source) in copied {
            self.add_sources(&lineage, lineage.set_in(source), depth, found);
        }
        if let Some(before) = extended {
            self.add_sources(lineage, lineage.set_in(before), depth, found);
        }
    }
}

/// The positions at which the parts of a value are written.
#[derive(Default)]
struct Sources {
    positions: Vec<Position>,
    /// The values whose parts are known.
    followed: HashSet<(*const Lineage, Occurrence)>,
}

/// The explanations of the values of a resource as it is rendered.
pub struct Values<'e, 'a> {
    explainer: &'e Explainer<'a>,
    lineage: Rc<Lineage>,
}

/// Where a value comes from.
///
/// # Example
/// ```
/// use boutique::explain::{Explainer, Provenance};
/// use boutique::{FieldPath, Options, io};
///
/// let host = io::MemoryHost::new([
///     ("/kustomization.yaml", "namePrefix: dev-\nresources: [a.yaml]\n"),
///     ("/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
/// ]);
/// let mut options = Options::default();
/// options.trace = true;
/// let io::Outcome { result, inputs } = io::render(&host, "/", &options);
/// let rendered = result.expect("the tree is valid");
/// let resource = &rendered.resources()[0];
///
/// let explainer = Explainer::new(&rendered);
/// let values = explainer.values(resource);
/// let name = "metadata.name".parse::<FieldPath>().expect("it is a path");
/// let name = name.find(resource.tree()).expect("it has a name");
/// let Provenance { step, sources, .. } = values.provenance(name).expect("the render is traced");
/// assert_eq!(step.field, "namePrefix");
/// let sources = sources.into_iter().filter_map(|position| inputs.location(position));
/// let sources: Vec<String> = sources.map(|location| location.to_string()).collect();
/// assert_eq!(sources, ["/kustomization.yaml:1:13", "/a.yaml:3:18"]);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Provenance {
    /// The step that gave the value what it is now, without regard to entries and elements.
    pub step: Step,
    /// The positions at which the value, or the parts of it, are written. The value itself is the first.
    pub sources: Vec<Position>,
}

impl Values<'_, '_> {
    /// Returns where the value of a node comes from; `None` if the resource was rendered without
    /// [`Options::trace`](crate::Options::trace).
    pub fn provenance(&self, node: NodeId) -> Option<Provenance> {
        let state = self.lineage.len().checked_sub(1)?;
        let at = self.lineage.set_in(Occurrence { state, node });
        let mut found = Sources::default();
        self.explainer.add_sources(&self.lineage, at, MAX_DEPTH, &mut found);
        Some(Provenance { step: self.lineage.step(at.state), sources: found.positions })
    }
}

fn first_state(resource: &Resource) -> Option<*const State> {
    resource.history().first().map(Arc::as_ptr)
}
