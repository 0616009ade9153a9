//! The fields of a resource that may contain names of other resources.

use std::collections::BTreeSet;

use crate::diagnostic::Result;
use crate::resource::paths::field_spec::FieldSpec;
use crate::resource::paths::written_path::split_first;
use crate::resource::transformer_config::NameReference;
use crate::resource::{Gvk, Work};
use crate::yaml::{Kind, NodeId, Tree};

/// The fields of one type of resource that may refer to others, with the types that they refer to.
///
/// One traversal of a resource finds all fields before any of them is changed, so documents without references stay shared.
pub(super) struct ReferringFields<'a> {
    /// In the order of the table, in which kustomize processes them.
    fields: Vec<(&'a Gvk, &'a FieldSpec)>,
    /// The trie of all paths; the first step is the root of the document.
    steps: Vec<Step>,
}

/// A step of one or more paths.
#[derive(Default)]
struct Step {
    name: String,
    /// Whether a null would be replaced by a list.
    is_list: bool,
    next: Vec<usize>,
    /// The fields whose paths end here.
    ends: Vec<usize>,
}

/// The result of a search.
struct Found {
    fields: BTreeSet<usize>,
    /// The number of names that were looked up.
    lookups: usize,
}

/// The number of names that are looked up in the time that a visit to a node takes.
const LOOKUPS_PER_NODE: usize = 2;

impl<'a> ReferringFields<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    pub(super) fn new(references: &'a [NameReference], group: &str, version: &str, kind: &str) -> ReferringFields<'a> {
        let mut referring = ReferringFields { fields: Vec::new(), steps: vec![Step::default()] };
        for reference in references {
            for field in reference.fields.iter().filter(|field| field.gvk.selects(group, version, kind)) {
                let mut end = 0;
                let mut names = Some(field.names());
                while let Some(path) = names {
                    let (name, rest) = split_first(path, '/');
                    (end, names) = (referring.step(end, &name), rest);
                }
                referring.steps[end].ends.push(referring.fields.len());
                referring.fields.push((&reference.gvk, field));
            }
        }
        referring
    }

    /// Returns the step that follows another one, and adds it if it does not exist.
    fn step(&mut self, from: usize, segment: &str) -> usize {
        let (name, is_list) = segment.strip_suffix("[]").map_or((segment, false), |name| (name, true));
        let is_step = |&step: &usize| self.steps[step].name == name && self.steps[step].is_list == is_list;
        let known = self.steps[from].next.iter().copied().find(is_step);
        known.unwrap_or_else(|| {
            let new = self.steps.len();
            self.steps.push(Step { name: name.to_string(), is_list, ..Step::default() });
            self.steps[from].next.push(new);
            new
        })
    }

    /// Returns the fields whose values may change, and those whose paths lead through a scalar, which is an error even if
    /// nothing was renamed (fixture `resources/reference-through-a-scalar`).
    ///
    /// # Errors
    /// Fails if the work limit is exceeded.
    pub(super) fn find(
        &self,
        tree: &Tree,
        may_change: &impl Fn(&Tree, NodeId) -> bool,
        work: &mut Work,
    ) -> Result<Vec<(&'a Gvk, &'a FieldSpec)>> {
        if self.fields.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Found { fields: BTreeSet::new(), lookups: 0 };
        self.follow(tree, tree.root(), &self.steps[0], may_change, &mut found);
        work.count(found.lookups / LOOKUPS_PER_NODE)?;
        Ok(found.fields.into_iter().map(|field| self.fields[field]).collect())
    }

    fn follow(
        &self,
        tree: &Tree,
        node: NodeId,
        step: &Step,
        may_change: &impl Fn(&Tree, NodeId) -> bool,
        found: &mut Found,
    ) {
        if tree.is_null(node) {
            return;
        }
        match tree.kind(node) {
            _ if step.next.is_empty() => {}
            Kind::Sequence => {
                tree.elements(node).for_each(|element| self.follow(tree, element, step, may_change, found));
            }
            Kind::Mapping => {
                found.lookups += step.next.len();
                for next in step.next.iter().map(|&next| &self.steps[next]) {
                    match tree.get(node, &next.name) {
                        _ if next.name.is_empty() => self.add_all_below(next, found),
                        Some(value) if next.is_list && tree.is_null(value) => self.add_all_below(next, found),
                        Some(value) => {
                            let is_new = next.ends.last().is_some_and(|end| !found.fields.contains(end));
                            if is_new && may_change(tree, value) {
                                found.fields.extend(&next.ends);
                            }
                            self.follow(tree, value, next, may_change, found);
                        }
                        None => {}
                    }
                }
            }
            Kind::Scalar => step.next.iter().for_each(|&next| self.add_all_below(&self.steps[next], found)),
        }
    }

    /// Adds all fields whose paths contain a step.
    fn add_all_below(&self, step: &Step, found: &mut Found) {
        if step.ends.last().is_some_and(|end| !found.fields.contains(end)) {
            found.fields.extend(&step.ends);
        }
        found.lookups += step.next.len();
        step.next.iter().for_each(|&next| self.add_all_below(&self.steps[next], found));
    }
}
