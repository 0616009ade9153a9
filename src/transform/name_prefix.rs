//! The `namePrefix` field, and the code that it shares with `nameSuffix`.

use crate::diagnostic::Result;
use crate::kustomization::Located;
use crate::resource::identity::group_version_kind;
use crate::resource::paths::field_spec::{self, Create, DefaultFieldSpec, FieldSpec};
use crate::resource::transformer_config::FieldList;
use crate::resource::{AddedAffix, Resource, Resources, Step};
use crate::yaml::Tag;

use super::run::Run;

/// The fields that contain names.
pub const DEFAULT_FIELDS: &[DefaultFieldSpec] = &[DefaultFieldSpec::new("", "", "", "metadata/name", false)];

/// The number of nodes that are visited in the time that a change of a short name takes.
const RENAME_WORK: usize = 8;

/// The number of bytes of a name that are copied and hashed in the time that a visit to a node takes.
const BYTES_OF_NAMES_PER_NODE: usize = 16;

/// Applies `namePrefix`: adds the prefix to all names.
///
/// # Errors
/// Fails if a name is not a scalar.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let prefix = &run.kustomization().name_prefix;
    if prefix.is_empty() {
        return Ok(());
    }
    add_prefix(prefix, &run.config[FieldList::NamePrefix], resources)?;
    run.end(1, Step::new("namePrefix", prefix.position), resources);
    Ok(())
}

/// Adds a prefix to the names in the given fields.
///
/// # Errors
/// Fails if a name is not a scalar.
pub fn add_prefix(prefix: &Located<String>, fields: &[FieldSpec], resources: &mut Resources) -> Result<()> {
    let mut added = AddedAffix::new(prefix);
    let record = |resource: &mut Resource| added.add_to(&mut resource.prefixes);
    rename(prefix, fields, resources, record, |name| format!("{}{name}", prefix.value))
}

/// Renames all resources except those whose names have a fixed meaning: definitions, API services and namespaces.
pub(super) fn rename(
    affix: &Located<String>,
    fields: &[FieldSpec],
    resources: &mut Resources,
    mut record: impl FnMut(&mut Resource),
    new_name: impl Fn(&str) -> String,
) -> Result<()> {
    let schema = resources.schema().clone();
    for at in 0..resources.len() {
        // Names grow with each prefix.
        resources.work.count(RENAME_WORK + resources.get(at).name().len() / BYTES_OF_NAMES_PER_NODE)?;
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
            if spec.path == "metadata/name" && !affix.value.is_empty() {
                record(resource);
                resource.store_previous_id(&schema);
            }
            let create = Create::Scalar(Tag::Str);
            let tree = resource.tree_mut();
            field_spec::apply(tree, spec, create, affix.position, &mut |tree, node| {
                let name = new_name(tree.text(node));
                // The prefix or suffix of a plugin may be empty.
                let position = if affix.value.is_empty() { tree.position(node) } else { affix.position };
                field_spec::set_scalar(tree, node, &name, Tag::None, position)
            })?;
            tree.free_unused_texts();
        }
        resources.reindex(at);
    }
    Ok(())
}
