//! `boutique edit set`.

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

/// Examples of the forms that arguments have.
pub const AFTER_HELP: &str = "\
Examples:
  boutique edit set image nginx:1.27         another tag
  boutique edit set image nginx=example.com/nginx:1.27@sha256:...
  boutique edit set image 'nginx=*:1.27'     another tag, with the new name that is there
  boutique edit set replicas web=3 api=2
  boutique edit set namesuffix -- -v2        a value that begins with a hyphen";

#[derive(Debug, Subcommand)]
pub enum Set {
    /// Set annotations in `commonAnnotations`
    Annotation {
        /// Annotations as KEY:VALUE
        #[arg(required = true, value_name = "KEY:VALUE")]
        pairs: Vec<String>,
    },
    /// Set the options in `buildMetadata`
    Buildmetadata {
        /// originAnnotations, transformerAnnotations, managedByLabel, separated by commas
        #[arg(value_name = "OPTION[,OPTION]")]
        options: String,
    },
    /// Set values or the namespace of a ConfigMap generator
    Configmap(GeneratorArguments),
    /// Set names, tags and digests of images
    ///
    /// Parts may be missing, and `*` keeps what is there: NAME=NEW_NAME:TAG, NAME=NEW_NAME, NAME:TAG, NAME@DIGEST, NAME=*:TAG.
    Image {
        /// Images with what to set
        #[arg(required = true, value_name = "NAME[=NEW_NAME][:TAG][@DIGEST]")]
        images: Vec<String>,
    },
    /// Set labels in `commonLabels`
    Label {
        /// Labels as KEY:VALUE
        #[arg(required = true, value_name = "KEY:VALUE")]
        pairs: Vec<String>,
    },
    /// Set `namePrefix`
    Nameprefix {
        /// What to put in front of all names
        prefix: String,
    },
    /// Set `namespace`
    Namespace {
        /// The namespace of all resources
        namespace: String,
    },
    /// Set `nameSuffix`
    Namesuffix {
        /// What to put behind all names
        suffix: String,
    },
    /// Set the counts of replicas
    Replicas {
        /// Counts as NAME=COUNT
        #[arg(required = true, value_name = "NAME=COUNT")]
        replicas: Vec<String>,
    },
    /// Set values or the namespace of a Secret generator
    Secret(GeneratorArguments),
}

/// The command line of `edit set configmap` and `edit set secret`.
#[derive(Debug, Args)]
pub struct GeneratorArguments {
    /// The name of the generator
    name: String,

    /// A key that is there with its new value (repeatable)
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    from_literal: Vec<String>,

    /// The namespace that it has
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    namespace: String,

    /// The namespace that it is to have
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    new_namespace: String,
}

impl Set {
    /// Sets.
    ///
    /// # Errors
    /// Fails where kustomize does.
    pub fn run(&self) -> anyhow::Result<()> {
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
                    ensure!(metadata::is_annotation_key(key), "`{key}` cannot be the key of an annotation");
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
                })
            }
            Set::Replicas { replicas } => {
                let counts: Result<Vec<(&str, i64)>, String> =
                    replicas.iter().map(|replicas| parse_replicas(replicas)).collect();
                let counts = counts.map_err(failed)?;
                change("replicas", |data| {
                    counts.iter().for_each(|(name, count)| set_replicas(data, name, *count));
                    Ok(())
                })
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
            "at least one of --from-literal and --new-namespace is needed"
        );
        let id = (self.name.as_str(), self.namespace.as_str());
        let namespace = if self.new_namespace.is_empty() { &self.namespace } else { &self.new_namespace };
        generate::change(generator, (&self.name, namespace), |data| {
            generators::set(data, generator, id, &self.from_literal, &self.new_namespace)
        })
    }
}
