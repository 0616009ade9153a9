//! Selectors that select nothing, and the objects that they nearly select.

use crate::diagnostic::{Code, Diagnostic};
use crate::references::{labels_of, pod_template};
use crate::resource::metadata::metadata_entries;
use crate::resource::select::label_selector::LabelSelector;
use crate::resource::{Resource, Schema};
use crate::yaml::{NodeId, Position, Tree};

use super::namespaces::may_be_same;
use super::spelling::is_misspelled;
use super::tree::{Finding, Key, Need, Selectable};
use super::walk::elements_at;

/// The kinds whose selectors should match pods in the tree. Others may be for future pods, or for pods that operators
/// create.
const SELECTING: [&str; 2] = ["PodDisruptionBudget", "Service"];

/// The maximum number of objects that a selector is compared with, and of labels that are compared.
const MAX_CANDIDATES: usize = 1000;
const MAX_LABELS: usize = 50;

/// An object that a selector nearly selects.
#[derive(Default)]
struct Near {
    hint: String,
    /// Whether it is certainly the object that was meant, wherever others may come from.
    is_certain: bool,
}

/// An object that a selector may select, with the labels that count and others that may be mistaken for them.
struct Candidate<'a> {
    object: &'a Resource,
    labels: Vec<(&'a str, &'a str)>,
    others: Vec<(&'a str, &'a str)>,
}

/// The objects of an output that selectors select.
pub struct Candidates<'a> {
    pods: Vec<Candidate<'a>>,
    services: Vec<Candidate<'a>>,
    schema: Schema,
}

/// A selector without a match.
pub struct Unmatched<'a> {
    pub from: &'a Resource,
    pub what: Selectable,
    pub selector: &'a LabelSelector,
    /// The namespaces, separated by commas; empty for all.
    pub namespace: &'a str,
}

impl<'a> Candidates<'a> {
    pub fn new(resources: &'a [Resource]) -> Candidates<'a> {
        let pod = |object: &'a Resource| {
            let (template, path) = pod_template(object.tree())?;
            let others = if path.is_empty() { Vec::new() } else { object.metadata_map("labels") };
            Some(Candidate { object, labels: labels_of(object.tree(), template), others })
        };
        let service = |object: &'a Resource| Candidate {
            object,
            labels: metadata_entries(object.tree(), "labels"),
            others: selected_labels(object.tree()),
        };
        let services = resources.iter().filter(|object| object.kind() == "Service");
        Candidates {
            pods: resources.iter().filter_map(pod).collect(),
            services: services.map(service).collect(),
            schema: Schema::default(),
        }
    }

    /// Returns a finding for a selector of an object that selects nothing, unless the objects are probably elsewhere.
    pub fn selects_nothing(&self, unmatched: &Unmatched<'_>, position: Position) -> Option<Finding> {
        let Unmatched { from, what, selector, namespace } = unmatched;
        let near = self.near(unmatched);
        let is_misspelled = near.as_ref().is_some_and(|near| near.is_certain);
        if !SELECTING.contains(&from.kind()) && !is_misspelled {
            return None;
        }
        let noun = if *what == Selectable::Services { "Service" } else { "pod" };
        let place = if namespace.is_empty() { String::new() } else { format!(" in the namespace `{namespace}`") };
        let message = format!("the selector of {} matches no {noun}", from.label());
        let mut warning = Diagnostic::warning(Code::SelectsNothing, message)
            .at(position, format!("no {noun}{place} matches `{selector}`"));
        if let Some(near) = near {
            warning = warning.hint(near.hint);
        }
        let need = Need::Selected {
            what: *what,
            namespace: namespace.to_string(),
            selector: selector.to_string(),
            is_misspelled,
        };
        Some(Finding { diagnostic: *warning, need: Some((Key::of(from, &self.schema), need)) })
    }

    /// Returns findings for the selectors inside of an object that nearly select pods of its namespace, but none.
    pub fn inside(&self, from: &Resource) -> Vec<Finding> {
        let tree = from.tree();
        let namespace = from.effective_namespace(&self.schema);
        let check = |node| {
            let selector = LabelSelector::from_resource(tree, node).filter(|selector| !selector.is_empty())?;
            let mut pods = self.pods.iter().filter(|pod| self.is_in(pod, namespace));
            if pods.any(|pod| selector.matches(&pod.labels)) {
                return None;
            }
            let unmatched = Unmatched { from, what: Selectable::Pods, selector: &selector, namespace };
            let is_certain = self.near(&unmatched).is_some_and(|near| near.is_certain);
            let place =
                ["matchLabels", "matchExpressions"].iter().find_map(|field| tree.get(node, field)).unwrap_or(node);
            self.selects_nothing(&unmatched, tree.position(place)).filter(|_| is_certain)
        };
        selectors_inside(tree).into_iter().filter_map(check).collect()
    }

    fn is_in(&self, candidate: &Candidate<'_>, namespaces: &str) -> bool {
        let own = candidate.object.effective_namespace(&self.schema);
        namespaces.is_empty() || namespaces.split(", ").any(|namespace| may_be_same(own, namespace))
    }

    /// Returns the object that a selector was probably meant to select.
    fn near(&self, unmatched: &Unmatched<'_>) -> Option<Near> {
        let candidates = if unmatched.what == Selectable::Services { &self.services } else { &self.pods };
        let wanted: Vec<(&str, &str)> = unmatched.selector.labels().collect();
        if wanted.is_empty() || wanted.len() > MAX_LABELS {
            return None;
        }
        let in_namespace = || {
            let found = candidates.iter().filter(|candidate| self.is_in(candidate, unmatched.namespace));
            found.take(MAX_CANDIDATES)
        };
        let misspelled = in_namespace().find_map(|candidate| candidate.misspelled(&wanted));
        let misplaced = || in_namespace().find_map(|candidate| candidate.misplaced(&wanted, unmatched.what));
        let namesake = || {
            let is_namesake = |candidate: &&Candidate<'_>| candidate.object.name() == unmatched.from.name();
            in_namespace().find(is_namesake).map(|candidate| candidate.namesake(unmatched.what))
        };
        misspelled.or_else(misplaced).or_else(namesake)
    }
}

impl Candidate<'_> {
    /// Returns the labels of the candidate if it has all that are wanted, but some are spelled differently.
    fn misspelled(&self, wanted: &[(&str, &str)]) -> Option<Near> {
        let mut meant = None;
        for &(key, value) in wanted {
            if self.labels.contains(&(key, value)) {
                continue;
            }
            let is_near = |&&(of, other): &&(&str, &str)| match of == key {
                true => is_misspelled(value, other),
                false => other == value && is_misspelled(key, of) && wanted.iter().all(|(key, _)| *key != of),
            };
            meant = Some(self.labels.iter().take(MAX_LABELS).find(is_near)?);
        }
        let (key, value) = meant?;
        let hint = format!("did you mean `{key}: {value}`, as in {}?", self.object.label());
        Some(Near { hint, is_certain: true })
    }

    /// Returns the candidate if the wanted labels are in another of its fields.
    fn misplaced(&self, wanted: &[(&str, &str)], what: Selectable) -> Option<Near> {
        if !wanted.iter().all(|label| self.others.contains(label)) {
            return None;
        }
        let label = self.object.label();
        let hint = match what {
            Selectable::Pods => {
                format!("{label} has these labels, but its pods do not: add them under `spec.template.metadata.labels`")
            }
            Selectable::Services => format!("{label} selects pods with these labels, but does not have them itself"),
        };
        Some(Near { hint, is_certain: true })
    }

    fn namesake(&self, what: Selectable) -> Near {
        let labels: Vec<String> = self.labels.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        let owner = if what == Selectable::Pods { "the pods of " } else { "" };
        let verb = if what == Selectable::Pods { "have" } else { "has" };
        let hint = match labels.is_empty() {
            true => format!("{owner}{} {verb} no labels", self.object.label()),
            false => format!("{owner}{} {verb} the labels `{}`", self.object.label(), labels.join(", ")),
        };
        Near { hint, is_certain: false }
    }
}

/// Returns the labels by which a Service selects pods.
fn selected_labels(tree: &Tree) -> Vec<(&str, &str)> {
    let selector = tree.get_path(tree.root(), &["spec", "selector"]);
    let entries = selector.into_iter().flat_map(|selector| tree.entries(selector));
    entries.map(|(key, value)| (tree.text(key), tree.text(value))).collect()
}

/// Returns the selectors inside of an object that apply to pods of its own namespace: those of the peers of a network policy,
/// and those by which pods are scheduled.
fn selectors_inside(tree: &Tree) -> Vec<NodeId> {
    let is_local = |node: &NodeId| ["namespaceSelector", "namespaces"].iter().all(|key| tree.get(*node, key).is_none());
    let mut found = Vec::new();
    if tree.get(tree.root(), "kind").is_some_and(|kind| tree.text(kind) == "NetworkPolicy") {
        for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
            let rules = elements_at(tree, tree.root(), &["spec", rules]);
            let peers = rules.flat_map(|rule| elements_at(tree, rule, &[peers]));
            found.extend(peers.filter(is_local).filter_map(|peer| tree.get(peer, "podSelector")));
        }
    }
    let Some(spec) = pod_template(tree).and_then(|(template, _)| tree.get(template, "spec")) else { return found };
    let mut terms: Vec<NodeId> = elements_at(tree, spec, &["topologySpreadConstraints"]).collect();
    for kind in ["podAffinity", "podAntiAffinity"] {
        terms.extend(elements_at(tree, spec, &["affinity", kind, "requiredDuringSchedulingIgnoredDuringExecution"]));
        let preferred = elements_at(tree, spec, &["affinity", kind, "preferredDuringSchedulingIgnoredDuringExecution"]);
        terms.extend(preferred.filter_map(|term| tree.get(term, "podAffinityTerm")));
    }
    found.extend(terms.into_iter().filter(is_local).filter_map(|term| tree.get(term, "labelSelector")));
    found
}
