//! The `helmCharts` field: resources from the output of `helm template`.

use crate::diagnostic::{Code, Diagnostic, Result, invalid_yaml};
use crate::resource::manifest;
use crate::resource::metadata::{check_is_resource, is_local_config};
use crate::resource::paths::field_spec::wrong_kind;
use crate::resource::{Resource, Resources};
use crate::target::InflatedChart;
use crate::yaml::{FileId, ParseLimits, Tree, decode_text, parse_stream};

/// Returns the resources of a chart.
///
/// # Errors
/// Fails if the output is not a list of manifests, or if two of them have the same identity.
pub fn generate(chart: &InflatedChart, limits: ParseLimits) -> Result<Vec<Resource>> {
    let marked = read(chart, limits).and_then(|mut resources| {
        resources.iter_mut().try_for_each(mark)?;
        Ok(resources)
    });
    marked.map_err(|mut error| {
        error.message = format!("output of chart {}: {}", chart.name, error.message);
        // The output is not a file, so it has no positions.
        error.labels.clear();
        error.at(chart.position, "this chart")
    })
}

/// Returns the warning about an ignored `configHome` of a chart.
pub fn warning(chart: &InflatedChart) -> Option<Diagnostic> {
    let config_home = chart.ignored_config_home.as_ref()?;
    let message = format!("`configHome: {config_home}` is ignored: the tree does not configure helm");
    let warning = Diagnostic::warning(Code::IgnoredConfigHome, message);
    Some(*warning.at(chart.position, "this chart").hint("use an absolute path outside of the tree"))
}

/// Records that a resource is from a chart. kustomize does so with an annotation, and adds `metadata` if it is missing.
fn mark(resource: &mut Resource) -> Result<()> {
    let root = resource.root();
    let tree = resource.tree();
    for path in [&["metadata"][..], &["metadata", "annotations"]] {
        if let Some(node) = tree.get_path(root, path).filter(|&node| !tree.is_null(node) && !tree.is_mapping(node)) {
            return Err(wrong_kind(tree, node, "a mapping"));
        }
    }
    if tree.get(root, "metadata").is_none() {
        let tree = resource.tree_mut();
        let metadata = tree.mapping(tree.position(root));
        tree.append_entry(root, "metadata", metadata);
    }
    resource.from_helm = true;
    resource.mark_annotated();
    Ok(())
}

fn read(chart: &InflatedChart, limits: ParseLimits) -> Result<Vec<Resource>> {
    let text = decode_text(&chart.output)
        .map_err(|(offset, message)| Diagnostic::error(Code::NotText, format!("{message} at byte {offset}")))?;
    let mut documents = parse_stream(&text, FileId::NONE, limits).map_err(invalid_yaml)?;
    for document in &mut documents {
        document.map_positions(|_| chart.position);
    }
    let resources = manifest::resources(documents.clone()).and_then(unique);
    resources.or_else(|error| read_leniently(documents).map_err(|_| error))
}

/// Reads documents as kustomize does if the first attempt fails: lists of resources are not split, and resources for local
/// use are skipped. A single `List` is always split, so a second attempt would fail, too.
fn read_leniently(documents: Vec<Tree>) -> Result<Vec<Resource>> {
    if let [document] = &documents[..] {
        let kind = document.get(document.root(), "kind").map_or("", |kind| document.text(kind));
        if matches!(kind, "List" | "ResourceList") {
            return Err(Diagnostic::error(Code::NotAResource, "items of the list have the same identity"));
        }
    }
    let mut resources = Vec::new();
    for tree in documents {
        if tree.is_null_or_empty(tree.root()) {
            continue;
        }
        check_is_resource(&tree)?;
        if !is_local_config(&tree) {
            resources.push(Resource::with_bookkeeping(tree.into()));
        }
    }
    unique(resources)
}

fn unique(resources: Vec<Resource>) -> Result<Vec<Resource>> {
    let mut all = Resources::default();
    resources.into_iter().try_for_each(|resource| all.append(resource))?;
    Ok(all.into_list())
}
