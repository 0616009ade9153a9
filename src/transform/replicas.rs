//! The `replicas` field.

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::{Located, Replica};
use crate::resource::paths::field_spec::{self, Create, DefaultFieldSpec, FieldSpec};
use crate::resource::transformer_config::FieldList;
use crate::resource::{Resources, Step};
use crate::yaml::Tag;

use super::run::Run;
use super::unlisted_field;

/// The fields that contain replica counts.
pub const DEFAULT_FIELDS: &[DefaultFieldSpec] = &[
    DefaultFieldSpec::new("", "", "Deployment", "spec/replicas", true),
    DefaultFieldSpec::new("", "", "StatefulSet", "spec/replicas", true),
    DefaultFieldSpec::new("", "", "ReplicaSet", "spec/replicas", true),
    DefaultFieldSpec::new("", "", "ReplicationController", "spec/replicas", true),
];

/// Applies `replicas`: sets replica counts.
///
/// # Errors
/// Fails if an entry matches no resource.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let replicas = &run.kustomization().replicas;
    let Some(first) = replicas.first() else { return Ok(()) };
    let errors =
        replicas.iter().filter_map(|replica| set_count(replica, &run.config[FieldList::Replicas], resources).err());
    Diagnostic::combine(errors)?;
    run.end(replicas.len(), Step::new("replicas", first.position), resources);
    Ok(())
}

/// Sets the replica count of the resources that have or had a name.
///
/// # Errors
/// Fails if there are none.
pub fn set_count(replica: &Located<Replica>, fields: &[FieldSpec], resources: &mut Resources) -> Result<()> {
    let mut found = false;
    let count = replica.count.value.to_string();
    let position = replica.count.position;
    for spec in fields {
        for at in resources.find_named_kind(&spec.gvk, &replica.name) {
            found = true;
            let tree = resources.get_mut(at).tree_mut();
            field_spec::apply(tree, spec, Create::Scalar(Tag::Int), position, &mut |tree, node| {
                field_spec::set_scalar(tree, node, &count, Tag::Int, position)
            })?;
        }
    }
    if found {
        return Ok(());
    }
    let error = Diagnostic::error(Code::NoTarget, format!("no resource named `{}` has a replica count", replica.name))
        .at(replica.position, "matches no resource");
    let named = resources.named(&replica.name);
    if let Some(field) = unlisted_field::find_replicas(resources, &named) {
        return Err(error.hint(field.hint("replicas")));
    }
    let kinds: Vec<&str> = fields.iter().map(|spec| &*spec.gvk.kind).collect();
    Err(error.hint(format!("the kinds with a replica count are: {}", kinds.join(", "))))
}
