//! References that lead nowhere.

use std::collections::{BTreeSet, HashMap};

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::references::{DetailKind, Reference, Relation, To, pod_template, references};
use crate::resource::identity::{ResId, effective_namespace};
use crate::resource::transformer_config::TransformerConfig;
use crate::resource::{Resource, Schema};
use crate::yaml::{NodeId, Span};

use super::tree::{Finding, Key, Need};

/// The kinds that a tree has to have if it refers to them. Others are often part of the cluster.
const EXPECTED: [&str; 8] =
    ["ConfigMap", "Deployment", "PersistentVolumeClaim", "Role", "Secret", "Service", "ServiceAccount", "StatefulSet"];

/// The kinds whose selectors are of no use if they select nothing. Others are made ahead, or for what operators run.
const SELECTING: [&str; 3] = ["NetworkPolicy", "PodDisruptionBudget", "Service"];

/// The annotations by which an Ingress has its Secret made start with it.
const CERT_MANAGER: &str = "cert-manager.io/";

/// Returns a diagnostic for each reference to an object that is only there in another namespace.
pub fn wrong_namespaces(resources: &[Resource], config: &TransformerConfig) -> Vec<Diagnostic> {
    let output = Output::new(resources);
    let references = references(resources, config);
    let missing = references.iter().filter_map(|reference| Some((reference, output.missing(reference)?)));
    missing.filter_map(|(reference, id)| output.wrong_namespace(reference, id)).collect()
}

/// Returns what is missing for references to lead somewhere. Some of it may be in other outputs.
pub fn dangling(resources: &[Resource], config: &TransformerConfig) -> Vec<Finding> {
    let output = Output::new(resources);
    let references = references(resources, config);
    let mut found: Vec<Finding> = Vec::new();
    for reference in &references {
        match &reference.to {
            To::Missing(id) if output.missing(reference).is_some() => found.extend(output.dangling(reference, id)),
            To::Selected { selector, namespace, count: 0 } => {
                found.extend(output.selects_nothing(reference, selector, namespace));
            }
            To::Object(at) => found.extend(output.unknown_details(reference, &resources[*at])),
            _ => {}
        }
    }
    found.extend(output.unknown_target_ports(&references));
    found
}

/// The objects of an output.
struct Output<'a> {
    resources: &'a [Resource],
    schema: Schema,
    /// By kind and every name that they have or had: in another namespace, references do not follow a new name.
    by_name: HashMap<(&'a str, &'a str), Vec<&'a Resource>>,
}

impl<'a> Output<'a> {
    fn new(resources: &'a [Resource]) -> Output<'a> {
        let mut by_name: HashMap<_, Vec<_>> = HashMap::new();
        for resource in resources {
            let names = resource.previous.iter().map(|previous| previous.name.as_str()).chain([resource.name()]);
            for name in names.collect::<BTreeSet<_>>() {
                by_name.entry((resource.kind(), name)).or_default().push(resource);
            }
        }
        Output { resources, schema: Schema::default(), by_name }
    }

    fn label(&self, reference: &Reference) -> String {
        self.resources[reference.from].label()
    }

    /// Returns what a reference lacks; nothing if somebody else may have it.
    fn missing<'r>(&self, reference: &'r Reference) -> Option<&'r ResId> {
        let To::Missing(id) = &reference.to else { return None };
        let from = &self.resources[reference.from];
        let is_made_by_cert_manager = from.kind() == "Ingress"
            && from.metadata_map("annotations").iter().any(|(key, _)| key.starts_with(CERT_MANAGER));
        let is_expected = EXPECTED.contains(&&*id.gvk.kind) && !reference.is_optional;
        (is_expected && !(is_made_by_cert_manager && &*id.gvk.kind == "Secret")).then_some(id)
    }

    /// Returns an object of the same kind and name in another namespace.
    fn elsewhere(&self, id: &ResId) -> Option<&'a Resource> {
        let mut found = self.by_name.get(&(&*id.gvk.kind, &*id.name))?.iter().copied();
        let wanted = effective_namespace(&id.namespace, false);
        found.find(|resource| resource.effective_namespace(&self.schema) != wanted)
    }

    fn wrong_namespace(&self, reference: &Reference, id: &ResId) -> Option<Diagnostic> {
        let other = self.elsewhere(id)?;
        let (wanted, actual) = (effective_namespace(&id.namespace, false), other.effective_namespace(&self.schema));
        let message = format!(
            "{} refers to {} in the namespace `{wanted}`, but it is in `{actual}`",
            self.label(reference),
            other.label()
        );
        let warning = Diagnostic::warning(Code::WrongNamespace, message)
            .at(Span::new(reference.position, id.name.len()), format!("means the one in `{wanted}`"))
            .at(other.name_position(), format!("is in `{actual}`"));
        Some(*warning)
    }

    fn dangling(&self, reference: &Reference, id: &ResId) -> Option<Finding> {
        let namespace = effective_namespace(&id.namespace, false);
        let is_elsewhere = self.elsewhere(id).is_some();
        // What is in a namespace of others is theirs.
        let is_ours = self.resources.iter().any(|resource| resource.effective_namespace(&self.schema) == namespace);
        if is_elsewhere || !is_ours {
            return None;
        }
        let kind = &*id.gvk.kind;
        let alike =
            |resource: &&Resource| resource.kind() == kind && resource.effective_namespace(&self.schema) == namespace;
        let near = nearest(&id.name, self.resources.iter().filter(alike).map(Resource::name));
        let message = format!("{} refers to the {kind} `{}`, which is not there", self.label(reference), id.name);
        let mut warning = Diagnostic::warning(Code::DanglingReference, message)
            .at(Span::new(reference.position, id.name.len()), "leads nowhere");
        if let Some(near) = near {
            warning = warning.hint(format!("did you mean `{near}`?"));
        }
        let wanted = Key::new(kind, namespace, &id.name);
        Some(self.finding(reference, *warning, Some(Need::Object(wanted))))
    }

    fn selects_nothing(&self, reference: &Reference, selector: &str, namespace: &str) -> Option<Finding> {
        let from = &self.resources[reference.from];
        if !SELECTING.contains(&from.kind()) {
            return None;
        }
        let message = format!("the selector of {} matches no pod", from.label());
        let warning = Diagnostic::warning(Code::SelectsNothing, message)
            .at(reference.position, format!("no pod in `{namespace}` has `{selector}`"));
        let need = Need::Pods { namespace: namespace.to_string(), selector: selector.to_string() };
        Some(self.finding(reference, *warning, Some(need)))
    }

    /// Returns what is wrong with the keys and ports that a reference names of an object that is there.
    fn unknown_details(&self, reference: &Reference, object: &Resource) -> Vec<Finding> {
        let check = |detail: &crate::references::Detail| {
            let (code, what, names) = match detail.kind {
                DetailKind::Key if !reference.is_optional => (Code::UnknownKey, "key", keys(object)),
                DetailKind::Port => (Code::UnknownPort, "port", ports(object)?),
                DetailKind::Key => return None,
            };
            if names.contains(&detail.name.as_str()) {
                return None;
            }
            let message = format!(
                "{} refers to the {what} `{}`, which {} does not have",
                self.label(reference),
                detail.name,
                object.label()
            );
            let warning = Diagnostic::warning(code, message)
                .at(Span::new(detail.position, detail.name.len()), format!("no such {what}"))
                .at(object.name_position(), "in this object")
                .hint(format!("it has: {}", if names.is_empty() { "none".to_string() } else { names.join(", ") }));
            Some(self.finding(reference, *warning, None))
        };
        reference.details.iter().filter_map(check).collect()
    }

    /// Returns the named ports of Services that no container they select has.
    fn unknown_target_ports(&self, references: &[Reference]) -> Vec<Finding> {
        let mut found = Vec::new();
        let selections = references.chunk_by(|a, b| a.from == b.from && a.relation == b.relation);
        for selected in selections.filter(|selected| selected[0].relation == Relation::Selects) {
            let service = &self.resources[selected[0].from];
            let tree = service.tree();
            let pods: Vec<&Resource> = selected.iter().filter_map(|reference| self.object(reference)).collect();
            if service.kind() != "Service" || pods.is_empty() {
                continue;
            }
            let names: Vec<&str> = pods.into_iter().flat_map(port_names).collect();
            for target in list(service, &["spec", "ports"]).filter_map(|port| tree.get(port, "targetPort")) {
                let name = tree.text(target);
                if name.parse::<u16>().is_ok() || name.is_empty() || names.contains(&name) {
                    continue;
                }
                let message = format!("no container that {} selects has a port `{name}`", service.label());
                let mut warning = Diagnostic::warning(Code::UnknownPort, message)
                    .at(Span::new(tree.position(target), name.len()), "no such port");
                if let Some(near) = nearest(name, names.iter().copied()) {
                    warning = warning.hint(format!("did you mean `{near}`?"));
                }
                found.push(self.finding(&selected[0], *warning, None));
            }
        }
        found
    }

    fn object(&self, reference: &Reference) -> Option<&'a Resource> {
        match reference.to {
            To::Object(at) => Some(&self.resources[at]),
            _ => None,
        }
    }

    fn finding(&self, reference: &Reference, diagnostic: Diagnostic, need: Option<Need>) -> Finding {
        let from = Key::of(&self.resources[reference.from], &self.schema);
        Finding { diagnostic, open: need.map(|need| (from, need)) }
    }
}

/// Returns the elements of a list in a resource.
fn list<'a>(resource: &'a Resource, path: &[&str]) -> impl Iterator<Item = NodeId> + 'a {
    let tree = resource.tree();
    tree.get_path(resource.root(), path).into_iter().flat_map(|list| tree.elements(list))
}

/// Returns the keys of a ConfigMap or a Secret.
fn keys(object: &Resource) -> Vec<&str> {
    let tree = object.tree();
    let maps = ["data", "binaryData", "stringData"].into_iter().filter_map(|field| tree.get(object.root(), field));
    maps.flat_map(|map| tree.entries(map)).map(|(key, _)| tree.text(key)).collect()
}

/// Returns the names and numbers of the ports of a Service; nothing for one that only stands for a name in the DNS, at which
/// any port may be open.
fn ports(service: &Resource) -> Option<Vec<&str>> {
    let tree = service.tree();
    let text = |field| tree.get_path(service.root(), &["spec", field]).map_or("", |value| tree.text(value));
    if text("type") == "ExternalName" || text("clusterIP") == "None" {
        return None;
    }
    let ports = list(service, &["spec", "ports"]);
    let names = ports.flat_map(|port| ["name", "port"].into_iter().filter_map(move |field| tree.get(port, field)));
    Some(names.map(|name| tree.text(name)).collect())
}

/// Returns the names of the ports of all containers of an object's pods.
fn port_names(workload: &Resource) -> Vec<&str> {
    let tree = workload.tree();
    let template = pod_template(tree).and_then(|(template, _)| tree.get(template, "spec"));
    let inside = |node, field| tree.get(node, field).into_iter().flat_map(|list| tree.elements(list));
    let containers = template
        .into_iter()
        .flat_map(|spec| ["containers", "initContainers"].into_iter().flat_map(move |list| inside(spec, list)));
    let ports = containers.flat_map(|container| inside(container, "ports"));
    ports.filter_map(|port| tree.get(port, "name")).map(|name| tree.text(name)).collect()
}
