//! Rules for the security contexts of pods and containers.

use std::collections::HashSet;

use super::super::object::Field;
use super::super::report::Report;
use super::names;
use super::values::{forbid, require_choice, require_text, set_choice, set_name, set_range};
use crate::diagnostic::Code;

/// The ids of users and groups.
const IDS: std::ops::RangeInclusive<i64> = 0..=i32::MAX as i64;

const NOT_ON_WINDOWS: &str = "cannot be set for a windows pod";

/// The fields of a pod that Windows does not have.
const LINUX_POD: &[&str] = &[
    "hostUsers",
    "shareProcessNamespace",
    "securityContext.appArmorProfile",
    "securityContext.seLinuxOptions",
    "securityContext.seccompProfile",
    "securityContext.fsGroup",
    "securityContext.fsGroupChangePolicy",
    "securityContext.runAsUser",
    "securityContext.runAsGroup",
    "securityContext.supplementalGroups",
    "securityContext.supplementalGroupsPolicy",
];

/// The fields of a container's security context that Windows does not have.
const LINUX_CONTAINER: &[&str] = &[
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

/// Checks the security context of a pod, and the fields that depend on it.
pub fn of_pod(spec: &Field<'_>, report: &mut Report) {
    let context = spec.at("securityContext");
    for name in ["fsGroup", "runAsUser", "runAsGroup"] {
        set_range(&context.at(name), report, IDS);
    }
    for group in context.at("supplementalGroups").elements() {
        set_range(&group, report, IDS);
    }
    set_choice(&context.at("fsGroupChangePolicy"), report, &["Always", "OnRootMismatch"]);
    set_choice(&context.at("supplementalGroupsPolicy"), report, &["Merge", "Strict"]);
    set_choice(&context.at("seLinuxChangePolicy"), report, &["MountOption", "Recursive"]);
    if spec.at("shareProcessNamespace").is_true() && spec.at("hostPID").is_true() {
        let fault = "ShareProcessNamespace and HostPID cannot both be enabled";
        spec.at("shareProcessNamespace").invalid(report, fault);
    }
    if spec.at("hostUsers").is_false() {
        for name in ["hostNetwork", "hostPID", "hostIPC"] {
            if spec.at(name).is_true() {
                spec.at(name).invalid(report, "may not be true when `hostUsers` is false");
            }
        }
    }
    sysctls(spec, report);
    profiles(&context, report);
    windows_options(&context.at("windowsOptions"), report);
    host_processes(spec, report);
    operating_system(spec, report);
}

fn sysctls(spec: &Field<'_>, report: &mut Report) {
    let mut seen = HashSet::new();
    for setting in spec.at("securityContext.sysctls").elements() {
        let name = setting.at("name");
        require_text(&name, report);
        let Some(text) = name.nonempty_text() else { continue };
        if let Some(fault) = names::sysctl(&text) {
            name.error(report, Code::InvalidName, fault);
        } else if !seen.insert(text.to_string()) {
            name.duplicate(report, &text);
        }
        let dotted = text.replace('/', ".");
        if spec.at("hostNetwork").is_true() && dotted.starts_with("net.") {
            name.invalid(report, "may not be specified when 'hostNetwork' is true");
        }
    }
}

/// Checks the security context of a container.
pub fn of_container(context: &Field<'_>, uses_host_users: bool, report: &mut Report) {
    set_range(&context.at("runAsUser"), report, IDS);
    set_range(&context.at("runAsGroup"), report, IDS);
    let mount = context.at("procMount");
    set_choice(&mount, report, &["Default", "Unmasked"]);
    if uses_host_users && mount.is("Unmasked") {
        mount.invalid(report, "`hostUsers` must be false to use `Unmasked`");
    }
    if context.at("allowPrivilegeEscalation").is_false() {
        if context.at("privileged").is_true() {
            context.invalid(report, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
        }
        if context.at("capabilities.add").elements().any(|capability| capability.is("CAP_SYS_ADMIN")) {
            let fault = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            context.invalid(report, fault);
        }
    }
    profiles(context, report);
    windows_options(&context.at("windowsOptions"), report);
}

/// Checks the profiles of seccomp and AppArmor.
fn profiles(context: &Field<'_>, report: &mut Report) {
    for name in ["seccompProfile", "appArmorProfile"] {
        let profile = context.at(name);
        if !profile.is_set() {
            continue;
        }
        let (kind, file) = (profile.at("type"), profile.at("localhostProfile"));
        require_choice(&kind, report, &["Localhost", "RuntimeDefault", "Unconfined"]);
        if !kind.is("Localhost") {
            forbid(&file, report, "can only be set when the type is Localhost");
            continue;
        }
        if !file.is_set() {
            file.missing(report, "must be set when the type is Localhost");
        }
        let Some(text) = file.text().filter(|_| file.is_set()) else { continue };
        if name == "appArmorProfile" {
            if text.trim().is_empty() || text.trim() != text {
                file.invalid(report, "must not be empty or padded with whitespace");
            } else if text.len() > 4_095 {
                file.invalid(report, "may not be more than 4095 bytes");
            }
        } else if let Some(fault) = names::descending_path(&text) {
            file.invalid(report, fault);
        }
    }
}

fn windows_options(options: &Field<'_>, report: &mut Report) {
    set_name(&options.at("gmsaCredentialSpecName"), report, names::dns_subdomain);
    for name in ["gmsaCredentialSpec", "runAsUserName"] {
        let field = options.at(name);
        if field.is_set() && field.is("") {
            field.invalid(report, "cannot be an empty string");
        }
    }
    if options.at("gmsaCredentialSpec").text().is_some_and(|text| text.len() > 64 * 1024) {
        options.at("gmsaCredentialSpec").invalid(report, "size must be under 64 KiB");
    }
    let user = options.at("runAsUserName");
    let Some(text) = user.nonempty_text() else { return };
    let name = text.rsplit('\\').next().unwrap_or_default();
    let fault = match name {
        _ if text.chars().any(char::is_control) => "cannot contain control characters",
        _ if text.matches('\\').count() > 1 => "cannot contain more than one backslash",
        "" => "User cannot be empty",
        _ if name.len() > 104 => "User length must not be longer than 104 characters",
        _ if name.chars().all(|c| matches!(c, '.' | ' ')) => "User cannot contain only periods or spaces",
        _ if name.contains(['"', '/', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@', '[', ']']) => {
            "User cannot contain the following characters: \"/\\:;|=,+*?<>@[]"
        }
        _ => return,
    };
    user.invalid(report, fault);
}

fn host_processes(spec: &Field<'_>, report: &mut Report) {
    const OPTION: &str = "securityContext.windowsOptions.hostProcess";
    let of_pod = spec.at(OPTION);
    let (mut all, mut on_host) = (0, 0);
    for list in ["containers", "initContainers"] {
        for container in spec.at(list).elements() {
            let option = container.at(OPTION);
            all += 1;
            on_host += usize::from(option.is_true() || !option.is_set() && of_pod.is_true());
            if option.is_true() && of_pod.is_false() || option.is_false() && of_pod.is_true() {
                option.invalid(report, "pod hostProcess value must be identical if both are specified");
            }
        }
    }
    if on_host > 0 {
        if on_host != all {
            let fault = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
            spec.invalid(report, fault);
        }
        if !spec.at("hostNetwork").is_true() {
            let fault = "hostNetwork must be true if pod contains any hostProcess containers";
            spec.at("hostNetwork").invalid(report, fault);
        }
    }
}

fn operating_system(spec: &Field<'_>, report: &mut Report) {
    let system = spec.at("os");
    if !system.is_set() {
        return;
    }
    require_choice(&system.at("name"), report, &["linux", "windows"]);
    let is_windows = system.at("name").is("windows");
    if is_windows {
        LINUX_POD.iter().for_each(|name| forbid(&spec.at(name), report, NOT_ON_WINDOWS));
        for name in ["hostPID", "hostIPC"] {
            if spec.at(name).is_true() {
                spec.at(name).invalid(report, NOT_ON_WINDOWS);
            }
        }
        if !spec.at("securityContext.sysctls").is_empty() {
            spec.at("securityContext.sysctls").invalid(report, NOT_ON_WINDOWS);
        }
    } else {
        only_on_windows(spec, report);
    }
    for list in ["containers", "initContainers"] {
        for container in spec.at(list).elements() {
            if is_windows {
                let context = container.at("securityContext");
                LINUX_CONTAINER.iter().for_each(|name| forbid(&context.at(name), report, NOT_ON_WINDOWS));
            } else {
                only_on_windows(&container, report);
            }
        }
    }
}

fn only_on_windows(parent: &Field<'_>, report: &mut Report) {
    forbid(&parent.at("securityContext.windowsOptions"), report, "windows options cannot be set for a linux pod");
}
