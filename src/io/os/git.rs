//! Clones git repositories with the `git` command.
//!
//! The URL, the git ref and the repository come from the tree, so none of them is trusted: nothing is passed to a shell or
//! can be interpreted as an option, only transports that do not run commands are allowed, and nothing in a repository is
//! executed. The user's own configuration applies: credentials, proxies, `insteadOf`, filters such as LFS.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use walkdir::WalkDir;

use crate::diagnostic::{Help, Limit};
use crate::path::is_within;
use crate::remote::transport::{PROTOCOLS, fetch_arguments};
use crate::remote::without_credentials;
use crate::request::{Answer, Failure, GitRequest};

use super::http::{Redirect, repository_redirect};
use super::options::OsOptions;
use super::process::{Limits, run_watched};
use super::temporary::Temporary;

/// The settings of every run. Only git and programs that the user has configured are executed.
const SETTINGS: [&str; 10] = [
    "protocol.ext.allow=never",
    // Redirects are followed after their destinations were checked.
    "http.followRedirects=false",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=true",
    "submodule.recurse=false",
    // A directory in the tree that looks like a bare repository is not used as one.
    "safe.bareRepository=explicit",
    "advice.detachedHead=false",
    // No background maintenance in a temporary directory.
    "gc.auto=0",
    "maintenance.auto=false",
];

/// The variables that make git use another repository than that of its working directory, as in a hook. They are those of
/// `git rev-parse --local-env-vars`, without the ones for settings.
const REPOSITORY_VARIABLES: [&str; 13] = [
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

/// The default maximum of the time that a URL can allow for one run of git.
const MAX_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// The maximum number of submodules whose servers redirect.
const MAX_REDIRECTS: usize = 100;

/// The default maximum of git's output in bytes.
const MAX_OUTPUT: usize = 1 << 20;

/// The minimum size of a file in the size of a clone, in bytes, so that the limit also applies to many small files.
const BLOCK: u64 = 4096;

/// The number of bytes in a clone for each byte of its file list. An entry has about sixty bytes, and counts as a block.
pub const CLONE_BYTES_PER_LIST_BYTE: usize = 64;

/// The clones of one process, each in a temporary directory. They are removed when this value is dropped.
#[derive(Debug, Default)]
pub struct Clones {
    attempts: Mutex<HashMap<GitRequest, Attempt>>,
}

/// A clone, which is set when it is complete or has failed.
type Attempt = Arc<OnceLock<Result<Checkout, Failure>>>;

#[derive(Debug)]
struct Checkout {
    /// The path with links resolved.
    real: String,
    /// Removes the directory when dropped.
    _directory: Temporary,
}

impl Clones {
    /// Returns whether a path with links resolved is inside a clone.
    pub fn contain(&self, real: &str) -> bool {
        let attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let checkouts = attempts.values().filter_map(|attempt| attempt.get()?.as_ref().ok());
        checkouts.into_iter().any(|checkout| is_within(real, &checkout.real))
    }
}

/// Clones a repository at a git ref, and answers with the directory. A request is cloned only once.
pub fn clone(request: &GitRequest, clones: &Clones, options: &OsOptions) -> Answer {
    let attempt = {
        let mut attempts = clones.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.entry(request.clone()).or_default().clone()
    };
    // The lock is not held, so other repositories can be cloned at the same time.
    match attempt.get_or_init(|| checkout(request, options)) {
        Ok(checkout) => Answer::Directory { real: checkout.real.clone() },
        Err(failure) => Answer::Failed(failure.clone()),
    }
}

fn checkout(request: &GitRequest, options: &OsOptions) -> Result<Checkout, Failure> {
    let shown = shown(request);
    let cannot_clone = |failure: Failure| {
        failure.map_message(|reason| format!("cannot clone {shown}: {}", without_credentials(reason)))
    };
    let fetch = fetch_arguments(request).map_err(|reason| cannot_clone(reason.into()))?;
    options.network.check(&request.url).map_err(cannot_clone)?;
    let directory = Temporary::new("boutique-").map_err(|reason| cannot_clone(reason.into()))?;
    let real = directory.path().canonicalize();
    let real = real.map_err(|error| cannot_clone(format!("cannot create a temporary directory: {error}").into()))?;
    let text = real.to_str().ok_or_else(|| cannot_clone("the temporary directory is not UTF-8".into()))?.to_string();
    let mut clone = Clone { request, options, directory: real, settings: Vec::new() };
    clone.fill(&fetch).map_err(cannot_clone)?;
    Ok(Checkout { real: text, _directory: directory })
}

/// A clone that is being made.
struct Clone<'a> {
    request: &'a GitRequest,
    options: &'a OsOptions,
    directory: PathBuf,
    /// Settings for places that repositories have moved to.
    settings: Vec<(String, String)>,
}

impl Clone<'_> {
    /// Fetches and checks out the repository and its submodules.
    fn fill(&mut self, fetch: &[&str; 6]) -> Result<(), Failure> {
        self.git(UrlSource::Kustomization, &["init", "--quiet", "--template="])?;
        self.fetch(fetch)?;
        self.check_list()?;
        self.git(UrlSource::Kustomization, &["checkout", "--quiet", "--detach", "FETCH_HEAD", "--"])?;
        if !self.request.submodules || self.directory.join(".gitmodules").symlink_metadata().is_err() {
            return Ok(());
        }
        if self.options.network.is_restricted() {
            let help = Help::Text("skip the submodules with `?submodules=false` in the URL".to_string());
            let message = "its submodules may be on any host, but only some hosts are allowed".to_string();
            return Err(Failure { message, help: Some(help) });
        }
        // URLs of submodules may be relative to that of the repository. It is not stored otherwise, since it may contain a
        // password.
        self.git(UrlSource::Kustomization, &["remote", "add", "--", "origin", &self.request.url])?;
        self.fetch_submodules()
    }

    /// Fetches the repository, from where it has moved to if its server redirects.
    fn fetch(&mut self, fetch: &[&str; 6]) -> Result<(), Failure> {
        let failure = match self.git(UrlSource::Kustomization, fetch) {
            Err(failure) if redirecting_url(&failure.message).is_some() => failure,
            result => return result,
        };
        let Some(redirect) = repository_redirect(&self.request.url, self.options)? else { return Err(failure) };
        self.pin(&redirect);
        let [command, quiet, depth, separator, _, git_ref] = *fetch;
        self.git(UrlSource::Kustomization, &[command, quiet, depth, separator, &redirect.url, git_ref])
    }

    fn fetch_submodules(&mut self) -> Result<(), Failure> {
        let update = ["submodule", "--quiet", "update", "--init", "--recursive"];
        let mut followed = BTreeSet::new();
        loop {
            let failure = match self.git(UrlSource::Repository, &update) {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            let Some(url) = redirecting_url(&failure.message).map(ToString::to_string) else { return Err(failure) };
            if followed.len() == MAX_REDIRECTS || !followed.insert(url.clone()) {
                return Err(failure);
            }
            let Some(redirect) = repository_redirect(&url, self.options)? else { return Err(failure) };
            self.pin(&redirect);
            self.settings.push((format!("url.{}.insteadOf", redirect.url), url));
        }
    }

    /// Makes git contact the addresses that were checked.
    fn pin(&mut self, redirect: &Redirect) {
        self.settings.extend(redirect.pinned.clone().map(|pinned| ("http.curloptResolve".to_string(), pinned)));
    }

    /// Checks the size of the files before they are written. A few small objects can describe more files than fit into memory.
    fn check_list(&self) -> Result<(), Failure> {
        let max_size = self.options.limits.clone;
        let max_list = usize::try_from(max_size).unwrap_or(usize::MAX) / CLONE_BYTES_PER_LIST_BYTE;
        let listed = self.run(UrlSource::None, &["ls-tree", "-r", "--long", "-z", "FETCH_HEAD"], max_list);
        let is_too_large = match &listed {
            Ok(listed) => listed_size(listed) > max_size,
            Err(failure) => failure.help == Some(Help::Raise(Limit::ProgramOutput)),
        };
        if is_too_large { Err(too_large(max_size)) } else { listed.map(drop) }
    }

    fn git(&self, urls: UrlSource, arguments: &[&str]) -> Result<(), Failure> {
        self.run(urls, arguments, self.options.limits.output.unwrap_or(MAX_OUTPUT)).map(drop)
    }

    fn run(&self, urls: UrlSource, arguments: &[&str], output: usize) -> Result<Vec<u8>, Failure> {
        let started = Instant::now();
        let max_time = self.options.limits.time.unwrap_or(MAX_TIMEOUT);
        let time = Duration::from_secs(self.request.timeout_seconds).min(max_time);
        let limits = Limits { time, output };
        let mut command = command(&self.directory, urls, arguments);
        if self.options.network.is_restricted() {
            // The LFS filter of a repository may contact other hosts.
            command.env("GIT_LFS_SKIP_SMUDGE", "1");
        }
        add_settings(&mut command, &self.settings);
        let watch = || check_size(&self.directory, self.options.limits.clone);
        run_watched(command, Vec::new(), limits, watch).map_err(|mut failure| {
            if started.elapsed() >= limits.time && time < max_time {
                failure.help = Some(Help::Text("allow more time with `?timeout=SECONDS` in the URL".to_string()));
            }
            failure
        })
    }
}

/// Returns the URL that git could not fetch from because the server redirects.
fn redirecting_url(message: &str) -> Option<&str> {
    let lines = message.lines().filter_map(|line| line.split_once("unable to access '"));
    let url = lines.into_iter().find_map(|(_, rest)| {
        let (url, reason) = rest.split_once("': ")?;
        reason.starts_with("The requested URL returned error: 3").then_some(url)
    });
    url.map(|url| url.trim_end_matches('/'))
}

/// Checks that a clone does not exceed the size limit.
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

/// Returns the total size of the files in the output of `git ls-tree --long -z`.
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

/// Returns a repository as it is shown in messages.
fn shown(request: &GitRequest) -> String {
    let url = without_credentials(&request.url);
    if request.git_ref.is_empty() { format!("`{url}`") } else { format!("`{url}` at `{}`", request.git_ref) }
}

/// The source of the URLs that a run of git fetches from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum UrlSource {
    /// The kustomization.
    Kustomization,
    /// The repository, which git itself trusts less: it does not allow submodules to be local directories.
    Repository,
    /// Nothing is fetched.
    None,
}

/// Returns a git command that is safe to run in an untrusted repository.
fn command(directory: &Path, urls: UrlSource, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.current_dir(directory);
    command.args(SETTINGS.iter().flat_map(|setting| ["-c", setting])).args(arguments);
    for variable in REPOSITORY_VARIABLES {
        command.env_remove(variable);
    }
    // This variable overrides all settings. If the user has set it, it may only be restricted further. For submodules it
    // remains unset, so that git's own rules apply.
    match (std::env::var("GIT_ALLOW_PROTOCOL"), urls) {
        (_, UrlSource::None) => {
            command.env("GIT_ALLOW_PROTOCOL", "");
        }
        (Ok(allowed), _) => {
            let allowed: Vec<&str> = allowed.split(':').filter(|protocol| PROTOCOLS.contains(protocol)).collect();
            command.env("GIT_ALLOW_PROTOCOL", allowed.join(":"));
        }
        (Err(_), UrlSource::Kustomization) => {
            command.env("GIT_ALLOW_PROTOCOL", PROTOCOLS.join(":"));
        }
        (Err(_), UrlSource::Repository) => {}
    }
    // git must not prompt: it runs in its own process group, which cannot read from the terminal.
    command.env("GIT_TERMINAL_PROMPT", "0");
    if std::env::var_os("SSH_ASKPASS_REQUIRE").is_none() {
        command.env("SSH_ASKPASS_REQUIRE", "force");
    }
    // A local repository is not made to fetch what it lacks, which would run commands of its settings.
    command.env("GIT_NO_LAZY_FETCH", "1");
    command.env("LC_ALL", "C");
    command
}

/// Adds settings that override all others to a git command. Their names may contain any characters.
fn add_settings(command: &mut Command, settings: &[(String, String)]) {
    const COUNT: &str = "GIT_CONFIG_COUNT";
    let existing = std::env::var(COUNT).ok().and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
    for (index, (name, value)) in settings.iter().enumerate() {
        let index = existing + index;
        command.env(format!("GIT_CONFIG_KEY_{index}"), name).env(format!("GIT_CONFIG_VALUE_{index}"), value);
    }
    command.env(COUNT, (existing + settings.len()).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_clone_is_known_before_the_checkout() {
        let entries = [
            "100644 blob 1234abcd   10000\ta b",
            "120000 blob 1234abcd       1\tc\t1",
            "160000 commit 1234abcd       -\td",
        ];
        let list = entries.map(|entry| format!("{entry}\0")).concat();
        assert_eq!(listed_size(list.as_bytes()), 10_000 + 2 * BLOCK);
        assert_eq!(listed_size(b""), 0);
    }

    #[test]
    fn redirects_are_recognized() {
        let message = |status: &str| {
            format!(
                "failed:\nfatal: unable to access 'http://host/a/': The requested URL returned error: {status}\nmore"
            )
        };
        assert_eq!(redirecting_url(&message("302")), Some("http://host/a"));
        assert_eq!(redirecting_url(&message("403")), None);
        assert_eq!(redirecting_url("unable to access 'a"), None);
    }
}
