//! Requests of a render to the outside world, and their answers.

use std::fmt;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Help, Limit, Permission};

/// A question that a render has about the outside world.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Request {
    /// The file or directory at an absolute path. With `within`, the answer holds a file only if its path is in that
    /// directory after links are followed. A directory may be anywhere.
    Path {
        /// An absolute path.
        path: String,
        /// The directory that a file must be in.
        within: Option<String>,
    },
    /// A clone of a git repository, as a directory.
    Git(GitRequest),
    /// The content of a URL.
    Http {
        /// The URL.
        url: String,
    },
    /// A chart as a directory, pulled if it does not exist.
    HelmChart(HelmChartRequest),
    /// The output of `helm template`.
    HelmTemplate(HelmTemplateRequest),
    /// The output of a function.
    Program(ProgramRequest),
}

impl Request {
    /// Returns whether the answer is the output of a program.
    pub(crate) fn runs_program(&self) -> bool {
        matches!(self, Request::HelmTemplate(_) | Request::Program(_))
    }
}

/// A commit of a git repository.
///
/// # Example
/// A host that has the repositories already:
/// ```
/// use boutique::io::{self, Host, MemoryHost};
/// use boutique::{Answer, Failure, GitRequest, Options, Permission, Request};
///
/// struct Mirror(MemoryHost);
///
/// impl Host for Mirror {
///     fn answer(&self, request: &Request) -> Answer {
///         match request {
///             Request::Git(GitRequest { url, git_ref, .. }) if url == "https://github.com/example/shop" => {
///                 Answer::Directory { real: format!("/mirror/shop/{git_ref}") }
///             }
///             Request::Git(GitRequest { url, .. }) => {
///                 Answer::Failed(Failure::denied(Permission::Remote, format!("there is no mirror of {url}")))
///             }
///             request => self.0.answer(request),
///         }
///     }
/// }
///
/// let host = Mirror(MemoryHost::new([
///     ("/app/kustomization.yaml", "resources: ['https://github.com/example/shop?ref=v2']\n"),
///     ("/mirror/shop/v2/kustomization.yaml", "configMapGenerator: [{name: shop, literals: [a=b]}]\n"),
/// ]));
/// let rendered = io::render(&host, "/app", &Options::default()).result.expect("the mirror has the repository");
/// assert_eq!(rendered.resources()[0].kind(), "ConfigMap");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct GitRequest {
    /// The repository, as an argument of `git fetch`.
    pub url: String,
    /// A branch, a tag or a commit; the default branch if empty.
    pub git_ref: String,
    /// Whether to clone submodules, too.
    pub submodules: bool,
    /// The time limit for one run of git.
    pub timeout_seconds: u64,
}

/// A Helm chart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct HelmChartRequest {
    /// The absolute path of the directory that contains the charts.
    pub home: String,
    /// The name of the chart.
    pub name: String,
    /// The repository to pull the chart from. If empty, the chart must already exist.
    pub repo: String,
    /// The version to pull; the newest if empty.
    pub version: String,
    /// Whether development versions are accepted.
    pub devel: bool,
    /// `HELM_CONFIG_HOME`, or empty for a temporary one.
    pub config_home: String,
    /// The directory that a chart may be pulled to. If it is given, the chart and all links in it must stay in the
    /// directory of the chart.
    pub within: Option<String>,
}

/// A run of `helm template`.
///
/// # Example
/// A host that inflates the charts of a directory without helm:
/// ```
/// use boutique::io::{self, Host, MemoryHost};
/// use boutique::{Answer, HelmChartRequest, HelmOptions, HelmTemplateRequest, Options, Request};
///
/// struct Charts(MemoryHost);
///
/// impl Host for Charts {
///     fn answer(&self, request: &Request) -> Answer {
///         match request {
///             Request::HelmChart(HelmChartRequest { home, name, repo, .. }) if repo.is_empty() => {
///                 Answer::Directory { real: format!("{home}/{name}") }
///             }
///             Request::HelmChart(chart) => Answer::Failed(format!("{} is not pulled", chart.name).into()),
///             Request::HelmTemplate(HelmTemplateRequest { arguments, values, .. }) => {
///                 assert_eq!(arguments[0], "template");
///                 let values = String::from_utf8_lossy(values);
///                 let head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cache}";
///                 Answer::Output(format!("{head}\ndata: {{{values}}}\n").into_bytes())
///             }
///             request => self.0.answer(request),
///         }
///     }
/// }
///
/// let host = Charts(MemoryHost::new([
///     ("/app/kustomization.yaml", "helmCharts:\n- name: cache\n  valuesInline: {size: big}\n"),
///     ("/app/charts/cache/values.yaml", "size: small\n"),
/// ]));
/// let mut options = Options::default();
/// options.helm = Some(HelmOptions::default());
/// let rendered = io::render(&host, "/app", &options).result.expect("the chart exists");
/// assert!(rendered.to_yaml().expect("it can be written").contains("size: big"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct HelmTemplateRequest {
    /// The arguments before the values files.
    pub arguments: Vec<String>,
    /// The values, as YAML.
    pub values: Vec<u8>,
    /// The chart. Its directory is among the arguments.
    pub chart: HelmChartRequest,
    /// The contents of additional values files.
    pub additional_values: Vec<Arc<[u8]>>,
    /// The arguments after the values files.
    pub more_arguments: Vec<String>,
}

/// A run of a function or plugin program.
///
/// # Example
/// A host that runs a function in its own process:
/// ```
/// use boutique::io::{self, Host, MemoryHost};
/// use boutique::{Answer, Mount, Options, Output, PluginOptions, Program, ProgramRequest, Request};
///
/// struct Functions(MemoryHost);
///
/// impl Host for Functions {
///     fn answer(&self, request: &Request) -> Answer {
///         let Request::Program(ProgramRequest { program, input, .. }) = request else { return self.0.answer(request) };
///         match program {
///             Program::Container { mounts, .. } if !mounts.is_empty() => {
///                 let sources: Vec<&str> = mounts.iter().map(|Mount { source, .. }| source.as_str()).collect();
///                 Answer::Failed(format!("{} cannot be mounted", sources.join(", ")).into())
///             }
///             Program::Container { image, .. } if image == "example.com/promote" => {
///                 Answer::Output(String::from_utf8_lossy(input).replace("stage: test", "stage: live").into_bytes())
///             }
///             other => Answer::Failed(format!("{other:?} is not a known function").into()),
///         }
///     }
/// }
///
/// let function = "apiVersion: example.com/v1\nkind: Promote\nmetadata:\n  name: promote\n  annotations:\n    \
///                 config.kubernetes.io/function: 'container: {image: example.com/promote}'\n";
/// let host = Functions(MemoryHost::new([
///     ("/app/kustomization.yaml", "resources: [settings.yaml]\ntransformers: [promote.yaml]\n"),
///     ("/app/settings.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {stage: test}\n"),
///     ("/app/promote.yaml", function),
/// ]));
/// let mut options = Options::default();
/// options.plugins = Some(PluginOptions::default());
/// let io::Outcome { result, inputs } = io::render(&host, "/app", &options);
/// assert!(result.expect("it is valid").to_yaml().expect("it can be written").contains("stage: live"));
/// let outputs: Vec<&Output> = inputs.answers().filter_map(|(request, _)| inputs.output(request)).collect();
/// assert!(outputs[0].is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct ProgramRequest {
    /// The program to run.
    pub program: Program,
    /// The directory to run it in.
    pub directory: String,
    /// Its standard input.
    pub input: Vec<u8>,
}

/// A program and how to run it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Program {
    /// A KRM function that is a file.
    Executable {
        /// The path as written in the tree.
        path: String,
        /// The arguments.
        arguments: Vec<String>,
        /// Environment variables: `KEY=value`, or `KEY` to pass one through.
        environment: Vec<String>,
    },
    /// A KRM function in a container.
    Container {
        /// The image.
        image: String,
        /// Whether it may use the network.
        network: bool,
        /// The directories that are mounted into it.
        mounts: Vec<Mount>,
        /// Environment variables: `KEY=value`, or `KEY` to pass one through.
        environment: Vec<String>,
    },
    /// An exec plugin of kustomize's plugin folder; it gets its configuration as a file.
    Plugin {
        /// The group in the API version of the configuration.
        group: String,
        /// The version in the API version of the configuration.
        version: String,
        /// The kind of the configuration.
        kind: String,
        /// The arguments.
        arguments: Vec<String>,
        /// The configuration, as YAML.
        configuration: Vec<u8>,
    },
}

/// A directory that is mounted into a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Mount {
    /// `bind` or `volume`.
    pub mount_type: String,
    /// The path on the host, or the name of the volume.
    pub source: String,
    /// The path in the container.
    pub target: String,
    /// Whether the container may write to it.
    pub writable: bool,
    /// The directory that must contain the source after links are followed; `None` for mounts that the caller adds.
    pub within: Option<String>,
}

/// The answer of a host to a [`Request`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Answer {
    /// A file.
    File {
        /// The path after links are followed.
        real: String,
        /// The content.
        bytes: Vec<u8>,
    },
    /// A directory.
    Directory {
        /// The path after links are followed.
        real: String,
    },
    /// The path does not exist.
    Missing,
    /// The file is outside the directory that must contain it.
    Outside {
        /// The path after links are followed.
        real: String,
    },
    /// The output of a program.
    Output(Vec<u8>),
    /// The path could not be read, or the program failed.
    Failed(Failure),
}

/// The reason why a request could not be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The error message.
    pub message: String,
    /// A way to fix the failure.
    pub help: Option<Help>,
}

impl Failure {
    /// Returns a failure without help.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), help: None }
    }

    /// Returns a failure because of an exceeded limit.
    pub fn exceeds(limit: Limit, message: impl Into<String>) -> Failure {
        Failure { message: message.into(), help: Some(Help::Raise(limit)) }
    }

    /// Returns a failure because of a missing permission.
    pub fn denied(permission: Permission, message: impl Into<String>) -> Failure {
        Failure { message: message.into(), help: Some(Help::Allow(permission)) }
    }

    /// Returns the failure with another message.
    pub(crate) fn map_message(self, change: impl FnOnce(&str) -> String) -> Failure {
        Failure { message: change(&self.message), ..self }
    }

    /// Returns the failure as an error with this message. Limits and permissions have their own codes; other failures
    /// get `default_code`.
    pub(crate) fn error(&self, default_code: Code, message: impl Into<String>) -> Box<Diagnostic> {
        let code = match &self.help {
            Some(Help::Raise(_)) => Code::LimitExceeded,
            Some(Help::Allow(_)) => Code::NotAllowed,
            _ => default_code,
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
