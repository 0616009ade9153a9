//! `boutique edit set`: sets fields of the kustomization file.

use crate::edit::generators::{self, Generator};
use crate::edit::images::{ImageChange, parse_replicas, set_replicas};
use crate::edit::lists;
use crate::edit::metadata::{self, Metadata};
use anyhow::ensure;
use clap::{Args, Subcommand};

use crate::cli::commands::edit::arguments::build_metadata;
use crate::cli::commands::edit::arguments::failed;
use crate::cli::commands::edit::file::change;
use crate::cli::commands::edit::generate;
use crate::cli::commands::edit::unmatched;
use crate::cli::messages::report::Reporter;

/// Examples of the argument formats.
pub const AFTER_HELP: &str = "\
Examples:
  boutique edit set image nginx:1.27        Set the tag
  boutique edit set image nginx=example.com/nginx:1.27@sha256:...
  boutique edit set image 'nginx=*:1.27'    Set the tag, and keep the new name
  boutique edit set replicas web=3 api=2
  boutique edit set namesuffix -- -v2       Set a value that starts with a hyphen";

#[derive(Debug, Subcommand)]
pub enum Set {
    /// Set annotations in `commonAnnotations`
    Annotation {
        /// The annotations, as KEY:VALUE
        #[arg(required = true, value_name = "KEY:VALUE")]
        pairs: Vec<String>,
    },
    /// Set the options in `buildMetadata`
    Buildmetadata {
        /// A comma-separated list of originAnnotations, transformerAnnotations, and managedByLabel
        #[arg(value_name = "OPTION[,OPTION]")]
        options: String,
    },
    /// Set values, or the namespace, of a ConfigMap generator
    Configmap(GeneratorArguments),
    /// Set names, tags, and digests of images
    ///
    /// All parts after NAME are optional, and `*` keeps the current value: NAME=NEW_NAME:TAG, NAME=NEW_NAME, NAME:TAG,
    /// NAME@DIGEST, NAME=*:TAG.
    Image {
        /// The images, with their new names, tags, and digests
        #[arg(required = true, value_name = "NAME[=NEW_NAME][:TAG][@DIGEST]")]
        images: Vec<String>,
    },
    /// Set labels in `commonLabels`
    Label {
        /// The labels, as KEY:VALUE
        #[arg(required = true, value_name = "KEY:VALUE")]
        pairs: Vec<String>,
    },
    /// Set `namePrefix`
    Nameprefix {
        /// The prefix of all resource names
        prefix: String,
    },
    /// Set `namespace`
    Namespace {
        /// The namespace of all resources
        namespace: String,
    },
    /// Set `nameSuffix`
    Namesuffix {
        /// The suffix of all resource names
        suffix: String,
    },
    /// Set replica counts
    Replicas {
        /// The replica counts, as NAME=COUNT
        #[arg(required = true, value_name = "NAME=COUNT")]
        replicas: Vec<String>,
    },
    /// Set values, or the namespace, of a Secret generator
    Secret(GeneratorArguments),
}

/// The command line of `edit set configmap` and `edit set secret`.
#[derive(Debug, Args)]
pub struct GeneratorArguments {
    /// The name of the generator
    name: String,

    /// Set the value of an existing key (repeatable)
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    from_literal: Vec<String>,

    /// Current namespace of the generator
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    namespace: String,

    /// Set a new namespace
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    new_namespace: String,
}

impl Set {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// Fails where kustomize fails.
    pub fn run(&self, reporter: &Reporter) -> anyhow::Result<()> {
        let set_text = |field, text: &str| {
            change(field, |data| {
                lists::set_text(data, field, text);
                Ok(())
            })
        };
        match self {
            Set::Annotation { pairs } => {
                let pairs = metadata::pairs(pairs, Metadata::Annotation).map_err(failed)?;
                for (key, _) in &pairs {
                    ensure!(metadata::is_annotation_key(key), "invalid annotation key `{key}`");
                }
                change("commonAnnotations", |data| {
                    metadata::add(data, Metadata::Annotation, &pairs, true).map_err(failed)
                })
            }
            Set::Label { pairs } => {
                let pairs = metadata::pairs(pairs, Metadata::Label).map_err(failed)?;
                change("commonLabels", |data| metadata::add(data, Metadata::Label, &pairs, true).map_err(failed))
            }
            Set::Buildmetadata { options } => {
                let options = build_metadata(options)?;
                change("buildMetadata", |data| {
                    lists::set(data, "buildMetadata", &options);
                    Ok(())
                })
            }
            Set::Configmap(arguments) => arguments.set(Generator::ConfigMap),
            Set::Secret(arguments) => arguments.set(Generator::Secret),
            Set::Image { images } => {
                let changes: Result<Vec<ImageChange>, String> =
                    images.iter().map(|image| ImageChange::parse(image)).collect();
                let changes = changes.map_err(failed)?;
                change("images", |data| {
                    changes.iter().for_each(|change| change.apply(data));
                    Ok(())
                })?;
                unmatched::report(&changes.iter().map(|change| change.name.as_str()).collect::<Vec<_>>(), reporter);
                Ok(())
            }
            Set::Replicas { replicas } => {
                let counts: Result<Vec<(&str, i64)>, String> =
                    replicas.iter().map(|replicas| parse_replicas(replicas)).collect();
                let counts = counts.map_err(failed)?;
                change("replicas", |data| {
                    counts.iter().for_each(|(name, count)| set_replicas(data, name, *count));
                    Ok(())
                })?;
                unmatched::report(&counts.iter().map(|(name, _)| *name).collect::<Vec<_>>(), reporter);
                Ok(())
            }
            Set::Nameprefix { prefix } => set_text("namePrefix", prefix),
            Set::Namesuffix { suffix } => set_text("nameSuffix", suffix),
            Set::Namespace { namespace } => set_text("namespace", namespace),
        }
    }
}

impl GeneratorArguments {
    fn set(&self, generator: Generator) -> anyhow::Result<()> {
        ensure!(
            !self.from_literal.is_empty() || !self.new_namespace.is_empty(),
            "--from-literal or --new-namespace is required"
        );
        let id = (self.name.as_str(), self.namespace.as_str());
        let namespace = if self.new_namespace.is_empty() { &self.namespace } else { &self.new_namespace };
        generate::change(generator, (&self.name, namespace), |data| {
            generators::set(data, generator, id, &self.from_literal, &self.new_namespace)
        })
    }
}
