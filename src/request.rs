//! What a render asks the world, and what it is answered.

use std::fmt;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Help, Limit, Permission};

/// Something that a render needs to know about the world.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Request {
    /// What is at an absolute path? With `within`, a file is only given if it lies in that directory after links are
    /// followed; that a directory is there is told wherever it lies.
    Path {
        /// An absolute path.
        path: String,
        /// The directory that a file has to be in.
        within: Option<String>,
    },
    /// A clone of a git repository, as a directory.
    Git(GitRequest),
    /// The content of a URL.
    Http {
        /// The URL.
        url: String,
    },
    /// A chart as a directory, pulled if it is not there.
    HelmChart(HelmChartRequest),
    /// What `helm template` prints.
    HelmTemplate(HelmTemplateRequest),
    /// What a function prints.
    Program(ProgramRequest),
}

impl Request {
    /// Returns whether the answer is what a program prints.
    pub(crate) fn runs_program(&self) -> bool {
        matches!(self, Request::HelmTemplate(_) | Request::Program(_))
    }
}

/// A commit of a git repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct GitRequest {
    /// What `git fetch` takes as the repository.
    pub url: String,
    /// A branch, a tag or a commit; the default branch if empty.
    pub reference: String,
    /// Clone its submodules, too.
    pub submodules: bool,
    /// How long one run of git may take.
    pub timeout_seconds: u64,
}

/// A Helm chart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct HelmChartRequest {
    /// The directory that charts are in, as an absolute path.
    pub home: String,
    /// The name of the chart.
    pub name: String,
    /// Where to pull it from; it has to be there already if this is empty.
    pub repo: String,
    /// The version to pull; the newest if empty.
    pub version: String,
    /// Development versions count as well.
    pub devel: bool,
    /// `HELM_CONFIG_HOME`, or empty for a temporary one.
    pub config_home: String,
    /// The directory that a chart may be pulled to, and that its links may lead to beside its own and its home.
    pub within: Option<String>,
}

/// A run of `helm template`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct HelmTemplateRequest {
    /// The arguments before the values files.
    pub arguments: Vec<String>,
    /// The values, as YAML.
    pub values: Vec<u8>,
    /// What is in further values files.
    pub additional_values: Vec<Arc<[u8]>>,
    /// The arguments behind the values files.
    pub more_arguments: Vec<String>,
    /// `HELM_CONFIG_HOME`, or empty for a temporary one.
    pub config_home: String,
}

/// A run of a function or plugin program.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct ProgramRequest {
    /// What to run.
    pub program: Program,
    /// The directory to run it in.
    pub directory: String,
    /// Its standard input.
    pub input: Vec<u8>,
}

/// What kind of program it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Program {
    /// A KRM function that is a file.
    Executable {
        /// The path as the tree has it.
        path: String,
        /// The arguments.
        arguments: Vec<String>,
        /// Variables, as `KEY=value`, or as `KEY` to pass one on.
        environment: Vec<String>,
    },
    /// A KRM function in a container.
    Container {
        /// The image.
        image: String,
        /// It may use the network.
        network: bool,
        /// The directories that it sees.
        mounts: Vec<Mount>,
        /// Variables, as `KEY=value`, or as `KEY` to pass one on.
        environment: Vec<String>,
    },
    /// An exec plugin of kustomize's plugin folder; it gets its configuration as a file.
    Plugin {
        /// The group in the API version of the configuration.
        group: String,
        /// The version in it.
        version: String,
        /// The kind of the configuration.
        kind: String,
        /// The arguments.
        arguments: Vec<String>,
        /// The configuration, as YAML.
        configuration: Vec<u8>,
    },
}

/// A directory that a container sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Mount {
    /// `bind` or `volume`.
    pub mount_type: String,
    /// What is mounted.
    pub source: String,
    /// Where the container sees it.
    pub target: String,
    /// The container may write to it.
    pub writable: bool,
    /// The directory that the source has to lie in, with links followed; none for those of the command line.
    pub within: Option<String>,
}

/// What a host answers to a [`Request`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Answer {
    /// A file, with its path after links were followed.
    File {
        /// The path with links followed.
        real: String,
        /// The content.
        bytes: Vec<u8>,
    },
    /// A directory, with its path after links were followed.
    Directory {
        /// The path with links followed.
        real: String,
    },
    /// There is nothing.
    Missing,
    /// It lies outside the directory asked for; this is where.
    Outside {
        /// The path with links followed.
        real: String,
    },
    /// What a program printed.
    Output(Vec<u8>),
    /// It could not be read, or the program failed.
    Failed(Failure),
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// Why there is none.
    pub message: String,
    /// What would work instead.
    pub help: Option<Help>,
}

impl Failure {
    /// Returns a failure without help.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), help: None }
    }

    /// Returns the failure of something that is larger, or takes longer, than a limit allows.
    pub fn exceeds(limit: Limit, message: impl Into<String>) -> Failure {
        Failure { message: message.into(), help: Some(Help::Raise(limit)) }
    }

    /// Returns the failure of something that is not allowed.
    pub fn denied(permission: Permission, message: impl Into<String>) -> Failure {
        Failure { message: message.into(), help: Some(Help::Allow(permission)) }
    }

    /// Returns the failure with another message.
    pub(crate) fn map_message(self, change: impl FnOnce(&str) -> String) -> Failure {
        Failure { message: change(&self.message), ..self }
    }

    /// Returns the error about the failure: with a code of its own for limits and permissions, or else the one given.
    pub(crate) fn error(&self, otherwise: Code, message: impl Into<String>) -> Box<Diagnostic> {
        let code = match &self.help {
            Some(Help::Raise(_)) => Code::LimitExceeded,
            Some(Help::Allow(_)) => Code::NotAllowed,
            _ => otherwise,
        };
        let mut error = Diagnostic::error(code, message);
        error.help.clone_from(&self.help);
        error
    }
}

impl std::error::Error for Failure {}

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure::new(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Failure {
        Failure::new(message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
