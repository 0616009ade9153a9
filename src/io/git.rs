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

use crate::path::is_within;
use crate::remote::without_credentials;
use crate::request::{Answer, GitRequest};

use super::OsOptions;
use super::process::{Limits, run};
use super::temporary::Temporary;

/// The transports that are spoken. `ext` would run a command of the tree's choice.
const PROTOCOLS: [&str; 5] = ["https", "http", "ssh", "git", "file"];

/// The settings for every run: nothing runs but git and what the user has set up.
const SETTINGS: [&str; 8] = [
    "protocol.ext.allow=never",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=true",
    "submodule.recurse=false",
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

/// The clones of one process, each in a temporary directory. They are removed when this is dropped.
#[derive(Debug, Default)]
pub struct Clones {
    attempts: Mutex<HashMap<GitRequest, Attempt>>,
}

/// A clone, set once it has been made or has failed.
type Attempt = Arc<OnceLock<Result<Checkout, String>>>;

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
        Err(message) => Answer::Failed(message.clone()),
    }
}

fn checkout(request: &GitRequest, options: &OsOptions) -> Result<Checkout, String> {
    let shown = shown(request);
    check_url(&request.url).map_err(|reason| format!("cannot clone {shown}: {reason}"))?;
    check_reference(&request.reference).map_err(|reason| format!("cannot clone {shown}: {reason}"))?;
    options.network.check(&request.url).map_err(|reason| format!("cannot clone {shown}: {reason}"))?;
    let directory = Temporary::new("boutique-").map_err(|reason| format!("cannot clone {shown}: {reason}"))?;
    let real = directory.path().canonicalize();
    let real = real.map_err(|error| format!("cannot clone {shown}: no temporary directory: {error}"))?;
    let git = |urls: Urls, arguments: &[&str]| {
        let started = Instant::now();
        let longest = options.limits.time.unwrap_or(LONGEST_TIMEOUT);
        let time = Duration::from_secs(request.timeout_seconds).min(longest);
        let limits = Limits { time, output: options.limits.output.unwrap_or(LARGEST_OUTPUT) };
        let mut command = command(&real, urls, arguments);
        if options.network.is_restricted() {
            forbid_redirects(&mut command);
        }
        run(command, Vec::new(), limits).map(drop).map_err(|message| {
            let is_late = started.elapsed() >= limits.time;
            let advice = if is_late && time < longest { "; `?timeout=SECONDS` in the URL does, too" } else { "" };
            format!("cannot clone {shown}: {}{advice}", without_credentials(&message))
        })
    };
    let reference = if request.reference.is_empty() { "HEAD" } else { &request.reference };
    git(Urls::OfKustomization, &["init", "--quiet", "--template="])?;
    git(Urls::OfKustomization, &["fetch", "--quiet", "--depth=1", "--", &request.url, reference])?;
    git(Urls::OfKustomization, &["checkout", "--quiet", "--detach", "FETCH_HEAD", "--"])?;
    if request.submodules && real.join(".gitmodules").symlink_metadata().is_ok() {
        if options.network.is_restricted() {
            let advice = "its submodules may be anywhere, which --offline and --allow-host forbid";
            return Err(format!("cannot clone {shown}: {advice}; `?submodules=false` in the URL leaves them out"));
        }
        // URLs of submodules can be relative to it. Otherwise it stays out of the settings: it may hold a password.
        git(Urls::OfKustomization, &["remote", "add", "--", "origin", &request.url])?;
        git(Urls::OfRepository, &["submodule", "--quiet", "update", "--init", "--recursive"])?;
    }
    let real = real.to_str().ok_or_else(|| format!("cannot clone {shown}: the temporary directory is not UTF-8"))?;
    Ok(Checkout { real: real.to_string(), _directory: directory })
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

/// Keeps a host from sending git to another one.
fn forbid_redirects(command: &mut Command) {
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

/// Returns why a URL is not given to git.
fn check_url(url: &str) -> Result<(), String> {
    check_argument(url, "the URL")?;
    let scheme =
        PROTOCOLS.iter().find_map(|scheme| url.strip_prefix(scheme)?.strip_prefix("://").map(|rest| (scheme, rest)));
    let Some((scheme, rest)) = scheme else {
        // `user@host:path` is the only form without a scheme. `ext::sh -c ...` would be a command.
        let user = url.split_once('@').map(|(user, _)| user).filter(|user| !user.is_empty());
        return match user {
            Some(user) if user.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => Ok(()),
            _ => Err(format!("its transport is none of {}", PROTOCOLS.join(", "))),
        };
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if *scheme != "file" && (authority.starts_with('-') || host.starts_with('-')) {
        return Err("its host looks like an option".to_string());
    }
    Ok(())
}

/// Returns why a reference is not given to git.
fn check_reference(reference: &str) -> Result<(), String> {
    check_argument(reference, "the reference")
}

/// Returns why an argument is not given to git: it would be read as an option, or tells lies on a terminal.
pub fn check_argument(argument: &str, what: &str) -> Result<(), String> {
    if argument.starts_with('-') {
        return Err(format!("{what} looks like an option"));
    }
    if argument.contains(char::is_control) {
        return Err(format!("{what} holds a control character"));
    }
    Ok(())
}
