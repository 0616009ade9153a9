//! The `nameSuffix` field.

use crate::diagnostic::Result;
use crate::kustomization::Located;
use crate::resource::paths::field_spec::{DefaultFieldSpec, FieldSpec};
use crate::resource::transformer_config::FieldList;
use crate::resource::{Resource, Resources, Step};

use super::name_prefix::rename;
use super::run::Run;

/// The fields that hold names.
pub const DEFAULT_FIELDS: &[DefaultFieldSpec] = &[DefaultFieldSpec::new("", "", "", "metadata/name", false)];

/// Puts the suffix behind all names.
///
/// # Errors
/// Fails where a name is no scalar.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let suffix = &run.kustomization().name_suffix;
    if suffix.is_empty() {
        return Ok(());
    }
    add_suffix(suffix, &run.config[FieldList::NameSuffix], resources)?;
    run.end(1, Step::new("nameSuffix", suffix.position), resources);
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
