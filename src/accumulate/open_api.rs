//! The `openapi` field: a custom schema.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result, invalid_yaml};
use crate::inputs::File;
use crate::resource::schema::CustomSchema;
use crate::resource::{Resource, Schema};
use crate::target::{Entry, Source, Target};
use crate::transform::patches::ParsedPatch;
use crate::yaml::{ParseLimits, Span, parse_value};

/// The only version of the Kubernetes schema that is built in.
const BUILT_IN_VERSION: &str = "v1.21.2";

/// Returns the schema of a render: that of the first kustomization that has one, outermost first.
///
/// # Errors
/// Fails on unknown versions and unreadable schemas.
pub fn schema(target: &Target) -> Result<Schema> {
    if has_schema(target) { Ok(find_schema(target, &mut false)?.unwrap_or_default()) } else { Ok(Schema::default()) }
}

/// Looks for a schema in the order in which kustomize loads kustomizations. A custom schema replaces the built-in one, unless
/// kustomize has already used the latter: to find out whether a resource of an unknown type, such as a plugin, has a
/// namespace, or to merge a patch (fixtures `openapi/schema-of-a-*`).
fn find_schema(target: &Target, keeps_built_in: &mut bool) -> Result<Option<Schema>> {
    let open_api = &target.kustomization().openapi;
    let (path, version) = (open_api.get("path"), open_api.get("version").filter(|version| !version.is_empty()));
    match (path, version) {
        (Some(path), Some(_)) => {
            Err(Diagnostic::error(Code::InvalidValue, "builtin version and custom schema provided, cannot use both")
                .at(Span::new(path.position, path.len()), "custom schema in addition to `version`"))
        }
        (Some(path), None) => {
            let file = target.file(path)?;
            let tree = parse_value(file.text()?, file.id, target.limits).map_err(invalid_yaml)?;
            Ok(Some(tree.map_or_else(Schema::default, |tree| {
                Schema::with_custom(Arc::new(CustomSchema::new(Arc::new(tree), !*keeps_built_in)))
            })))
        }
        (None, Some(version)) if version.value != BUILT_IN_VERSION => {
            Err(Diagnostic::error(Code::InvalidValue, "the specified OpenAPI version is not built in")
                .at(Span::new(version.position, version.len()), "unknown version")
                .hint(format!("the built-in version is {BUILT_IN_VERSION}")))
        }
        (None, Some(_)) => Ok(Some(Schema::default())),
        (None, None) => {
            if let Some(schema) = find_in_entries(&target.resources, target, keeps_built_in)? {
                return Ok(Some(schema));
            }
            *keeps_built_in |= !target.generators.entries.is_empty();
            if let Some(schema) = find_in_entries(&target.components, target, keeps_built_in)? {
                return Ok(Some(schema));
            }
            *keeps_built_in |= !target.transformers.entries.is_empty() || !target.validators.entries.is_empty();
            *keeps_built_in |= has_merge_patch(target);
            Ok(None)
        }
    }
}

fn find_in_entries(entries: &[Entry], target: &Target, keeps_built_in: &mut bool) -> Result<Option<Schema>> {
    for entry in entries {
        match &entry.source {
            Source::Directory(base) => {
                if let Some(schema) = find_schema(base, keeps_built_in)? {
                    return Ok(Some(schema));
                }
            }
            Source::Manifest(file) => *keeps_built_in |= has_unknown_type(file, target.limits),
        }
    }
    Ok(None)
}

fn has_unknown_type(file: &File, limits: ParseLimits) -> bool {
    let is_unknown = |resource: &Resource| !Schema::knows_scope(resource.api_version(), resource.kind());
    // Errors in the file are reported where its resources are used.
    file.resources(limits).is_ok_and(|resources| resources.iter().any(is_unknown))
}

fn has_merge_patch(target: &Target) -> bool {
    let kustomization = target.kustomization();
    kustomization.patches_strategic_merge.as_ref().is_some_and(|patches| !patches.is_empty())
        || kustomization
            .patches
            .iter()
            .any(|patch| matches!(ParsedPatch::new(patch, target), Ok(ParsedPatch::StrategicMerge(_))))
}

fn has_schema(target: &Target) -> bool {
    !target.kustomization().openapi.is_empty()
        || target
            .resources
            .iter()
            .chain(&target.components)
            .any(|entry| matches!(&entry.source, Source::Directory(base) if has_schema(base)))
}
