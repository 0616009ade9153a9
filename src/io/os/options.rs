//! What a host may do and spend.

use std::time::Duration;

use super::network::Network;

/// What programs may be run, and how; what may be read, reached and spent. The tree decides nothing of this.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OsOptions {
    /// The command for Helm charts.
    pub helm_command: String,
    /// Let containers use this network.
    pub network_name: String,
    /// Run containers as the present user rather than as nobody.
    pub as_current_user: bool,
    /// The directories that all files, bases and charts have to lie in, with links followed; none means anywhere. Clones
    /// may lie elsewhere.
    pub load_roots: Vec<String>,
    /// What of the network may be used.
    pub network: Network,
    /// Bounds on what requests may cost.
    pub limits: HostLimits,
}

/// Bounds on what a request may cost.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HostLimits {
    /// The time for one run of git, helm or a function; else each has its own.
    pub time: Option<Duration>,
    /// The time after which nothing more is fetched: a tree may name any number of slow servers.
    pub fetching: Duration,
    /// How many bytes a program may print; else each has its own bound.
    pub output: Option<usize>,
    /// The largest file that is read, in bytes.
    pub file: u64,
    /// The largest file that is fetched, in bytes.
    pub download: u64,
    /// The largest clone of a repository, in bytes.
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
