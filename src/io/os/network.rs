//! Restrictions on the network. The caller sets them; the tree has no influence.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::diagnostic::Permission;
use crate::remote::transport::host;
use crate::request::Failure;

/// Restrictions on the network.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Network {
    /// Whether network access is forbidden. Repositories on this machine may still be cloned.
    pub offline: bool,
    /// Whether remote content is forbidden, including repositories on this machine.
    pub no_remote: bool,
    /// The hosts that may be contacted; an empty list allows all. `*.example.com` matches all subdomains of `example.com`.
    pub allowed_hosts: Vec<String>,
    /// Whether a public host may redirect to a private address.
    pub allow_private_redirects: bool,
}

impl Network {
    /// Checks that a URL may be fetched.
    ///
    /// # Errors
    /// Fails with the permission that is missing.
    pub(crate) fn check(&self, url: &str) -> Result<(), Failure> {
        if self.no_remote {
            return Err(Failure::denied(Permission::Remote, "remote content is not allowed"));
        }
        let Some(host) = host(url) else { return Ok(()) };
        if self.offline {
            return Err(Failure::denied(Permission::Network, "network access is not allowed"));
        }
        if self.allowed_hosts.is_empty() || self.allowed_hosts.iter().any(|allowed| covers(allowed, host)) {
            return Ok(());
        }
        Err(Failure::denied(Permission::Host, format!("the host `{host}` is not allowed")))
    }

    /// Returns whether only some hosts may be contacted.
    pub(crate) fn is_restricted(&self) -> bool {
        self.offline || !self.allowed_hosts.is_empty()
    }
}

/// Returns whether an allowed host or pattern covers a host.
fn covers(allowed: &str, host: &str) -> bool {
    let (allowed, host) = (allowed.to_ascii_lowercase(), host.trim_end_matches('.').to_ascii_lowercase());
    match allowed.strip_prefix("*.") {
        Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => host == allowed,
    }
}

/// Returns whether an address is not on the public network: loopback, private, link-local, multicast and others.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(address) => is_private_v4(address),
            None => {
                let is_site_local = address.segments()[0] & 0xffc0 == 0xfec0;
                address.is_loopback()
                    || address.is_unspecified()
                    || address.is_unique_local()
                    || address.is_unicast_link_local()
                    || address.is_multicast()
                    || is_site_local
            }
        },
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && second & 0xc0 == 64;
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_multicast()
        || first == 0
        || is_shared
}

/// Returns the IPv4 address embedded in an IPv6 one: `::ffff:10.0.0.1`, `::10.0.0.1`, `64:ff9b::10.0.0.1`.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, high, low] = address.segments();
    let is_mapped = (a, b, c, d, e) == (0, 0, 0, 0, 0) && (f == 0xffff || f == 0 && high != 0);
    let is_translated = (a, b, c, d, e, f) == (0x64, 0xff9b, 0, 0, 0, 0);
    (is_mapped || is_translated).then(|| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_hosts_are_allowed() {
        let network = Network {
            allowed_hosts: vec!["github.com".into(), "*.example.com".into(), "::1".into()],
            ..Network::default()
        };
        for (url, expected) in [
            ("https://github.com/org/repo", true),
            ("https://GitHub.com:443/org/repo", true),
            ("git@github.com:org/repo", true),
            ("ssh://git@github.com/org/repo", true),
            ("oci://charts.example.com/web", true),
            ("https://a.b.example.com/x", true),
            ("http://[::1]:80/x", true),
            ("file:///a", true),
            ("https://example.com/x", false),
            ("https://.example.com/x", false),
            ("https://badexample.com/x", false),
            ("https://github.com@evil.com/x", false),
            ("https://evil.com/github.com", false),
            ("https://evil.com?@github.com", false),
            ("git@evil.com:github.com/x", false),
            ("git@evil.com:x@github.com/x", false),
        ] {
            assert_eq!(network.check(url).is_ok(), expected, "{url}");
        }
    }

    #[test]
    fn private_addresses_are_recognized_in_all_forms() {
        for (address, expected) in [
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("172.31.0.1", true),
            ("192.168.0.1", true),
            ("169.254.169.254", true),
            ("100.64.0.1", true),
            ("0.0.0.0", true),
            ("::1", true),
            ("::", true),
            ("fe80::1", true),
            ("fd00:ec2::254", true),
            ("::ffff:169.254.169.254", true),
            ("64:ff9b::a00:1", true),
            ("1.1.1.1", false),
            ("172.32.0.1", false),
            ("2606:4700::1111", false),
            ("::ffff:1.1.1.1", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), expected, "{address}");
        }
    }
}
