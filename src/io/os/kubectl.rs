//! What a cluster knows, asked through kubectl.

use std::process::Command;
use std::time::Duration;

use crate::request::Failure;

use super::process::{Limits, run};

/// How long the cluster may take to answer.
const TIME: Duration = Duration::from_secs(60);

/// The most that it may answer. Schemas with many custom resources have some tens of megabytes.
const LARGEST_ANSWER: usize = 1 << 28;

/// Returns what `kubectl get --raw` prints for a path of the API.
///
/// # Errors
/// Returns why there is no answer.
pub fn get_raw(path: &str) -> Result<Vec<u8>, Failure> {
    let mut command = Command::new("kubectl");
    command.args(["get", "--raw", path]);
    run(command, Vec::new(), Limits { time: TIME, output: LARGEST_ANSWER })
}
