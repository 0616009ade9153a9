//! Values of patches that a later step of the same kustomization replaces.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::resource::Resource;
use crate::resource::history::Step;
use crate::yaml::{NodeId, Position, Span, Tree};

/// The fields whose steps are patches.
const PATCHES: [&str; 3] = ["patches", "patchesJson6902", "patchesStrategicMerge"];

/// The steps that often fill a placeholder, so that only a value counts that the patch changed before.
const FILLING: [&str; 3] = ["images", "replacements", "transformers"];

/// The number of nodes that are compared in one kustomization, far above normal use.
const MAX_NODES: usize = 2_000_000;

/// Watches the values that the patches of a kustomization set.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The documents before the current step.
    before: Vec<Arc<Tree>>,
    /// The values that patches have set, by the position where they are written, each in every document that has it.
    written: BTreeMap<Position, Vec<Written>>,
    nodes_left: usize,
}

/// A value that a patch has set in a document.
#[derive(Clone, Debug)]
struct Written {
    /// The index of the resource.
    at: usize,
    path: Path,
    position: Position,
    text: String,
    /// Whether the patch changed a value.
    is_change: bool,
    /// The step that replaced it, and the position of the new value.
    replaced: Option<(Step, Position)>,
}

/// The way from the root of a document to a value.
type Path = Vec<Part>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    Key(String),
    Index(usize),
}

impl Watch {
    pub fn new(list: &[Resource]) -> Watch {
        Watch { before: documents(list), written: BTreeMap::new(), nodes_left: MAX_NODES }
    }

    /// Notes what a step has changed.
    pub fn record(&mut self, list: &[Resource], step: Step) {
        if self.before.len() != list.len() || self.nodes_left == 0 {
            // Indexes have changed.
            *self = Watch { nodes_left: self.nodes_left, ..Watch::new(list) };
            return;
        }
        let is_patch = PATCHES.contains(&step.field);
        let watched: HashSet<usize> = self.written.values().flatten().map(|written| written.at).collect();
        for (at, resource) in list.iter().enumerate() {
            let is_same = Arc::ptr_eq(&self.before[at], resource.shared_tree());
            if is_same || !is_patch && !watched.contains(&at) {
                continue;
            }
            let before = self.before[at].clone();
            let old = Scalars::new(&before);
            let new = Scalars::new(resource.tree());
            self.nodes_left = self.nodes_left.saturating_sub(old.by_position.len() + new.by_position.len());
            if watched.contains(&at) {
                self.mark_replaced(at, &old, &new, step);
            }
            if is_patch {
                self.add_written(at, &old, &new);
            }
        }
        self.before = documents(list);
    }

    fn mark_replaced(&mut self, at: usize, old: &Scalars<'_>, new: &Scalars<'_>, step: Step) {
        let of_resource = self.written.values_mut().flatten().filter(|written| written.at == at);
        for written in of_resource.filter(|written| written.replaced.is_none()) {
            if new.by_position.contains_key(&written.position) {
                continue;
            }
            let found = find(new.tree, &written.path).filter(|&node| new.tree.is_scalar(node));
            let Some(node) = found else { continue };
            let (text, position) = (new.tree.text(node), new.tree.position(node));
            let is_new = position != Position::NONE && !old.by_position.contains_key(&position);
            let counts = written.is_change || !FILLING.contains(&step.field);
            if is_new && counts && text != written.text && !is_part(&written.text, text, step) {
                written.replaced = Some((step, position));
            }
        }
    }

    fn add_written(&mut self, at: usize, old: &Scalars<'_>, new: &Scalars<'_>) {
        for (&position, path) in &new.by_position {
            if position == Position::NONE || old.by_position.contains_key(&position) || is_identity(path) {
                continue;
            }
            let Some(node) = find(new.tree, path) else { continue };
            let text = new.tree.text(node).to_string();
            let before = find(old.tree, path).filter(|&node| old.tree.is_scalar(node));
            let is_change = before.is_some_and(|node| old.tree.text(node) != text);
            // Patches repeat values to say what they are about.
            if is_change || before.is_none() && !is_namespace(path) {
                let written = Written { at, path: path.clone(), position, text, is_change, replaced: None };
                self.written.entry(position).or_default().push(written);
            }
        }
    }

    /// Returns a warning for each value of a patch that no document has any more.
    pub fn finish(self, list: &[Resource]) -> Vec<Diagnostic> {
        let mut warnings = Vec::new();
        for places in self.written.values() {
            let Some(Written { at, path, position, text, replaced: Some((step, by)), .. }) = places.first() else {
                continue;
            };
            if places.iter().any(|written| written.replaced.is_none()) {
                continue;
            }
            let (path, field) = (shown(path), step.field);
            let Some(resource) = list.get(*at) else { continue };
            let hint = match PATCHES.contains(&field) {
                true => "remove one of the two values".to_string(),
                false => format!(
                    "remove the value, or apply the patch in a kustomization that includes the one with `{field}`"
                ),
            };
            let message = format!("`{path}` of {} is set by a patch, and then by `{field}`", resource.label());
            warnings.push(
                *Diagnostic::warning(Code::OverwrittenValue, message)
                    .at(Span::new(*position, text.len()), "this value has no effect")
                    .at(*by, "replaced by this value")
                    .hint(hint),
            );
        }
        warnings
    }
}

fn documents(list: &[Resource]) -> Vec<Arc<Tree>> {
    list.iter().map(|resource| resource.shared_tree().clone()).collect()
}

/// Returns whether a step probably kept a part of a value, such as all but the tag of an image.
fn is_part(old: &str, new: &str, step: Step) -> bool {
    let common = |pairs: &mut dyn Iterator<Item = (char, char)>| pairs.take_while(|(a, b)| a == b).count();
    let start = common(&mut old.chars().zip(new.chars()));
    let end = common(&mut old.chars().rev().zip(new.chars().rev()));
    step.field == "replacements" && start.max(end) > 2
}

/// Returns whether a path leads to the type or the name of a resource.
fn is_identity(path: &[Part]) -> bool {
    ["apiVersion", "kind"].iter().any(|key| is_path(path, &[key])) || is_path(path, &["metadata", "name"])
}

fn is_namespace(path: &[Part]) -> bool {
    is_path(path, &["metadata", "namespace"])
}

fn is_path(path: &[Part], keys: &[&str]) -> bool {
    path.len() == keys.len() && path.iter().zip(keys).all(|(part, key)| matches!(part, Part::Key(text) if text == key))
}

fn find(tree: &Tree, path: &[Part]) -> Option<NodeId> {
    path.iter().try_fold(tree.root(), |node, part| match part {
        Part::Key(key) => tree.get(node, key),
        Part::Index(index) => tree.elements(node).nth(*index),
    })
}

fn shown(path: &[Part]) -> String {
    let mut text = String::new();
    for part in path {
        match part {
            Part::Key(key) if key.contains('.') => text.push_str(&format!("[{key}]")),
            Part::Key(key) if text.is_empty() => text.push_str(key),
            Part::Key(key) => text.push_str(&format!(".{key}")),
            Part::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// The scalars of a document by position.
struct Scalars<'a> {
    tree: &'a Tree,
    by_position: HashMap<Position, Path>,
}

impl<'a> Scalars<'a> {
    fn new(tree: &'a Tree) -> Scalars<'a> {
        let mut scalars = Scalars { tree, by_position: HashMap::new() };
        scalars.add(tree.root(), &mut Vec::new());
        scalars
    }

    fn add(&mut self, node: NodeId, path: &mut Path) {
        if self.tree.is_scalar(node) {
            self.by_position.insert(self.tree.position(node), path.clone());
        }
        for (index, element) in self.tree.elements(node).enumerate() {
            path.push(Part::Index(index));
            self.add(element, path);
            path.pop();
        }
        for (key, value) in self.tree.entries(node) {
            path.push(Part::Key(self.tree.text(key).to_string()));
            self.add(value, path);
            path.pop();
        }
    }
}
