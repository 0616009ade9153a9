//! The `openapi` field: a schema of the kustomization's own.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result, invalid_yaml};
use crate::load::{Source, Target};
use crate::resource::Schema;
use crate::resource::schema::CustomSchema;
use crate::yaml::{Span, parse_value};

/// The only version of the Kubernetes schema that is built in.
const BUILT_IN_VERSION: &str = "v1.21.2";

/// Returns the schema of a render: that of the first kustomization that brings one, outermost first.
///
/// # Errors
/// Fails on unknown versions and unreadable schemas.
pub fn schema(target: &Target) -> Result<Schema> {
    find_schema(target, true)
}

fn find_schema(target: &Target, is_outermost: bool) -> Result<Schema> {
    let open_api = &target.kustomization().openapi;
    let (path, version) = (open_api.get("path"), open_api.get("version").filter(|version| !version.is_empty()));
    match (path, version) {
        (Some(path), Some(_)) => {
            Err(Diagnostic::error(Code::InvalidValue, "builtin version and custom schema provided, cannot use both")
                .at(Span::new(path.position, path.len()), "a schema, and a version beside it"))
        }
        (Some(path), None) => {
            let file = target.file(path)?;
            let tree = parse_value(file.text()?, file.id, target.limits).map_err(invalid_yaml)?;
            Ok(tree.map_or_else(Schema::default, |tree| {
                Schema::with_custom(Arc::new(CustomSchema::new(Arc::new(tree), is_outermost)))
            }))
        }
        (None, Some(version)) if version.value != BUILT_IN_VERSION => {
            Err(Diagnostic::error(Code::InvalidValue, "the specified OpenAPI version is not built in")
                .at(Span::new(version.position, version.len()), "unknown version")
                .hint(format!("the built-in version is {BUILT_IN_VERSION}")))
        }
        (None, Some(_)) => Ok(Schema::default()),
        (None, None) => {
            for entry in target.resources.iter().chain(&target.components) {
                if let Source::Directory(base) = &entry.source
                    && has_schema(base)
                {
                    return find_schema(base, false);
                }
            }
            Ok(Schema::default())
        }
    }
}

fn has_schema(target: &Target) -> bool {
    !target.kustomization().openapi.is_empty()
        || target
            .resources
            .iter()
            .chain(&target.components)
            .any(|entry| matches!(&entry.source, Source::Directory(base) if has_schema(base)))
}
