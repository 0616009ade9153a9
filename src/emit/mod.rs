//! The output of a render: drops local configuration, adds build metadata, and writes the documents.

use crate::diagnostic::{Diagnostic, Limit, Result, check_depth, unwritable};
use crate::kustomization::Kustomization;
use crate::options::Options;
use crate::parallel::{self, Threads};
use crate::resource::bookkeeping::{BUILD_ANNOTATIONS, ORIGIN, TRANSFORMATIONS};
use crate::resource::limits::check_memory;
use crate::resource::metadata::{check_is_resource, is_local_config, normalize_metadata_map};
use crate::resource::origin;
use crate::resource::paths::field_spec::{self, Create, EntrySetter, FieldSpec, KeyIndex};
use crate::resource::{Gvk, Resource, Resources, Step};
use crate::yaml::{Position, write};

/// The version of kustomize's `api` module whose output boutique reproduces.
///
/// # Example
/// ```
/// println!("rendered as by kustomize's api {}", boutique::KUSTOMIZE_API_VERSION);
/// ```
pub const KUSTOMIZE_API_VERSION: &str = "v0.21.3";

/// The kustomize release whose command line boutique follows. The label of `managedByLabel` names it, as in the released
/// program; the library alone would name the version of its module.
///
/// # Example
/// ```
/// use boutique::{KUSTOMIZE_VERSION, Options, io};
///
/// let host = io::MemoryHost::new([("/kustomization.yaml", "configMapGenerator: [{name: shop, literals: [a=b]}]\n")]);
/// let mut options = Options::default();
/// options.add_managed_by_label = true;
/// let rendered = io::render(&host, "/", &options).result.expect("it is valid");
/// let label = format!("app.kubernetes.io/managed-by: kustomize-{KUSTOMIZE_VERSION}");
/// assert!(rendered.to_yaml().expect("it can be written").contains(&label));
/// ```
pub const KUSTOMIZE_VERSION: &str = "v5.8.1";

const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";

/// Removes the resources that are annotated as local configuration for tools.
///
/// # Errors
/// Fails if a resource has lost its kind or name.
pub fn drop_local_config(resources: &mut Resources) -> Result<()> {
    for resource in resources.iter() {
        check_is_resource(resource.tree())?;
    }
    resources.retain(|resource| !is_local_config(resource.tree()));
    resources.record(Step::new(Step::OUTPUT, Position::NONE));
    Ok(())
}

/// Adds the build metadata that `buildMetadata` enables, and removes all other internal annotations.
///
/// # Errors
/// Fails if a resource's metadata is not a mapping.
pub fn finish(resources: &mut Resources, kustomization: &Kustomization, options: &Options) -> Result<()> {
    if options.add_managed_by_label || kustomization.has_build_metadata("managedByLabel") {
        let spec = FieldSpec::new(Gvk::default(), "metadata/labels", true);
        let text = format!("kustomize-{KUSTOMIZE_VERSION}");
        for resource in resources.iter_mut() {
            let position = kustomization.build_metadata_position("managedByLabel");
            let mut setter = EntrySetter::new(MANAGED_BY_LABEL, &text, position);
            let tree = resource.tree_mut();
            field_spec::apply(tree, &spec, Create::Mapping, position, &mut |tree, node| {
                setter.set(tree, node, &mut KeyIndex::default())
            })?;
        }
    }
    let adds_origin = kustomization.has_build_metadata("originAnnotations");
    let adds_transformations = kustomization.has_build_metadata("transformerAnnotations");
    resources.record(Step::new(Step::BUILD_METADATA, Position::NONE));
    let mut former = Vec::new();
    for resource in resources.iter_mut() {
        former.push(resource.former_transformations().filter(|_| adds_transformations).map(ToString::to_string));
        clean_annotations(resource)?;
    }
    resources.record(Step::new(Step::OUTPUT, Position::NONE));
    let limit = resources.limits().memory;
    let mut added = 0;
    for (resource, former) in resources.iter_mut().zip(former) {
        if adds_origin {
            let text = resource.origin_text();
            resource.set_annotation(ORIGIN, text, kustomization.build_metadata_position("originAnnotations"))?;
        }
        if adds_transformations {
            let text = match (former, resource.transformations_text()) {
                // kustomize appends to those in a manifest.
                (Some(former), Some(new)) => {
                    let records = origin::rewrite_records(&former);
                    Some(records.map_err(|error| error.at(resource.position(), "in this resource"))? + &new)
                }
                (former, new) => former.or(new),
            };
            added += text.as_ref().map_or(0, String::len);
            check_memory(added, limit)?;
            let position = kustomization.build_metadata_position("transformerAnnotations");
            resource.set_annotation(TRANSFORMATIONS, text, position)?;
        }
    }
    resources.record(Step::new(Step::BUILD_METADATA, Position::NONE));
    Ok(())
}

/// Checks that the text of the output does not exceed a limit in bytes, and that no document is too deep.
///
/// # Errors
/// Fails if the limit is exceeded.
pub fn check_size(resources: &Resources, limit: usize) -> Result<()> {
    resources.iter().try_for_each(|resource| check_depth(resource.tree()))?;
    // The upper bound usually suffices, so the bytes are counted only if it does not.
    let max = resources.iter().map(|resource| resource.tree().max_text_bytes()).fold(0, usize::saturating_add);
    if max <= limit {
        return Ok(());
    }
    let bytes = resources.iter().map(|resource| resource.tree().text_bytes()).fold(0, usize::saturating_add);
    if bytes <= limit {
        return Ok(());
    }
    let message = format!("output limit exceeded: the output has more than {limit} bytes");
    Err(Diagnostic::exceeds(Limit::Output, message))
}

/// Normalizes the annotations as kustomize does: only strings, no internal annotations, and no empty mapping.
fn clean_annotations(resource: &mut Resource) -> Result<()> {
    let tree = resource.tree();
    let Some(metadata) = tree.get(tree.root(), "metadata") else {
        // kustomize creates `metadata` as a side effect (fixture `resources/list-without-metadata`).
        let tree = resource.tree_mut();
        let position = tree.position(tree.root());
        let metadata = tree.mapping(position);
        let root = tree.root();
        tree.append_entry(root, "metadata", metadata);
        return Ok(());
    };
    if tree.get(metadata, "annotations").is_none() {
        return Ok(());
    }
    normalize_metadata_map(resource.tree_mut(), "annotations", |key| {
        BUILD_ANNOTATIONS.contains(&key) || key == ORIGIN || key == TRANSFORMATIONS
    })
}

/// Writes the resources as a stream of documents.
///
/// # Errors
/// Fails on values that have no JSON form.
pub fn to_yaml(resources: &[Resource], threads: Threads) -> Result<String> {
    Ok(to_parts(resources, threads)?.concat())
}

/// Writes the multi-document YAML in parts, one per thread. Their concatenation is the output.
///
/// # Errors
/// Fails on values that have no JSON form.
pub fn to_parts(resources: &[Resource], threads: Threads) -> Result<Vec<String>> {
    let parts = parts(resources, threads);
    let numbered: Vec<(usize, &[Resource])> = parts.into_iter().enumerate().collect();
    parallel::map(&numbered, numbered.len(), |(number, part)| write_part(part, *number > 0)).into_iter().collect()
}

fn write_part(resources: &[Resource], is_continued: bool) -> Result<String> {
    let mut out = String::new();
    for (at, resource) in resources.iter().enumerate() {
        if at > 0 || is_continued {
            out.push_str("---\n");
        }
        write(resource.tree(), &mut out).map_err(unwritable)?;
    }
    Ok(out)
}

/// The minimum number of nodes that justifies another thread.
const MIN_NODES_PER_PART: usize = 5_000;

/// Divides a list into parts of about the same size, one per thread.
fn parts(resources: &[Resource], threads: Threads) -> Vec<&[Resource]> {
    let nodes: usize = resources.iter().map(|resource| resource.tree().node_count()).sum();
    let count = threads.for_work(nodes / MIN_NODES_PER_PART);
    let mut parts = Vec::with_capacity(count);
    let (mut from, mut seen) = (0, 0);
    for (at, resource) in resources.iter().enumerate() {
        seen += resource.tree().node_count();
        let is_last = at + 1 == resources.len();
        if seen >= (parts.len() + 1) * nodes / count && !is_last {
            parts.push(&resources[from..=at]);
            from = at + 1;
        }
    }
    parts.push(&resources[from..]);
    parts
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::yaml::Tree;

    #[test]
    fn parts_contain_all_resources_in_order() {
        let sizes = [1, 9_000, 1, 1, 30_000, 2, 5_000, 12_000, 1];
        let resources: Vec<Resource> = sizes
            .iter()
            .map(|&size| {
                let mut tree = Tree::new_mapping(Position::NONE);
                (1..size).for_each(|_| {
                    tree.mapping(Position::NONE);
                });
                Resource::new(Arc::new(tree))
            })
            .collect();
        for threads in 0..9 {
            let parts = parts(&resources, Threads::Fixed(threads));
            assert!(parts.len() <= threads.max(1), "{threads}");
            assert!(parts.iter().all(|part| !part.is_empty()), "{threads}");
            let sizes_in_parts = parts.iter().flat_map(|part| part.iter()).map(|resource| resource.tree().node_count());
            assert!(sizes_in_parts.eq(sizes), "{threads}");
        }
        assert_eq!(parts(&[], Threads::Fixed(4)).len(), 1);
    }
}
