//! The `nameSuffix` field.

use crate::diagnostic::Result;
use crate::kustomization::Located;
use crate::resource::paths::field_spec::{DefaultFieldSpec, FieldSpec};
use crate::resource::transformer_config::FieldList;
use crate::resource::{AddedAffix, Resource, Resources, Step};

use super::name_prefix::rename;
use super::run::Run;

/// The fields that contain names.
pub const DEFAULT_FIELDS: &[DefaultFieldSpec] = &[DefaultFieldSpec::new("", "", "", "metadata/name", false)];

/// Applies `nameSuffix`: adds the suffix to all names.
///
/// # Errors
/// Fails if a name is not a scalar.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let suffix = &run.kustomization().name_suffix;
    if suffix.is_empty() {
        return Ok(());
    }
    add_suffix(suffix, &run.config[FieldList::NameSuffix], resources)?;
    run.end(1, Step::new("nameSuffix", suffix.position), resources);
    Ok(())
}

/// Adds a suffix to the names in the given fields.
///
/// # Errors
/// Fails if a name is not a scalar.
pub fn add_suffix(suffix: &Located<String>, fields: &[FieldSpec], resources: &mut Resources) -> Result<()> {
    let mut added = AddedAffix::new(suffix);
    let record = |resource: &mut Resource| added.add_to(&mut resource.suffixes);
    rename(suffix, fields, resources, record, |name| format!("{name}{}", suffix.value))
}
