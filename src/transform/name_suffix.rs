//! The `nameSuffix` field.

use crate::accumulate::config::TransformerConfig;
use crate::diagnostic::Result;
use crate::kustomization::Located;
use crate::load::Target;
use crate::resource::field_spec::{DefaultFieldSpec, FieldSpec};
use crate::resource::{Resource, Resources};

use super::Runs;
use super::name_prefix::rename;

/// The fields that hold names.
pub const DEFAULT_FIELDS: &[DefaultFieldSpec] = &[DefaultFieldSpec::new("", "", "", "metadata/name", false)];

/// Puts the suffix behind all names.
///
/// # Errors
/// Fails where a name is no scalar.
pub fn transform(
    target: &Target,
    config: &TransformerConfig,
    resources: &mut Resources,
    runs: &Runs<'_>,
) -> Result<()> {
    let suffix = &target.kustomization().name_suffix;
    if suffix.is_empty() {
        return Ok(());
    }
    add_suffix(suffix, &config.name_suffix, resources)?;
    runs.note(1, resources);
    Ok(())
}

/// Puts a suffix behind the names in some fields.
///
/// # Errors
/// Fails where a name is no scalar.
pub fn add_suffix(suffix: &Located<String>, fields: &[FieldSpec], resources: &mut Resources) -> Result<()> {
    let remember = |resource: &mut Resource| resource.suffixes.push(suffix.value.clone());
    rename(suffix, fields, resources, remember, |name| format!("{name}{}", suffix.value))
}
