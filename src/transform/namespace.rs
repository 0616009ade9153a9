//! The `namespace` field.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::Located;
use crate::resource::bookkeeping::HELM_GENERATED;
use crate::resource::paths::field_spec::{self, Create, DefaultFieldSpec, FieldSpec, wrong_kind};
use crate::resource::transformer_config::FieldList;
use crate::resource::{Gvk, Resource, Resources, Schema, Step};
use crate::yaml::{NodeId, Position, Span, Style, Tag, Tree};

use super::run::Run;

/// The fields that contain namespaces, in addition to `metadata.namespace`.
pub const DEFAULT_FIELDS: &[DefaultFieldSpec] = &[
    DefaultFieldSpec::new("", "", "Namespace", "metadata/name", true),
    DefaultFieldSpec::new(
        "apiextensions.k8s.io",
        "",
        "CustomResourceDefinition",
        "spec/conversion/webhook/clientConfig/service/namespace",
        false,
    ),
    DefaultFieldSpec::new("apiregistration.k8s.io", "", "APIService", "spec/service/namespace", true),
];

/// The subjects of role bindings whose namespace is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subjects {
    /// Those named `default`.
    #[default]
    DefaultOnly,
    /// All service accounts.
    AllServiceAccounts,
    /// None.
    None,
}

/// The namespace to set, and the fields to set it in.
pub struct NamespaceArgs<'a> {
    pub namespace: &'a Located<String>,
    pub fields: &'a [FieldSpec],
    pub subjects: Subjects,
    /// Whether to set only namespaces that are empty.
    pub unset_only: bool,
}

/// Applies `namespace`: moves all resources to the namespace.
///
/// # Errors
/// Fails if a namespace is not a scalar, and if two resources get the same identity.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let namespace = &run.kustomization().namespace;
    if namespace.is_empty() {
        return Ok(());
    }
    let args = NamespaceArgs {
        namespace,
        fields: &run.config[FieldList::Namespace],
        subjects: Subjects::DefaultOnly,
        unset_only: false,
    };
    set_namespace(&args, resources)?;
    if resources.journal.wants_lint {
        warn_about_charts(namespace, resources);
    }
    run.end(1, Step::new("namespace", namespace.position), resources);
    Ok(())
}

/// Warns once for each chart whose objects have no namespace.
fn warn_about_charts(namespace: &Located<String>, resources: &mut Resources) {
    let mut missing: BTreeMap<Position, Vec<String>> = BTreeMap::new();
    for resource in resources.iter().filter(|resource| resource.from_helm && resource.namespace().is_empty()) {
        let (api_version, kind) = (resource.api_version(), resource.kind());
        if Schema::knows_scope(api_version, kind) && !resources.schema().is_cluster_scoped(api_version, kind) {
            missing.entry(resource.position()).or_default().push(resource.label());
        }
    }
    for (chart, objects) in missing {
        let (count, plural) = (objects.len(), if objects.len() == 1 { " has" } else { "s have" });
        let message = format!("{count} object{plural} no namespace in this chart: {}", objects.join(", "));
        let warning = Diagnostic::warning(Code::MissingNamespace, message)
            .at(chart, "this chart")
            .at(
                Span::new(namespace.position, namespace.len()),
                "since kustomize 5.8, this is passed to helm, but not set on what a chart prints",
            )
            .hint(format!("patch them: `{{op: add, path: /metadata/namespace, value: {}}}`", namespace.value));
        resources.warn(*warning);
    }
}

/// Moves all resources to a namespace, except those from Helm charts, which have their own.
///
/// # Errors
/// Fails if a namespace is not a scalar, and if two resources get the same identity.
pub fn set_namespace(args: &NamespaceArgs<'_>, resources: &mut Resources) -> Result<()> {
    if args.namespace.is_empty() {
        return Ok(());
    }
    let schema = resources.schema().clone();
    for at in 0..resources.len() {
        let resource = resources.get_mut(at);
        if is_from_helm(resource) {
            continue;
        }
        resource.store_previous_id(&schema);
        let cluster_scoped = resource.is_cluster_scoped(&schema);
        set_in_resource(args, resource, cluster_scoped)?;
        resources.reindex(at);
    }
    resources.check_unique().map_err(|mut error| {
        error.message = format!("namespace transformation produces ID conflict: {}", error.message);
        error.at(args.namespace.position, "this namespace causes the conflict")
    })
}

/// Returns whether a resource is from a Helm chart, or has the annotation that kustomize adds to such resources.
fn is_from_helm(resource: &Resource) -> bool {
    resource.from_helm || resource.metadata_map("annotations").contains(&(HELM_GENERATED, "true"))
}

/// Sets the namespace fields of one resource.
///
/// # Errors
/// Fails if a namespace is not a scalar.
pub fn set_in_resource(args: &NamespaceArgs<'_>, resource: &mut Resource, cluster_scoped: bool) -> Result<()> {
    let position = args.namespace.position;
    let create = Create::Scalar(Tag::Str);
    let set = &mut |tree: &mut Tree, node| args.set(tree, node);
    if !cluster_scoped {
        let spec = FieldSpec::new(Gvk::default(), "metadata/namespace", true);
        field_spec::apply_path(resource.tree_mut(), &spec, create, position, set)?;
    }
    let is_binding = matches!(resource.kind(), "RoleBinding" | "ClusterRoleBinding");
    if is_binding {
        args.set_subjects(resource.tree_mut())?;
    }
    let is_core = resource.api_version() == "v1";
    for spec in field_spec::selected(args.fields, resource.tree()) {
        let is_subject = is_binding
            && spec.path == "subjects/namespace"
            && matches!(&*spec.gvk.kind, "RoleBinding" | "ClusterRoleBinding");
        if spec.path == "metadata/namespace" || spec.path == "metadata/name" && !is_core || is_subject {
            continue;
        }
        field_spec::apply_path(resource.tree_mut(), spec, create, position, set).map_err(|mut error| {
            if error.code == Code::InvalidFieldPath {
                error.message = format!("namespace field specs must target scalar nodes: {}", error.message);
            }
            error
        })?;
    }
    Ok(())
}

impl NamespaceArgs<'_> {
    fn set(&self, tree: &mut Tree, node: NodeId) -> Result<()> {
        let is_set = tree.is_scalar(node) && !tree.is_null(node) && !tree.text(node).is_empty();
        if self.unset_only && is_set {
            return Ok(());
        }
        field_spec::set_scalar(tree, node, self.namespace, Tag::Str, self.namespace.position)
    }

    fn set_subjects(&self, tree: &mut Tree) -> Result<()> {
        let (field, wanted) = match self.subjects {
            Subjects::None => return Ok(()),
            Subjects::DefaultOnly => ("name", "default"),
            Subjects::AllServiceAccounts => ("kind", "ServiceAccount"),
        };
        let Some(subjects) = tree.get(tree.root(), "subjects").filter(|&node| !tree.is_null(node)) else {
            return Ok(());
        };
        if !tree.is_sequence(subjects) {
            return Err(wrong_subject(wrong_kind(tree, subjects, "a sequence")));
        }
        let elements: Vec<NodeId> = tree.children(subjects).collect();
        for subject in elements {
            if tree.is_null(subject) {
                continue;
            }
            if !tree.is_mapping(subject) {
                return Err(wrong_subject(wrong_kind(tree, subject, "a mapping")));
            }
            let Some(value) = tree.get(subject, field).filter(|&value| !tree.is_null(value)) else { continue };
            if !tree.is_scalar(value) {
                return Err(wrong_subject(wrong_kind(tree, value, "a scalar")));
            }
            if tree.text(value) != wanted {
                continue;
            }
            let node = match tree.get(subject, "namespace") {
                Some(node) => node,
                None => {
                    let node = tree.scalar("", Tag::None, Style::Plain, self.namespace.position);
                    tree.append_entry(subject, "namespace", node);
                    node
                }
            };
            self.set(tree, node)?;
        }
        Ok(())
    }
}

fn wrong_subject(mut error: Box<Diagnostic>) -> Box<Diagnostic> {
    error.message = format!("setting namespace on (cluster)role binding subjects: {}", error.message);
    error
}
