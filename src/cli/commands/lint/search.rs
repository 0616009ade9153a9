//! What the arguments of lint ask to check: directories, or single files of a project.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Args;

use crate::Options;
use crate::io::{Host, HostLimits, OsHost, OsOptions};
use crate::message::Message;
use crate::policy::Policy;

use super::configuration::{self, Configuration, FILE_NAME};
use super::git_ignored::GitIgnored;
use super::patterns::{Patterns, pattern};
use super::policies::Policies;
use crate::cli::flags::schemas::ConfiguredSchemas;
use crate::cli::paths;
use crate::cli::targets::{self, Targets};

/// The maximum size of the files that configure lint, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// The flags that complement `boutique.toml`, or replace it.
#[derive(Debug, Args)]
pub struct ConfigurationFlags {
    /// Do not check paths that match this pattern, which has the syntax of `.gitignore` (repeatable)
    #[arg(long, value_name = "GLOB", value_parser = pattern, help_heading = "Diagnostics")]
    exclude: Vec<String>,

    /// Do not read `boutique.toml`
    #[arg(long, help_heading = "Diagnostics")]
    no_config: bool,
}

/// The files that configure lint, and the limits on their search.
pub struct Configurations {
    /// Reads small files only.
    host: OsHost,
    /// Whether `boutique.toml` is read.
    is_enabled: bool,
    /// The patterns of the command line.
    exclude: Vec<String>,
}

/// A directory whose targets are checked.
pub struct Search {
    /// The real path of the directory.
    pub root: PathBuf,
    /// The only files about which messages are reported, as messages show them; empty for all.
    pub files: Vec<String>,
    pub policies: Policies,
    /// What the configuration names to check objects against.
    pub schemas: ConfiguredSchemas,
    /// The highest directory whose configuration applies.
    top: PathBuf,
    included: Option<Patterns>,
    excluded: Vec<Patterns>,
    /// The directories that the configuration names as targets.
    named: Vec<PathBuf>,
}

/// The maximum number of names that are read of a directory.
const MAX_NAMES: usize = 10_000;

/// Returns the names in a directory; none if it is not below a root.
pub fn names_in(directory: &str, root: &Path) -> Vec<String> {
    let Ok(real) = paths::real_directory(Path::new(directory)) else { return Vec::new() };
    let entries = if real.starts_with(root) { real.read_dir().ok() } else { None };
    let names =
        entries.into_iter().flatten().take(MAX_NAMES).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|name| !name.starts_with('.')).collect()
}

/// The reasons why nothing is checked.
pub enum Failure {
    /// The configuration is invalid.
    Configuration(Vec<Message>),
    Other(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::Other(error)
    }
}

impl Search {
    /// Returns whether a message is about one of the files: any part of it, or, of an error, how the place was included.
    pub fn concerns(&self, message: &Message) -> bool {
        let of_labels = message.labels.iter().map(|label| &label.location);
        let chain = message.chain.iter().filter(|_| message.is_error());
        of_labels.chain(chain).any(|location| self.files.contains(&location.path))
    }
}

/// Returns what the configurations of all searches name to check objects against.
pub fn configured_schemas(searches: &[Search]) -> ConfiguredSchemas {
    let mut schemas = ConfiguredSchemas::default();
    searches.iter().for_each(|search| schemas.extend(&search.schemas));
    schemas
}

impl Configurations {
    pub fn new(host: &OsHost, flags: &ConfigurationFlags) -> Configurations {
        let limits = HostLimits { file: MAX_SIZE, ..HostLimits::default() };
        let options = OsOptions { load_roots: host.options.load_roots.clone(), limits, ..OsOptions::default() };
        Configurations { host: OsHost::new(options), is_enabled: !flags.no_config, exclude: flags.exclude.clone() }
    }

    /// Returns the searches that the arguments ask for. A file is checked with the project that it belongs to.
    ///
    /// # Errors
    /// Fails on paths that do not exist or cannot be read, and on an invalid configuration.
    pub fn searches(&self, roots: &[PathBuf], policy: &Policy) -> Result<Vec<Search>, Failure> {
        let mut searches = Vec::new();
        let mut projects: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
        for root in roots {
            if !root.is_file() {
                searches.push(self.search(paths::real_directory(root)?, Vec::new(), policy)?);
                continue;
            }
            let real = root.canonicalize().map_err(|error| anyhow!("cannot read {}: {error}", root.display()))?;
            let directory = paths::real_directory(real.parent().unwrap_or(&real))?;
            let file = real.to_str().ok_or_else(|| anyhow!("{} is not valid UTF-8", root.display()))?;
            projects.entry(self.project(&directory)?).or_default().push(paths::shown(file));
        }
        for (project, files) in projects {
            searches.push(self.search(project, files, policy)?);
        }
        Ok(searches)
    }

    /// Returns the directory of the project that a directory belongs to: that of the configuration, or the highest one.
    fn project(&self, directory: &Path) -> Result<PathBuf, Failure> {
        let configuration = self.configuration(directory)?;
        Ok(configuration.map_or_else(|| self.top(directory), |configuration| configuration.directory))
    }

    fn configuration(&self, directory: &Path) -> Result<Option<Configuration>, Failure> {
        match self.is_enabled {
            true => configuration::find(directory, &self.top(directory), &self.host).map_err(Failure::Configuration),
            false => Ok(None),
        }
    }

    /// Returns the highest directory whose configuration applies to a directory: the nearest load root or top of a
    /// repository, or else the working directory, if they contain it.
    fn top(&self, directory: &Path) -> PathBuf {
        let is_top = |directory: &&Path| {
            let is_root = self.host.options.load_roots.iter().any(|root| Path::new(root) == *directory);
            is_root || directory.join(".git").symlink_metadata().is_ok()
        };
        let working_directory = || PathBuf::from(paths::working_directory().unwrap_or_default());
        let top = directory.ancestors().find(is_top).map_or_else(working_directory, Path::to_path_buf);
        if directory.starts_with(&top) && top.is_absolute() { top } else { directory.to_path_buf() }
    }

    fn search(&self, root: PathBuf, files: Vec<String>, policy: &Policy) -> Result<Search, Failure> {
        let configuration = self.configuration(&root)?.unwrap_or_default();
        let directory = &configuration.directory;
        let patterns = |list: &[String]| Patterns::new(directory, list.iter().map(String::as_str));
        let in_configuration = |error: anyhow::Error| error.context(format!("cannot use {FILE_NAME}"));
        let working_directory = PathBuf::from(paths::working_directory()?);
        // The patterns of the command line are relative to the working directory, or to a directory outside of it.
        let base = if root.starts_with(&working_directory) { working_directory } else { root.clone() };
        let mut excluded = vec![
            patterns(&configuration.exclude).map_err(in_configuration)?,
            Patterns::new(&base, self.exclude.iter().map(String::as_str))?,
        ];
        // A directory that is named is checked even if it is excluded.
        excluded.retain(|patterns| !patterns.is_empty() && !patterns.contain(&root, true));
        let included = match configuration.include.is_empty() {
            true => None,
            false => Some(patterns(&configuration.include).map_err(in_configuration)?),
        };
        let policies = Policies::new(policy.clone(), &configuration, excluded.clone()).map_err(in_configuration)?;
        let schemas = configuration.schemas;
        for path in schemas.crds.iter().chain(&schemas.schema_locations) {
            let real = path.canonicalize().map_err(|error| anyhow!("cannot read {}: {error}", path.display()));
            if !real.map_err(in_configuration)?.starts_with(directory) {
                let error = anyhow!("{} leads out of the directory of the file", path.display());
                return Err(in_configuration(error).into());
            }
        }
        let named = configuration.roots.iter().map(|path| paths::real_directory(path));
        let named = named.collect::<anyhow::Result<Vec<PathBuf>>>().map_err(in_configuration)?;
        Ok(Search { top: self.top(&root), root, files, policies, schemas, included, excluded, named })
    }

    /// Returns the targets of a search, and the files in or below their directories.
    ///
    /// # Errors
    /// Fails when the directory cannot be read.
    pub fn find(&self, search: &Search, host: &dyn Host, options: &Options) -> anyhow::Result<(Targets, Vec<String>)> {
        let ignored = GitIgnored::new(search.top.clone(), &self.host);
        let is_skipped = |path: &Path, is_directory: bool| {
            search.excluded.iter().any(|excluded| excluded.excludes(path, is_directory) == Some(true))
                || ignored.contains(path, is_directory)
        };
        let is_included = |path: &str, is_directory: bool| {
            search.included.as_ref().is_none_or(|included| included.contain(Path::new(path), is_directory))
        };
        let mut found = targets::find_except(&search.root, false, host, options, &is_skipped)?;
        let named =
            search.named.iter().filter(|directory| directory.starts_with(&search.root) && !is_skipped(directory, true));
        for directory in named.filter_map(|directory| directory.to_str()) {
            if !found.directories.iter().any(|other| other == directory) {
                found.directories.push(directory.to_string());
            }
        }
        found.directories.sort();
        found.directories.retain(|directory| is_included(directory, true));
        let mut files = targets::files_of_kustomizations(&search.root, &is_skipped)?;
        files.retain(|path| is_included(path, false));
        found.unreadable.extend(ignored.into_unreadable());
        Ok((found, files))
    }

    /// Returns whether a fix may change a file, given by its real path: one that is checked, below the directory of the
    /// search and not hidden. Other files are generated, or belong to somebody else.
    pub fn may_change(&self, search: &Search, file: &str) -> bool {
        let ignored = GitIgnored::new(search.top.clone(), &self.host);
        let Ok(below) = Path::new(file).strip_prefix(&search.root) else { return false };
        let is_hidden = |part: &OsStr| part.as_encoded_bytes().starts_with(b".");
        let is_skipped = |(depth, path): (usize, &Path)| {
            let is_directory = depth > 0;
            search.excluded.iter().any(|excluded| excluded.excludes(path, is_directory) == Some(true))
                || ignored.contains(path, is_directory)
        };
        let is_named = search.files.is_empty() || search.files.contains(&paths::shown(file));
        let parts = below.components().count();
        is_named && !below.iter().any(is_hidden) && !Path::new(file).ancestors().take(parts).enumerate().any(is_skipped)
    }
}
