//! What would work instead: advice, a limit to raise, or something to allow.

use std::fmt;

/// What would work instead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Help {
    /// Advice in words.
    Text(String),
    /// The limit may be raised.
    Raise(Limit),
    /// This may be allowed.
    Allow(Permission),
}

impl fmt::Display for Help {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Help::Text(text) => f.write_str(text),
            Help::Raise(limit) => write!(f, "if this is intended, raise the limit on {limit}"),
            Help::Allow(permission) => write!(f, "allow {permission}"),
        }
    }
}

/// A bound on what an input may cost, which the caller sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// How deep YAML collections may nest.
    Nesting,
    /// How many nodes aliases may add to a file.
    AliasNodes,
    /// How many documents a file may have.
    Documents,
    /// How deep bases may be nested.
    IncludeDepth,
    /// How many kustomizations may be included.
    Bases,
    /// How many resources there may be.
    Resources,
    /// How many bytes resources may take.
    ResourceMemory,
    /// How many bytes the output may have.
    Output,
    /// How many nodes all steps of a render may visit.
    Work,
    /// How many bytes a compiled pattern may take.
    PatternSize,
    /// How large a file may be.
    FileSize,
    /// How large a fetched file may be.
    DownloadSize,
    /// How large the clone of a repository may be.
    CloneSize,
    /// How long fetching may take.
    FetchTime,
    /// How long a program may run.
    ProgramTime,
    /// How much a program may print.
    ProgramOutput,
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
        })
    }
}

/// Something that a caller may allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Permission {
    /// Reading files outside of the kustomization's directory.
    FilesOutside,
    /// Reading files outside of the load roots.
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
    /// Copying from outside of the scope that was chosen.
    Scope,
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Permission::FilesOutside => "files outside of the kustomization's directory",
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
