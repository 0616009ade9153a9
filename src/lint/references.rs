//! References to objects that do not exist.

use std::collections::{BTreeSet, HashMap};

use crate::diagnostic::{Applicability, Code, Diagnostic, nearest, only_nearest};
use crate::references::{DetailKind, ObjectReference, Referent, Relation, references};
use crate::resource::identity::{ResId, effective_namespace};
use crate::resource::select::label_selector::LabelSelector;
use crate::resource::transformer_config::TransformerConfig;
use crate::resource::{Resource, Schema};
use crate::yaml::Span;

use super::known::{CLUSTER_NAMESPACES, FILLING, OPENSHIFT};
use super::namespaces::is_unknown;
use super::ports::unknown_ports;
use super::selectors::{Candidates, Unmatched};
use super::spelling::is_misspelled;
use super::surroundings::Surroundings;
use super::tree::{Finding, Key, Need, Selectable};
use super::walk::elements_at;

/// The kinds of objects that must be in the tree if it refers to them. Others are often part of the cluster.
const EXPECTED: [&str; 8] =
    ["ConfigMap", "Deployment", "PersistentVolumeClaim", "Role", "Secret", "Service", "ServiceAccount", "StatefulSet"];

/// The kinds that autoscalers scale.
const SCALED: [&str; 5] = ["DaemonSet", "Deployment", "ReplicaSet", "Rollout", "StatefulSet"];

/// The maximum number of names that the name of a missing object is compared with. Without it, the effort would grow with the
/// square of the number of names.
const MAX_COMPARED: usize = 200;

/// The prefix of the annotations by which cert-manager creates the Secret of an Ingress.
const CERT_MANAGER: &str = "cert-manager.io/";

/// Returns a warning for each reference to an object that exists only in another namespace.
pub fn wrong_namespaces(resources: &[Resource], config: &TransformerConfig) -> Vec<Diagnostic> {
    let output = Output::new(resources);
    let references = match references(resources, config) {
        Ok(references) => references,
        Err(error) => return vec![*error],
    };
    let missing = references.iter().filter_map(|reference| Some((reference, output.missing(reference)?)));
    let certain = missing.filter(|(reference, id)| output.is_certainly_wrong(reference, id));
    certain.filter_map(|(reference, id)| output.wrong_namespace(reference, id)).collect()
}

/// Returns a finding for each reference to a missing object, key or port. Some of the objects may be in other outputs.
pub fn dangling(resources: &[Resource], config: &TransformerConfig) -> Vec<Finding> {
    let output = Output::new(resources);
    let references = match references(resources, config) {
        Ok(references) => references,
        Err(error) => return vec![Finding { diagnostic: *error, need: None }],
    };
    let created = Surroundings::of_output(resources);
    let candidates = Candidates::new(resources);
    let mut findings: Vec<Finding> = Vec::new();
    for reference in &references {
        match &reference.to {
            Referent::Missing(id) if created.bring(&id.gvk.kind, &id.name) => {}
            Referent::Missing(id) if output.missing(reference).is_some() => {
                findings.extend(output.dangling(reference, id));
            }
            Referent::Selected { selector, namespace, count: 0 } => {
                let from = &resources[reference.from];
                let what = if from.kind() == "ServiceMonitor" { Selectable::Services } else { Selectable::Pods };
                let parsed = LabelSelector::parse(selector).ok().filter(|parsed| !parsed.is_empty());
                findings.extend(parsed.and_then(|selector| {
                    let unmatched = Unmatched { from, what, selector: &selector, namespace };
                    candidates.selects_nothing(&unmatched, reference.position)
                }));
            }
            Referent::Object(at) => {
                let object = &resources[*at];
                let is_filled = is_filled(object) || created.bring(object.kind(), object.name());
                findings.extend(output.unknown_details(reference, object, is_filled));
            }
            _ => {}
        }
    }
    findings.extend(resources.iter().flat_map(|from| candidates.inside(from)));
    findings.extend(unknown_ports(resources, &references));
    findings
}

/// The objects of an output.
struct Output<'a> {
    resources: &'a [Resource],
    schema: Schema,
    /// The objects by kind and by each current or former name. References to another namespace may use a former name, since
    /// kustomize does not update them.
    by_name: HashMap<(&'a str, &'a str), Vec<&'a Resource>>,
    /// The names of the objects in each effective namespace, by kind.
    names: HashMap<&'a str, HashMap<&'a str, Vec<&'a str>>>,
}

impl<'a> Output<'a> {
    fn new(resources: &'a [Resource]) -> Output<'a> {
        let schema = Schema::default();
        let mut by_name: HashMap<_, Vec<_>> = HashMap::new();
        let mut names: HashMap<_, HashMap<_, Vec<_>>> = HashMap::new();
        for resource in resources {
            let in_namespace = names.entry(resource.effective_namespace(&schema)).or_default();
            let of_kind = in_namespace.entry(resource.kind()).or_default();
            // A name with a hash or a prefix is written without them.
            of_kind.extend(resource.previous.iter().map(|previous| &*previous.name).chain([resource.name()]));

            let names = resource.previous.iter().map(|previous| &*previous.name).chain([resource.name()]);
            for name in names.collect::<BTreeSet<_>>() {
                by_name.entry((resource.kind(), name)).or_default().push(resource);
            }
        }
        Output { resources, schema, by_name, names }
    }

    fn label(&self, reference: &ObjectReference) -> String {
        self.resources[reference.from].label()
    }

    /// Returns the missing referent of a reference; `None` if it may exist outside the tree.
    fn missing<'r>(&self, reference: &'r ObjectReference) -> Option<&'r ResId> {
        let Referent::Missing(id) = &reference.to else { return None };
        let from = &self.resources[reference.from];
        let uses_cert_manager = ["Gateway", "Ingress"].contains(&from.kind())
            && from.metadata_map("annotations").iter().any(|(key, _)| key.starts_with(CERT_MANAGER));
        let is_of_cluster = CLUSTER_NAMESPACES.contains(&&*id.namespace) || id.namespace.starts_with(OPENSHIFT);
        let is_expected = EXPECTED.contains(&&*id.gvk.kind) || self.scaled_instead(reference, id).is_some();
        let is_made = uses_cert_manager && &*id.gvk.kind == "Secret";
        (is_expected && !reference.is_optional && !is_of_cluster && !is_made).then_some(id)
    }

    /// Returns an object of the same kind and name in another namespace.
    fn elsewhere(&self, id: &ResId) -> Option<&'a Resource> {
        let mut found = self.by_name.get(&(&*id.gvk.kind, &*id.name))?.iter().copied();
        let wanted = effective_namespace(&id.namespace, false);
        found.find(|resource| resource.effective_namespace(&self.schema) != wanted)
    }

    /// Returns the workload that an autoscaler was probably meant to scale: one of the same name, but with another kind or
    /// another API group.
    fn scaled_instead(&self, reference: &ObjectReference, id: &ResId) -> Option<&'a Resource> {
        if reference.relation != Relation::Scales || !SCALED.contains(&&*id.gvk.kind) {
            return None;
        }
        let namespace = effective_namespace(&id.namespace, false);
        let found = SCALED.iter().filter_map(|kind| self.by_name.get(&(kind, &*id.name))).flatten().copied();
        let mut current = found.filter(|resource| resource.name() == &*id.name);
        current.find(|resource| resource.effective_namespace(&self.schema) == namespace)
    }

    /// Returns whether the object in another namespace is the one that was meant. A reference that names a namespace, such as
    /// the subject of a binding, is wrong if the object was moved or the namespace is misspelled.
    fn is_certainly_wrong(&self, reference: &ObjectReference, id: &ResId) -> bool {
        let Some(other) = self.elsewhere(id) else { return false };
        let is_own = self.resources[reference.from].namespace() == id.namespace;
        let was_there = || other.previous.iter().any(|previous| previous.namespace == id.namespace);
        is_own || was_there() || is_misspelled(&id.namespace, other.namespace())
    }

    /// Returns a warning about an object that is in another namespace. Where one of the namespaces comes from elsewhere, they
    /// may be the same.
    fn wrong_namespace(&self, reference: &ObjectReference, id: &ResId) -> Option<Diagnostic> {
        let other = self.elsewhere(id)?;
        if is_unknown(&id.namespace) || is_unknown(other.namespace()) {
            return None;
        }
        let (wanted, actual) = (effective_namespace(&id.namespace, false), other.effective_namespace(&self.schema));
        let message = format!(
            "{} refers to {} in the namespace `{wanted}`, but it is in `{actual}`",
            self.label(reference),
            other.label()
        );
        let warning = Diagnostic::warning(Code::WrongNamespace, message)
            .at(Span::new(reference.position, id.name.len()), format!("refers to the namespace `{wanted}`"))
            .at(other.name_position(), format!("is in the namespace `{actual}`"));
        Some(*warning)
    }

    fn dangling(&self, reference: &ObjectReference, id: &ResId) -> Option<Finding> {
        let namespace = effective_namespace(&id.namespace, false);
        let wanted = Key::new(&id.gvk.kind, namespace, &id.name);
        if self.elsewhere(id).is_some() {
            let warning = self.wrong_namespace(reference, id).filter(|_| !self.is_certainly_wrong(reference, id))?;
            return Some(self.finding(reference, warning, Some(Need::Object { key: wanted, is_misspelled: false })));
        }
        // Other namespaces are managed elsewhere.
        let in_namespace = self.names.get(namespace)?;
        let kind = &*id.gvk.kind;
        let names = in_namespace.get(kind).map_or(&[][..], |names| &names[..names.len().min(MAX_COMPARED)]);
        let instead = self.scaled_instead(reference, id);
        let similar = nearest(&id.name, names.iter().copied());
        let is_misspelled = instead.is_some() || names.iter().any(|name| is_misspelled(&id.name, name));
        // A pod starts without a Secret to pull images with, which a cluster often has already.
        let is_for_images = kind == "Secret"
            && (reference.field.to_string().contains("imagePullSecrets") || self.is_account(reference));
        if is_for_images && !is_misspelled {
            return None;
        }
        let message = format!("{} refers to the {kind} `{}`, which does not exist", self.label(reference), id.name);
        let mut warning = Diagnostic::warning(Code::DanglingReference, message)
            .at(Span::new(reference.position, id.name.len()), "not found");
        warning = match (instead, similar) {
            (Some(other), _) => {
                let (kind, api_version) = (other.kind(), other.api_version());
                warning.hint(format!("`{}` is a {kind}: write `apiVersion: {api_version}` and `kind: {kind}`", id.name))
            }
            (None, Some(similar)) => warning.hint(format!("did you mean `{similar}`?")),
            (None, None) => warning,
        };
        if let Some(meant) = only_nearest(&id.name, names.iter().copied()).filter(|_| instead.is_none()) {
            warning = warning.misspelled(reference.position, &id.name, meant, Applicability::Unsafe);
        }
        Some(self.finding(reference, *warning, Some(Need::Object { key: wanted, is_misspelled })))
    }

    fn is_account(&self, reference: &ObjectReference) -> bool {
        self.resources[reference.from].kind() == "ServiceAccount"
    }

    /// Returns a finding for each key and port of an object that a reference refers to, but that does not exist. The keys of
    /// an object that something fills later are unknown.
    fn unknown_details(&self, reference: &ObjectReference, object: &Resource, is_filled: bool) -> Vec<Finding> {
        let check = |detail: &crate::references::Detail| {
            let (code, what, names) = match detail.kind {
                DetailKind::Key if !reference.is_optional && !is_filled => (Code::UnknownKey, "key", keys(object)),
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
                .hint(match names.is_empty() {
                    true => format!("there are no {what}s"),
                    false => format!("the {what}s are: {}", names.join(", ")),
                });
            Some(self.finding(reference, *warning, None))
        };
        reference.details.iter().filter_map(check).collect()
    }

    fn finding(&self, reference: &ObjectReference, diagnostic: Diagnostic, need: Option<Need>) -> Finding {
        let from = Key::of(&self.resources[reference.from], &self.schema);
        Finding { diagnostic, need: need.map(|need| (from, need)) }
    }
}

/// Returns the keys of a ConfigMap or a Secret.
fn keys(object: &Resource) -> Vec<&str> {
    let tree = object.tree();
    let maps = ["data", "binaryData", "stringData"].into_iter().filter_map(|field| tree.get(object.root(), field));
    maps.flat_map(|map| tree.entries(map)).map(|(key, _)| tree.text(key)).collect()
}

/// Returns whether something fills a ConfigMap or a Secret later. One without keys waits for them.
fn is_filled(object: &Resource) -> bool {
    let metadata = ["annotations", "labels"].into_iter().flat_map(|field| object.metadata_map(field));
    let is_empty = ["ConfigMap", "Secret"].contains(&object.kind()) && keys(object).is_empty();
    is_empty || metadata.into_iter().any(|(key, _)| FILLING.contains(&key))
}

/// Returns the names and numbers of the ports of a Service; `None` for a Service that is only a DNS name, for which any port
/// may be open.
fn ports(service: &Resource) -> Option<Vec<&str>> {
    let tree = service.tree();
    let text = |field| tree.get_path(service.root(), &["spec", field]).map_or("", |value| tree.text(value));
    if text("type") == "ExternalName" || text("clusterIP") == "None" {
        return None;
    }
    let ports = elements_at(service.tree(), service.root(), &["spec", "ports"]);
    let names = ports.flat_map(|port| ["name", "port"].into_iter().filter_map(move |field| tree.get(port, field)));
    Some(names.map(|name| tree.text(name)).collect())
}
