//! `boutique edit add`.

use std::path::Path;

use crate::edit::generators::{self, Addition, Generator};
use crate::edit::lists;
use crate::edit::metadata::{self, Metadata};
use crate::kustomization::FILE_NAMES;
use anyhow::{anyhow, bail, ensure};
use clap::{Args, Subcommand};

use crate::cli::commands::edit::arguments::failed;
use crate::cli::commands::edit::arguments::{PatchArguments, build_metadata};
use crate::cli::commands::edit::file::change;
use crate::cli::commands::edit::generate;
use crate::cli::commands::edit::sources::{files, matched, matched_or_remote, split_commas};
use crate::cli::messages::report::Reporter;

/// Examples of the forms that arguments have.
pub const AFTER_HELP: &str = "\
Examples:
  boutique edit add resource deployment.yaml 'services/*.yaml'
  boutique edit add label team:web tier:front --without-selector
  boutique edit add configmap settings --from-literal=LOG=debug --from-file=app.conf
  boutique edit add patch --path patch.yaml --kind Deployment --name web
  boutique edit add patch --kind Deployment --patch '[{op: remove, path: /spec/replicas}]'";

#[derive(Debug, Subcommand)]
pub enum Add {
    /// Add annotations to `commonAnnotations`
    Annotation {
        /// Annotations as KEY:VALUE
        #[arg(required = true, value_name = "KEY:VALUE")]
        pairs: Vec<String>,

        /// Overwrite what is there
        #[arg(short, long)]
        force: bool,
    },
    /// Add directories to `resources` (`resource` does the same)
    Base {
        /// Directories, separated by commas
        #[arg(value_name = "DIR[,DIR]")]
        directories: String,
    },
    /// Add options to `buildMetadata`
    Buildmetadata {
        /// originAnnotations, transformerAnnotations, managedByLabel, separated by commas
        #[arg(value_name = "OPTION[,OPTION]")]
        options: String,
    },
    /// Add components
    Component {
        /// Directories, patterns and URLs
        #[arg(required = true, value_name = "DIR")]
        paths: Vec<String>,
    },
    /// Add a ConfigMap generator, or sources to one
    Configmap(ConfigMapArguments),
    /// Add files to `configurations`
    Configuration(FileArguments),
    /// Add files to `generators`
    Generator(FileArguments),
    /// Add labels to `commonLabels`, or to `labels`
    Label {
        /// Labels as KEY:VALUE
        #[arg(required = true, value_name = "KEY:VALUE")]
        pairs: Vec<String>,

        /// Overwrite what is there
        #[arg(short, long)]
        force: bool,

        /// Do not put them into selectors
        #[arg(long)]
        without_selector: bool,

        /// Put them into templates (with --without-selector)
        #[arg(long)]
        include_templates: bool,
    },
    /// Add a patch
    Patch(PatchArguments),
    /// Add files and directories to `resources`
    Resource {
        /// Files, directories, patterns and URLs
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<String>,

        /// Add what is named as it is, whether it is there or not
        #[arg(long)]
        no_verify: bool,
    },
    /// Add a Secret generator, or sources to one
    Secret(SecretArguments),
    /// Add files to `transformers`
    Transformer(FileArguments),
}

/// Files to list.
#[derive(Debug, Args)]
pub struct FileArguments {
    /// Files and patterns
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

/// Where the data of a generator comes from.
#[derive(Debug, Args)]
struct SourceArguments {
    /// The name of the generator
    name: String,

    /// A file, or files by a pattern, whose names are the keys; KEY=FILE for another key (repeatable)
    #[arg(long, value_name = "[KEY=]FILE", value_delimiter = ',')]
    from_file: Vec<String>,

    /// A key with its value (repeatable)
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    from_literal: Vec<String>,

    /// A file with lines of KEY=VALUE
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true)]
    from_env_file: String,

    /// The namespace
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    namespace: String,

    /// Do not put a hash behind the name
    #[arg(long = "disableNameSuffixHash")]
    disable_name_suffix_hash: bool,
}

/// The command line of `edit add configmap`.
#[derive(Debug, Args)]
pub struct ConfigMapArguments {
    #[command(flatten)]
    sources: SourceArguments,

    /// What to do with a ConfigMap of a base: create, merge or replace
    #[arg(long, value_name = "BEHAVIOR", default_value = "", hide_default_value = true)]
    behavior: String,
}

/// The command line of `edit add secret`.
#[derive(Debug, Args)]
pub struct SecretArguments {
    #[command(flatten)]
    sources: SourceArguments,

    /// The type of the Secret
    #[arg(long = "type", value_name = "TYPE", default_value = "Opaque")]
    secret_type: String,
}

impl SourceArguments {
    fn addition(&self, reporter: &Reporter) -> anyhow::Result<Addition> {
        let has_others = !self.from_file.is_empty() || !self.from_literal.is_empty();
        ensure!(
            has_others || !self.from_env_file.is_empty(),
            "at least one of --from-file, --from-literal and --from-env-file is needed"
        );
        ensure!(
            !has_others || self.from_env_file.is_empty(),
            "--from-env-file cannot be combined with --from-file or --from-literal"
        );
        Ok(Addition {
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            literals: self.from_literal.clone(),
            files: files(&self.from_file, reporter)?,
            env_file: self.from_env_file.clone(),
            disable_name_suffix_hash: self.disable_name_suffix_hash,
            ..Addition::default()
        })
    }
}

impl Add {
    /// Adds.
    ///
    /// # Errors
    /// Fails where kustomize does.
    pub fn run(&self, reporter: &Reporter) -> anyhow::Result<()> {
        match self {
            Add::Annotation { pairs, force } => add_metadata(Metadata::Annotation, pairs, *force),
            Add::Base { directories } => add_bases(directories),
            Add::Buildmetadata { options } => add_build_metadata(options),
            Add::Component { paths } => list("components", "component", &matched_or_remote(paths)?, reporter),
            Add::Configmap(arguments) => {
                let behaviors = ["", "create", "merge", "replace"];
                ensure!(
                    behaviors.contains(&arguments.behavior.as_str()),
                    "invalid behavior: must be one of create, merge and replace"
                );
                let addition = arguments.sources.addition(reporter)?;
                let addition = Addition { behavior: arguments.behavior.clone(), ..addition };
                add_to_generator(Generator::ConfigMap, &addition)
            }
            Add::Secret(arguments) => {
                let addition = arguments.sources.addition(reporter)?;
                let addition = Addition { secret_type: arguments.secret_type.clone(), ..addition };
                add_to_generator(Generator::Secret, &addition)
            }
            Add::Configuration(arguments) => {
                list("configurations", "configuration", &matched(&arguments.files, reporter)?, reporter)
            }
            Add::Generator(arguments) => {
                list("generators", "generator", &matched(&arguments.files, reporter)?, reporter)
            }
            Add::Transformer(arguments) => {
                list("transformers", "transformer", &matched(&arguments.files, reporter)?, reporter)
            }
            Add::Label { pairs, force, without_selector, include_templates } => {
                if !without_selector {
                    ensure!(!include_templates, "--include-templates needs --without-selector");
                    return add_metadata(Metadata::Label, pairs, *force);
                }
                let pairs = metadata::pairs(pairs, Metadata::Label).map_err(failed)?;
                change("labels", |data| {
                    metadata::add_without_selectors(data, &pairs, *include_templates, *force).map_err(exists)
                })
            }
            Add::Patch(arguments) => add_patch(arguments, reporter),
            Add::Resource { paths, no_verify } => {
                let paths = if *no_verify { paths.clone() } else { matched_or_remote(paths)? };
                list("resources", "resource", &paths, reporter)
            }
        }
    }
}

/// Adds paths to a list, but for the kustomization file itself, and tells which are there already.
fn list(field: &str, what: &str, paths: &[String], reporter: &Reporter) -> anyhow::Result<()> {
    let is_kustomization_file = |path: &String| FILE_NAMES.contains(&path.as_str());
    let paths: Vec<String> = paths.iter().filter(|path| !is_kustomization_file(path)).cloned().collect();
    if paths.is_empty() {
        return Ok(());
    }
    change(field, |data| {
        for repeated in lists::add(data, field, &paths) {
            reporter.info(&format!("{what} {repeated} already in kustomization file"));
        }
        Ok(())
    })
}

fn add_to_generator(generator: Generator, addition: &Addition) -> anyhow::Result<()> {
    let id = (addition.name.as_str(), addition.namespace.as_str());
    generate::change(generator, id, |data| generators::add(data, generator, addition))
}

fn add_metadata(kind: Metadata, pairs: &[String], force: bool) -> anyhow::Result<()> {
    let pairs = metadata::pairs(pairs, kind).map_err(failed)?;
    change(kind.field(), |data| metadata::add(data, kind, &pairs, force).map_err(exists))
}

/// Returns the error about a key that exists.
fn exists(message: String) -> anyhow::Error {
    anyhow!("{message}; use --force to overwrite it")
}

fn add_bases(directories: &str) -> anyhow::Result<()> {
    let directories = split_commas(&[directories.to_string()]);
    if let Some(missing) = directories.iter().find(|directory| !Path::new(directory).exists()) {
        bail!("{missing} does not exist");
    }
    change("resources", |data| match lists::add(data, "resources", &directories).first() {
        Some(repeated) => bail!("base {repeated} already in kustomization file"),
        None => Ok(()),
    })
}

fn add_build_metadata(options: &str) -> anyhow::Result<()> {
    let options = build_metadata(options)?;
    change("buildMetadata", |data| match lists::add(data, "buildMetadata", &options).first() {
        Some(repeated) => bail!("buildMetadata option {repeated} already in kustomization file"),
        None => Ok(()),
    })
}

fn add_patch(arguments: &PatchArguments, reporter: &Reporter) -> anyhow::Result<()> {
    let entry = arguments.entry();
    ensure!(!entry.path.is_empty() || !entry.patch.is_empty(), "one of --path and --patch is needed");
    change("patches", |data| {
        if !entry.add(data) {
            reporter.info("this patch is already in kustomization file");
        }
        Ok(())
    })
}
