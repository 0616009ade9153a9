//! Restrictions on the network. The caller sets them; the tree has no influence.

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
}
