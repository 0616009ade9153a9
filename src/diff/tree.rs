//! Compares the fields of two documents.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use similar::DiffTag;

use super::align::align;
use super::change::{Change, ChangeKind, FollowedReference, Side};
use super::path::{ChangePath, Segment};
use super::value::{ValueNode, value};
use crate::resource::schema::SchemaNode;
use crate::resource::{Resource, Schema};
use crate::yaml::{Context, Kind, NodeId, Tree, typed};

/// The names of generated resources whose hashes changed: both names of each, with the name without a hash.
#[derive(Clone, Debug, Default)]
pub struct Renamed<'a>(HashMap<&'a str, &'a str>);

impl<'a> Renamed<'a> {
    /// Returns the map for the old name, the new name and the plain name of each resource.
    pub fn new(names: impl Iterator<Item = (&'a str, &'a str, &'a str)>) -> Renamed<'a> {
        Renamed(names.flat_map(|(before, after, plain)| [(before, plain), (after, plain)]).collect())
    }

    /// Returns the name without its hash if the hash changed, and the name itself otherwise.
    fn plain<'t>(&'t self, name: &'t str) -> &'t str {
        self.0.get(name).copied().unwrap_or(name)
    }

    /// Returns whether a reference changed only by the hash.
    fn follows(&self, before: &str, after: &str) -> bool {
        let plain = |name| self.0.get(name);
        before != after && plain(before).is_some() && plain(before) == plain(after)
    }
}

/// Returns the fields that differ, and the references that changed only because a hash did.
pub fn compare(
    before: &Resource,
    after: &Resource,
    renamed: &Renamed<'_>,
    schema: &Schema,
    effort: &mut usize,
) -> (Vec<Change>, Vec<FollowedReference>) {
    let (before_tree, after_tree) = (before.tree(), after.tree());
    let mut comparison = Comparison {
        before: before_tree,
        after: after_tree,
        renamed,
        path: Vec::new(),
        changes: Vec::new(),
        references: Vec::new(),
        effort,
    };
    let schema = schema.of_resource(after.api_version(), after.kind());
    comparison.nodes(ValueNode::root(before_tree), ValueNode::root(after_tree), schema);
    (comparison.changes, comparison.references)
}

struct Comparison<'a> {
    before: &'a Tree,
    after: &'a Tree,
    renamed: &'a Renamed<'a>,
    path: Vec<Segment>,
    changes: Vec<Change>,
    references: Vec<FollowedReference>,
    /// The remaining effort for aligning lists.
    effort: &'a mut usize,
}

impl<'a> Comparison<'a> {
    fn nodes(&mut self, before: ValueNode, after: ValueNode, schema: Option<SchemaNode<'_>>) {
        match (self.before.kind(before.node), self.after.kind(after.node)) {
            (Kind::Mapping, Kind::Mapping) => self.mappings(before, after, schema),
            (Kind::Sequence, Kind::Sequence) => self.sequences(before, after, schema),
            (Kind::Scalar, Kind::Scalar) => self.scalars(before, after),
            _ => self.push(Some(before), Some(after)),
        }
    }

    fn mappings(&mut self, before: ValueNode, after: ValueNode, schema: Option<SchemaNode<'_>>) {
        let (before_tree, after_tree) = (self.before, self.after);
        let old: BTreeMap<&str, NodeId> = entries(before_tree, before.node);
        let new: BTreeMap<&str, NodeId> = entries(after_tree, after.node);
        let keys: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
        for key in keys {
            self.path.push(Segment::Field(key.to_string()));
            let old = old.get(key).map(|&node| before.child(before_tree, node));
            let new = new.get(key).map(|&node| after.child(after_tree, node));
            self.sides(old, new, schema.and_then(|schema| schema.field(key)));
            self.path.pop();
        }
    }

    /// Compares values, one of which may be missing.
    fn sides(&mut self, before: Option<ValueNode>, after: Option<ValueNode>, schema: Option<SchemaNode<'_>>) {
        match (before, after) {
            (Some(before), Some(after)) => self.nodes(before, after, schema),
            (before, after) => self.push(before, after),
        }
    }

    fn scalars(&mut self, before: ValueNode, after: ValueNode) {
        let typed_before = typed(self.before, before.node, Context::of_value(before.in_flow));
        let typed_after = typed(self.after, after.node, Context::of_value(after.in_flow));
        if typed_before == typed_after && typed_before.is_ok() {
            return;
        }
        let (old, new) = (self.before.text(before.node), self.after.text(after.node));
        if self.renamed.follows(old, new) {
            let path = ChangePath(self.path.clone());
            self.references.push(FollowedReference { path, name: new.to_string(), before: before.node });
        } else if value(self.before, before) != value(self.after, after) {
            self.push(Some(before), Some(after));
        }
    }

    fn sequences(&mut self, before: ValueNode, after: ValueNode, schema: Option<SchemaNode<'_>>) {
        let elements = schema.and_then(SchemaNode::elements);
        let from_schema = schema.map(|schema| schema.list_merge().keys).unwrap_or_default();
        for fields in [&from_schema[..], &["name"]] {
            let old = named_elements(self.before, before, fields, |name| self.renamed.plain(name).to_string());
            let new = named_elements(self.after, after, fields, |name| self.renamed.plain(name).to_string());
            if let (Some(old), Some(new)) = (old, new) {
                return self.named(before, after, fields, &old, &new, elements);
            }
        }
        self.items(before, after, elements);
    }

    /// Compares lists whose elements are identified by the values of some fields.
    fn named(
        &mut self,
        before: ValueNode,
        after: ValueNode,
        fields: &[&str],
        old: &[(Name, ValueNode)],
        new: &[(Name, ValueNode)],
        schema: Option<SchemaNode<'_>>,
    ) {
        let old_by_name: HashMap<&Name, ValueNode> = old.iter().map(|(name, spot)| (name, *spot)).collect();
        let new_by_name: HashMap<&Name, ValueNode> = new.iter().map(|(name, spot)| (name, *spot)).collect();
        let removed = old.iter().filter(|(name, _)| !new_by_name.contains_key(name));
        for (name, _) in new.iter().chain(removed) {
            let keys = fields.iter().map(ToString::to_string).zip(name.iter().cloned());
            self.path.push(Segment::Selector(keys.collect()));
            self.sides(old_by_name.get(name).copied(), new_by_name.get(name).copied(), schema);
            self.path.pop();
        }
        let in_both = |list: &[(Name, ValueNode)], other: &HashMap<&Name, ValueNode>| {
            let names = list.iter().filter(|(name, _)| other.contains_key(name));
            names.map(|(name, _)| name.join("/")).collect::<Vec<String>>()
        };
        let (old_order, new_order) = (in_both(old, &new_by_name), in_both(new, &old_by_name));
        if old_order != new_order {
            let side = |tree: &Tree, at: ValueNode, order: Vec<String>| {
                Some(Side { value: Value::from(order), position: tree.position(at.node) })
            };
            self.changes.push(Change {
                path: ChangePath(self.path.clone()),
                kind: ChangeKind::Reordered,
                before: side(self.before, before, old_order),
                after: side(self.after, after, new_order),
                source: None,
            });
        }
    }

    /// Compares lists whose elements are identified by their position.
    fn items(&mut self, before: ValueNode, after: ValueNode, schema: Option<SchemaNode<'_>>) {
        let (before_tree, after_tree) = (self.before, self.after);
        let old: Vec<ValueNode> =
            before_tree.elements(before.node).map(|node| before.child(before_tree, node)).collect();
        let new: Vec<ValueNode> = after_tree.elements(after.node).map(|node| after.child(after_tree, node)).collect();
        let text = |tree: &'a Tree| move |spot: &ValueNode| value(tree, *spot).to_string();
        let old_texts: Vec<String> = old.iter().map(text(before_tree)).collect();
        let new_texts: Vec<String> = new.iter().map(text(after_tree)).collect();
        for step in align(&old_texts, &new_texts, self.effort) {
            if step.tag() == DiffTag::Equal {
                continue;
            }
            let (mut old_range, mut new_range) = (step.old_range(), step.new_range());
            loop {
                let (old_at, new_at) = (old_range.next(), new_range.next());
                if old_at.is_none() && new_at.is_none() {
                    break;
                }
                self.path.push(Segment::Item { before: old_at, after: new_at });
                self.sides(old_at.map(|at| old[at]), new_at.map(|at| new[at]), schema);
                self.path.pop();
            }
        }
    }

    fn push(&mut self, before: Option<ValueNode>, after: Option<ValueNode>) {
        let side = |tree: &Tree, at: ValueNode| Side { value: value(tree, at), position: tree.position(at.node) };
        let kind = match (before, after) {
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        };
        self.changes.push(Change {
            path: ChangePath(self.path.clone()),
            kind,
            before: before.map(|at| side(self.before, at)),
            after: after.map(|at| side(self.after, at)),
            source: None,
        });
    }
}

/// Returns the entries of a mapping. The last of several entries with the same key counts.
fn entries(tree: &Tree, mapping: NodeId) -> BTreeMap<&str, NodeId> {
    tree.entries(mapping).map(|(key, value)| (tree.text(key), value)).collect()
}

/// The values of the fields that identify an element of a list.
type Name = Vec<String>;

/// Returns the elements of a list with their names, if each has a unique name.
fn named_elements(
    tree: &Tree,
    list: ValueNode,
    fields: &[&str],
    plain: impl Fn(&str) -> String,
) -> Option<Vec<(Name, ValueNode)>> {
    let mut seen = BTreeSet::new();
    let mut elements = Vec::new();
    for element in tree.elements(list.node) {
        let mut name = Name::new();
        for field in fields {
            let value = tree.get(element, field).filter(|&value| tree.is_scalar(value) && !tree.is_null(value));
            match value {
                Some(value) => name.push(plain(tree.text(value))),
                // The default protocol of a port is TCP.
                None if *field == "protocol" => name.push("TCP".to_string()),
                None => return None,
            }
        }
        if name.is_empty() || !seen.insert(name.clone()) {
            return None;
        }
        elements.push((name, list.child(tree, element)));
    }
    Some(elements)
}
