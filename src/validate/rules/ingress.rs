//! Rules for Ingresses and IngressClasses.

use super::super::object::Field;
use super::super::report::Report;
use super::names;
use super::values::{PORTS, optional_name, range, require_choice, require_items, require_name, require_text, set_name};
use crate::diagnostic::Code;

const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// An Ingress.
pub fn check(root: &Field<'_>, report: &mut Report) {
    let spec = root.at("spec");
    let (default, rules, class) = (spec.at("defaultBackend"), spec.at("rules"), spec.at("ingressClassName"));
    if rules.is_empty() && !default.is_set() {
        spec.invalid(report, "either `defaultBackend` or `rules` must be specified");
    }
    if default.is_set() {
        backend(&default, report);
    }
    for rule in rules.elements() {
        let host = rule.at("host");
        optional_name(&host, report, names::host_name);
        if host.text().is_some_and(|text| names::address(&text).is_some()) {
            host.error(report, Code::InvalidName, "must be a DNS name, not an IP address");
        }
        let http = rule.at("http");
        if http.is_set() {
            require_items(&http.at("paths"), report, "");
        }
        http.at("paths").elements().for_each(|path| self::path(&path, report));
    }
    for tls in spec.at("tls").elements() {
        for host in tls.at("hosts").elements() {
            if let Some(fault) = host.text().and_then(|text| names::host_name(&text)) {
                host.error(report, Code::InvalidName, fault);
            }
        }
        optional_name(&tls.at("secretName"), report, names::dns_subdomain);
    }
    set_name(&class, report, names::dns_subdomain);
    for (key, _, value) in root.at("metadata.annotations").entries() {
        if key == CLASS_ANNOTATION && class.is_set() && value.text() != class.text() {
            value.invalid(report, "must match `ingressClassName` when both are specified");
        }
    }
}

fn path(rule: &Field<'_>, report: &mut Report) {
    let (kind, path) = (rule.at("pathType"), rule.at("path"));
    if !kind.is_set() {
        kind.missing(report, "pathType must be specified");
        return;
    }
    require_choice(&kind, report, &["Exact", "ImplementationSpecific", "Prefix"]);
    let is_strict = kind.is("Exact") || kind.is("Prefix");
    if let Some(text) = path.text().filter(|text| is_strict || !text.is_empty()) {
        let sequences = ["//", "/./", "/../", "%2f", "%2F"];
        if !text.starts_with('/') {
            path.invalid(report, "must be an absolute path");
        } else if let Some(sequence) = sequences.iter().find(|sequence| is_strict && text.contains(**sequence)) {
            path.invalid(report, format!("must not contain `{sequence}`"));
        } else if let Some(suffix) = ["/..", "/."].iter().find(|suffix| is_strict && text.ends_with(**suffix)) {
            path.invalid(report, format!("cannot end with `{suffix}`"));
        }
    }
    backend(&rule.at("backend"), report);
}

fn backend(backend: &Field<'_>, report: &mut Report) {
    let (service, resource) = (backend.at("service"), backend.at("resource"));
    match (service.is_set(), resource.is_set()) {
        (true, true) => backend.invalid(report, "cannot set both resource and service backends"),
        (false, false) => backend.missing(report, "resource or service backend is required"),
        (false, true) => reference(&resource, report),
        (true, false) => {
            require_name(&service.at("name"), report, names::dns_label);
            let (name, number) = (service.at("port.name"), service.at("port.number"));
            match (name.is(""), number.integer() == Some(0)) {
                (true, true) => backend.missing(report, "port name or number is required"),
                (false, true) => optional_name(&name, report, names::port_name),
                (true, false) => range(&number, report, PORTS),
                (false, false) => backend.invalid(report, "cannot set both port name & port number"),
            }
        }
    }
}

/// Checks a reference to an object of any kind.
fn reference(reference: &Field<'_>, report: &mut Report) {
    set_name(&reference.at("apiGroup"), report, names::dns_subdomain);
    require_name(&reference.at("kind"), report, names::path_segment);
    require_name(&reference.at("name"), report, names::path_segment);
}

/// An IngressClass.
pub fn class(root: &Field<'_>, report: &mut Report) {
    let (controller, parameters) = (root.at("spec.controller"), root.at("spec.parameters"));
    require_text(&controller, report);
    if controller.text().is_some_and(|text| text.len() > 250) {
        controller.invalid(report, "may not be more than 250 bytes");
    }
    if controller.nonempty_text().is_some_and(|text| !text.contains('/')) {
        controller.invalid(report, "must be a domain-prefixed path (such as `acme.io/foo`)");
    }
    if !parameters.is_set() {
        return;
    }
    reference(&parameters, report);
    let (scope, namespace) = (parameters.at("scope"), parameters.at("namespace"));
    if scope.is_set() {
        require_choice(&scope, report, &["Cluster", "Namespace"]);
    }
    if scope.is("Namespace") {
        require_name(&namespace, report, names::dns_label);
    } else if namespace.is_set() {
        namespace.invalid(report, "may not be set when `parameters.scope` is 'Cluster'");
    }
}
