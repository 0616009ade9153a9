//! Rules for NetworkPolicies.

use std::net::IpAddr;

use super::super::object::Field;
use super::super::report::Report;
use super::values::{PORTS, forbid, port_or_name, range, require_choice, require_text, set_choice};
use super::{labels, names};
use crate::yaml::Scalar;

/// A NetworkPolicy.
pub fn check(root: &Field<'_>, report: &mut Report) {
    let spec = root.at("spec");
    labels::selector(&spec.at("podSelector"), report);
    for (list, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.at(list).elements() {
            rule.at("ports").elements().for_each(|port| self::port(&port, report));
            rule.at(peers).elements().for_each(|peer| self::peer(&peer, report));
        }
    }
    let types = spec.at("policyTypes");
    if types.count() > 2 {
        types.invalid(report, "may not specify more than two policyTypes");
    }
    for policy_type in types.elements() {
        require_choice(&policy_type, report, &["Ingress", "Egress"]);
    }
}

fn port(port: &Field<'_>, report: &mut Report) {
    let (number, end) = (port.at("port"), port.at("endPort"));
    set_choice(&port.at("protocol"), report, &["TCP", "UDP", "SCTP"]);
    if !number.is_set() {
        forbid(&end, report, "may not be specified when `port` is not specified");
        return;
    }
    port_or_name(&number, report);
    if matches!(number.scalar(), Some(Scalar::Str(_))) {
        forbid(&end, report, "may not be specified when `port` is non-numeric");
    } else if let (Some(start), Some(last)) = (number.integer(), end.set_integer()) {
        if last < start {
            end.invalid(report, "must be greater than or equal to `port`");
        }
        range(&end, report, PORTS);
    }
}

fn peer(peer: &Field<'_>, report: &mut Report) {
    let (pods, namespaces, block) = (peer.at("podSelector"), peer.at("namespaceSelector"), peer.at("ipBlock"));
    labels::selector(&pods, report);
    labels::selector(&namespaces, report);
    match (pods.is_set() || namespaces.is_set(), block.is_set()) {
        (false, false) => peer.missing(report, "must specify a peer"),
        (true, true) => peer.invalid(report, "may not specify both ipBlock and another peer"),
        _ => {}
    }
    if block.is_set() {
        ip_block(&block, report);
    }
}

fn ip_block(block: &Field<'_>, report: &mut Report) {
    let outer = block.at("cidr");
    require_text(&outer, report);
    if let Some(fault) = outer.nonempty_text().and_then(|text| names::cidr(&text)) {
        outer.invalid(report, fault);
    }
    let outer = outer.text().and_then(|text| names::network(&text));
    for except in block.at("except").elements() {
        let Some(text) = except.text() else { continue };
        match (names::network(&text), outer) {
            (None, _) => except.invalid(report, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"),
            (Some(inner), Some(outer)) if !is_strict_subset(inner, outer) => {
                except.invalid(report, "must be a strict subset of `cidr`");
            }
            _ => {}
        }
    }
}

fn is_strict_subset(inner: (IpAddr, u32), outer: (IpAddr, u32)) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => u128::from(address),
    };
    let mask = if outer.1 == 0 { 0 } else { u128::MAX << (128 - outer.1) };
    inner.0.is_ipv4() == outer.0.is_ipv4() && inner.1 > outer.1 && bits(inner.0) & mask == bits(outer.0) & mask
}
