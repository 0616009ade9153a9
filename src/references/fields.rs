//! References by name in fields.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::resource::identity::Gvk;
use crate::resource::identity::group_version_kind;
use crate::resource::paths::written_path::split_path;
use crate::resource::paths::{FieldPath, Segment};
use crate::resource::transformer_config::TransformerConfig;
use crate::yaml::{NodeId, Tree};

use super::objects::{Kind, Objects, is_cluster_kind, pod_template};
use super::reference::{Detail, DetailKind, ObjectReference, Relation};
use super::table::{NAME_FIELDS, POD_FIELDS, ReferentType};

/// The maximum number of nodes on paths of fields that are visited in one output, plus that for each object in it, far above
/// normal use. YAML aliases and field specs multiply each other.
const MAX_VISITS: usize = 1_000_000;
const MAX_VISITS_PER_OBJECT: usize = 1000;

/// The number of nodes on paths of fields that may still be visited.
#[derive(Clone, Copy, Debug)]
struct Visits {
    left: usize,
    limit: usize,
}

impl Visits {
    fn count(&mut self) -> Result<()> {
        let left = self.left.checked_sub(1);
        self.left = left.ok_or_else(|| {
            let message = format!("reference limit exceeded: fields with names have more than {} nodes", self.limit);
            Diagnostic::error(Code::LimitExceeded, message)
        })?;
        Ok(())
    }
}

/// The fields that contain names of other objects, by type of object.
pub struct Fields<'a> {
    visits: Visits,
    config: &'a TransformerConfig,
    by_type: HashMap<(String, String, String), Vec<Field<'a>>>,
    pod_fields: Vec<Field<'a>>,
}

/// A field that contains names.
struct Field<'a> {
    names: Vec<String>,
    kind: Kind<'a>,
    /// Whether fields next to the name declare the kind. `kind` is the default then.
    is_declared: bool,
}

impl<'a> Field<'a> {
    fn new(path: &str, referent: ReferentType) -> Field<'a> {
        let (group, kind, is_declared) = match referent {
            ReferentType::Fixed(group, kind) => (group, kind, false),
            ReferentType::Declared(group, kind) => (group, kind, true),
        };
        Field { names: split_path(path, '/'), kind: Kind { group: Some(group), kind }, is_declared }
    }
}

impl<'a> Fields<'a> {
    pub fn new(config: &'a TransformerConfig, objects: usize) -> Fields<'a> {
        let limit = MAX_VISITS + MAX_VISITS_PER_OBJECT * objects;
        let visits = Visits { left: limit, limit };
        let pod_fields = POD_FIELDS.iter().map(|(path, referent)| Field::new(path, *referent)).collect();
        Fields { visits, config, by_type: HashMap::new(), pod_fields }
    }

    /// Finds the references of an object.
    ///
    /// # Errors
    /// Fails if the number of visited nodes exceeds its limit.
    pub fn find(&mut self, objects: &Objects<'_>, from: usize, references: &mut Vec<ObjectReference>) -> Result<()> {
        let at_object = |error: Box<Diagnostic>| error.at(objects.resources[from].position(), "in this resource");
        self.follow_all(objects, from, references).map_err(at_object)
    }

    fn follow_all(&mut self, objects: &Objects<'_>, from: usize, references: &mut Vec<ObjectReference>) -> Result<()> {
        let tree = objects.resources[from].tree();
        let (group, version, kind) = group_version_kind(tree);
        let config = self.config;
        let fields = self
            .by_type
            .entry((group.to_string(), version.to_string(), kind.to_string()))
            .or_insert_with(|| fields_of(config, group, version, kind));
        let visits = &mut self.visits;
        let mut finder = Finder { objects, from, tree, seen: HashSet::new(), visits, references };
        for field in fields {
            finder.follow(tree.root(), None, &field.names, FieldPath::default(), field)?;
        }
        if let Some((template, path)) = pod_template(tree)
            && let Some(spec) = tree.get(template, "spec")
        {
            for field in &self.pod_fields {
                finder.follow(spec, None, &field.names, FieldPath::of_names(path).join("spec"), field)?;
            }
        }
        Ok(())
    }
}

/// Returns the fields of one type: those of the table first, which are more specific.
fn fields_of<'a>(config: &'a TransformerConfig, group: &str, version: &str, kind: &str) -> Vec<Field<'a>> {
    let of_type =
        |field: &&super::table::NameField| field.kind == kind && (field.group.is_empty() || field.group == group);
    let from_table = NAME_FIELDS.iter().filter(of_type).map(|field| Field::new(field.path, field.referent));
    let configured = config.name_reference.iter().flat_map(|reference| {
        let fields = reference.fields.iter().filter(|field| field.gvk.selects(group, version, kind));
        fields.map(|field| Field {
            names: split_path(&field.path, '/'),
            kind: Kind { group: group_of(&reference.gvk), kind: &reference.gvk.kind },
            is_declared: false,
        })
    });
    from_table.chain(configured).collect()
}

/// Returns the group of a type in kustomize's table, which is empty for the core group, and contains the version for one
/// kind.
fn group_of(gvk: &Gvk) -> Option<&str> {
    match gvk.group.split_once('/').map_or(&*gvk.group, |(group, _)| group) {
        "" if gvk.version != "v1" => None,
        group => Some(group),
    }
}

struct Finder<'a, 'b> {
    objects: &'a Objects<'a>,
    from: usize,
    tree: &'a Tree,
    /// Names that have been found, with the kinds that they refer to.
    seen: HashSet<(NodeId, &'a str)>,
    visits: &'b mut Visits,
    references: &'b mut Vec<ObjectReference>,
}

impl<'a> Finder<'a, '_> {
    /// Follows a path from a node in the mapping `parent`.
    fn follow(
        &mut self,
        node: NodeId,
        parent: Option<NodeId>,
        names: &[String],
        path: FieldPath,
        field: &Field<'a>,
    ) -> Result<()> {
        self.visits.count()?;
        if self.tree.is_null(node) {
            return Ok(());
        }
        if self.tree.is_sequence(node) {
            for (index, element) in self.tree.elements(node).enumerate() {
                self.follow(element, parent, names, path.join_element(self.tree, element, index), field)?;
            }
            return Ok(());
        }
        match names.split_first() {
            None => self.add_reference(node, parent, path, field),
            Some((name, rest)) => {
                let name = name.strip_suffix("[]").unwrap_or(name);
                if let Some(next) = self.tree.get(node, name) {
                    self.follow(next, Some(node), rest, path.join(name), field)?;
                }
            }
        }
        Ok(())
    }

    /// Adds the reference of a name, or of a mapping with one.
    fn add_reference(&mut self, node: NodeId, parent: Option<NodeId>, path: FieldPath, field: &Field<'a>) {
        let (name, mapping, path) = match self.tree.get(node, "name") {
            Some(name) => (name, node, path.join("name")),
            None if self.tree.is_scalar(node) => (node, parent.unwrap_or(node), path),
            None => return,
        };
        let Some(kind) = self.kind(mapping, field) else { return };
        let text = self.tree.text(name);
        if text.is_empty() || !self.seen.insert((name, kind.kind)) {
            return;
        }
        let (namespace, text) = match text.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (self.namespace(mapping, name, kind.kind), text),
        };
        // A cluster-scoped object may refer to an object in any namespace.
        let Some(namespace) = namespace else { return };
        let is_list_of_names = path.has_name("resourceNames");
        if is_list_of_names && !self.rule_covers(mapping, kind.kind) || text == "mesh" && kind.kind == "Gateway" {
            return;
        }
        self.references.push(ObjectReference {
            from: self.from,
            to: self.objects.find(kind, namespace, text),
            relation: relation(&path, kind.kind, self.objects.resources[self.from].kind()),
            position: self.tree.position(name),
            is_optional: is_list_of_names || self.text(mapping, "optional") == "true",
            details: self.details(mapping, kind.kind),
            field: path,
        });
    }

    fn text(&self, mapping: NodeId, key: &str) -> &'a str {
        self.tree.get(mapping, key).map_or("", |value| self.tree.text(value))
    }

    /// Returns the kind that is referred to; `None` if the mapping declares a kind that the field does not refer to.
    fn kind(&self, mapping: NodeId, field: &Field<'a>) -> Option<Kind<'a>> {
        let declared = self.text(mapping, "kind");
        if !field.is_declared {
            return (declared.is_empty() || declared == field.kind.kind).then_some(field.kind);
        }
        let group_fields = ["apiGroup", "group"].into_iter().find_map(|key| self.tree.get(mapping, key));
        let api_version = self.tree.get(mapping, "apiVersion").map(|value| self.tree.text(value));
        let declared_group = match (group_fields, api_version) {
            (Some(group), _) => Some(self.tree.text(group)),
            (None, Some(version)) => Some(version.split_once('/').map_or("", |(group, _)| group)),
            (None, None) => None,
        };
        let kind = if declared.is_empty() { field.kind.kind } else { declared };
        // Users and groups are not objects.
        let is_subject = matches!(kind, "User" | "Group") && declared_group != Some("");
        // A kind without a group, as in an autoscaler, may be of any group.
        let default = if field.kind.kind.is_empty() && kind != "ServiceAccount" { None } else { field.kind.group };
        (!kind.is_empty() && !is_subject).then_some(Kind { group: declared_group.or(default), kind })
    }

    /// Returns the namespace of a reference: the one next to the name or, if there is none, that of the object. Returns
    /// `None` if neither has one.
    fn namespace(&self, mapping: NodeId, name: NodeId, kind: &str) -> Option<&'a str> {
        let mut entries = self.tree.entries(mapping);
        let own_key = entries.find(|&(_, value)| value == name).map_or("name", |(key, _)| self.tree.text(key));
        // `secretName` has a `secretNamespace`.
        let key = own_key.strip_suffix("Name").map_or("namespace".to_string(), |start| format!("{start}Namespace"));
        let written = [self.text(mapping, &key), self.text(mapping, "namespace")];
        if let Some(written) = written.into_iter().find(|written| !written.is_empty()) {
            return Some(written);
        }
        let object = &self.objects.resources[self.from];
        let is_known = is_cluster_kind(kind) || !self.objects.is_cluster_scoped(self.from);
        is_known.then(|| object.namespace())
    }

    /// Returns whether a rule of a role covers objects of a kind.
    fn rule_covers(&self, rule: NodeId, kind: &str) -> bool {
        let plural = format!("{}s", kind.to_lowercase());
        let resources = self.tree.get(rule, "resources");
        resources.is_some_and(|list| self.tree.elements(list).any(|resource| self.tree.text(resource) == plural))
    }

    /// Returns the keys or the port next to a name.
    fn details(&self, mapping: NodeId, kind: &str) -> Vec<Detail> {
        let detail =
            |kind, node| Detail { kind, name: self.tree.text(node).to_string(), position: self.tree.position(node) };
        match kind {
            "ConfigMap" | "Secret" => {
                let items = self.tree.get(mapping, "items").into_iter().flat_map(|items| self.tree.elements(items));
                let keys = [mapping].into_iter().chain(items).filter_map(|mapping| self.tree.get(mapping, "key"));
                keys.map(|key| detail(DetailKind::Key, key)).collect()
            }
            "Service" => {
                let port = ["port", "servicePort"].into_iter().find_map(|key| self.tree.get(mapping, key));
                let inside = |port| ["number", "name"].into_iter().find_map(|key| self.tree.get(port, key));
                let port = port.map(|port| inside(port).unwrap_or(port));
                port.filter(|&port| self.tree.is_scalar(port))
                    .map(|port| detail(DetailKind::Port, port))
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

fn relation(path: &FieldPath, kind: &str, from: &str) -> Relation {
    let has = |name| path.has_name(name);
    let starts_with = |name| matches!(path.segments().first(), Some(Segment::Name(first)) if first == name);
    match kind {
        _ if has("volumes") => Relation::Mounts,
        _ if has("env") || has("envFrom") => Relation::Reads,
        _ if has("scaleTargetRef") || has("targetRef") => Relation::Scales,
        _ if starts_with("roleRef") => Relation::Grants,
        _ if starts_with("subjects") => Relation::GrantsTo,
        "ServiceAccount" if path.last_name() == Some("serviceAccountName") => Relation::RunsAs,
        "Service" if from != "StatefulSet" => Relation::RoutesTo,
        _ => Relation::Uses,
    }
}
