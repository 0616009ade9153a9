//! The `commonAnnotations` field.

use std::borrow::Cow;

use crate::diagnostic::Result;
use crate::kustomization::StringMap;
use crate::resource::paths::field_spec::{self, Create, DefaultFieldSpec, EntrySetter, FieldSpec, KeyIndex};
use crate::resource::transformer_config::FieldList;
use crate::resource::{Resources, Step};
use crate::yaml::{NodeId, Position, Tree};

use super::run::Run;

/// The fields that contain annotations.
pub const DEFAULT_FIELDS: &[DefaultFieldSpec] = &[
    DefaultFieldSpec::new("", "", "Deployment", "spec/template/metadata/annotations", true),
    DefaultFieldSpec::new("", "", "StatefulSet", "spec/template/metadata/annotations", true),
    DefaultFieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/metadata/annotations", true),
    DefaultFieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/annotations", true),
    DefaultFieldSpec::new("batch", "", "Job", "spec/template/metadata/annotations", true),
    DefaultFieldSpec::new("", "v1", "ReplicationController", "spec/template/metadata/annotations", true),
    DefaultFieldSpec::new("", "", "DaemonSet", "spec/template/metadata/annotations", true),
    DefaultFieldSpec::new("", "", "ReplicaSet", "spec/template/metadata/annotations", true),
    DefaultFieldSpec::new("", "", "", "metadata/annotations", true),
];

/// Adds annotations to all resources.
///
/// # Errors
/// Fails if a field that contains annotations is not a mapping.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let annotations = &run.kustomization().common_annotations;
    if annotations.is_empty() {
        return Ok(());
    }
    set_entries(annotations, &run.config[FieldList::CommonAnnotations], resources)?;
    run.end(1, Step::new("commonAnnotations", position_of(annotations)), resources);
    Ok(())
}

/// Returns the position of the first value of a map.
pub fn position_of(entries: &StringMap) -> Position {
    entries.values().next().map_or(Position::NONE, |value| value.position)
}

/// Sets entries in all mappings that the field specs select.
///
/// # Errors
/// Fails if such a field is not a mapping.
pub fn set_entries(entries: &StringMap, fields: &[FieldSpec], resources: &mut Resources) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    for at in 0..resources.len() {
        let is_annotated = resources.get(at).is_annotated;
        let selected = field_spec::selected(fields, resources.get(at).tree());
        if selected.is_empty() {
            continue;
        }
        resources.work.count(selected.len().saturating_mul(entries.len()))?;
        let before = resources.get(at).tree().memory();
        set_in_tree(entries, &selected, is_annotated, resources.get_mut(at).tree_mut())?;
        resources.count_growth(at, before)?;
    }
    Ok(())
}

/// Sets entries in the mappings of one document to which field specs lead.
fn set_in_tree(entries: &StringMap, specs: &[&FieldSpec], is_annotated: bool, tree: &mut Tree) -> Result<()> {
    let mut keys = KeyIndex::for_lookups(entries.len());
    // The first entry creates missing mappings. From then on the paths lead to the same ones, unless they cross.
    let is_stable = entries.len() > 2 && !field_spec::any_contains_another(specs);
    let mut mappings: Vec<(&FieldSpec, NodeId)> = Vec::new();
    for (number, (key, text)) in entries.iter().enumerate() {
        let mut setter = EntrySetter::new(key, text, text.position);
        if number > 1 && is_stable && !key.is_empty() {
            for &(spec, mapping) in &mappings {
                setter.set(tree, mapping, &mut keys).map_err(|error| spec.considered(error))?;
            }
            continue;
        }
        mappings.clear();
        for &spec in specs {
            // kustomize stores bookkeeping in the annotations, so the path exists without being created. It also does so
            // in every `annotations` field that it reads, null or not.
            let is_annotations = !spec.create && spec.path == "metadata/annotations";
            let exists =
                is_annotations && (is_annotated || tree.get_path(tree.root(), &["metadata", "annotations"]).is_some());
            let applied = &if exists { Cow::Owned(spec.creating()) } else { Cow::Borrowed(spec) };
            field_spec::apply_path(tree, applied, Create::Mapping, text.position, &mut |tree, node| {
                mappings.push((spec, node));
                setter.set(tree, node, &mut keys)
            })?;
        }
    }
    Ok(())
}
