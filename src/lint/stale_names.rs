//! Former names of objects in fields that kustomize does not update.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic, Help, MissingReference};
use crate::resource::Resource;
use crate::resource::identity::effective_namespace;
use crate::yaml::{NodeId, Span};

use super::walk;

/// Words in the key of a reference and the kind that they stand for. Longer words come before those that they contain.
const KINDS: [(&str, &str); 22] = [
    ("serviceaccount", "ServiceAccount"),
    ("persistentvolumeclaim", "PersistentVolumeClaim"),
    ("servicemonitor", "ServiceMonitor"),
    ("clustersecretstore", "ClusterSecretStore"),
    ("secretstore", "SecretStore"),
    ("clusterissuer", "ClusterIssuer"),
    ("ingressclass", "IngressClass"),
    ("gatewayclass", "GatewayClass"),
    ("storageclass", "StorageClass"),
    ("priorityclass", "PriorityClass"),
    ("runtimeclass", "RuntimeClass"),
    ("configmap", "ConfigMap"),
    ("backendref", "Service"),
    ("parentref", "Gateway"),
    ("claimname", "PersistentVolumeClaim"),
    ("statefulset", "StatefulSet"),
    ("deployment", "Deployment"),
    ("gateway", "Gateway"),
    ("service", "Service"),
    ("secret", "Secret"),
    ("issuer", "Issuer"),
    ("ingress", "Ingress"),
];

/// Mappings whose keys are chosen freely.
const FREE: [&str; 8] =
    ["annotations", "binaryData", "data", "labels", "matchLabels", "nodeSelector", "selector", "stringData"];

/// Returns a warning for each reference to the former name of an object that is no longer the name of any.
pub fn stale_names(resources: &[Resource]) -> Vec<Diagnostic> {
    let current: HashSet<&str> = resources.iter().map(Resource::name).collect();
    let mut renamed: HashMap<&str, Vec<&Resource>> = HashMap::new();
    for resource in resources.iter().filter(|resource| !resource.has_secret_name()) {
        let names: HashSet<&str> = resource.previous.iter().map(|previous| &*previous.name).collect();
        for name in names.into_iter().filter(|name| !name.is_empty() && !current.contains(name)) {
            renamed.entry(name).or_default().push(resource);
        }
    }
    if renamed.is_empty() {
        return Vec::new();
    }
    resources.iter().flat_map(|from| in_resource(from, &renamed)).collect()
}

fn in_resource(from: &Resource, renamed: &HashMap<&str, Vec<&Resource>>) -> Vec<Diagnostic> {
    let tree = from.tree();
    let mut warnings = Vec::new();
    walk::scalars(tree, &mut |keys, node, mapping| {
        let text = tree.text(node);
        let field = Field { from, keys, mapping };
        let other = |candidate: &&&Resource| !std::ptr::eq(**candidate, from);
        if let Some(candidates) = renamed.get(text) {
            let found = candidates.iter().filter(other).find(|candidate| field.refers_to(candidate));
            warnings.extend(found.map(|to| field.warning(node, text, to, true)));
        } else if let Some(name) = name_in(text, keys).filter(|name| renamed.contains_key(name)) {
            let found = renamed[name].iter().filter(other).find(|candidate| is_address_of(text, candidate));
            warnings.extend(found.map(|to| field.warning(node, name, to, false)));
        }
    });
    warnings
}

/// A field of a resource.
struct Field<'a> {
    from: &'a Resource,
    keys: &'a [&'a str],
    mapping: NodeId,
}

impl Field<'_> {
    /// Returns whether the field is for names of objects like the given one.
    fn refers_to(&self, to: &Resource) -> bool {
        let [outer @ .., last] = self.keys else { return false };
        if outer.iter().any(|key| FREE.contains(key)) || !self.is_in_namespace_of(to) {
            return false;
        }
        let kind = made_kind(to);
        let declared = self.sibling("kind");
        if *last == "name" && !declared.is_empty() && !outer.is_empty() {
            return declared == kind;
        }
        let (word, is_object) = match (*last, outer) {
            ("name", [.., parent]) => (parent.to_lowercase(), true),
            _ => (last.to_lowercase(), false),
        };
        let singular = word.strip_suffix('s').unwrap_or(&word);
        let is_reference = ["ref", "reference"].iter().any(|end| singular.ends_with(end));
        let is_name = !is_object && singular.ends_with("name") && !singular.ends_with("portname");
        let named = KINDS.iter().find(|(part, _)| word.contains(part));
        let is_kind = singular == kind.to_lowercase() || KINDS.iter().any(|(part, _)| *part == singular);
        match named {
            Some(&(_, named)) => named == kind && (is_reference || is_name || is_kind),
            None => is_kind || is_reference,
        }
    }

    /// Returns whether the field is for names in the namespace of an object. Cluster-scoped objects have none.
    fn is_in_namespace_of(&self, to: &Resource) -> bool {
        let written = self.sibling("namespace");
        let namespace = if written.is_empty() || self.keys.len() < 2 { self.from.namespace() } else { written };
        let is_cluster_scoped = to.kind().starts_with("Cluster") || to.kind().ends_with("Class");
        namespace.is_empty()
            || is_cluster_scoped
            || effective_namespace(namespace, false) == effective_namespace(to.namespace(), false)
    }

    fn sibling(&self, key: &str) -> &str {
        let tree = self.from.tree();
        tree.get(self.mapping, key).map_or("", |value| tree.text(value))
    }

    fn warning(&self, node: NodeId, former: &str, to: &Resource, is_whole: bool) -> Diagnostic {
        let message = format!("{} refers to `{former}`, which is `{}` now", self.from.label(), to.name());
        let path: Vec<String> = self.keys.iter().map(|key| key.replace('/', "\\/")).collect();
        let (of, path) = (self.from.kind(), path.join("/"));
        let help = match is_whole {
            true => Help::NameReference { referent: to.kind().to_string(), kind: of.to_string(), path: path.clone() },
            false => Help::Text(format!("set `{path}` of the {of} with a replacement and a `delimiter`")),
        };
        let tree = self.from.tree();
        let mut warning = *Diagnostic::warning(Code::StaleName, message)
            .at(Span::new(tree.position(node), tree.text(node).len()), "kustomize does not update this name")
            .at(to.name_position(), format!("renames {}/{former}", to.kind()))
            .help(help);
        if is_whole {
            let kind = to.kind().to_string();
            warning.missing_reference = Some(Box::new(MissingReference { kind, of: of.to_string(), path }));
        }
        warning
    }
}

/// Returns the kind of the object that a resource stands for: the controller of a SealedSecret creates a Secret of its name.
fn made_kind(resource: &Resource) -> &str {
    match resource.kind() {
        "SealedSecret" => "Secret",
        kind => kind,
    }
}

/// Returns the name that a text refers to: `NAMESPACE/NAME` in an annotation, and the first part of a host name.
fn name_in<'a>(text: &'a str, keys: &[&str]) -> Option<&'a str> {
    if text.contains(char::is_whitespace) {
        return None;
    }
    if keys.last().is_some_and(|key| key.contains('/'))
        && let Some((_, name)) = text.split_once('/').filter(|(_, name)| !name.contains('/'))
    {
        return Some(name);
    }
    let (_, host) = host_of(text);
    host.split(['.', ':']).next().filter(|name| name.len() < host.len() || text.contains("://"))
}

/// Splits a URL or an address into its scheme and its host with port.
fn host_of(text: &str) -> (&str, &str) {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    (scheme, rest.split('/').next().unwrap_or_default())
}

/// Returns whether a text is an address of an object: its name after its namespace, or the host name of a Service.
fn is_address_of(text: &str, to: &Resource) -> bool {
    let namespaces = || to.previous.iter().map(|previous| &*previous.namespace).chain([to.namespace()]);
    if let Some((namespace, _)) = text.split_once('/').filter(|(namespace, _)| !namespace.contains([':', '.'])) {
        return !namespace.is_empty() && namespaces().any(|known| known == namespace);
    }
    let (scheme, host) = host_of(text);
    let (host, port) = host.split_once(':').unwrap_or((host, ""));
    let mut parts = host.split('.').skip(1);
    let is_address = match (parts.next(), parts.next()) {
        (None, _) => scheme.starts_with("http") || has_port(to, port),
        (Some(namespace), Some("svc")) => namespaces().any(|known| known == namespace),
        _ => false,
    };
    to.kind() == "Service" && is_address
}

/// Returns whether a Service has a port with a number.
fn has_port(service: &Resource, number: &str) -> bool {
    let tree = service.tree();
    let ports = tree.get_path(service.root(), &["spec", "ports"]);
    let mut numbers =
        ports.into_iter().flat_map(|ports| tree.elements(ports)).filter_map(|port| tree.get(port, "port"));
    numbers.any(|port| tree.text(port) == number)
}
