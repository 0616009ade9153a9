//! Clones of git repositories, made with the `git` command.
//!
//! A URL, a reference and a repository come from the tree, so all three are taken for hostile: nothing goes through a
//! shell or can be read as an option, only transports that carry data are spoken, and nothing that a repository holds
//! is run. What belongs to the user stays: credentials, proxies, `insteadOf`, filters such as LFS.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use walkdir::WalkDir;

use crate::diagnostic::{Help, Limit};
use crate::path::is_within;
use crate::remote::transport::{PROTOCOLS, fetch_arguments};
use crate::remote::without_credentials;
use crate::request::{Answer, Failure, GitRequest};

use super::options::OsOptions;
use super::process::{Limits, run_watched};
use super::temporary::Temporary;

/// The settings for every run: nothing runs but git and what the user has set up.
const SETTINGS: [&str; 9] = [
    "protocol.ext.allow=never",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=true",
    "submodule.recurse=false",
    // A directory of the tree that looks like a repository is none.
    "safe.bareRepository=explicit",
    "advice.detachedHead=false",
    // Nothing goes on in the background in a directory that goes away.
    "gc.auto=0",
    "maintenance.auto=false",
];

/// The variables that tell git about another repository than that of its working directory, as they do in a hook.
/// They are those of `git rev-parse --local-env-vars`, but for the ones that carry settings.
const FOREIGN_VARIABLES: [&str; 13] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// The longest time that a URL can allow one run of git, if the command line does not say.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// The most that git may print.
const LARGEST_OUTPUT: usize = 1 << 20;

/// What every file counts at least in the size of a clone, in bytes: many small ones are as bad as a large one.
const BLOCK: u64 = 4096;

/// For how many bytes of a clone its list may have one: an entry has about sixty with a short name, and stands for a block.
const LISTED_PER_BYTE: usize = 64;

/// The clones of one process, each in a temporary directory. They are removed when this is dropped.
#[derive(Debug, Default)]
pub struct Clones {
    attempts: Mutex<HashMap<GitRequest, Attempt>>,
}

/// A clone, set once it has been made or has failed.
type Attempt = Arc<OnceLock<Result<Checkout, Failure>>>;

#[derive(Debug)]
struct Checkout {
    /// The path with links followed.
    real: String,
    /// Removes the directory when dropped.
    _directory: Temporary,
}

impl Clones {
    /// Returns whether a path, with links followed, lies in a clone.
    pub fn hold(&self, real: &str) -> bool {
        let attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let checkouts = attempts.values().filter_map(|attempt| attempt.get()?.as_ref().ok());
        checkouts.into_iter().any(|checkout| is_within(real, &checkout.real))
    }
}

/// Clones a repository at a commit, and answers with the directory. The same request is cloned once.
pub fn clone(request: &GitRequest, clones: &Clones, options: &OsOptions) -> Answer {
    let attempt = {
        let mut attempts = clones.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.entry(request.clone()).or_default().clone()
    };
    // Other repositories can be cloned meanwhile.
    match attempt.get_or_init(|| checkout(request, options)) {
        Ok(checkout) => Answer::Directory { real: checkout.real.clone() },
        Err(failure) => Answer::Failed(failure.clone()),
    }
}

fn checkout(request: &GitRequest, options: &OsOptions) -> Result<Checkout, Failure> {
    let shown = shown(request);
    let fetch = fetch_arguments(request).map_err(|reason| format!("cannot clone {shown}: {reason}"))?;
    options
        .network
        .check(&request.url)
        .map_err(|failure| failure.map_message(|reason| format!("cannot clone {shown}: {reason}")))?;
    let directory = Temporary::new("boutique-").map_err(|reason| format!("cannot clone {shown}: {reason}"))?;
    let real = directory.path().canonicalize();
    let real = real.map_err(|error| format!("cannot clone {shown}: no temporary directory: {error}"))?;
    let largest = options.limits.clone;
    let run_git = |urls: Urls, arguments: &[&str], output: usize| {
        let started = Instant::now();
        let longest = options.limits.time.unwrap_or(LONGEST_TIMEOUT);
        let time = Duration::from_secs(request.timeout_seconds).min(longest);
        let limits = Limits { time, output };
        let mut command = command(&real, urls, arguments);
        if options.network.is_restricted() {
            keep_to_host(&mut command);
        }
        run_watched(command, Vec::new(), limits, || check_size(&real, largest)).map_err(|failure| {
            let is_late = started.elapsed() >= limits.time;
            let mut failure =
                failure.map_message(|message| format!("cannot clone {shown}: {}", without_credentials(message)));
            if is_late && time < longest {
                failure.help = Some(Help::Text("set the time with `?timeout=SECONDS` in the URL".to_string()));
            }
            failure
        })
    };
    let git =
        |urls, arguments: &[&str]| run_git(urls, arguments, options.limits.output.unwrap_or(LARGEST_OUTPUT)).map(drop);
    git(Urls::OfKustomization, &["init", "--quiet", "--template="])?;
    git(Urls::OfKustomization, &fetch)?;
    // A few small objects can say that there are more files than memory can hold.
    let list = ["ls-tree", "-r", "--long", "-z", "FETCH_HEAD"];
    let listed = run_git(Urls::None, &list, usize::try_from(largest).unwrap_or(usize::MAX) / LISTED_PER_BYTE);
    let is_too_large = match &listed {
        Ok(listed) => listed_size(listed) > largest,
        Err(failure) => failure.help == Some(Help::Raise(Limit::ProgramOutput)),
    };
    if is_too_large {
        return Err(too_large(largest).map_message(|message| format!("cannot clone {shown}: {message}")));
    }
    listed?;
    git(Urls::OfKustomization, &["checkout", "--quiet", "--detach", "FETCH_HEAD", "--"])?;
    if request.submodules && real.join(".gitmodules").symlink_metadata().is_ok() {
        if options.network.is_restricted() {
            let message = format!("cannot clone {shown}: its submodules may be on any host, and only some are allowed");
            let help = Help::Text("leave the submodules out with `?submodules=false` in the URL".to_string());
            return Err(Failure { message, help: Some(help) });
        }
        // URLs of submodules can be relative to it. Otherwise it stays out of the settings: it may hold a password.
        git(Urls::OfKustomization, &["remote", "add", "--", "origin", &request.url])?;
        git(Urls::OfRepository, &["submodule", "--quiet", "update", "--init", "--recursive"])?;
    }
    let real = real.to_str().ok_or_else(|| format!("cannot clone {shown}: the temporary directory is not UTF-8"))?;
    Ok(Checkout { real: real.to_string(), _directory: directory })
}

/// Checks that a clone is not larger than it may be.
fn check_size(clone: &Path, limit: u64) -> Result<(), Failure> {
    let mut size = 0;
    for entry in WalkDir::new(clone).into_iter().filter_map(Result::ok) {
        size += entry.metadata().map_or(0, |metadata| metadata.len()).max(BLOCK);
        if size > limit {
            return Err(too_large(limit));
        }
    }
    Ok(())
}

/// Returns the size of the files that `git ls-tree --long -z` lists.
fn listed_size(list: &[u8]) -> u64 {
    let sizes = list.split(|byte| *byte == 0).filter_map(|entry| {
        let fields = std::str::from_utf8(entry.split(|byte| *byte == b'\t').next()?).ok()?;
        Some(fields.split_ascii_whitespace().nth(3)?.parse().unwrap_or(0))
    });
    sizes.map(|size: u64| size.max(BLOCK)).fold(0, u64::saturating_add)
}

fn too_large(limit: u64) -> Failure {
    Failure::exceeds(Limit::CloneSize, format!("clone size limit exceeded: larger than {limit} bytes"))
}

/// Returns a repository as messages name it.
fn shown(request: &GitRequest) -> String {
    let url = without_credentials(&request.url);
    if request.reference.is_empty() { format!("`{url}`") } else { format!("`{url}` at `{}`", request.reference) }
}

/// Whose URLs a run of git follows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Urls {
    /// Those of the kustomization.
    OfKustomization,
    /// Those of the repository, which git itself trusts less: it lets no submodule be a local directory.
    OfRepository,
    /// None: nothing is fetched.
    None,
}

/// Returns a run of git that is safe in a repository of others.
pub fn command(directory: &Path, urls: Urls, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.current_dir(directory);
    command.args(SETTINGS.iter().flat_map(|setting| ["-c", setting])).args(arguments);
    for variable in FOREIGN_VARIABLES {
        command.env_remove(variable);
    }
    // This variable overrides all settings. It may be narrowed but not widened: not for users who have set it, and
    // not for submodules, where leaving it unset keeps git's own rules.
    match (std::env::var("GIT_ALLOW_PROTOCOL"), urls) {
        (_, Urls::None) => {
            command.env("GIT_ALLOW_PROTOCOL", "");
        }
        (Ok(allowed), _) => {
            let allowed: Vec<&str> = allowed.split(':').filter(|protocol| PROTOCOLS.contains(protocol)).collect();
            command.env("GIT_ALLOW_PROTOCOL", allowed.join(":"));
        }
        (Err(_), Urls::OfKustomization) => {
            command.env("GIT_ALLOW_PROTOCOL", PROTOCOLS.join(":"));
        }
        (Err(_), Urls::OfRepository) => {}
    }
    // Nobody is asked: git runs in a process group of its own, which cannot read from the terminal.
    command.env("GIT_TERMINAL_PROMPT", "0");
    if std::env::var_os("SSH_ASKPASS_REQUIRE").is_none() {
        command.env("SSH_ASKPASS_REQUIRE", "force");
    }
    command.env("LC_ALL", "C");
    command
}

/// Keeps a host from sending git to another one, and a repository from doing so with the filter for large files.
fn keep_to_host(command: &mut Command) {
    command.env("GIT_LFS_SKIP_SMUDGE", "1");
    set(command, &[("http.followRedirects".to_string(), "false".to_string())]);
}

/// Gives settings to a run of git that are stronger than all others, whatever their names hold.
pub fn set(command: &mut Command, settings: &[(String, String)]) {
    const COUNT: &str = "GIT_CONFIG_COUNT";
    let present = std::env::var(COUNT).ok().and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
    for (at, (name, value)) in settings.iter().enumerate() {
        let at = present + at;
        command.env(format!("GIT_CONFIG_KEY_{at}"), name).env(format!("GIT_CONFIG_VALUE_{at}"), value);
    }
    command.env(COUNT, (present + settings.len()).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_clone_is_known_before_it_is_there() {
        let entries = [
            "100644 blob 1234abcd   10000\ta b",
            "120000 blob 1234abcd       1\tc\t1",
            "160000 commit 1234abcd       -\td",
        ];
        let list = entries.map(|entry| format!("{entry}\0")).concat();
        assert_eq!(listed_size(list.as_bytes()), 10_000 + 2 * BLOCK);
        assert_eq!(listed_size(b""), 0);
    }
}
