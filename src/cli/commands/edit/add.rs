//! `boutique edit add`: adds entries to the kustomization file.

use std::path::Path;

use crate::edit::generators::{self, Addition, Generator};
use crate::edit::lists;
use crate::edit::metadata::{self, Metadata};
use crate::kustomization::FILE_NAMES;
use anyhow::{anyhow, bail, ensure};
use clap::{Args, Subcommand};

use crate::cli::commands::edit::arguments::failed;
use crate::cli::commands::edit::arguments::{PatchArguments, build_metadata};
use crate::cli::commands::edit::configuration::ConfigurationArguments;
use crate::cli::commands::edit::file::change;
use crate::cli::commands::edit::generate;
use crate::cli::commands::edit::sources::{files, matched, matched_or_remote, split_commas};
use crate::cli::messages::report::Reporter;

/// Examples of the argument formats.
pub const AFTER_HELP: &str = "\
Examples:
  boutique edit add resource deployment.yaml 'services/*.yaml'
  boutique edit add label team:web tier:front --without-selector
  boutique edit add configuration --name-reference Secret=ClusterIssuer:spec/acme/privateKeySecretRef/name
  boutique edit add configmap settings --from-literal=LOG=debug --from-file=app.conf
  boutique edit add patch --path patch.yaml --kind Deployment --name web
  boutique edit add patch --kind Deployment --patch '[{op: remove, path: /spec/replicas}]'";

#[derive(Debug, Subcommand)]
pub enum Add {
    /// Add annotations to `commonAnnotations`
    Annotation {
        /// The annotations, as KEY:VALUE
        #[arg(required = true, value_name = "KEY:VALUE")]
        pairs: Vec<String>,

        /// Overwrite existing values
        #[arg(short, long)]
        force: bool,
    },
    /// Add directories to `resources` (like `resource`)
    Base {
        /// A comma-separated list of directories
        #[arg(value_name = "DIR[,DIR]")]
        directories: String,
    },
    /// Add options to `buildMetadata`
    Buildmetadata {
        /// A comma-separated list of originAnnotations, transformerAnnotations, and managedByLabel
        #[arg(value_name = "OPTION[,OPTION]")]
        options: String,
    },
    /// Add directories to `components`
    Component {
        /// Directories, patterns, and URLs
        #[arg(required = true, value_name = "DIR")]
        paths: Vec<String>,
    },
    /// Add a ConfigMap generator, or add data sources to it
    Configmap(ConfigMapArguments),
    /// Add files to `configurations`, or write one
    Configuration(ConfigurationArguments),
    /// Add files to `generators`
    Generator(FileArguments),
    /// Add labels to `commonLabels` or `labels`
    Label {
        /// The labels, as KEY:VALUE
        #[arg(required = true, value_name = "KEY:VALUE")]
        pairs: Vec<String>,

        /// Overwrite existing values
        #[arg(short, long)]
        force: bool,

        /// Add the labels to `labels`, without selectors
        #[arg(long)]
        without_selector: bool,

        /// Include pod templates (requires --without-selector)
        #[arg(long)]
        include_templates: bool,
    },
    /// Add a patch to `patches`
    Patch(PatchArguments),
    /// Add files and directories to `resources`
    Resource {
        /// Files, directories, patterns, and URLs
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<String>,

        /// Add the paths unchanged, without checking that they exist
        #[arg(long)]
        no_verify: bool,
    },
    /// Add a Secret generator, or add data sources to it
    Secret(SecretArguments),
    /// Add files to `transformers`
    Transformer(FileArguments),
}

/// The arguments of subcommands that add files to a list.
#[derive(Debug, Args)]
pub struct FileArguments {
    /// Files and patterns
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

/// The data sources of a generator.
#[derive(Debug, Args)]
struct SourceArguments {
    /// The name of the generator
    name: String,

    /// Add a file or a pattern of files; the key is the file name unless KEY is given (repeatable)
    #[arg(long, value_name = "[KEY=]FILE", value_delimiter = ',')]
    from_file: Vec<String>,

    /// Add a key with a literal value (repeatable)
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    from_literal: Vec<String>,

    /// Add a file with lines of the form KEY=VALUE
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true)]
    from_env_file: String,

    /// Set the namespace of the generator
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    namespace: String,

    /// Do not append a content hash to the name
    #[arg(long = "disableNameSuffixHash")]
    disable_name_suffix_hash: bool,
}

/// The command line of `edit add configmap`.
#[derive(Debug, Args)]
pub struct ConfigMapArguments {
    #[command(flatten)]
    sources: SourceArguments,

    /// Set how to combine with a ConfigMap of a base: create, merge, or replace
    #[arg(long, value_name = "BEHAVIOR", default_value = "", hide_default_value = true)]
    behavior: String,
}

/// The command line of `edit add secret`.
#[derive(Debug, Args)]
pub struct SecretArguments {
    #[command(flatten)]
    sources: SourceArguments,

    /// Set the type of the Secret
    #[arg(long = "type", value_name = "TYPE", default_value = "Opaque")]
    secret_type: String,
}

impl SourceArguments {
    fn addition(&self) -> anyhow::Result<Addition> {
        let has_others = !self.from_file.is_empty() || !self.from_literal.is_empty();
        ensure!(
            has_others || !self.from_env_file.is_empty(),
            "at least one of --from-file, --from-literal, and --from-env-file is required"
        );
        ensure!(
            !has_others || self.from_env_file.is_empty(),
            "--from-env-file cannot be combined with --from-file or --from-literal"
        );
        Ok(Addition {
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            literals: self.from_literal.clone(),
            files: files(&self.from_file)?,
            env_file: self.from_env_file.clone(),
            disable_name_suffix_hash: self.disable_name_suffix_hash,
            ..Addition::default()
        })
    }
}

impl Add {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// Fails where kustomize fails.
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
                    "invalid behavior: must be one of create, merge, or replace"
                );
                let addition = arguments.sources.addition()?;
                let addition = Addition { behavior: arguments.behavior.clone(), ..addition };
                add_to_generator(Generator::ConfigMap, &addition)
            }
            Add::Secret(arguments) => {
                let addition = arguments.sources.addition()?;
                let addition = Addition { secret_type: arguments.secret_type.clone(), ..addition };
                add_to_generator(Generator::Secret, &addition)
            }
            Add::Configuration(arguments) => {
                if let Some(written) = arguments.write()? {
                    // The file may be listed already.
                    return change("configurations", |data| {
                        lists::add(data, "configurations", &written);
                        Ok(())
                    });
                }
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
                    ensure!(!include_templates, "--include-templates requires --without-selector");
                    return add_metadata(Metadata::Label, pairs, *force);
                }
                let pairs = metadata::pairs(pairs, Metadata::Label).map_err(failed)?;
                change("labels", |data| {
                    metadata::add_without_selectors(data, &pairs, *include_templates, *force).map_err(key_exists)
                })
            }
            Add::Patch(arguments) => add_patch(arguments, reporter),
            Add::Resource { paths, no_verify } => {
                let found = if *no_verify { paths.clone() } else { matched_or_remote(paths)? };
                let patterns: Vec<&String> = paths.iter().filter(|path| !no_verify && !found.contains(path)).collect();
                list("resources", "resource", &found, reporter)?;
                let files = found.iter().filter(|path| !FILE_NAMES.contains(&path.as_str())).count();
                replace_patterns(&patterns, files, reporter)
            }
        }
    }
}

/// Adds paths to a list, except the kustomization file itself, and reports duplicates.
fn list(field: &str, noun: &str, paths: &[String], reporter: &Reporter) -> anyhow::Result<()> {
    let is_kustomization_file = |path: &String| FILE_NAMES.contains(&path.as_str());
    let paths: Vec<String> = paths.iter().filter(|path| !is_kustomization_file(path)).cloned().collect();
    if paths.is_empty() {
        return Ok(());
    }
    change(field, |data| {
        for duplicate in lists::add(data, field, &paths) {
            reporter.info(&format!("{noun} {duplicate} already in kustomization file"));
        }
        Ok(())
    })
}

/// Removes patterns that are listed themselves, since their files are listed now, and reports the number of files.
fn replace_patterns(patterns: &[&String], files: usize, reporter: &Reporter) -> anyhow::Result<()> {
    if patterns.is_empty() {
        return Ok(());
    }
    change("resources", |data| {
        lists::retain(data, "resources", |entry| !patterns.iter().any(|pattern| entry.as_str() == Some(pattern)));
        Ok(())
    })?;
    let written: Vec<String> = patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
    let plural = if files == 1 { "" } else { "s" };
    reporter.info(&format!("listed {files} resource{plural} for {}", written.join(", ")));
    Ok(())
}

fn add_to_generator(generator: Generator, addition: &Addition) -> anyhow::Result<()> {
    let id = (addition.name.as_str(), addition.namespace.as_str());
    generate::change(generator, id, |data| generators::add(data, generator, addition))
}

fn add_metadata(kind: Metadata, pairs: &[String], force: bool) -> anyhow::Result<()> {
    let pairs = metadata::pairs(pairs, kind).map_err(failed)?;
    change(kind.field(), |data| metadata::add(data, kind, &pairs, force).map_err(key_exists))
}

/// Returns the error for a key that already exists.
fn key_exists(message: String) -> anyhow::Error {
    anyhow!("{message}; use --force to overwrite it")
}

fn add_bases(directories: &str) -> anyhow::Result<()> {
    let directories = split_commas(&[directories.to_string()]);
    if let Some(missing) = directories.iter().find(|directory| !Path::new(directory).exists()) {
        bail!("{missing} does not exist");
    }
    change("resources", |data| match lists::add(data, "resources", &directories).first() {
        Some(duplicate) => bail!("base {duplicate} already in kustomization file"),
        None => Ok(()),
    })
}

fn add_build_metadata(options: &str) -> anyhow::Result<()> {
    let options = build_metadata(options)?;
    change("buildMetadata", |data| match lists::add(data, "buildMetadata", &options).first() {
        Some(duplicate) => bail!("buildMetadata option {duplicate} already in kustomization file"),
        None => Ok(()),
    })
}

fn add_patch(arguments: &PatchArguments, reporter: &Reporter) -> anyhow::Result<()> {
    let entry = arguments.entry();
    ensure!(!entry.path.is_empty() || !entry.patch.is_empty(), "--path or --patch is required");
    change("patches", |data| {
        if !entry.add(data) {
            reporter.info("patch already in kustomization file");
        }
        Ok(())
    })
}
