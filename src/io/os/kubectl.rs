//! Queries a cluster through kubectl.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::request::Failure;

use super::process::{Limits, run};

/// The limits of a query. Schemas with many custom resources have tens of megabytes.
const LIMITS: Limits = Limits { time: Duration::from_secs(60), output: 1 << 28 };

/// Returns the output of `kubectl get --raw` for a path of the API.
///
/// # Errors
/// Fails if kubectl does.
pub fn get_raw(path: &str) -> Result<Vec<u8>, Failure> {
    let mut command = Command::new("kubectl");
    command.args(["get", "--raw", path]);
    // Without a home directory, kubectl would look for its configuration in the working directory, which may be a tree.
    if std::env::var_os("HOME").is_none_or(|home| !Path::new(&home).is_absolute()) {
        command.env("HOME", "/");
    }
    run(command, Vec::new(), LIMITS)
}
