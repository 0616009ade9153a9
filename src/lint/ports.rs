//! Ports that do not exist: those that Services, monitors and network policies expect of containers, and those of probes.

use std::collections::BTreeSet;

use crate::diagnostic::{Applicability, Code, Diagnostic, nearest, only_nearest};
use crate::references::{ObjectReference, Referent, Relation, pod_template};
use crate::resource::identity::group_version_kind;
use crate::resource::{Resource, Schema};
use crate::yaml::{NodeId, Span, Tree};

use super::known::{INJECTED_PORTS, is_built_in};
use super::spelling::is_misspelled;
use super::tree::{Finding, Key, Need};
use super::walk::elements_at;

/// Custom resources whose pod template is that of a Deployment or StatefulSet. The controllers of others may add containers.
const COMPLETE: [&str; 4] = ["Rollout", "CloneSet", "AdvancedStatefulSet", "AnalysisRun"];

/// The fields of a container with a probe, and those of a handler in `lifecycle`.
const HANDLERS: [&[&str]; 5] = [
    &["livenessProbe"],
    &["readinessProbe"],
    &["startupProbe"],
    &["lifecycle", "postStart"],
    &["lifecycle", "preStop"],
];

/// A port of a container or a Service. Either part may be empty.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Port<'a> {
    name: &'a str,
    number: &'a str,
}

impl std::fmt::Display for Port<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.name, self.number) {
            ("", number) => f.write_str(number),
            (name, "") => f.write_str(name),
            (name, number) => write!(f, "{name} ({number})"),
        }
    }
}

/// Returns a warning for each port that no container or Service has which the object refers to.
pub fn unknown_ports(resources: &[Resource], references: &[ObjectReference]) -> Vec<Finding> {
    let certain = |diagnostic| Finding { diagnostic, need: None };
    let mut found: Vec<Finding> = resources.iter().flat_map(of_probes).map(certain).collect();
    for selection in references.chunk_by(|a, b| a.from == b.from && a.relation == b.relation) {
        let from = &resources[selection[0].from];
        let selected: Vec<&Resource> = selection.iter().filter_map(|reference| object(reference, resources)).collect();
        if selection[0].relation != Relation::Selects || selected.is_empty() {
            continue;
        }
        match from.kind() {
            "Service" => found.extend(of_service(from, &selected).into_iter().map(certain)),
            "ServiceMonitor" => found.extend(of_service_monitor(from, &selected)),
            "PodMonitor" => found.extend(of_pod_monitor(from, &selected)),
            "NetworkPolicy" => found.extend(of_network_policy(from, &selected).into_iter().map(certain)),
            _ => {}
        }
    }
    found
}

fn object<'a>(reference: &ObjectReference, resources: &'a [Resource]) -> Option<&'a Resource> {
    match reference.to {
        Referent::Object(at) => Some(&resources[at]),
        _ => None,
    }
}

/// Checks the target ports of a Service, which are those of its own ports where they are not set.
fn of_service(service: &Resource, pods: &[&Resource]) -> Vec<Diagnostic> {
    let Some(declared) = ports_of_pods(pods) else { return Vec::new() };
    let tree = service.tree();
    let declares = |number: &str| declared.iter().any(|port| port.number == number);
    let entries: Vec<NodeId> = elements_at(tree, service.root(), &["spec", "ports"]).collect();
    let check = |&entry: &NodeId| {
        let target = tree.get(entry, "targetPort").filter(|&target| !matches!(tree.text(target), "" | "0"));
        let node = target.or_else(|| tree.get(entry, "port"))?;
        let wanted = tree.text(node);
        let is_number = wanted.parse::<u16>().is_ok();
        if is_declared(wanted, &declared) || is_number && declared.is_empty() {
            return None;
        }
        // A container may listen on a port that it does not declare.
        let is_only_one = || entries.len() == 1 && is_only_port(service, pods, &declared);
        let is_swapped = || target.is_some() && tree.get(entry, "port").is_some_and(|port| declares(tree.text(port)));
        let is_near = || declared.iter().any(|port| is_near_number(wanted, port.number));
        let is_wrong = !is_number || is_near() || is_swapped() || is_only_one();
        let code = if is_wrong { Code::UnknownPort } else { Code::UndeclaredPort };
        let message = format!("no container that {} selects has a port `{wanted}`", service.label());
        Some(*warning(code, message, tree, node, &declared))
    };
    entries.iter().filter_map(check).collect()
}

/// Returns whether the only port of a Service can only be meant for the only port of a workload with its name. The ports of
/// headless Services are often placeholders.
fn is_only_port(service: &Resource, pods: &[&Resource], declared: &[Port<'_>]) -> bool {
    let numbers: BTreeSet<&str> = declared.iter().map(|port| port.number).collect();
    let is_headless = service.tree().get_path(service.root(), &["spec", "clusterIP"]).is_some();
    numbers.len() == 1 && !is_headless && pods.iter().all(|pod| pod.name() == service.name())
}

/// Returns whether a number looks like another one with swapped digits, or with one digit missing or added.
fn is_near_number(number: &str, other: &str) -> bool {
    let (short, long) = if number.len() < other.len() { (number, other) } else { (other, number) };
    let has_one_more = long.len() == short.len() + 1 && short.len() > 2;
    // A digit before the others is a convention: 443 and 8443, 9333 and 19333.
    let is_without_one = |at: usize| long[..at] == short[..at] && long[at + 1..] == short[at..];
    let is_ascii = long.is_ascii() && short.is_ascii();
    is_misspelled(number, other) || has_one_more && is_ascii && (1..long.len()).any(is_without_one)
}

/// Checks the ports of a ServiceMonitor, which are names of ports of the selected Services.
fn of_service_monitor(monitor: &Resource, services: &[&Resource]) -> Vec<Finding> {
    let declared: Vec<Port<'_>> = services
        .iter()
        .flat_map(|service| ports_in(service.tree(), service.root(), &["spec", "ports"], "port"))
        .collect();
    of_endpoints(monitor, "endpoints", "Service", &declared)
}

/// Checks the ports of a PodMonitor, which are names of ports of the selected containers.
fn of_pod_monitor(monitor: &Resource, pods: &[&Resource]) -> Vec<Finding> {
    let declared = ports_of_pods(pods);
    declared.map_or_else(Vec::new, |declared| of_endpoints(monitor, "podMetricsEndpoints", "container", &declared))
}

fn of_endpoints(monitor: &Resource, field: &str, what: &str, declared: &[Port<'_>]) -> Vec<Finding> {
    let tree = monitor.tree();
    let schema = Schema::default();
    let namespace = monitor.effective_namespace(&schema);
    let check = |endpoint| {
        let node = tree.get(endpoint, "port")?;
        let wanted = tree.text(node);
        let is_name = declared.iter().any(|port| port.name == wanted);
        if is_name || is_unknowable(wanted) || INJECTED_PORTS.contains(&wanted) {
            return None;
        }
        let message = format!("no {what} that {} selects has a port named `{wanted}`", monitor.label());
        let warning = warning(Code::UnknownPort, message, tree, node, declared);
        let same_number = declared.iter().find(|port| port.number == wanted);
        let is_misspelled = same_number.is_some() || declared.iter().any(|port| is_misspelled(wanted, port.name));
        let diagnostic = match same_number {
            Some(Port { name: "", .. }) => *warning.hint("give the port a name, and write that name here"),
            Some(port) => *warning.hint(format!("write the name of the port: `{}`", port.name)),
            None => *warning,
        };
        // A controller may create another Service with the same labels.
        let need = Need::Unknown { namespace: namespace.to_string(), is_misspelled };
        Some(Finding { diagnostic, need: Some((Key::of(monitor, &schema), need)) })
    };
    elements_at(tree, monitor.root(), &["spec", field]).filter_map(check).collect()
}

/// Checks the named ports that a network policy opens on the selected pods.
fn of_network_policy(policy: &Resource, pods: &[&Resource]) -> Vec<Diagnostic> {
    let Some(declared) = ports_of_pods(pods) else { return Vec::new() };
    let tree = policy.tree();
    let rules = elements_at(tree, policy.root(), &["spec", "ingress"]);
    let check = |port| {
        let node = tree.get(port, "port")?;
        let wanted = tree.text(node);
        if wanted.parse::<u16>().is_ok() || is_declared(wanted, &declared) {
            return None;
        }
        let message = format!("no container that {} selects has a port `{wanted}`", policy.label());
        Some(*warning(Code::UnknownPort, message, tree, node, &declared))
    };
    rules.flat_map(|rule| elements_at(tree, rule, &["ports"])).filter_map(check).collect()
}

/// Checks the ports of probes and handlers, which are those of their own container.
fn of_probes(resource: &Resource) -> Vec<Diagnostic> {
    let tree = resource.tree();
    let mut found = Vec::new();
    for container in containers(resource).filter(|_| has_all_containers(resource)) {
        let declared = container_ports(tree, container);
        let name = tree.get(container, "name").map_or("", |name| tree.text(name));
        let handlers = HANDLERS.iter().filter_map(|path| Some((path.last()?, tree.get_path(container, path)?)));
        for (field, handler) in handlers {
            let ports =
                ["httpGet", "tcpSocket", "grpc"].iter().filter_map(|kind| tree.get_path(handler, &[kind, "port"]));
            for node in ports {
                let wanted = tree.text(node);
                let is_number = wanted.parse::<u16>().is_ok();
                // A health port is often not declared.
                let is_near = || declared.iter().any(|port| is_near_number(wanted, port.number));
                if is_declared(wanted, &declared) || is_number && !is_near() {
                    continue;
                }
                let label = resource.label();
                let message = format!(
                    "the {field} of container `{name}` in {label} uses the port `{wanted}`, which it does not have"
                );
                let others = containers(resource).filter(|&other| other != container);
                let mut other = others.filter(|&other| is_declared(wanted, &container_ports(tree, other)));
                let warning = warning(Code::UnknownPort, message, tree, node, &declared);
                found.push(match other.next().and_then(|other| tree.get(other, "name")) {
                    Some(other) => *warning.hint(format!("container `{}` has this port", tree.text(other))),
                    None => *warning,
                });
            }
        }
    }
    found
}

/// Returns a warning about a port that is none of those declared.
fn warning(code: Code, message: String, tree: &Tree, node: NodeId, declared: &[Port<'_>]) -> Box<Diagnostic> {
    let wanted = tree.text(node);
    let names = declared.iter().flat_map(|port| [port.name, port.number]).filter(|name| !name.is_empty());
    let meant = only_nearest(wanted, names.clone()).filter(|_| !is_number(wanted));
    let hint = match nearest(wanted, names).filter(|name| !is_number(wanted) || is_near_number(wanted, name)) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None if declared.is_empty() => "there are no ports".to_string(),
        None => {
            let ports: BTreeSet<String> = declared.iter().map(ToString::to_string).collect();
            format!("the ports are: {}", ports.into_iter().collect::<Vec<_>>().join(", "))
        }
    };
    let warning =
        Diagnostic::warning(code, message).at(Span::new(tree.position(node), wanted.len()), "no such port").hint(hint);
    match meant {
        Some(meant) => warning.misspelled(tree.position(node), wanted, meant, Applicability::Unsafe),
        None => warning,
    }
}

fn is_number(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns whether a text is a variable that something replaces later.
fn is_unknowable(port: &str) -> bool {
    port.is_empty() || port.contains(['$', '{'])
}

fn is_declared(wanted: &str, declared: &[Port<'_>]) -> bool {
    is_unknowable(wanted) || declared.iter().any(|port| [port.name, port.number].contains(&wanted))
}

/// Returns the ports of the containers of workloads; `None` if one of them may have further containers.
fn ports_of_pods<'a>(pods: &[&'a Resource]) -> Option<Vec<Port<'a>>> {
    let ports = |pod: &'a Resource| containers(pod).flat_map(|container| container_ports(pod.tree(), container));
    pods.iter().all(|pod| has_all_containers(pod)).then(|| pods.iter().copied().flat_map(ports).collect())
}

/// Returns whether the pods of a workload have no containers but those in its template.
fn has_all_containers(workload: &Resource) -> bool {
    is_built_in(group_version_kind(workload.tree()).0) || COMPLETE.contains(&workload.kind())
}

/// Returns the containers of a workload, including those that run before others.
fn containers(workload: &Resource) -> impl Iterator<Item = NodeId> + '_ {
    let tree = workload.tree();
    let spec = pod_template(tree).and_then(|(template, _)| tree.get(template, "spec"));
    let lists = ["containers", "initContainers"];
    spec.into_iter().flat_map(move |spec| lists.into_iter().flat_map(move |field| elements_at(tree, spec, &[field])))
}

fn container_ports(tree: &Tree, container: NodeId) -> Vec<Port<'_>> {
    ports_in(tree, container, &["ports"], "containerPort")
}

fn ports_in<'a>(tree: &'a Tree, node: NodeId, path: &[&str], number: &str) -> Vec<Port<'a>> {
    let text = |port, field| tree.get(port, field).map_or("", |value| tree.text(value));
    elements_at(tree, node, path).map(|port| Port { name: text(port, "name"), number: text(port, number) }).collect()
}
