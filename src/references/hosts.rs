//! References to services by host name.

use crate::resource::paths::FieldPath;
use crate::yaml::{NodeId, Tree};

use super::objects::{Kind, Objects, pod_template};
use super::reference::{Detail, DetailKind, ObjectReference, Referent, Relation};

const SERVICE: Kind<'_> = Kind { group: Some(""), kind: "Service" };

/// The name of a service, as resolved by the pods of a namespace.
struct Host<'a> {
    name: &'a str,
    namespace: &'a str,
    /// Whether it can only be a service of this cluster.
    is_certain: bool,
}

impl<'a> Host<'a> {
    fn new(host: &'a str, own_namespace: &'a str) -> Host<'a> {
        let inside = host.strip_suffix(".cluster.local").unwrap_or(host);
        let short = inside.strip_suffix(".svc").unwrap_or(inside);
        let (name, namespace) = short.split_once('.').unwrap_or((short, own_namespace));
        Host { name, namespace, is_certain: short != host || !short.contains('.') }
    }
}

/// Finds the host references of an object: the destinations of Istio routes, and the addresses in the environment of pods.
pub fn find(objects: &Objects<'_>, from: usize, references: &mut Vec<ObjectReference>) {
    let resource = &objects.resources[from];
    let tree = resource.tree();
    let mut add = |node: NodeId, host: &Host<'_>, relation, field: FieldPath, port: Option<(&str, NodeId)>| {
        let to = objects.find(SERVICE, host.namespace, host.name);
        let is_reference = matches!(to, Referent::Object(_)) || host.is_certain && relation != Relation::Calls;
        if is_reference && !host.name.is_empty() && host.name != "*" {
            let detail = |(name, node): (&str, NodeId)| Detail {
                kind: DetailKind::Port,
                name: name.to_string(),
                position: tree.position(node),
            };
            references.push(ObjectReference {
                from,
                to,
                relation,
                field,
                position: tree.position(node),
                is_optional: relation == Relation::Calls,
                details: port.map(detail).into_iter().collect(),
            });
        }
    };
    if resource.kind() == "VirtualService" {
        for (route, field) in destinations(tree) {
            if let Some(host) = tree.get(route, "host") {
                let port = tree.get_path(route, &["port", "number"]).map(|port| (tree.text(port), port));
                let service = Host::new(tree.text(host), resource.namespace());
                add(host, &service, Relation::RoutesTo, field.join("host"), port);
            }
        }
    }
    for (value, field) in environment(tree) {
        if let Some((host, port)) = address(tree.text(value)) {
            let service = Host::new(host, resource.namespace());
            add(value, &service, Relation::Calls, field, port.map(|port| (port, value)));
        }
    }
}

/// Returns the destinations of a `VirtualService`.
fn destinations(tree: &Tree) -> Vec<(NodeId, FieldPath)> {
    let mut destinations = Vec::new();
    for protocol in ["http", "tls", "tcp"] {
        let Some(rules) = tree.get_path(tree.root(), &["spec", protocol]) else { continue };
        for (rule_index, rule) in tree.elements(rules).enumerate() {
            let routes = tree.get(rule, "route").into_iter().flat_map(|routes| tree.elements(routes));
            for (index, route) in routes.enumerate() {
                let field = FieldPath::of_names(&["spec", protocol]).join_element(tree, rule, rule_index);
                let field = field.join("route").join_element(tree, route, index).join("destination");
                destinations.extend(tree.get(route, "destination").map(|destination| (destination, field)));
            }
        }
    }
    destinations
}

/// Returns the values of the environment variables of pods.
fn environment(tree: &Tree) -> Vec<(NodeId, FieldPath)> {
    let mut values = Vec::new();
    let Some((template, path)) = pod_template(tree) else { return values };
    let spec = FieldPath::of_names(path).join("spec");
    for list in ["initContainers", "containers"] {
        let containers = tree.get_path(template, &["spec", list]).into_iter().flat_map(|list| tree.elements(list));
        for (container_index, container) in containers.enumerate() {
            let variables = tree.get(container, "env").into_iter().flat_map(|list| tree.elements(list));
            for (index, variable) in variables.enumerate() {
                let field = spec.join(list).join_element(tree, container, container_index);
                let field = field.join("env").join_element(tree, variable, index).join("value");
                values.extend(tree.get(variable, "value").map(|value| (value, field)));
            }
        }
    }
    values
}

/// Splits `host:port` or `scheme://host:port/path`. A text with neither a scheme nor a port is not an address.
fn address(text: &str) -> Option<(&str, Option<&str>)> {
    let (has_scheme, rest) = text.split_once("://").map_or((false, text), |(_, rest)| (true, rest));
    let authority = rest.split(['/', '?', ',']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match authority.split_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some((host, Some(port)))
        }
        None if has_scheme => Some((authority, None)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_recognized() {
        for (text, expected) in [
            ("web:80", Some(("web", Some("80")))),
            ("http://web.shop/path", Some(("web.shop", None))),
            ("redis://user:secret@cart:6379/0", Some(("cart", Some("6379")))),
            ("web", None),
            ("12:30:00", None),
            ("a:b", None),
        ] {
            assert_eq!(address(text), expected, "{text}");
        }
        let host = Host::new("web.shop.svc.cluster.local", "other");
        assert_eq!((host.name, host.namespace, host.is_certain), ("web", "shop", true));
        let host = Host::new("example.com", "other");
        assert_eq!((host.name, host.namespace, host.is_certain), ("example", "com", false));
    }
}
