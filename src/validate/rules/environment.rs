//! Rules for the environment variables of containers.

use super::super::object::Field;
use super::super::report::Report;
use super::names::{self, Fault};
use super::quantity;
use super::values::{exactly_one, optional_name, require_name, require_text};
use crate::diagnostic::Code;

/// The sources of the value of a variable.
const SOURCES: &[&str] = &["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
const TOO_MANY: &str = "may not have more than one field specified at a time";

/// The fields of a pod that a variable may have.
pub const FIELDS_OF_VARIABLES: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// The resources of a container that a variable or a file may have.
const RESOURCES: &[&str] = &[
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
];

/// The units in which sizes are written.
const SIZES: &[&str] = &["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

/// Checks the variables of a container.
pub fn variables(variables: &Field<'_>, report: &mut Report) {
    for variable in variables.elements() {
        require_name(&variable.at("name"), report, names::environment_name);
        let source = variable.at("valueFrom");
        if !source.is_set() {
            continue;
        }
        let missing =
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        let found = exactly_one(&source, report, SOURCES, missing, TOO_MANY);
        if found.is_some() && !variable.at("value").is("") {
            source.invalid(report, "may not be specified when `value` is not empty");
        }
        object_field(&source.at("fieldRef"), FIELDS_OF_VARIABLES, report);
        container_resource(&source.at("resourceFieldRef"), false, report);
        for name in ["configMapKeyRef", "secretKeyRef"] {
            key_of_object(&source.at(name), report);
        }
        let file = source.at("fileKeyRef");
        if file.is_set() {
            ["volumeName", "path", "key"].iter().for_each(|name| require_text(&file.at(name), report));
        }
    }
}

/// Checks the ConfigMaps and Secrets from which a container takes all variables.
pub fn sources(sources: &Field<'_>, report: &mut Report) {
    for source in sources.elements() {
        optional_name(&source.at("prefix"), report, names::environment_name);
        let missing = "must specify one of: `configMapRef` or `secretRef`";
        exactly_one(&source, report, &["configMapRef", "secretRef"], missing, TOO_MANY);
        for name in ["configMapRef", "secretRef"] {
            let object = source.at(name);
            if object.is_set() {
                require_name(&object.at("name"), report, object_name_or_prefix);
            }
        }
    }
}

fn object_name_or_prefix(text: &str) -> Fault {
    names::prefix(text, names::dns_subdomain)
}

fn key_of_object(object: &Field<'_>, report: &mut Report) {
    if object.is_set() {
        let name = object.at("name");
        if let Some(fault) = name.text().and_then(|text| names::dns_subdomain(&text)) {
            name.error(report, Code::InvalidName, fault);
        }
        require_name(&object.at("key"), report, names::data_key);
    }
}

/// Checks a reference to a field of the pod, if it is set.
pub fn object_field(reference: &Field<'_>, fields: &[&str], report: &mut Report) {
    if !reference.is_set() {
        return;
    }
    let (path, version) = (reference.at("fieldPath"), reference.at("apiVersion"));
    if version.nonempty_text().is_some_and(|version| version != "v1") {
        path.invalid(report, "unsupported pod version");
        return;
    }
    let Some(text) = path.text() else { return };
    if let Some((map, key)) = text.strip_suffix("']").and_then(|text| text.split_once("['")) {
        let fault = match map {
            "metadata.annotations" => names::annotation_key(key),
            "metadata.labels" => names::qualified_name(key),
            _ => Some("does not support subscript"),
        };
        if let Some(fault) = fault {
            reference.invalid(report, fault);
        }
    } else if text.is_empty() {
        path.missing(report, "");
    } else if !fields.contains(&text.as_ref()) {
        let fault = format!("unsupported value `{text}`: supported values are {}", fields.join(", "));
        path.error(report, Code::UnsupportedValue, fault);
    }
}

/// Checks a reference to the resources of a container, if it is set.
pub fn container_resource(reference: &Field<'_>, needs_container: bool, report: &mut Report) {
    if !reference.is_set() {
        return;
    }
    if needs_container {
        require_text(&reference.at("containerName"), report);
    }
    let (resource, divisor) = (reference.at("resource"), reference.at("divisor"));
    require_text(&resource, report);
    let Some(name) = resource.nonempty_text() else { return };
    let is_huge_page = name.starts_with("limits.hugepages-") || name.starts_with("requests.hugepages-");
    if !is_huge_page && !RESOURCES.contains(&name.as_ref()) {
        let fault = format!("unsupported value `{name}`: supported values are {}", RESOURCES.join(", "));
        resource.error(report, Code::UnsupportedValue, fault);
        return;
    }
    let units = if name.ends_with(".cpu") { &["1m", "1"] } else { SIZES };
    let Some(value) = divisor.written().and_then(|text| quantity::parse(&text)) else { return };
    if value != 0 && !units.iter().any(|unit| quantity::parse(unit) == Some(value)) {
        divisor.invalid(report, format!("only the values {} are supported with this resource", units.join(", ")));
    }
}
