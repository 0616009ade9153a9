//! Runs git where nothing but this module configures it: in a private directory, with a configuration of its own, and
//! without the variables, settings and hooks of the user, of the system and of any repository.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::diagnostic::{Help, Limit};
use crate::io::os::options::HostLimits;
use crate::io::os::process::{Limits, run};
use crate::io::os::temporary::Temporary;
use crate::request::Failure;

use super::plain;

/// The settings of the private repository. They apply even where a version of git ignores a variable below.
const SETTINGS: &str = "\
[core]
\thooksPath = /dev/null
\tfsmonitor = false
\tuntrackedCache = false
\tattributesFile = /dev/null
\texcludesFile = /dev/null
\tpreloadIndex = false
[protocol]
\tallow = never
[gc]
\tauto = 0
[maintenance]
\tauto = false
";

/// The environment of every run, besides what the user's environment has that is not for git.
const ENVIRONMENT: [(&str, &str); 11] = [
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_ALLOW_PROTOCOL", ""),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_PAGER", "cat"),
    ("LC_ALL", "C"),
];

/// git in a private directory, which is removed when this value is dropped.
#[derive(Debug)]
pub struct IsolatedGit {
    _directory: Temporary,
    /// The path of the directory, with links resolved.
    private: PathBuf,
    /// The value of `GIT_DIR`.
    git_dir: PathBuf,
    /// The value of `GIT_OBJECT_DIRECTORY`.
    objects: PathBuf,
    /// Further settings, as data of a repository: names of remotes and branches.
    settings: Vec<(String, String)>,
    /// The time limit for all runs together.
    time: Duration,
    started: Instant,
}

impl IsolatedGit {
    /// Creates an empty private repository.
    ///
    /// # Errors
    /// Fails if the directory cannot be created.
    pub fn new(limits: &HostLimits) -> Result<IsolatedGit, Failure> {
        let directory = Temporary::new("boutique-")?;
        let private = directory.path().canonicalize();
        let private = private.map_err(|error| format!("cannot create a temporary directory: {error}"))?;
        let git_dir = private.join("git");
        let git = IsolatedGit {
            _directory: directory,
            objects: git_dir.join("objects"),
            git_dir,
            private,
            settings: Vec::new(),
            time: Limits::default().or(limits).time,
            started: Instant::now(),
        };
        plain::write(&git.path("git/HEAD"), b"ref: refs/heads/none\n")?;
        plain::write(&git.path("git/config"), SETTINGS.as_bytes())?;
        for directory in ["git/refs/heads", "git/objects", "worktree"] {
            let path = git.path(directory);
            std::fs::create_dir_all(&path).map_err(|error| format!("cannot create `{}`: {error}", path.display()))?;
        }
        Ok(git)
    }

    /// Returns a path in the private directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.private.join(name)
    }

    /// Uses this repository in the private directory, and these objects.
    pub fn open(&mut self, git_dir: PathBuf, objects: PathBuf, settings: Vec<(String, String)>) {
        (self.git_dir, self.objects, self.settings) = (git_dir, objects, settings);
    }

    /// Sets the format of the repository.
    ///
    /// # Errors
    /// Fails if the settings cannot be written.
    pub fn set_format(&self, object_format: &str, ref_storage: &str) -> Result<(), Failure> {
        let extensions = match (object_format, ref_storage) {
            ("sha1", "files") => "\trepositoryformatversion = 0\n".to_string(),
            ("sha1", refs) => format!("\trepositoryformatversion = 1\n[extensions]\n\trefStorage = {refs}\n"),
            (objects, "files") => {
                format!("\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = {objects}\n")
            }
            (objects, refs) => format!(
                "\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = {objects}\n\trefStorage = {refs}\n"
            ),
        };
        plain::write(&self.path("git/config"), format!("{SETTINGS}[core]\n{extensions}").as_bytes())
    }

    /// Runs git, and returns its output.
    ///
    /// # Errors
    /// Fails if git does, or if the time for all runs is over.
    pub fn run(&self, arguments: &[&str], input: Vec<u8>, max_output: usize) -> Result<Vec<u8>, Failure> {
        let time = self.time.saturating_sub(self.started.elapsed());
        let result = run(self.command(arguments), input, Limits { time, output: max_output });
        result.map_err(|failure| match &failure.help {
            Some(Help::Raise(Limit::ProgramTime)) => {
                let message = format!("`git` took longer than {} seconds and was stopped", self.time.as_secs());
                Failure::exceeds(Limit::ProgramTime, message)
            }
            _ => failure,
        })
    }

    /// Runs git, and returns its output without the line break at the end.
    ///
    /// # Errors
    /// Fails if git does.
    pub fn line(&self, arguments: &[&str]) -> Result<String, Failure> {
        const MAX_LINE: usize = 1 << 16;
        let output = self.run(arguments, Vec::new(), MAX_LINE)?;
        Ok(String::from_utf8_lossy(&output).trim_end_matches('\n').to_string())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        let worktree = self.path("worktree");
        command.current_dir(&worktree).arg("--no-pager").args(arguments);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"GIT_")) {
            command.env_remove(name);
        }
        command.envs(ENVIRONMENT).env("HOME", &self.private).env("XDG_CONFIG_HOME", &self.private);
        command
            .env("GIT_DIR", &self.git_dir)
            .env("GIT_OBJECT_DIRECTORY", &self.objects)
            .env("GIT_WORK_TREE", &worktree);
        command.env("GIT_CEILING_DIRECTORIES", &self.private);
        for (index, (name, value)) in self.settings.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{index}"), name).env(format!("GIT_CONFIG_VALUE_{index}"), value);
        }
        command.env("GIT_CONFIG_COUNT", self.settings.len().to_string());
        command
    }
}
