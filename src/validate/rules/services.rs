//! Rules for Services.

use std::collections::HashSet;
use std::net::IpAddr;

use super::super::object::Field;
use super::super::report::Report;
use super::values::{
    PORTS, forbid, optional_choice, optional_name, port_or_name, range, require_items, require_name, set_choice,
    set_name,
};
use super::{labels, names};
use crate::yaml::Scalar;

const TYPES: &[&str] = &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const ONLY_BALANCERS: &str = "may only be used when `type` is 'LoadBalancer'";
const ONLY_INTERNAL: &str = "may not be set for ExternalName services";
const KUBELET: i64 = 10_250;

/// A Service.
pub fn check(root: &Field<'_>, report: &mut Report) {
    let spec = root.at("spec");
    let (kind, ports) = (spec.at("type"), spec.at("ports"));
    let kind_text = kind.text().unwrap_or_default();
    let is_headless = spec.at("clusterIP").is("None");
    optional_choice(&kind, report, TYPES);
    match kind_text.as_ref() {
        "ExternalName" => external_name(&spec, report),
        _ if !is_headless => require_items(&ports, report, ""),
        "LoadBalancer" | "NodePort" => {
            let fault = format!("may not be set to 'None' for {kind_text} services");
            spec.at("clusterIP").invalid(report, fault);
        }
        _ => {}
    }
    let mut port_names = HashSet::new();
    let need_names = ports.count() > 1;
    for port in ports.elements() {
        self::port(&port, need_names, &mut port_names, report);
        let number = port.at("port");
        if kind_text == "LoadBalancer" && number.integer() == Some(KUBELET) {
            number.invalid(report, "may not expose port 10250 externally since it is used by kubelet");
        }
        if matches!(kind_text.as_ref(), "ClusterIP" | "")
            && port.at("nodePort").set_integer().is_some_and(|port| port != 0)
        {
            port.at("nodePort").invalid(report, "may not be used when `type` is 'ClusterIP'");
        }
    }
    unique_ports(&ports, report);
    labels::check(&spec.at("selector"), report);
    affinity(&spec, report);
    if kind_text != "ExternalName" {
        addresses(&spec, report);
    }
    external_addresses(&spec.at("externalIPs"), report);
    traffic(&spec, &kind_text, report);
    if kind_text != "LoadBalancer" {
        for name in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
            forbid(&spec.at(name), report, ONLY_BALANCERS);
        }
        if !spec.at("loadBalancerSourceRanges").is_empty() {
            spec.at("loadBalancerSourceRanges").invalid(report, ONLY_BALANCERS);
        }
    }
    set_name(&spec.at("loadBalancerClass"), report, names::qualified_name);
    for source in spec.at("loadBalancerSourceRanges").elements() {
        if let Some(fault) = source.text().and_then(|text| names::cidr(text.trim())) {
            source.invalid(report, fault);
        }
    }
}

fn external_name(spec: &Field<'_>, report: &mut Report) {
    let name = spec.at("externalName");
    require_name(&name, report, names::absolute_subdomain);
    if !spec.at("clusterIP").is("") {
        spec.at("clusterIP").invalid(report, ONLY_INTERNAL);
    }
    for name in ["clusterIPs", "ipFamilies"] {
        if !spec.at(name).is_empty() {
            spec.at(name).invalid(report, ONLY_INTERNAL);
        }
    }
    forbid(&spec.at("ipFamilyPolicy"), report, ONLY_INTERNAL);
}

fn port(port: &Field<'_>, needs_name: bool, seen: &mut HashSet<String>, report: &mut Report) {
    let name = port.at("name");
    if needs_name {
        require_name(&name, report, names::dns_label);
    } else {
        optional_name(&name, report, names::dns_label);
    }
    if let Some(text) = name.nonempty_text()
        && !seen.insert(text.to_string())
    {
        name.duplicate(report, &text);
    }
    range(&port.at("port"), report, PORTS);
    optional_choice(&port.at("protocol"), report, &["TCP", "UDP", "SCTP"]);
    let target = port.at("targetPort");
    // The default is the port itself.
    let is_default = match target.scalar() {
        Some(Scalar::Int(0)) | None => true,
        Some(Scalar::Str(text)) => text.is_empty(),
        _ => false,
    };
    if !is_default {
        port_or_name(&target, report);
    }
    set_name(&port.at("appProtocol"), report, names::qualified_name);
}

fn unique_ports(ports: &Field<'_>, report: &mut Report) {
    for name in ["port", "nodePort"] {
        let mut seen = HashSet::new();
        for port in ports.elements() {
            let number = port.at(name);
            let Some(value) = number.integer().filter(|&value| value != 0) else { continue };
            let protocol = port.at("protocol").nonempty_text().unwrap_or("TCP".into());
            if !seen.insert(format!("{protocol} {value}")) {
                number.duplicate(report, &format!("{value}/{protocol}"));
            }
        }
    }
}

fn affinity(spec: &Field<'_>, report: &mut Report) {
    let kind = spec.at("sessionAffinity");
    optional_choice(&kind, report, &["ClientIP", "None"]);
    let timeout = spec.at("sessionAffinityConfig.clientIP.timeoutSeconds");
    if kind.is("ClientIP") && timeout.set_integer().is_some_and(|seconds| !(1..=86_400).contains(&seconds)) {
        timeout.invalid(report, "must be greater than 0 and less than 86400");
    }
}

fn addresses(spec: &Field<'_>, report: &mut Report) {
    let (one, all) = (spec.at("clusterIP"), spec.at("clusterIPs"));
    let (families, policy) = (spec.at("ipFamilies"), spec.at("ipFamilyPolicy"));
    let first = all.elements().next().and_then(|first| first.text());
    if let (Some(first), Some(text)) = (first, one.text()) {
        if text.is_empty() {
            all.invalid(report, "must be empty when `clusterIP` is not specified");
        } else if first != text {
            all.invalid(report, "first value must match `clusterIP`");
        }
    }
    if !one.is("None") {
        optional_name(&one, report, names::ip);
    }
    let mut versions = Vec::new();
    for (index, address) in all.elements().enumerate() {
        let Some(text) = address.text() else { continue };
        if text == "None" && index == 0 {
            if all.count() > 1 {
                all.invalid(report, "'None' must be the first and only value");
            }
            continue;
        }
        match names::address(&text) {
            Some(found) => versions.push(found.is_ipv6()),
            None => address.invalid(report, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
        }
    }
    if versions.len() > 2 || versions.len() == 2 && versions[0] == versions[1] {
        all.invalid(report, "may specify no more than one IP for each IP family");
    }
    let mut seen = HashSet::new();
    for family in families.elements() {
        set_choice(&family, report, &["IPv4", "IPv6"]);
        if let Some(text) = family.nonempty_text()
            && !seen.insert(text.to_string())
        {
            family.duplicate(report, &text);
        }
    }
    set_choice(&policy, report, &["SingleStack", "PreferDualStack", "RequireDualStack"]);
    if policy.is("SingleStack") && (all.count() > 1 || families.count() > 1) {
        policy.invalid(
            report,
            "must be RequireDualStack or PreferDualStack when multiple `clusterIPs` or `ipFamilies` are specified",
        );
    }
}

fn external_addresses(addresses: &Field<'_>, report: &mut Report) {
    for address in addresses.elements() {
        let Some(text) = address.text() else { continue };
        let fault = match names::address(&text) {
            None => "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
            Some(ip) if ip.is_unspecified() => "may not be unspecified",
            Some(ip) if ip.is_loopback() => "may not be in the loopback range (127.0.0.0/8, ::1/128)",
            Some(ip) if is_link_local(ip) => "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
            Some(_) => continue,
        };
        address.invalid(report, fault);
    }
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local() || ip.octets()[..3] == [224, 0, 0],
        IpAddr::V6(ip) => ip.segments()[0] & 0xffc0 == 0xfe80,
    }
}

fn traffic(spec: &Field<'_>, kind: &str, report: &mut Report) {
    let (external, health) = (spec.at("externalTrafficPolicy"), spec.at("healthCheckNodePort"));
    let is_external = matches!(kind, "LoadBalancer" | "NodePort")
        || matches!(kind, "ClusterIP" | "") && !spec.at("externalIPs").is_empty();
    if is_external {
        optional_choice(&external, report, &["Cluster", "Local"]);
    } else if !external.is("") {
        external.invalid(report, "may only be set for externally-accessible services");
    }
    if let Some(port) = health.set_integer().filter(|&port| port != 0) {
        if kind != "LoadBalancer" || !external.is("Local") {
            let fault = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
            health.invalid(report, fault);
        } else if !PORTS.contains(&port) {
            range(&health, report, PORTS);
        }
    }
    set_choice(&spec.at("internalTrafficPolicy"), report, &["Cluster", "Local"]);
    set_choice(&spec.at("trafficDistribution"), report, &["PreferClose", "PreferSameNode", "PreferSameZone"]);
}
