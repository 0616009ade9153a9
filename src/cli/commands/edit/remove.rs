//! `boutique edit remove`: removes entries from the kustomization file.

use crate::edit::generators::{self, Generator};
use crate::edit::lists;
use crate::edit::metadata::{self, Metadata};
use anyhow::ensure;
use clap::{Args, Subcommand};

use crate::cli::commands::edit::arguments::PatchArguments;
use crate::cli::commands::edit::arguments::build_metadata;
use crate::cli::commands::edit::arguments::failed;
use crate::cli::commands::edit::file::change;
use crate::cli::commands::edit::sources::split_commas;
use crate::cli::glob::matches_path;
use crate::cli::messages::report::Reporter;

/// Examples of the argument formats.
pub const AFTER_HELP: &str = "\
Examples:
  boutique edit remove resource 'services/*.yaml'
  boutique edit remove label team,tier
  boutique edit remove configmap settings,flags --namespace web
  boutique edit remove patch --path patch.yaml --kind Deployment --name web";

#[derive(Debug, Subcommand)]
pub enum Remove {
    /// Remove annotations from `commonAnnotations`
    Annotation(KeyArguments),
    /// Remove options from `buildMetadata`
    Buildmetadata {
        /// A comma-separated list of originAnnotations, transformerAnnotations, and managedByLabel
        #[arg(value_name = "OPTION[,OPTION]")]
        options: String,
    },
    /// Remove directories from `components`
    Component(PathArguments),
    /// Remove ConfigMap generators
    Configmap(GeneratorArguments),
    /// Remove labels from `commonLabels`
    Label(KeyArguments),
    /// Remove the patch with exactly these fields from `patches`
    Patch(PatchArguments),
    /// Remove files and directories from `resources`
    Resource(PathArguments),
    /// Remove Secret generators
    Secret(GeneratorArguments),
    /// Remove files from `transformers`
    Transformer(PathArguments),
}

/// The arguments of subcommands that remove labels or annotations.
#[derive(Debug, Args)]
pub struct KeyArguments {
    /// A comma-separated list of keys
    #[arg(value_name = "KEY[,KEY]")]
    keys: String,

    /// Ignore keys that do not exist
    #[arg(short, long = "ignore-non-existence")]
    ignore_non_existence: bool,
}

/// The arguments of subcommands that remove paths from a list.
#[derive(Debug, Args)]
pub struct PathArguments {
    /// Entries as written in the file, or patterns
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
}

/// The arguments of subcommands that remove generators.
#[derive(Debug, Args)]
pub struct GeneratorArguments {
    /// A comma-separated list of names
    #[arg(value_name = "NAME[,NAME]")]
    names: String,

    /// Namespace of the generators
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    namespace: String,
}

impl Remove {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// Fails where kustomize fails.
    pub fn run(&self, reporter: &Reporter) -> anyhow::Result<()> {
        match self {
            Remove::Annotation(arguments) => arguments.remove(Metadata::Annotation),
            Remove::Label(arguments) => arguments.remove(Metadata::Label),
            Remove::Buildmetadata { options } => {
                let options = build_metadata(options)?;
                remove_matching("buildMetadata", &options, |removed, option| removed == option, reporter)
            }
            Remove::Component(arguments) => arguments.remove("components", reporter),
            Remove::Resource(arguments) => arguments.remove("resources", reporter),
            Remove::Transformer(arguments) => arguments.remove("transformers", reporter),
            Remove::Configmap(arguments) => arguments.remove(Generator::ConfigMap, reporter),
            Remove::Secret(arguments) => arguments.remove(Generator::Secret, reporter),
            Remove::Patch(arguments) => change("patches", |data| {
                if !arguments.entry().remove(data) {
                    reporter.info("patch doesn't exist in kustomization file");
                }
                Ok(())
            }),
        }
    }
}

impl KeyArguments {
    fn remove(&self, kind: Metadata) -> anyhow::Result<()> {
        let keys = split_commas(std::slice::from_ref(&self.keys));
        ensure!(keys.iter().all(|key| !key.is_empty()), "invalid {}: '{}' (name is empty)", kind.name(), self.keys);
        change(kind.field(), |data| metadata::remove(data, kind, &keys, self.ignore_non_existence).map_err(failed))
    }
}

impl PathArguments {
    fn remove(&self, field: &str, reporter: &Reporter) -> anyhow::Result<()> {
        self.paths.iter().try_for_each(|pattern| matches_path(pattern, "").map(drop))?;
        // All patterns have been checked above.
        let matches = |pattern: &str, path: &str| matches_path(pattern, path).unwrap_or(false);
        remove_matching(field, &self.paths, matches, reporter)
    }
}

impl GeneratorArguments {
    fn remove(&self, generator: Generator, reporter: &Reporter) -> anyhow::Result<()> {
        let names = split_commas(std::slice::from_ref(&self.names));
        change(generator.field(), |data| {
            for missing in generators::remove(data, generator, &names, &self.namespace).map_err(failed)? {
                reporter.info(&format!("{} {missing} doesn't exist in kustomization file", generator.name()));
            }
            Ok(())
        })
    }
}

/// Removes the strings of a list that match a pattern, and warns about patterns that match nothing.
fn remove_matching(
    field: &str,
    patterns: &[String],
    matches: impl Fn(&str, &str) -> bool,
    reporter: &Reporter,
) -> anyhow::Result<()> {
    change(field, |data| {
        let existing = lists::strings(data, field);
        for pattern in patterns.iter().filter(|pattern| !existing.iter().any(|string| matches(pattern, string))) {
            reporter.warn(&format!("`{pattern}` is not in `{field}`"));
        }
        lists::retain(data, field, |element| {
            element.as_str().is_none_or(|string| !patterns.iter().any(|pattern| matches(pattern, string)))
        });
        Ok(())
    })
}
