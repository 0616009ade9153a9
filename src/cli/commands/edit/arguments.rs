//! Arguments that several edits take.

use anyhow::{anyhow, ensure};
use clap::Args;

use crate::edit::patches::PatchEntry;
use crate::kustomization::BUILD_METADATA_OPTIONS;

/// What identifies a patch.
#[derive(Debug, Args)]
pub struct PatchArguments {
    /// The file with the patch
    #[arg(long, value_name = "FILE", conflicts_with = "patch", default_value = "", hide_default_value = true)]
    path: String,

    /// The patch itself
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, default_value = "", hide_default_value = true)]
    patch: String,

    /// The group of the targets
    #[arg(long, default_value = "", hide_default_value = true)]
    group: String,

    /// The version of the targets
    #[arg(long, default_value = "", hide_default_value = true)]
    version: String,

    /// The kind of the targets
    #[arg(long, default_value = "", hide_default_value = true)]
    kind: String,

    /// The name of the targets
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,

    /// The namespace of the targets
    #[arg(long, default_value = "", hide_default_value = true)]
    namespace: String,

    /// The annotations of the targets
    #[arg(long, value_name = "SELECTOR", default_value = "", hide_default_value = true)]
    annotation_selector: String,

    /// The labels of the targets
    #[arg(long, value_name = "SELECTOR", default_value = "", hide_default_value = true)]
    label_selector: String,
}

impl PatchArguments {
    /// Returns the entry of `patches` that they stand for.
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

/// Returns the options of `buildMetadata` in a list with commas.
pub fn build_metadata(list: &str) -> anyhow::Result<Vec<String>> {
    let options: Vec<String> = list.split(',').map(ToString::to_string).collect();
    for option in &options {
        ensure!(
            BUILD_METADATA_OPTIONS.contains(&option.as_str()),
            "invalid buildMetadata option: {option}; there are {}",
            BUILD_METADATA_OPTIONS.join(", ")
        );
    }
    Ok(options)
}

/// Turns a message into an error.
pub fn failed(message: String) -> anyhow::Error {
    anyhow!(message)
}
