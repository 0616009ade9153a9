//! Help for a diagnostic: a hint, a limit to raise, or a permission to grant.

use std::fmt;

/// A way to fix the cause of a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Help {
    /// A hint in words.
    Text(String),
    /// A limit that can be raised.
    Raise(Limit),
    /// A permission that can be granted.
    Allow(Permission),
    /// A field with names that kustomize does not update, which a file of `configurations` can list.
    NameReference {
        /// The kind of the objects that the field names.
        referent: String,
        /// The kind of the objects with the field.
        kind: String,
        /// The path of the field, with slashes.
        path: String,
    },
}

impl fmt::Display for Help {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Help::Text(text) => f.write_str(text),
            Help::Raise(limit) => write!(f, "if this is intended, raise the limit on {limit}"),
            Help::Allow(permission) => write!(f, "allow {permission}"),
            Help::NameReference { referent, kind, path } => write!(
                f,
                "add `{{kind: {referent}, fieldSpecs: [{{kind: {kind}, path: {path}}}]}}` under `nameReference` in a file of \
                 `configurations`"
            ),
        }
    }
}

/// A limit on the resources that an input may consume. The caller sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// The nesting depth of YAML collections.
    Nesting,
    /// The number of nodes that aliases add to a file.
    AliasNodes,
    /// The number of documents in a file.
    Documents,
    /// The nesting depth of included kustomizations.
    IncludeDepth,
    /// The number of included kustomizations.
    Bases,
    /// The number of resources.
    Resources,
    /// The size of all resources in memory, in bytes.
    ResourceMemory,
    /// The size of the output in bytes.
    Output,
    /// The number of nodes that all steps of a render visit.
    Work,
    /// The size of a compiled pattern in bytes.
    PatternSize,
    /// The size of a file.
    FileSize,
    /// The size of a downloaded file.
    DownloadSize,
    /// The size of the clone of a repository.
    CloneSize,
    /// The duration of a fetch.
    FetchTime,
    /// The running time of a program.
    ProgramTime,
    /// The size of the output of a program.
    ProgramOutput,
    /// The computing time for a target.
    Time,
    /// The memory of the process.
    Memory,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Limit::Nesting => "YAML nesting",
            Limit::AliasNodes => "nodes added by aliases",
            Limit::Documents => "documents",
            Limit::IncludeDepth => "include depth",
            Limit::Bases => "included kustomizations",
            Limit::Resources => "resources",
            Limit::ResourceMemory => "resource memory",
            Limit::Output => "output size",
            Limit::Work => "render work",
            Limit::PatternSize => "pattern size",
            Limit::FileSize => "file size",
            Limit::DownloadSize => "download size",
            Limit::CloneSize => "clone size",
            Limit::FetchTime => "fetch time",
            Limit::ProgramTime => "program time",
            Limit::ProgramOutput => "program output",
            Limit::Time => "time",
            Limit::Memory => "memory",
        })
    }
}

/// A permission that the caller can grant.
///
/// # Example
/// Finds out what a tree needs before it is rendered with more permissions:
/// ```
/// use boutique::{Help, Options, Permission, io};
///
/// let host = io::MemoryHost::new([("/kustomization.yaml", "helmCharts: [{name: cache, repo: https://example.com}]\n")]);
/// let errors = io::render(&host, "/", &Options::default()).result.expect_err("charts are not enabled");
/// assert_eq!(errors[0].help, Some(Help::Allow(Permission::Helm)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Permission {
    /// Reading files outside the directory of the kustomization.
    FilesOutside,
    /// Reading files outside the load roots.
    LoadRoot,
    /// Running functions and plugins.
    Plugins,
    /// Letting functions in containers use the network.
    PluginNetwork,
    /// Inflating Helm charts.
    Helm,
    /// Rendering remote content.
    Remote,
    /// Fetching anything.
    Network,
    /// Fetching from this host.
    Host,
    /// Following redirects from public hosts to private addresses.
    PrivateRedirects,
    /// Copying files from outside the chosen scope.
    Scope,
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Permission::FilesOutside => "files outside the directory of the kustomization",
            Permission::LoadRoot => "another load root",
            Permission::Plugins => "plugins",
            Permission::PluginNetwork => "the network for plugins",
            Permission::Helm => "Helm charts",
            Permission::Remote => "remote content",
            Permission::Network => "network access",
            Permission::Host => "this host",
            Permission::PrivateRedirects => "redirects to private addresses",
            Permission::Scope => "a scope that contains both",
        })
    }
}

/// Returns a text as it is written in a flow collection: with quotes if it needs them.
pub fn flow_text(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    if is_plain { text.to_string() } else { serde_json::to_string(text).unwrap_or_default() }
}
