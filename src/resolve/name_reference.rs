//! Updates references to renamed resources.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::accumulated::Accumulated;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::resource::identity::group_version_kind;
use crate::resource::identity::{Gvk, NO_NAMESPACE, ResId, effective_namespace};
use crate::resource::paths::field_spec::{self, Create, FieldSpec, set_scalar};
use crate::resource::{Affixes, CopySource, FormerName, Resource, Resources, Schema, Step};
use crate::yaml::{Kind, NodeId, Position, Tag, Tree};

use super::referring_fields::ReferringFields;

/// Updates all references.
///
/// # Errors
/// Fails if a reference could refer to several resources that now have different names.
pub fn fix_references(accumulated: &mut Accumulated) -> Result<()> {
    let config = accumulated.config.clone();
    let resources = &mut accumulated.resources;
    let schema = resources.schema().clone();
    let candidates = Candidates::new(resources, &schema);
    let mut fields_by_type: HashMap<String, ReferringFields> = HashMap::new();
    let mut kind_and_type = String::new();
    for at in 0..resources.len() {
        // The original kind determines which fields are references, even if the kind has changed.
        let resource = resources.get(at);
        let original_kind = resource.original(&schema).0;
        let (group, version, _) = group_version_kind(resource.tree());
        kind_and_type.clear();
        for part in [original_kind, " ", group, " ", version] {
            kind_and_type.push_str(part);
        }
        if !fields_by_type.contains_key(&kind_and_type) {
            let fields = ReferringFields::new(&config.name_reference, group, version, original_kind);
            fields_by_type.insert(kind_and_type.clone(), fields);
        }
        let fields = &fields_by_type[&kind_and_type];
        if !fields.is_empty() {
            check_api_version(resource)?;
            check_subjects(resource)?;
        }
        let mut work = resources.work;
        let found = fields.find(resource.tree(), &|tree, value| candidates.affect(tree, value), &mut work)?;
        resources.work = work;
        if found.is_empty() {
            continue;
        }
        let referrer = Referrer::new(resources.get(at), &schema);
        for (target, field) in found {
            let (copied, compared) = (RefCell::default(), Cell::default());
            let search = Search { candidates: &candidates, referrer: &referrer, target, field, copied, compared };
            search.run(resources.get_mut(at)).map_err(|mut error| {
                let id = resources.get(at).id();
                error.message =
                    format!("updating name reference in '{}' field of '{id}': {}", field.path, error.message);
                error
            })?;
            resources.work.count(search.compared.get())?;
        }
    }
    resources.record(Step::new(Step::NAME_REFERENCE, Position::NONE));
    Ok(())
}

/// Checks that the namespaces of a role binding's service accounts are strings, if there are any. In a `RoleBinding` of
/// another group they may be anything: kustomize checks only resources with references (fixture
/// `namespace/subjects-of-another-group`).
fn check_subjects(resource: &Resource) -> Result<()> {
    if resource.kind() != "RoleBinding" {
        return Ok(());
    }
    let tree = resource.tree();
    let subjects = tree.get(tree.root(), "subjects").into_iter().flat_map(|subjects| tree.elements(subjects));
    for subject in subjects {
        let is_account = tree.get(subject, "kind").is_some_and(|kind| tree.text(kind) == "ServiceAccount");
        let namespace = tree.get(subject, "namespace").filter(|_| is_account);
        if let Some(namespace) = namespace.filter(|&namespace| !tree.is_string(namespace)) {
            return Err(Diagnostic::error(
                Code::InvalidValue,
                format!("Invalid Input: namespace is blank for resource \"{}\"", resource.id()),
            )
            .at(tree.position(namespace), "not a namespace")
            .hint("set the namespace of the subject, or remove the field"));
        }
    }
    Ok(())
}

/// Checks that an API version is not an explicit null and does not start with a slash. kustomize fails to identify such a
/// resource when it updates its references (fixtures `resources/referrer-api-version-*`).
fn check_api_version(resource: &Resource) -> Result<()> {
    let tree = resource.tree();
    let Some(api_version) = tree.get(tree.root(), "apiVersion") else { return Ok(()) };
    let text = tree.text(api_version);
    let is_null = tree.is_null(api_version) && !text.is_empty();
    if !is_null && !text.starts_with('/') {
        return Ok(());
    }
    Err(Diagnostic::error(Code::InvalidValue, format!("`{text}` is not an API version"))
        .at(tree.position(api_version), if is_null { "this is null" } else { "starts with a slash" })
        .hint("write `GROUP/VERSION`, or only `VERSION` for the core group"))
}

/// A resource that others may refer to.
struct Candidate {
    name: String,
    namespace: String,
    kind: String,
    cluster_scoped: bool,
    group: String,
    version: String,
    /// The distinct former kinds.
    former_kinds: Vec<String>,
    original_namespace: String,
    prefixes: Affixes,
    suffixes: Affixes,
    position: Position,
    namespace_position: Position,
    /// The name and the namespace as sources for histories.
    name_source: Option<Arc<CopySource>>,
    /// Whether the name was copied from a Secret.
    has_secret_name: bool,
    namespace_source: Option<Arc<CopySource>>,
}

impl Candidate {
    fn id(&self) -> ResId {
        let gvk = Gvk::new(&self.group, &self.version, &self.kind);
        ResId { gvk, name: self.name.clone(), namespace: self.namespace.clone() }
    }
}

/// All resources that have been renamed, by their former names.
struct Candidates {
    list: Vec<Candidate>,
    by_former_name: HashMap<FormerName, Vec<usize>>,
    /// The current scopes and namespaces of the resources that were in each original namespace.
    original_namespaces: HashMap<String, HashSet<(bool, String)>>,
}

impl Candidates {
    fn new(resources: &Resources, schema: &Schema) -> Candidates {
        let mut list = Vec::new();
        let mut by_former_name: HashMap<FormerName, Vec<usize>> = HashMap::new();
        for resource in resources.iter().filter(|resource| !resource.previous.is_empty()) {
            let source = |field| {
                let tree = resource.tree();
                tree.get_path(tree.root(), &["metadata", field]).and_then(|node| resource.copy_source(node))
            };
            let (group, version, kind) = group_version_kind(resource.tree());
            for former in &resource.previous {
                match by_former_name.get_mut(&*former.name) {
                    Some(indexes) if indexes.last() == Some(&list.len()) => {}
                    Some(indexes) => indexes.push(list.len()),
                    None => drop(by_former_name.insert(former.name.clone(), vec![list.len()])),
                }
            }
            list.push(Candidate {
                name: resource.name().to_string(),
                namespace: resource.namespace().to_string(),
                kind: kind.to_string(),
                cluster_scoped: resource.is_cluster_scoped(schema),
                group: group.to_string(),
                version: version.to_string(),
                former_kinds: former_kinds(resource),
                original_namespace: resource.original(schema).2.to_string(),
                prefixes: resource.prefixes.clone(),
                suffixes: resource.suffixes.clone(),
                position: resource.name_position(),
                namespace_position: resource.field_position(&["metadata", "namespace"]),
                name_source: source("name"),
                has_secret_name: resource.has_secret_name(),
                namespace_source: source("namespace"),
            });
        }
        let mut original_namespaces: HashMap<String, HashSet<(bool, String)>> = HashMap::new();
        for resource in resources.iter().filter(|_| !list.is_empty()) {
            let current = (resource.is_cluster_scoped(schema), resource.namespace().to_string());
            original_namespaces.entry(resource.original(schema).2.to_string()).or_default().insert(current);
        }
        Candidates { list, by_former_name, original_namespaces }
    }

    /// Returns whether a field contains the former name of a candidate, or a value that is not a valid reference.
    fn affect(&self, tree: &Tree, field: NodeId) -> bool {
        let is_former = |name: NodeId| self.by_former_name.contains_key(tree.text(name));
        let affect_one = |node: NodeId| match tree.kind(node) {
            _ if tree.is_null(node) => false,
            Kind::Scalar => is_former(node),
            Kind::Mapping => tree.get(node, "name").is_none_or(is_former),
            Kind::Sequence => true,
        };
        match tree.kind(field) {
            Kind::Sequence => tree.elements(field).any(affect_one),
            _ => affect_one(field),
        }
    }
}

/// The resource whose fields are updated.
struct Referrer {
    namespace: String,
    cluster_scoped: bool,
    prefixes: Affixes,
    suffixes: Affixes,
    /// The namespaces of a role binding's service accounts.
    subject_namespaces: HashSet<String>,
    role_ref: Option<Gvk>,
}

impl Referrer {
    fn new(resource: &Resource, schema: &Schema) -> Referrer {
        let tree = resource.tree();
        let root = tree.root();
        let text = |node: NodeId, field: &str| tree.get(node, field).map(|value| tree.text(value));
        let mut subject_namespaces = HashSet::new();
        if resource.kind() == "RoleBinding" {
            for subject in tree.get(root, "subjects").into_iter().flat_map(|subjects| tree.elements(subjects)) {
                if text(subject, "kind") == Some("ServiceAccount") {
                    subject_namespaces.extend(text(subject, "namespace").map(ToString::to_string));
                }
            }
        }
        let role_ref = tree
            .get(root, "roleRef")
            .and_then(|role_ref| Some(Gvk::new(text(role_ref, "apiGroup")?, "", text(role_ref, "kind")?)));
        Referrer {
            namespace: resource.namespace().to_string(),
            cluster_scoped: resource.is_cluster_scoped(schema),
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
            subject_namespaces,
            role_ref,
        }
    }

    /// Returns whether the resource can refer to a candidate.
    fn can_see(&self, candidate: &Candidate) -> bool {
        self.can_see_into(candidate.cluster_scoped, &candidate.namespace)
    }

    fn can_see_into(&self, cluster_scoped: bool, namespace: &str) -> bool {
        self.cluster_scoped
            || cluster_scoped
            || self.is_in_namespace(cluster_scoped, namespace)
            || self.subject_namespaces.contains(namespace)
    }

    fn is_in_namespace_of(&self, candidate: &Candidate) -> bool {
        self.is_in_namespace(candidate.cluster_scoped, &candidate.namespace)
    }

    fn is_in_namespace(&self, cluster_scoped: bool, namespace: &str) -> bool {
        effective_namespace(&self.namespace, self.cluster_scoped) == effective_namespace(namespace, cluster_scoped)
    }
}

/// The number of nodes that are visited in the time that the lookup of a name takes.
const NODES_PER_NAME: usize = 8;

struct Search<'a> {
    candidates: &'a Candidates,
    referrer: &'a Referrer,
    /// The type that the field refers to.
    target: &'a Gvk,
    field: &'a FieldSpec,
    /// The values that were set, and their sources.
    copied: RefCell<Vec<(NodeId, Option<Arc<CopySource>>)>>,
    /// The number of names that were looked up, and of candidates that were compared.
    compared: Cell<usize>,
}

impl Search<'_> {
    fn run(&self, resource: &mut Resource) -> Result<()> {
        let field = self.field.for_any_kind();
        field_spec::apply(resource.tree_mut(), &field, Create::Nothing, Position::NONE, &mut |tree, node| {
            self.set(tree, node)
        })?;
        for (node, source) in self.copied.take() {
            resource.record_copy(node, source, false);
        }
        Ok(())
    }

    fn set(&self, tree: &mut Tree, node: NodeId) -> Result<()> {
        if tree.is_null(node) {
            return Ok(());
        }
        match tree.kind(node) {
            Kind::Scalar => self.set_scalar(tree, node),
            Kind::Mapping => self.set_mapping(tree, node),
            Kind::Sequence => {
                let elements: Vec<NodeId> = tree.children(node).collect();
                for element in elements {
                    match tree.kind(element) {
                        _ if tree.is_null(element) => {}
                        Kind::Scalar => self.set_scalar(tree, element)?,
                        Kind::Mapping => self.set_mapping(tree, element)?,
                        Kind::Sequence => {
                            return Err(Diagnostic::error(
                                Code::InvalidFieldPath,
                                "expected either a string or a map of string",
                            )
                            .at(tree.position(element), "this is a list"));
                        }
                    }
                }
                Ok(())
            }
        }
    }

    fn set_scalar(&self, tree: &mut Tree, node: NodeId) -> Result<()> {
        let old_name = tree.text(node).to_string();
        let same_name = |a: &Candidate, b: &Candidate| a.name == b.name;
        let position = tree.position(node);
        let Some(referent) =
            self.select(&old_name, |_| true, same_name).map_err(|error| error.at(position, "this name"))?
        else {
            return Ok(());
        };
        if referent.name == old_name {
            return Ok(());
        }
        self.copied.borrow_mut().push((node, referent.name_source.clone()));
        set_scalar(tree, node, &referent.name, Tag::None, referent.position)?;
        if referent.has_secret_name {
            tree.mark_secret(node);
        }
        Ok(())
    }

    fn set_mapping(&self, tree: &mut Tree, node: NodeId) -> Result<()> {
        let Some(name_node) = tree.get(node, "name") else {
            return Err(Diagnostic::error(Code::InvalidFieldPath, "path config error; no 'name' field in node")
                .at(tree.position(node), "no `name` field"));
        };
        let old_name = tree.text(name_node).to_string();
        let namespace = tree.get(node, "namespace").map(|namespace| tree.text(namespace).to_string());
        let in_namespace = |candidate: &Candidate| match &namespace {
            None => true,
            Some(namespace) => self.is_in_written_namespace(candidate, namespace),
        };
        let same_name = |a: &Candidate, b: &Candidate| a.name == b.name && a.namespace == b.namespace;
        let position = tree.position(name_node);
        let Some(referent) =
            self.select(&old_name, in_namespace, same_name).map_err(|error| error.at(position, "this name"))?
        else {
            return Ok(());
        };
        if referent.name == old_name && referent.namespace.is_empty() {
            return Ok(());
        }
        let set = |tree: &mut Tree, key, text, position, source: &Option<Arc<CopySource>>| {
            if let Some(field) = set_untagged(tree, node, key, text, position) {
                self.copied.borrow_mut().push((field, source.clone()));
            }
        };
        set(tree, "name", &referent.name, referent.position, &referent.name_source);
        if let Some(name) = tree.get(node, "name").filter(|_| referent.has_secret_name) {
            tree.mark_secret(name);
        }
        if !referent.namespace.is_empty() {
            let (namespace, position) = (&referent.namespace, referent.namespace_position);
            set(tree, "namespace", namespace, position, &referent.namespace_source);
        }
        Ok(())
    }

    /// Returns whether a candidate is in the namespace of a reference. That is the original namespace if any candidate was
    /// in it, and the current one otherwise.
    fn is_in_written_namespace(&self, candidate: &Candidate, namespace: &str) -> bool {
        let current = self.candidates.original_namespaces.get(namespace).filter(|_| namespace != NO_NAMESPACE);
        let mut current = current.into_iter().flatten();
        if current.any(|(cluster_scoped, namespace)| self.referrer.can_see_into(*cluster_scoped, namespace)) {
            candidate.original_namespace == namespace
        } else {
            let current = effective_namespace(&candidate.namespace, candidate.cluster_scoped);
            !candidate.cluster_scoped && current == namespace
        }
    }

    /// Returns the resource that a former name refers to, if there is one.
    ///
    /// # Errors
    /// Fails if there are several that are not the same under `is_same`.
    fn select(
        &self,
        old_name: &str,
        is_allowed: impl Fn(&Candidate) -> bool,
        is_same: impl Fn(&Candidate, &Candidate) -> bool,
    ) -> Result<Option<&Candidate>> {
        let indexes = self.candidates.by_former_name.get(old_name);
        self.compared.set(self.compared.get() + NODES_PER_NAME + indexes.map_or(0, Vec::len));
        let Some(indexes) = indexes else { return Ok(None) };
        let follows_role_ref = self.field.path.ends_with("roleRef/name");
        let role_ref = self.referrer.role_ref.as_ref().filter(|_| follows_role_ref);
        let mut found: Vec<&Candidate> = indexes
            .iter()
            .map(|&index| &self.candidates.list[index])
            .filter(|candidate| self.referrer.can_see(candidate) && is_allowed(candidate))
            .filter(|candidate| was_selected_by(candidate, self.target))
            .filter(|candidate| role_ref.is_none_or(|gvk| was_selected_by(candidate, gvk)))
            .filter(|candidate| {
                self.referrer.cluster_scoped
                    || candidate.cluster_scoped
                    || candidate.kind == "ServiceAccount"
                    || self.referrer.is_in_namespace_of(candidate)
            })
            .collect();
        if found.len() > 1 || found.is_empty() {
            found.retain(|candidate| self.has_same_affixes(candidate, true));
            if found.len() > 1 {
                found.retain(|candidate| self.has_same_affixes(candidate, false));
            }
        }
        let Some(&first) = found.first() else { return Ok(None) };
        if found.iter().all(|candidate| is_same(first, candidate)) {
            return Ok(Some(first));
        }
        let ids: Vec<String> = found.iter().map(|candidate| candidate.id().to_string()).collect();
        let mut error = Diagnostic::error(
            Code::AmbiguousReference,
            format!("found multiple possible referrals: {}", ids.join(", ")),
        );
        for candidate in found {
            error = error.at(candidate.position, "possible referral");
        }
        Err(error)
    }

    fn has_same_affixes(&self, candidate: &Candidate, allow_empty: bool) -> bool {
        let same = |a: &Affixes, b: &Affixes| allow_empty && (a.is_empty() || b.is_empty()) || a.has_same_ending(b);
        same(&candidate.prefixes, &self.referrer.prefixes) && same(&candidate.suffixes, &self.referrer.suffixes)
    }
}

fn was_selected_by(candidate: &Candidate, gvk: &Gvk) -> bool {
    candidate.former_kinds.iter().any(|kind| gvk.selects(&candidate.group, &candidate.version, kind))
}

/// Returns the distinct former kinds of a resource; most have one.
fn former_kinds(resource: &Resource) -> Vec<String> {
    let kinds: BTreeSet<&str> = resource.previous.iter().map(|former| former.kind.as_str()).collect();
    kinds.into_iter().map(ToString::to_string).collect()
}

/// Sets a field of a reference, and returns it if its text changes. If the text is unchanged, so is the position.
fn set_untagged(tree: &mut Tree, mapping: NodeId, key: &str, text: &str, position: Position) -> Option<NodeId> {
    let same = tree.get(mapping, key).filter(|&field| tree.is_text(field, text));
    let position = same.map_or(position, |field| tree.position(field));
    crate::resource::metadata::set_text_field(tree, mapping, key, text, position);
    if same.is_some() { None } else { tree.get(mapping, key) }
}
