//! Applies patches to resources.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::diagnostic::{Applicability, Code, Diagnostic, Result};
use crate::kustomization::{Located, PatchOptions, SelectorConfig};
use crate::resource::bookkeeping::is_internal;
use crate::resource::identity::group_version_kind;
use crate::resource::metadata::{metadata_mut, normalize_metadata_map, set_text_field};
use crate::resource::patch::json6902 as json_patch;
use crate::resource::patch::strategic_merge::{self as merge, NewElements};
use crate::resource::{Identity, Resource, Resources, Schema};
use crate::secret;
use crate::transform::selector::Selector;
use crate::transform::unmatched;
use crate::yaml::{NodeId, Position, Tree};

use super::changed_values::{changed_values, fragile_values};
use super::lists::{self, Lists};
use super::nulls::nulls_as_text;
use super::replaced_lists::replaced_lists;

/// Applies patches in order. All patches that match no resource are reported, but not errors that may follow from them.
pub(super) fn apply_in_order<T>(patches: &[T], mut apply: impl FnMut(&T) -> Result<()>) -> Result<()> {
    let mut errors = Vec::new();
    for patch in patches {
        match apply(patch) {
            Err(error) if error.code == Code::NoTarget => errors.push(error),
            Err(error) if errors.is_empty() => return Err(error),
            Err(_) => break,
            Ok(()) => {}
        }
    }
    Diagnostic::combine(errors)
}

pub(super) fn select(target: &Located<SelectorConfig>, resources: &mut Resources) -> Result<Vec<usize>> {
    let selector = Selector::new(target, resources.patterns())?;
    let schema = resources.schema().clone();
    let candidates: Vec<usize> = match selector.exact_name() {
        Some(name) => resources.named(name),
        None => (0..resources.len()).collect(),
    };
    let mut selected = Vec::new();
    for at in candidates {
        if selector.matches(resources.get(at), &schema)? {
            selected.push(at);
        }
    }
    if selected.is_empty() {
        unmatched::warn_about_target(Code::UnmatchedTarget, target, resources)?;
    }
    Ok(selected)
}

pub(super) fn deletes(patch: &Resource) -> bool {
    patch.tree().get(patch.root(), "$patch").is_some_and(|directive| patch.tree().is_text(directive, "delete"))
}

pub(super) fn deletes_everything(patch: &Resource, target: &Located<SelectorConfig>) -> Box<Diagnostic> {
    Diagnostic::warning(Code::DeletesEverything, "this patch deletes every resource")
        .at(target.position, "an empty target matches every resource")
        .hint(format!("to delete only {}, remove the target", patch.id()))
}

/// Finds the one resource that has or had the identity of the patch.
pub(super) fn find_target(patch: &Resource, resources: &mut Resources) -> Result<usize> {
    let (group, version, kind) = group_version_kind(patch.tree());
    let schema = resources.schema().clone();
    let namespace = patch.effective_namespace(&schema);
    let found = resources.find_any(Identity { group, version, kind, name: patch.name(), namespace });
    match found[..] {
        [at] => Ok(at),
        [] => {
            let mut error = Diagnostic::error(
                Code::NoTarget,
                format!("no resource matches strategic merge patch \"{}\": no matches for Id {0}", patch.id()),
            )
            .at(patch.position(), "this patch");
            if let Some(suggestion) = unmatched::suggestion(patch.kind(), patch.name(), resources) {
                error = error.hint(suggestion);
            }
            let [kind, name, namespace] =
                [&["kind"][..], &["metadata", "name"], &["metadata", "namespace"]].map(|path| located(patch, path));
            Err(match unmatched::misspelling(&kind, &name, &namespace, resources) {
                Some((word, meant)) => error.misspelled(word.position, word, &meant, Applicability::Unsafe),
                None => error,
            })
        }
        _ => Err(Diagnostic::error(Code::AmbiguousTarget, format!("multiple matches for Id {}", patch.id()))
            .at(patch.position(), "this patch")
            .hint("specify the namespace, or add a `target` to the entry")),
    }
}

/// Returns the text at a path of a patch with its position; empty if there is none.
fn located(patch: &Resource, path: &[&str]) -> Located<String> {
    let tree = patch.tree();
    let node = tree.get_path(patch.root(), path);
    node.map_or_else(Located::default, |node| Located {
        value: tree.text(node).to_string(),
        position: tree.position(node),
    })
}

/// Applies a patch to selected resources. The patch gets the API version of each resource, and its labels and annotations
/// become strings.
pub(super) fn apply_to_selected(
    selected: &[usize],
    patch: &Resource,
    options: PatchOptions,
    resources: &mut Resources,
) -> Result<()> {
    if selected.is_empty() {
        return check_metadata(patch);
    }
    resources.work.count(patch.tree().node_count())?;
    nulls_as_text(patch, &["labels", "annotations"]).into_iter().for_each(|warning| resources.warn(warning));
    let mut normalized = patch.clone();
    for field in ["labels", "annotations"] {
        normalize_metadata_map(normalized.tree_mut(), field, |_| false)?;
    }
    // kustomize sets the name to itself, which removes its type (fixture `patches/name-without-type`).
    let name = normalized.name().to_string();
    normalized.set_name(&name, patch.name_position())?;
    let mut deleted = HashSet::new();
    for &at in selected {
        let resource = resources.get(at);
        let api_version = resource.gvk().api_version();
        let position = resource.field_position(&["apiVersion"]);
        let mut patch = normalized.clone();
        let root = patch.root();
        set_text_field(patch.tree_mut(), root, "apiVersion", &api_version, position);
        if !merge_and_check(&patch, options, at, resources)? {
            deleted.insert(at);
        }
    }
    remove(&deleted, resources);
    resources.check_unique()
}

/// Checks the metadata of a patch that applies to nothing, without a copy of all of it.
fn check_metadata(patch: &Resource) -> Result<()> {
    let tree = patch.tree();
    let mut copy = Tree::new_mapping(patch.position());
    if let Some(metadata) = tree.get(patch.root(), "metadata") {
        let metadata = copy.copy_from(tree, metadata);
        copy.append_entry(copy.root(), "metadata", metadata);
    }
    ["labels", "annotations"].iter().try_for_each(|field| normalize_metadata_map(&mut copy, field, |_| false))?;
    metadata_mut(&mut copy, patch.position()).map(|_| ())
}

/// Applies each patch to the resource with its identity.
pub(super) fn apply_each(patches: &[Resource], options: PatchOptions, resources: &mut Resources) -> Result<()> {
    let mut deleted = HashSet::new();
    apply_in_order(patches, |patch| {
        if !deleted.is_empty() {
            remove(&std::mem::take(&mut deleted), resources);
        }
        let at = find_target(patch, resources)?;
        let mut patch = Cow::Borrowed(patch);
        if options.allow_name_change || options.allow_kind_change {
            nulls_as_text(&patch, &["annotations"]).into_iter().for_each(|warning| resources.warn(warning));
            // kustomize records the options in the patch's annotations, which converts those to strings.
            normalize_metadata_map(patch.to_mut().tree_mut(), "annotations", |_| false)?;
        }
        if !merge_and_check(&patch, options, at, resources)? {
            deleted.insert(at);
        }
        Ok(())
    })?;
    remove(&deleted, resources);
    Ok(())
}

pub(super) fn remove(deleted: &HashSet<usize>, resources: &mut Resources) {
    if deleted.is_empty() {
        return;
    }
    let mut at = 0;
    resources.retain(|_| {
        at += 1;
        !deleted.contains(&(at - 1))
    });
}

/// The number of nodes that are visited in the time that a port or a container takes that is compared for warnings.
const NODES_PER_LISTED: usize = 32;

/// Merges a patch like [`apply_merge`], and warns about lists that the patch damages.
fn merge_and_check(patch: &Resource, options: PatchOptions, at: usize, resources: &mut Resources) -> Result<bool> {
    let resource = resources.get(at);
    let before = Lists::new(resource);
    resources.work.count(before.len().saturating_mul(NODES_PER_LISTED))?;
    let resource = resources.get(at);
    let is_built_in = Schema::default().of_resource(resource.api_version(), resource.kind()).is_some();
    // A document that is shared is copied by the merge, so this is for lint.
    let is_compared = resources.journal.wants_lint && !is_built_in;
    let document = is_compared.then(|| (resource.shared_tree().clone(), resource.label()));
    let remains = apply_merge(patch, options, at, resources)?;
    if remains {
        let after = resources.get(at);
        let mut warnings = lists::check(&before, patch, after);
        warnings.extend(
            document.iter().flat_map(|(before, label)| replaced_lists(before, patch.tree(), after.tree(), label)),
        );
        warnings.into_iter().for_each(|warning| resources.warn(warning));
    }
    Ok(remains)
}

/// Merges a patch into a resource, which keeps its kind, name and namespace unless the options allow changes. Returns false
/// if the patch deletes the resource.
pub(super) fn apply_merge(
    patch: &Resource,
    options: PatchOptions,
    at: usize,
    resources: &mut Resources,
) -> Result<bool> {
    let schema = resources.schema().clone();
    let mut work = resources.work;
    let resource = resources.get_mut(at);
    let before = resource.tree().memory();
    let (kind, name, namespace) =
        (resource.kind().to_string(), resource.name().to_string(), resource.namespace().to_string());
    let position = |resource: &Resource, field: &str| {
        let tree = resource.tree();
        tree.get_path(tree.root(), &["metadata", field]).map_or(Position::NONE, |node| tree.position(node))
    };
    let has_secret_name = resource.has_secret_name();
    let (name_position, namespace_position) = (position(resource, "name"), position(resource, "namespace"));
    let type_positions = ["apiVersion", "kind"].map(|field| (field, resource.field_position(&[field])));
    if options.allow_name_change || options.allow_kind_change {
        resource.store_previous_id(&schema);
        resource.mark_annotated();
    }
    let bookkeeping = if touches_annotations(patch) { resource.write_bookkeeping() } else { Vec::new() };
    if !merge::merge(resource.tree_mut(), patch.tree(), &schema, NewElements::First, &mut work)? || is_deleted(resource)
    {
        return Ok(false);
    }
    resource.adopt_annotations(&bookkeeping)?;
    let missing = resource.remove_bookkeeping(&bookkeeping);
    resource.clear_bookkeeping(&missing);
    if !options.allow_kind_change {
        resource.set_kind(&kind);
    }
    // The type in the patch only selects the resource, so the values keep the resource's positions.
    if resource.kind() == kind {
        let tree = resource.tree_mut();
        for (field, position) in type_positions {
            if let Some(node) = tree.get(tree.root(), field) {
                tree.set_position(node, position);
            }
        }
    }
    if !options.allow_name_change {
        resource.set_name(&name, name_position)?;
        if has_secret_name {
            resource.mark_name();
        }
    }
    resource.set_namespace(&namespace, namespace_position)?;
    resources.work = work;
    if options.allow_kind_change || options.allow_name_change {
        resources.reindex(at);
    }
    resources.count_growth(at, before)?;
    Ok(true)
}

pub(super) fn is_deleted(resource: &Resource) -> bool {
    resource.tree().is_null_or_empty(resource.root())
}

pub(super) fn touches_annotations(patch: &Resource) -> bool {
    let tree = patch.tree();
    tree.get(tree.root(), "metadata").is_some_and(|metadata| {
        tree.is_null(metadata) || tree.get(metadata, "$patch").is_some() || tree.get(metadata, "annotations").is_some()
    })
}

/// The number of operations that cost as much as visiting all nodes of a document.
pub(super) const OPERATIONS_PER_WALK: usize = 16;

pub(super) fn apply_json(patch: &Tree, at: usize, resources: &mut Resources) -> Result<()> {
    let left = resources.growth_left();
    // An operation visits only the entries along its path, which are at most all nodes.
    let operations = 1 + patch.len(patch.root()) / OPERATIONS_PER_WALK;
    resources.work.count(resources.get(at).tree().node_count().saturating_mul(operations))?;
    let wants_lint = resources.journal.wants_lint;
    let resource = resources.get_mut(at);
    let before = resource.tree().memory();
    let fragile = if wants_lint { fragile_values(resource.tree()) } else { Vec::new() };
    let hash_annotation = resource.hash_annotation_text();
    let bookkeeping = if may_touch_bookkeeping(patch, resource) { resource.write_bookkeeping() } else { Vec::new() };
    // A patch may copy values of a Secret to other fields, or change its kind.
    let patch = secret::mark_before_patch(patch, resource);
    json_patch::apply(resource.tree_mut(), &patch, before.saturating_add(left))?;
    resource.adopt_origin(&bookkeeping)?;
    let mut missing = resource.remove_bookkeeping(&bookkeeping);
    // kustomize restores internal annotations, to which the build metadata does not belong.
    missing.retain(|name| !is_internal(name));
    resource.clear_bookkeeping(&missing);
    let mut warnings = nulls_as_text(resource, &["annotations"]);
    if !fragile.is_empty() {
        warnings.extend(changed_values(&fragile, resource.tree(), &resource.label()));
    }
    normalize_metadata_map(resource.tree_mut(), "annotations", |_| false)?;
    resource.restore_hash_annotation(hash_annotation)?;
    resources.reindex(at);
    warnings.into_iter().for_each(|warning| resources.warn(warning));
    resources.count_growth(at, before)
}

/// Returns whether a JSON patch may read or change annotations that kustomize adds to a resource, or whether the resource
/// already has such annotations.
fn may_touch_bookkeeping(patch: &Tree, resource: &Resource) -> bool {
    let tree = resource.tree();
    let annotations = tree.get_path(resource.root(), &["metadata", "annotations"]);
    let has_own = annotations.is_some_and(|annotations| {
        !tree.is_mapping(annotations)
            || tree.entries(annotations).any(|(key, _)| tree.text(key).contains("config.kubernetes.io/"))
    });
    has_own || !patch.elements(patch.root()).all(|operation| stays_outside_metadata(patch, operation))
}

/// Returns whether all paths of an operation lead to a field other than the metadata.
fn stays_outside_metadata(patch: &Tree, operation: NodeId) -> bool {
    patch.entries(operation).filter(|&(key, _)| ["path", "from"].contains(&patch.text(key))).all(|(_, path)| {
        let first = patch.text(path).strip_prefix('/').and_then(|path| path.split('/').next());
        first.is_some_and(|first| first != "metadata" && first.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    })
}
