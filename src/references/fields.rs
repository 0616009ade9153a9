//! References by name.

use std::collections::{HashMap, HashSet};

use crate::resource::identity::Gvk;
use crate::resource::identity::group_version_kind;
use crate::resource::paths::written_path::split_path;
use crate::resource::paths::{FieldPath, Segment};
use crate::resource::transformer_config::TransformerConfig;
use crate::yaml::{NodeId, Tree};

use super::objects::{Kind, Objects, is_cluster_kind, pod_template};
use super::reference::{Detail, DetailKind, Reference, Relation};
use super::table::{NAME_FIELDS, POD_FIELDS, Target};

/// The fields of all kinds of objects that hold names.
pub struct Fields<'a> {
    config: &'a TransformerConfig,
    by_type: HashMap<(String, String, String), Vec<Field<'a>>>,
    of_pods: Vec<Field<'a>>,
}

/// A field that holds names.
struct Field<'a> {
    names: Vec<String>,
    kind: Kind<'a>,
    /// What stands beside the name tells the kind; this one is what it is if nothing is said.
    is_said: bool,
}

impl<'a> Field<'a> {
    fn new(path: &str, target: Target) -> Field<'a> {
        let (group, kind, is_said) = match target {
            Target::Of(group, kind) => (group, kind, false),
            Target::Said(group, kind) => (group, kind, true),
        };
        Field { names: split_path(path, '/'), kind: Kind { group: Some(group), kind }, is_said }
    }
}

impl<'a> Fields<'a> {
    pub fn new(config: &'a TransformerConfig) -> Fields<'a> {
        let of_pods = POD_FIELDS.iter().map(|(path, target)| Field::new(path, *target)).collect();
        Fields { config, by_type: HashMap::new(), of_pods }
    }

    /// Finds the references that an object makes.
    pub fn find(&mut self, objects: &Objects<'_>, from: usize, references: &mut Vec<Reference>) {
        let tree = objects.resources[from].tree();
        let (group, version, kind) = group_version_kind(tree);
        let config = self.config;
        let fields = self
            .by_type
            .entry((group.to_string(), version.to_string(), kind.to_string()))
            .or_insert_with(|| fields_of(config, group, version, kind));
        let mut finder = Finder { objects, from, tree, seen: HashSet::new(), references };
        for field in fields {
            finder.follow(tree.root(), None, &field.names, FieldPath::default(), field);
        }
        if let Some((template, path)) = pod_template(tree)
            && let Some(spec) = tree.get(template, "spec")
        {
            for field in &self.of_pods {
                finder.follow(spec, None, &field.names, FieldPath::of_names(path).join("spec"), field);
            }
        }
    }
}

/// Returns the fields of one type: those of the table first, as they know more.
fn fields_of<'a>(config: &'a TransformerConfig, group: &str, version: &str, kind: &str) -> Vec<Field<'a>> {
    let of_type =
        |field: &&super::table::NameField| field.kind == kind && (field.group.is_empty() || field.group == group);
    let of_table = NAME_FIELDS.iter().filter(of_type).map(|field| Field::new(field.path, field.target));
    let configured = config.name_reference.iter().flat_map(|reference| {
        let fields = reference.fields.iter().filter(|field| field.gvk.selects(group, version, kind));
        fields.map(|field| Field {
            names: split_path(&field.path, '/'),
            kind: Kind { group: group_of(&reference.gvk), kind: &reference.gvk.kind },
            is_said: false,
        })
    });
    of_table.chain(configured).collect()
}

/// Returns the group that is meant: kustomize's list leaves that of the core out, and for one kind it names the version,
/// too.
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
    /// Names that are told already, with the kind they are of.
    seen: HashSet<(NodeId, &'a str)>,
    references: &'b mut Vec<Reference>,
}

impl<'a> Finder<'a, '_> {
    /// Goes on from a node, which lies in the mapping `parent`.
    fn follow(&mut self, node: NodeId, parent: Option<NodeId>, names: &[String], path: FieldPath, field: &Field<'a>) {
        if self.tree.is_null(node) {
            return;
        }
        if self.tree.is_sequence(node) {
            for (at, element) in self.tree.elements(node).enumerate() {
                self.follow(element, parent, names, path.join_element(self.tree, element, at), field);
            }
            return;
        }
        match names.split_first() {
            None => self.end(node, parent, path, field),
            Some((name, rest)) => {
                let name = name.strip_suffix("[]").unwrap_or(name);
                if let Some(next) = self.tree.get(node, name) {
                    self.follow(next, Some(node), rest, path.join(name), field);
                }
            }
        }
    }

    /// Notes the reference that a name, or a mapping with one, makes.
    fn end(&mut self, node: NodeId, parent: Option<NodeId>, path: FieldPath, field: &Field<'a>) {
        let (name, beside, path) = match self.tree.get(node, "name") {
            Some(name) => (name, node, path.join("name")),
            None if self.tree.is_scalar(node) => (node, parent.unwrap_or(node), path),
            None => return,
        };
        let Some(kind) = self.kind(beside, field) else { return };
        let text = self.tree.text(name);
        if text.is_empty() || !self.seen.insert((name, kind.kind)) {
            return;
        }
        let (namespace, text) = match text.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (self.namespace(beside, name, kind.kind), text),
        };
        // What is in no namespace may mean an object in any.
        let Some(namespace) = namespace else { return };
        let is_list_of_names = path.has_name("resourceNames");
        if is_list_of_names && !self.rule_is_about(beside, kind.kind) || text == "mesh" && kind.kind == "Gateway" {
            return;
        }
        self.references.push(Reference {
            from: self.from,
            to: self.objects.find(kind, namespace, text),
            relation: relation(&path, kind.kind, self.objects.resources[self.from].kind()),
            position: self.tree.position(name),
            is_optional: is_list_of_names || self.text(beside, "optional") == "true",
            details: self.details(beside, kind.kind),
            field: path,
        });
    }

    fn text(&self, mapping: NodeId, key: &str) -> &'a str {
        self.tree.get(mapping, key).map_or("", |value| self.tree.text(value))
    }

    /// Returns the kind that is referred to; `None` if what stands beside the name says that it is of another.
    fn kind(&self, beside: NodeId, field: &Field<'a>) -> Option<Kind<'a>> {
        let said = self.text(beside, "kind");
        if !field.is_said {
            return (said.is_empty() || said == field.kind.kind).then_some(field.kind);
        }
        let group_fields = ["apiGroup", "group"].into_iter().find_map(|key| self.tree.get(beside, key));
        let api_version = self.tree.get(beside, "apiVersion").map(|value| self.tree.text(value));
        let said_group = match (group_fields, api_version) {
            (Some(group), _) => Some(self.tree.text(group)),
            (None, Some(version)) => Some(version.split_once('/').map_or("", |(group, _)| group)),
            (None, None) => None,
        };
        let kind = if said.is_empty() { field.kind.kind } else { said };
        // Users and groups are no objects.
        let is_person = matches!(kind, "User" | "Group") && said_group != Some("");
        // A kind without its group, as an autoscaler may have it, is whatever is called so.
        let default = if field.kind.kind.is_empty() && kind != "ServiceAccount" { None } else { field.kind.group };
        (!kind.is_empty() && !is_person).then_some(Kind { group: said_group.or(default), kind })
    }

    /// Returns the namespace that is meant: the one beside the name, or that of the object itself, if it has one.
    fn namespace(&self, beside: NodeId, name: NodeId, kind: &str) -> Option<&'a str> {
        let mut entries = self.tree.entries(beside);
        let own_key = entries.find(|&(_, value)| value == name).map_or("name", |(key, _)| self.tree.text(key));
        // `secretName` has a `secretNamespace`.
        let key = own_key.strip_suffix("Name").map_or("namespace".to_string(), |start| format!("{start}Namespace"));
        let said = [self.text(beside, &key), self.text(beside, "namespace")];
        if let Some(said) = said.into_iter().find(|said| !said.is_empty()) {
            return Some(said);
        }
        let object = &self.objects.resources[self.from];
        let is_known = is_cluster_kind(kind) || !self.objects.is_cluster_scoped(self.from);
        is_known.then(|| object.namespace())
    }

    /// Returns whether the rule of a role that lists names is about objects of a kind.
    fn rule_is_about(&self, rule: NodeId, kind: &str) -> bool {
        let plural = format!("{}s", kind.to_lowercase());
        let resources = self.tree.get(rule, "resources");
        resources.is_some_and(|list| self.tree.elements(list).any(|resource| self.tree.text(resource) == plural))
    }

    /// Returns which keys or which port stand beside a name.
    fn details(&self, beside: NodeId, kind: &str) -> Vec<Detail> {
        let detail =
            |kind, node| Detail { kind, name: self.tree.text(node).to_string(), position: self.tree.position(node) };
        match kind {
            "ConfigMap" | "Secret" => {
                let items = self.tree.get(beside, "items").into_iter().flat_map(|items| self.tree.elements(items));
                let keys = [beside].into_iter().chain(items).filter_map(|mapping| self.tree.get(mapping, "key"));
                keys.map(|key| detail(DetailKind::Key, key)).collect()
            }
            "Service" => {
                let port = ["port", "servicePort"].into_iter().find_map(|key| self.tree.get(beside, key));
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
