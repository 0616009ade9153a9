//! Warnings about list entries that a strategic merge patch drops or duplicates, or adds unintentionally.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Applicability, Code, Diagnostic, nearest, only_nearest};
use crate::references::pod_template;
use crate::resource::Resource;
use crate::yaml::{NodeId, Position, Tree};

/// The maximum number of added containers that are reported for a patch.
const MAX_ADDED: usize = 10;

/// A container in a list.
struct Container {
    position: Position,
    name_position: Position,
    has_image: bool,
}

/// The ports and containers of a resource or a patch.
pub struct Lists {
    ports: Vec<Port>,
    /// The containers by name.
    containers: BTreeMap<String, Container>,
}

struct Port {
    /// The container; empty for the ports of a Service.
    owner: String,
    number: String,
    protocol: String,
    name: String,
    position: Position,
}

impl Port {
    fn key(&self) -> (&str, &str) {
        (&self.owner, &self.number)
    }
}

impl Lists {
    /// Returns the ports of a Service, or the containers of a workload and their ports.
    pub fn new(resource: &Resource) -> Lists {
        let tree = resource.tree();
        let mut lists = Lists { ports: Vec::new(), containers: BTreeMap::new() };
        if resource.kind() == "Service" {
            let ports = tree.get_path(resource.root(), &["spec", "ports"]);
            lists.add_ports(tree, ports, "", "port");
        }
        let spec = pod_template(tree).and_then(|(template, _)| tree.get(template, "spec"));
        for list in ["containers", "initContainers"].iter().filter_map(|list| tree.get(spec?, list)) {
            for container in tree.elements(list) {
                let name = text(tree, container, "name");
                let has_image = tree.get(container, "image").is_some();
                lists.add_ports(tree, tree.get(container, "ports"), name, "containerPort");
                let name_position = tree.get(container, "name").map_or(Position::NONE, |name| tree.position(name));
                let position = tree.position(container);
                lists.containers.insert(name.to_string(), Container { position, name_position, has_image });
            }
        }
        lists
    }

    /// Returns the number of ports and containers.
    pub fn len(&self) -> usize {
        self.ports.len() + self.containers.len()
    }

    fn add_ports(&mut self, tree: &Tree, list: Option<NodeId>, owner: &str, key: &str) {
        for port in list.into_iter().flat_map(|list| tree.elements(list)) {
            let protocol = text(tree, port, "protocol");
            self.ports.push(Port {
                owner: owner.to_string(),
                number: text(tree, port, key).to_string(),
                protocol: if protocol.is_empty() { "TCP" } else { protocol }.to_string(),
                name: text(tree, port, "name").to_string(),
                position: tree.position(port),
            });
        }
    }

    fn by_number(&self) -> BTreeMap<(&str, &str), Vec<&Port>> {
        let mut by_number: BTreeMap<_, Vec<_>> = BTreeMap::new();
        self.ports.iter().for_each(|port| by_number.entry(port.key()).or_default().push(port));
        by_number
    }

    fn by_name(&self) -> BTreeMap<(&str, &str), Vec<&Port>> {
        let mut by_name: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let named = self.ports.iter().filter(|port| !port.name.is_empty());
        named.for_each(|port| by_name.entry((&*port.owner, &*port.name)).or_default().push(port));
        by_name
    }
}

/// Returns warnings about a patch, from the lists of the resource before it and of the patch.
pub fn check(before: &Lists, patch: &Resource, resource: &Resource) -> Vec<Diagnostic> {
    if has_directive(patch.tree(), patch.root()) {
        return Vec::new();
    }
    let (patch, after) = (&Lists::new(patch), &Lists::new(resource));
    let label = resource.label();
    let mut warnings = lost_entries(before, patch, after, &label);
    warnings.extend(duplicate_names(before, patch, after, &label));
    warnings.extend(added_containers(before, after, &label));
    warnings
}

fn lost_entries(before: &Lists, patch: &Lists, after: &Lists, label: &str) -> Vec<Diagnostic> {
    let left = after.by_number();
    let mut warnings = Vec::new();
    for (key, ports) in patch.by_number().into_iter().chain(before.by_number()) {
        let distinct: BTreeSet<_> = ports.iter().map(|port| (&*port.protocol, &*port.name)).collect();
        let Some(left) = left.get(&key).filter(|left| left.len() < distinct.len()) else { continue };
        let protocols: BTreeSet<&str> = ports.iter().map(|port| &*port.protocol).collect();
        let hint = match protocols.len() {
            1 => "the entries have the same protocol, too: one port can be listed once",
            _ => "write `protocol` in both entries, also in the base",
        };
        let is_left = |port: &&&Port| left.iter().any(|other| other.name == port.name);
        let lost = ports.iter().find(|port| !is_left(port)).unwrap_or(&ports[ports.len() - 1]);
        let kept = ports.iter().find(is_left).unwrap_or(&ports[0]);
        let message = format!(
            "this patch loses a port of {label}: two entries have the number {} as their merge key",
            lost.number
        );
        let warning = Diagnostic::warning(Code::LostEntry, message)
            .at(lost.position, "lost")
            .at(kept.position, "kept")
            .hint(hint);
        warnings.push(*warning);
    }
    warnings
}

fn duplicate_names(before: &Lists, patch: &Lists, after: &Lists, label: &str) -> Vec<Diagnostic> {
    let (old, new) = (before.by_name(), patch.by_name());
    let mut warnings = Vec::new();
    for (key, ports) in after.by_name() {
        let was_duplicate = old.get(&key).is_some_and(|ports| ports.len() > 1);
        let Some(added) = new.get(&key).filter(|_| ports.len() > 1 && !was_duplicate) else { continue };
        let message = format!("{label} has two ports named `{}` after this patch", key.1);
        let mut warning = Diagnostic::warning(Code::DuplicateName, message)
            .at(added[0].position, "adds a port, since ports are merged by their number");
        if let Some(first) = old.get(&key) {
            warning = warning.at(first[0].position, "has the name, too");
        }
        warnings
            .push(*warning.hint("change the number with a JSON patch, or delete the old port with `$patch: delete`"));
    }
    warnings
}

fn added_containers(before: &Lists, after: &Lists, label: &str) -> Vec<Diagnostic> {
    let is_merged = before.containers.keys().all(|name| after.containers.contains_key(name));
    if before.containers.is_empty() || !is_merged {
        return Vec::new();
    }
    let is_added = |(name, added): &(&String, &Container)| !added.has_image && !before.containers.contains_key(*name);
    let added = after.containers.iter().filter(is_added).take(MAX_ADDED);
    let warnings = added.map(|(name, Container { position, name_position, .. })| {
        let message = format!("this patch adds the container `{name}` without an image to {label}");
        let names: Vec<&str> = before.containers.keys().map(String::as_str).collect();
        let hint = match nearest(name, names.iter().copied()) {
            Some(similar) => format!("did you mean `{similar}`?"),
            None => format!("the containers are: {}", names.join(", ")),
        };
        let warning = Diagnostic::warning(Code::AddedContainer, message)
            .at(*position, "no container of this name exists")
            .hint(hint);
        *match only_nearest(name, names.iter().copied()) {
            Some(meant) => warning.misspelled(*name_position, name, meant, Applicability::Unsafe),
            None => warning,
        }
    });
    warnings.collect()
}

fn text<'a>(tree: &'a Tree, node: NodeId, key: &str) -> &'a str {
    tree.get(node, key).map_or("", |value| tree.text(value))
}

/// Returns whether a patch deletes or replaces parts on purpose.
fn has_directive(tree: &Tree, node: NodeId) -> bool {
    tree.elements(node).any(|element| has_directive(tree, element))
        || tree.entries(node).any(|(key, value)| tree.text(key).starts_with('$') || has_directive(tree, value))
}
