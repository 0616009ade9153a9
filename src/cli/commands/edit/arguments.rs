//! Arguments shared by the `edit` subcommands.

use anyhow::{anyhow, ensure};
use clap::Args;

use crate::edit::patches::PatchEntry;
use crate::kustomization::BUILD_METADATA_OPTIONS;

/// A patch: its path or content, and its target.
#[derive(Debug, Args)]
pub struct PatchArguments {
    /// Path of the patch file
    #[arg(long, value_name = "FILE", conflicts_with = "patch", default_value = "", hide_default_value = true)]
    path: String,

    /// Inline patch
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, default_value = "", hide_default_value = true)]
    patch: String,

    /// API group of the targets
    #[arg(long, default_value = "", hide_default_value = true)]
    group: String,

    /// API version of the targets, without the group
    #[arg(long, default_value = "", hide_default_value = true)]
    version: String,

    /// Kind of the targets
    #[arg(long, default_value = "", hide_default_value = true)]
    kind: String,

    /// Name of the targets
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,

    /// Namespace of the targets
    #[arg(long, default_value = "", hide_default_value = true)]
    namespace: String,

    /// Annotation selector of the targets
    #[arg(long, value_name = "SELECTOR", default_value = "", hide_default_value = true)]
    annotation_selector: String,

    /// Label selector of the targets
    #[arg(long, value_name = "SELECTOR", default_value = "", hide_default_value = true)]
    label_selector: String,
}

impl PatchArguments {
    /// Returns the entry of `patches`.
    pub fn entry(&self) -> PatchEntry {
        let target = [
            ("group", &self.group),
            ("version", &self.version),
            ("kind", &self.kind),
            ("name", &self.name),
            ("namespace", &self.namespace),
            ("annotationSelector", &self.annotation_selector),
            ("labelSelector", &self.label_selector),
        ];
        PatchEntry {
            path: self.path.clone(),
            patch: self.patch.clone(),
            target: target.map(|(name, value)| (name, value.clone())).to_vec(),
        }
    }
}

/// Parses a comma-separated list of `buildMetadata` options.
pub fn build_metadata(list: &str) -> anyhow::Result<Vec<String>> {
    let options: Vec<String> = list.split(',').map(ToString::to_string).collect();
    for option in &options {
        ensure!(
            BUILD_METADATA_OPTIONS.contains(&option.as_str()),
            "invalid buildMetadata option: {option}; must be one of {}",
            BUILD_METADATA_OPTIONS.join(", ")
        );
    }
    Ok(options)
}

/// Converts a message to an error.
pub fn failed(message: String) -> anyhow::Error {
    anyhow!(message)
}
