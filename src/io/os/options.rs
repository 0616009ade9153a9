//! The permissions and limits of a host.

use std::time::Duration;

use super::network::Network;

/// The permissions and limits of a host: programs, files, network and resources. The tree has no influence on them.
///
/// # Example
/// A host for untrusted trees:
/// ```
/// use boutique::Options;
/// use boutique::io::{self, HostLimits, Network, OsHost, OsOptions};
///
/// let mut network = Network::default();
/// network.allowed_hosts = vec!["github.com".to_string()];
/// let mut limits = HostLimits::default();
/// limits.file = 20 << 20;
/// let mut options = OsOptions::default();
/// options.load_roots = vec!["/srv/checkout".to_string()];
/// options.network = network;
/// options.limits = limits;
/// let host = OsHost::new(options);
/// let outcome = io::render(&host, "/srv/checkout/overlays/prod", &Options::default());
/// assert!(outcome.result.is_err(), "there is no such directory");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OsOptions {
    /// The command for Helm charts.
    pub helm_command: String,
    /// The network for containers that require one.
    pub network_name: String,
    /// Whether containers run as the current user instead of `nobody`.
    pub as_current_user: bool,
    /// The directories that contain all files, bases and charts, with links resolved; an empty list allows any directory.
    /// Clones may be elsewhere.
    pub load_roots: Vec<String>,
    /// Restrictions on the network.
    pub network: Network,
    /// Limits on the cost of requests.
    pub limits: HostLimits,
}

/// Limits on the cost of requests.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HostLimits {
    /// The time limit for one run of git, helm or a function. The default depends on the program.
    pub time: Option<Duration>,
    /// The total time limit for fetching, since a tree may refer to any number of slow servers.
    pub fetching: Duration,
    /// The maximum output of a program in bytes. The default depends on the program.
    pub output: Option<usize>,
    /// The maximum size of a file in bytes.
    pub file: u64,
    /// The maximum size of a fetched file in bytes.
    pub download: u64,
    /// The maximum size of a clone in bytes.
    pub clone: u64,
}

impl Default for HostLimits {
    fn default() -> HostLimits {
        HostLimits {
            time: None,
            fetching: Duration::from_secs(60 * 60),
            output: None,
            file: 1 << 30,
            download: 64 << 20,
            clone: 4 << 30,
        }
    }
}

impl Default for OsOptions {
    fn default() -> OsOptions {
        OsOptions {
            helm_command: "helm".to_string(),
            network_name: "bridge".to_string(),
            as_current_user: false,
            load_roots: Vec::new(),
            network: Network::default(),
            limits: HostLimits::default(),
        }
    }
}
