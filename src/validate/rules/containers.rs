//! Rules for the containers of a pod.

use std::collections::HashSet;

use super::super::object::Field;
use super::super::report::Report;
use super::values::{
    PORTS, forbid, optional_choice, optional_name, require_choice, require_name, require_text, set_choice, set_range,
};
use super::volumes::Known;
use super::{environment, names, probes, resources, security};
use crate::diagnostic::Code;

/// What the containers of a pod refer to.
pub struct Surroundings<'a> {
    /// The volumes of the pod.
    pub volumes: &'a Known,
    /// The names of the pod's claims for resources.
    pub resource_claims: &'a HashSet<String>,
    /// The seconds that containers have to end.
    pub grace_period: i64,
    /// Whether the pod never restarts its containers.
    pub never_restarts: bool,
    /// Whether users in containers are users of the node.
    pub uses_host_users: bool,
}

const PROBES: &[&str] = &["livenessProbe", "readinessProbe", "startupProbe"];
const ONLY_SIDECARS: &str = "may not be set for init containers without restartPolicy=Always";

/// Checks the containers of a pod and its init containers.
pub fn check(spec: &Field<'_>, surroundings: &Surroundings<'_>, report: &mut Report) {
    let (containers, init_containers) = (spec.at("containers"), spec.at("initContainers"));
    if containers.is_empty() {
        containers.missing(report, "");
    }
    let mut seen = HashSet::new();
    let mut host_ports = HashSet::new();
    for container in containers.elements() {
        common(&container, surroundings, report);
        unique_name(&container, &mut seen, report);
        probes::of_container(&container, surroundings.grace_period, report);
        unique_host_ports(&container.at("ports"), &mut host_ports, report);
        if spec.at("hostNetwork").is_true() {
            ports_of_host(&container.at("ports"), report);
        }
    }
    for container in init_containers.elements() {
        common(&container, surroundings, report);
        unique_name(&container, &mut seen, report);
        unique_host_ports(&container.at("ports"), &mut HashSet::new(), report);
        if container.at("restartPolicy").is("Always") {
            probes::of_container(&container, surroundings.grace_period, report);
        } else {
            forbid(&container.at("lifecycle"), report, ONLY_SIDECARS);
            PROBES.iter().for_each(|name| forbid(&container.at(name), report, ONLY_SIDECARS));
        }
    }
}

fn unique_name(container: &Field<'_>, seen: &mut HashSet<String>, report: &mut Report) {
    let name = container.at("name");
    if let Some(text) = name.nonempty_text()
        && !seen.insert(text.to_string())
    {
        name.duplicate(report, &text);
    }
}

/// The rules for containers of all types.
fn common(container: &Field<'_>, surroundings: &Surroundings<'_>, report: &mut Report) {
    require_name(&container.at("name"), report, names::dns_label);
    require_text(&container.at("image"), report);
    optional_choice(&container.at("terminationMessagePolicy"), report, &["File", "FallbackToLogsOnError"]);
    optional_choice(&container.at("imagePullPolicy"), report, &["Always", "IfNotPresent", "Never"]);
    set_choice(&container.at("restartPolicy"), report, &["Always", "OnFailure", "Never"]);
    ports(&container.at("ports"), report);
    environment::variables(&container.at("env"), report);
    environment::sources(&container.at("envFrom"), report);
    mounts(container, surroundings.volumes, report);
    devices(container, surroundings.volumes, report);
    resources::of_container(&container.at("resources"), surroundings.resource_claims, report);
    resize_policies(&container.at("resizePolicy"), surroundings.never_restarts, report);
    security::of_container(&container.at("securityContext"), surroundings.uses_host_users, report);
}

fn ports(ports: &Field<'_>, report: &mut Report) {
    let mut seen = HashSet::new();
    for port in ports.elements() {
        let (name, number) = (port.at("name"), port.at("containerPort"));
        optional_name(&name, report, names::port_name);
        if let Some(text) = name.nonempty_text()
            && !seen.insert(text.to_string())
        {
            name.duplicate(report, &text);
        }
        if number.integer() == Some(0) {
            number.missing(report, "");
        } else {
            set_range(&number, report, PORTS);
        }
        if port.at("hostPort").integer() != Some(0) {
            set_range(&port.at("hostPort"), report, PORTS);
        }
        optional_choice(&port.at("protocol"), report, &["TCP", "UDP", "SCTP"]);
        optional_name(&port.at("hostIP"), report, names::ip);
    }
}

fn unique_host_ports(ports: &Field<'_>, seen: &mut HashSet<String>, report: &mut Report) {
    for port in ports.elements() {
        let Some(number) = port.at("hostPort").integer().filter(|&number| number != 0) else { continue };
        let protocol = port.at("protocol").nonempty_text().unwrap_or("TCP".into());
        let address = port.at("hostIP").text().unwrap_or_default();
        let key = format!("{protocol}/{address}/{number}");
        if seen.contains(&key) {
            port.at("hostPort").duplicate(report, &key);
        }
        seen.insert(key);
    }
}

fn ports_of_host(ports: &Field<'_>, report: &mut Report) {
    for port in ports.elements() {
        let (host, container) = (port.at("hostPort").integer(), port.at("containerPort").integer());
        if let (Some(host), Some(container)) = (host, container)
            && host != 0
            && host != container
        {
            port.at("hostPort").invalid(report, "must match `containerPort` when `hostNetwork` is true");
        }
    }
}

/// Returns the texts of a field of all elements.
fn texts(list: &Field<'_>, name: &str) -> HashSet<String> {
    list.elements().filter_map(|element| Some(element.at(name).nonempty_text()?.into_owned())).collect()
}

fn mounts(container: &Field<'_>, volumes: &Known, report: &mut Report) {
    let devices = container.at("volumeDevices");
    let device_names = texts(&devices, "name");
    let device_paths = texts(&devices, "devicePath");
    let mut paths = HashSet::new();
    for mount in container.at("volumeMounts").elements() {
        let (name, path) = (mount.at("name"), mount.at("mountPath"));
        require_text(&name, report);
        if let Some(text) = name.nonempty_text() {
            if !volumes.contains(&text) {
                name.invalid(report, format!("there is no volume `{text}` in the pod"));
            }
            if device_names.contains(text.as_ref()) {
                name.invalid(report, "must not already exist in volumeDevices");
            }
        }
        require_text(&path, report);
        if let Some(text) = path.nonempty_text() {
            if !paths.insert(text.to_string()) {
                path.invalid(report, "must be unique");
            }
            if device_paths.contains(text.as_ref()) {
                path.invalid(report, "must not already exist as a path in volumeDevices");
            }
        }
        mount_options(&mount, container, report);
    }
}

fn mount_options(mount: &Field<'_>, container: &Field<'_>, report: &mut Report) {
    let (path, expression) = (mount.at("subPath"), mount.at("subPathExpr"));
    if !path.is("") && !expression.is("") {
        expression.invalid(report, "subPathExpr and subPath are mutually exclusive");
    }
    for field in [path, expression] {
        if let Some(fault) = field.nonempty_text().and_then(|text| names::descending_path(&text)) {
            field.invalid(report, fault);
        }
    }
    let propagation = mount.at("mountPropagation");
    set_choice(&propagation, report, &["Bidirectional", "HostToContainer", "None"]);
    if propagation.is("Bidirectional") && !container.at("securityContext.privileged").is_true() {
        propagation.invalid(report, "Bidirectional mount propagation is available only to privileged containers");
    }
    let recursive = mount.at("recursiveReadOnly");
    set_choice(&recursive, report, &["Disabled", "IfPossible", "Enabled"]);
    if recursive.is_set() && !recursive.is("Disabled") {
        if !mount.at("readOnly").is_true() {
            recursive.invalid(report, "may only be specified when readOnly is true");
        }
        if propagation.is_set() && !propagation.is("None") {
            recursive.invalid(report, "may only be specified when mountPropagation is None or not specified");
        }
    }
}

fn devices(container: &Field<'_>, volumes: &Known, report: &mut Report) {
    let (mut seen, mut paths) = (HashSet::new(), HashSet::new());
    for device in container.at("volumeDevices").elements() {
        let (name, path) = (device.at("name"), device.at("devicePath"));
        require_text(&name, report);
        if let Some(text) = name.nonempty_text() {
            if !seen.insert(text.to_string()) {
                name.invalid(report, "must be unique");
            }
            if !volumes.contains(&text) {
                name.invalid(report, format!("there is no volume `{text}` in the pod"));
            } else if !volumes.is_claim(&text) {
                let fault = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                name.invalid(report, fault);
            }
        }
        require_text(&path, report);
        if let Some(text) = path.nonempty_text() {
            if let Some(fault) = names::path_without_backsteps(&text) {
                path.invalid(report, fault);
            } else if !paths.insert(text.to_string()) {
                path.invalid(report, "must be unique");
            }
        }
    }
}

fn resize_policies(policies: &Field<'_>, never_restarts: bool, report: &mut Report) {
    let mut seen = HashSet::new();
    for policy in policies.elements() {
        let (name, restart) = (policy.at("resourceName"), policy.at("restartPolicy"));
        require_choice(&name, report, &["cpu", "memory"]);
        require_choice(&restart, report, &["NotRequired", "RestartContainer"]);
        if let Some(text) = name.nonempty_text()
            && !seen.insert(text.to_string())
        {
            policy.duplicate(report, &text);
        }
        if never_restarts && restart.is("RestartContainer") {
            let fault = "must be 'NotRequired' when `restartPolicy` is 'Never'";
            restart.error(report, Code::InvalidObject, fault);
        }
    }
}
