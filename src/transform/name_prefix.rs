//! The `namePrefix` field, and what it shares with `nameSuffix`.

use crate::diagnostic::Result;
use crate::kustomization::Located;
use crate::resource::identity::group_version_kind;
use crate::resource::paths::field_spec::{self, Create, DefaultFieldSpec, FieldSpec};
use crate::resource::transformer_config::FieldList;
use crate::resource::{Resource, Resources, Step};
use crate::yaml::Tag;

use super::run::Run;

/// The fields that hold names.
pub const DEFAULT_FIELDS: &[DefaultFieldSpec] = &[DefaultFieldSpec::new("", "", "", "metadata/name", false)];

/// Puts the prefix before all names.
///
/// # Errors
/// Fails where a name is no scalar.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let prefix = &run.kustomization().name_prefix;
    if prefix.is_empty() {
        return Ok(());
    }
    add_prefix(prefix, &run.config[FieldList::NamePrefix], resources)?;
    run.end(1, Step::new("namePrefix", prefix.position), resources);
    Ok(())
}

/// Puts a prefix before the names in some fields.
///
/// # Errors
/// Fails where a name is no scalar.
pub fn add_prefix(prefix: &Located<String>, fields: &[FieldSpec], resources: &mut Resources) -> Result<()> {
    let remember = |resource: &mut Resource| resource.prefixes.push(prefix.value.clone());
    rename(prefix, fields, resources, remember, |name| format!("{}{name}", prefix.value))
}

/// Renames all resources but those whose names mean something outside: definitions, API services, namespaces.
pub(super) fn rename(
    part: &Located<String>,
    fields: &[FieldSpec],
    resources: &mut Resources,
    remember: impl Fn(&mut Resource),
    new_name: impl Fn(&str) -> String,
) -> Result<()> {
    let schema = resources.schema().clone();
    for at in 0..resources.len() {
        let resource = resources.get_mut(at);
        let (original_kind, _, _) = resource.original(&schema);
        let (group, version, _) = group_version_kind(resource.tree());
        let keeps_name = matches!(original_kind, "CustomResourceDefinition" | "Namespace")
            || original_kind == "APIService" && group == "apiregistration.k8s.io";
        if keeps_name {
            continue;
        }
        let selected: Vec<&FieldSpec> =
            fields.iter().filter(|spec| spec.gvk.selects(group, version, original_kind)).collect();
        for spec in selected {
            if spec.path == "metadata/name" && !part.value.is_empty() {
                remember(resource);
                resource.store_previous_id(&schema);
            }
            let create = Create::Scalar(Tag::Str);
            field_spec::apply(resource.tree_mut(), spec, create, part.position, &mut |tree, node| {
                let name = new_name(tree.text(node));
                // A plugin may add nothing.
                let position = if part.value.is_empty() { tree.position(node) } else { part.position };
                field_spec::set_scalar(tree, node, &name, Tag::None, position)
            })?;
        }
        resources.reindex(at);
    }
    Ok(())
}
