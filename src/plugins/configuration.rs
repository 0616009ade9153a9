//! Plugin configurations.

use serde::de::DeserializeOwned;

use crate::diagnostic::{Result, unwritable};
use crate::kustomization::{Mode, decode};
use crate::resource::Resource;
use crate::resource::patch::json_round_trip::through_json_as_yaml;
use crate::yaml::{Tree, write};

/// Returns whether a configuration is for a built-in plugin.
pub fn is_builtin(configuration: &Resource) -> bool {
    configuration.api_version() == "builtin"
}

/// Returns a configuration as it is passed to a plugin. kustomize writes it as text, which changes dates and some folded
/// strings (fixtures `yaml/folded-in-a-plugin`, `transformers/date`).
///
/// # Errors
/// Fails on content that cannot be written, such as a duplicate key (fixture `transformers/duplicate-key`).
pub fn as_plugin_input(configuration: &Resource) -> Result<Tree> {
    write(configuration.tree(), &mut String::new()).map_err(unwritable)?;
    let mut tree = configuration.tree().clone();
    through_json_as_yaml(&mut tree)?;
    Ok(tree)
}

/// Decodes a configuration.
///
/// # Errors
/// Fails on values that cannot be written, and on those of the wrong type.
pub fn read<T: DeserializeOwned>(configuration: &Resource) -> Result<T> {
    read_as(configuration, Mode::Lenient)
}

/// Decodes a configuration in the given mode.
///
/// # Errors
/// Fails like [`read`].
pub fn read_as<T: DeserializeOwned>(configuration: &Resource, mode: Mode) -> Result<T> {
    let tree = as_plugin_input(configuration)?;
    decode(&tree, tree.root(), mode)
}
