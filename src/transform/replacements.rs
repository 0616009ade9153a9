//! The `replacements` field.

mod field_value;
mod structured_text;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::{Applicability, Code, Diagnostic, Result};
use crate::kustomization::{FieldOptions, Located, Mode, ReplacementField, SourceSelector, TargetSelector, decode};
use crate::resource::identity::group_version_kind;
use crate::resource::identity::{DEFAULT_NAMESPACE, Gvk, ResId};
use crate::resource::limits::check_memory;
use crate::resource::manifest::subtree;
use crate::resource::paths::path_matcher::{self, Part};
use crate::resource::paths::written_path::{lookup_part, split_dotted_path};
use crate::resource::{CopySource, Resource, Resources, Step};
use crate::secret;
use crate::target::Target;
use crate::yaml::{FileId, NodeId, Position, Span, Style, Tag, Tree};

use super::missing_field;
use super::run::Run;
use super::selector::Selector;
use super::unmatched;
use field_value::set_value;
use structured_text::set_in_structured_text;

/// The number of nodes that are visited in the time in which one value is set at a path.
const NODES_PER_PATH: usize = 64;

const DEFAULT_FIELD_PATH: &str = "metadata.name";

/// Applies `replacements`.
///
/// # Errors
/// Fails if a source is missing or ambiguous, and if a target field is missing.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let fields = &run.kustomization().replacements;
    let Some(first) = fields.first() else { return Ok(()) };
    apply(&read(fields, run.target)?, resources)?;
    run.end(1, Step::new("replacements", first.position), resources);
    Ok(())
}

/// Returns all replacements, both inline and from files, as the lists of the entries.
///
/// # Errors
/// Fails on entries that have both, and on files that contain no replacements.
pub fn read(fields: &[Located<ReplacementField>], target: &Target) -> Result<Vec<Arc<[Located<ReplacementField>]>>> {
    let mut replacements: Vec<Arc<[Located<ReplacementField>]>> = Vec::new();
    // A file may be listed many times.
    let mut files: HashMap<FileId, Arc<[Located<ReplacementField>]>> = HashMap::new();
    for field in fields {
        if field.path.is_empty() {
            replacements.push(Arc::new([field.clone()]));
            continue;
        }
        if field.source.is_some() || field.targets.as_ref().is_some_and(|targets| !targets.is_empty()) {
            return Err(invalid("cannot specify both path and inline replacement", field.position));
        }
        let file = target.file(&field.path)?;
        if let Some(known) = files.get(&file.id) {
            replacements.push(known.clone());
            continue;
        }
        let tree = file.document(target.limits)?;
        let read: Arc<[_]> = match tree.as_ref().map(|tree| (tree, tree.root())) {
            Some((tree, root)) if tree.is_sequence(root) => {
                decode::<Vec<Located<ReplacementField>>>(tree, root, Mode::Lenient)?.into()
            }
            Some((tree, root)) if tree.is_mapping(root) => {
                Arc::new([decode::<Located<ReplacementField>>(tree, root, Mode::Lenient)?])
            }
            _ => {
                return Err(invalid(
                    "unsupported replacement type encountered within replacement path",
                    field.path.position,
                ));
            }
        };
        files.insert(file.id, read.clone());
        replacements.push(read);
    }
    Ok(replacements)
}

/// Applies replacements in order.
///
/// # Errors
/// Fails like [`transform`].
pub fn apply(replacements: &[Arc<[Located<ReplacementField>]>], resources: &mut Resources) -> Result<()> {
    let mut replacements = replacements.iter().flat_map(|list| list.iter()).peekable();
    if let Some(first) = replacements.peek() {
        check_former_names(resources).map_err(|error| error.at(first.position, "for this replacement"))?;
    }
    for replacement in replacements {
        let targets = replacement.targets.as_ref();
        let (Some(targets), true) = (targets, replacement.source.is_some() || replacement.source_value.is_some())
        else {
            return Err(invalid("replacements must specify a source and at least one target", replacement.position));
        };
        let mut value = source_value(replacement, resources)?;
        for target in targets {
            apply_to_target(target, &mut value, resources)
                .map_err(|error| error.at(Span::new(target.position, 1), "in this target"))?;
        }
        resources.record(Step::new("replacements", replacement.position));
    }
    Ok(())
}

/// Checks that no resource lost its name and then got another one: kustomize does not record empty names (fixture
/// `replacements/empty-name`).
fn check_former_names(resources: &Resources) -> Result<()> {
    let lost_its_name = |resource: &&Resource| {
        let is_empty = |empty: bool| resource.previous.iter().any(|previous| previous.name.is_empty() == empty);
        is_empty(true) && is_empty(false)
    };
    match resources.iter().find(lost_its_name) {
        Some(resource) => Err(Diagnostic::error(
            Code::InvalidReplacement,
            format!("the former names of {} are unknown, since one of them is empty", resource.id()),
        )
        .at(resource.position(), "this resource")),
        None => Ok(()),
    }
}

/// Adds a label before the others, which are in the changed resource.
fn first_at(mut error: Box<Diagnostic>, span: Span, text: &str) -> Box<Diagnostic> {
    let others = std::mem::take(&mut error.labels);
    let mut error = error.at(span, text);
    error.labels.extend(others);
    error
}

fn invalid(message: &str, position: Position) -> Box<Diagnostic> {
    Diagnostic::error(Code::InvalidReplacement, message).at(position, "in this replacement")
}

// -------------------------------------------------------------------- sources

/// The value that is copied to the targets.
struct Value {
    tree: Tree,
    /// The index of the source resource, and the source field. In kustomize the value is the field itself, so that a target
    /// that changes the field changes the value for the next target (fixture `replacements/source-is-a-target`).
    field: Option<(usize, NodeId)>,
    /// The source for histories.
    source: Option<Arc<CopySource>>,
}

impl Value {
    /// Reads the value again if it is from a field of this resource.
    fn refresh(&mut self, at: usize, tree: &Tree) {
        if let Some((source, field)) = self.field
            && source == at
        {
            self.tree = subtree(tree, field);
        }
    }
}

/// Returns the value of a replacement.
fn source_value(replacement: &Located<ReplacementField>, resources: &mut Resources) -> Result<Value> {
    let source = match (&replacement.source, &replacement.source_value) {
        (Some(_), Some(_)) => {
            return Err(invalid("value and resource selectors are mutually exclusive", replacement.position));
        }
        (None, Some(text)) => {
            let mut tree = Tree::new_mapping(text.position);
            let value = tree.scalar(text, Tag::None, Style::Plain, text.position);
            tree.set_root(value);
            return Ok(Value { tree, field: None, source: None });
        }
        (Some(source), None) => source,
        (None, None) => return Err(invalid("replacement has no source", replacement.position)),
    };
    let at = select_source(source, resources)?;
    // If the values are secret, so are the copies.
    if secret::is_secret(resources.get(at)) {
        resources.work.count(resources.get(at).tree().node_count())?;
    }
    secret::mark_values(resources.get_mut(at));
    let mut resource = Cow::Borrowed(resources.get(at));
    let path = if source.field_path.is_empty() { DEFAULT_FIELD_PATH } else { &source.field_path.value };
    let has_notes = contains_bookkeeping(path);
    if has_notes {
        resource.to_mut().write_bookkeeping();
    }
    let tree = resource.tree();
    let found = split_dotted_path(path)
        .iter()
        .try_fold(tree.root(), |node, part| lookup_part(tree, node, part))
        .filter(|&node| !tree.is_null_or_empty(node));
    let Some(node) = found else {
        let written = &source.field_path;
        let span = match written.is_empty() {
            true => source.position.into(),
            false => Span::new(written.position, written.len()),
        };
        return Err(Diagnostic::error(
            Code::InvalidReplacement,
            format!("fieldPath `{path}` is missing for replacement source {}", source.id()),
        )
        .at(span, "no such field")
        .at(resource.position(), "in this resource"));
    };
    let copy_source = resource.copy_source(node);
    let mut value = subtree(tree, node);
    if value.is_scalar(value.root()) && secret::mentions_secret(value.text(value.root())) {
        value.mark_secret(value.root());
    }
    if let Some(options) = source.options.as_ref().filter(|options| !options.delimiter.is_empty()) {
        select_part(&mut value, options, source.position)?;
        return Ok(Value { tree: value, field: None, source: copy_source });
    }
    Ok(Value { tree: value, field: (!has_notes).then_some((at, node)), source: copy_source })
}

/// Returns whether a path leads to the bookkeeping that kustomize stores in annotations, or to all annotations.
fn contains_bookkeeping(path: &str) -> bool {
    match path.strip_prefix("metadata.annotations") {
        Some(rest) => rest.is_empty() || rest.replace('\\', "").contains("config.kubernetes.io"),
        None => path == "metadata",
    }
}

/// Reduces a scalar to the part that the options select.
fn select_part(value: &mut Tree, options: &FieldOptions, position: Position) -> Result<()> {
    let root = value.root();
    if !value.is_scalar(root) {
        return Err(invalid("delimiter option can only be used with scalar nodes", position));
    }
    let text = value.text(root).to_string();
    let part = usize::try_from(options.index).ok().and_then(|index| text.split(&options.delimiter).nth(index));
    let Some(part) = part else {
        // The value may be that of a Secret.
        let parts = text.split(&options.delimiter).count();
        let message = format!("options.index {} is out of bounds for a value with {parts} parts", options.index);
        return Err(invalid(&message, position));
    };
    let position = value.position(root);
    value.set_text(root, part, position);
    Ok(())
}

/// Returns the index of the one resource that matches a source by its current or a former identity.
fn select_source(source: &Located<SourceSelector>, resources: &mut Resources) -> Result<usize> {
    let wanted = source.id();
    let candidates: Vec<usize> =
        if wanted.name.is_empty() { (0..resources.len()).collect() } else { resources.named(&wanted.name) };
    let mut matches = candidates.into_iter().filter(|&at| is_selected(resources.get(at), &wanted));
    let Some(at) = matches.next() else {
        let error = Diagnostic::error(Code::InvalidReplacement, format!("nothing selected by {wanted}"))
            .at(source.span().unwrap_or(source.position.into()), "matches no resource");
        let error = match unmatched::suggestion(&source.kind, &source.name, resources) {
            Some(hint) => error.hint(hint),
            None => error,
        };
        let namespace = Located { value: source.namespace.clone(), ..Located::default() };
        return Err(match unmatched::misspelling(&source.kind, &source.name, &namespace, resources) {
            Some((word, meant)) => error.misspelled(word.position, word, &meant, Applicability::Unsafe),
            None => error,
        });
    };
    match matches.next() {
        None => Ok(at),
        Some(second) => {
            Err(Diagnostic::error(Code::InvalidReplacement, format!("multiple matches for selector {wanted}"))
                .at(source.position, "this source")
                .at(resources.get(at).position(), "first match")
                .at(resources.get(second).position(), "second match"))
        }
    }
}

fn is_selected(resource: &Resource, wanted: &ResId) -> bool {
    let (group, version, kind) = group_version_kind(resource.tree());
    let effective = |namespace: &str| if namespace.is_empty() { DEFAULT_NAMESPACE } else { namespace }.to_string();
    let selects = |kind: &str, name: &str, namespace: &str| {
        (wanted.name.is_empty() || wanted.name == name)
            && (wanted.namespace.is_empty() || effective(&wanted.namespace) == effective(namespace))
            && wanted.gvk.selects(group, version, kind)
    };
    selects(kind, resource.name(), resource.namespace())
        || resource.previous.iter().any(|previous| selects(&previous.kind, &previous.name, &previous.namespace))
}

// -------------------------------------------------------------------- targets

fn apply_to_target(target: &Located<TargetSelector>, value: &mut Value, resources: &mut Resources) -> Result<()> {
    let Some(select) = &target.select else {
        return Err(Diagnostic::error(Code::InvalidReplacement, "target must specify resources to select"));
    };
    let default_path = [Located { value: DEFAULT_FIELD_PATH.to_string(), position: target.position }];
    let paths = if target.field_paths.is_empty() { &default_path[..] } else { &target.field_paths };
    let patterns = resources.patterns().clone();
    let paths: Vec<_> = paths.iter().map(|path| (path, path_matcher::parts(path, &patterns))).collect();
    let selector = Selector::new(select, &patterns)?;
    let rejects = target.reject.iter().flatten().map(|reject| Selector::new(reject, &patterns));
    let rejects = rejects.collect::<Result<Vec<_>>>()?;
    if !resources.is_empty() {
        // Unlike for patches, kustomize evaluates the selectors for every resource.
        rejects.iter().chain([&selector]).try_for_each(Selector::check_metadata)?;
    }
    let candidates: Vec<usize> = match selector.exact_name() {
        Some(name) => resources.named(name),
        None => (0..resources.len()).collect(),
    };
    let mut has_selected = false;
    let mut has_rejected = vec![false; rejects.len()];
    let mut selected = Vec::new();
    for at in candidates {
        let resource = resources.get(at);
        let ids = identities(resource);
        if !(selector.matches_metadata(resource)? && ids.iter().any(|id| selector.matches_id(id))) {
            continue;
        }
        has_selected = true;
        let mut is_rejected = false;
        for (reject, has_rejected) in rejects.iter().zip(&mut has_rejected) {
            let rejects = !reject.is_metadata_empty && reject.matches_metadata(resource)?
                || !reject.is_id_empty && ids.iter().any(|id| reject.matches_id(id));
            *has_rejected |= rejects;
            is_rejected |= rejects;
        }
        if !is_rejected {
            selected.push(at);
        }
    }
    for &at in &selected {
        for (path, parts) in &paths {
            if path_matcher::may_match_many(parts) {
                // Each field that is found is also set.
                resources.work.count(2 * resources.get(at).tree().nodes_in_document())?;
            }
            resources.work.count(NODES_PER_PATH)?;
            let left = resources.growth_left();
            let resource = resources.get_mut(at);
            let before = resource.tree().memory();
            let bookkeeping = if contains_bookkeeping(path) { resource.write_bookkeeping() } else { Vec::new() };
            let tree = resource.tree_mut();
            let limit = before.saturating_add(left);
            let set = match set_at_path(at, tree, value, (path, parts), target.options.as_ref(), limit) {
                Ok(set) => set,
                Err(error) => {
                    let error = match error.code == Code::InvalidReplacement && error.help.is_none() {
                        true => missing_field::explain(error, (path, parts), target, &selected, resources),
                        false => error,
                    };
                    return Err(first_at(error, Span::new(path.position, path.len()), "this path"));
                }
            };
            value.refresh(at, tree);
            resource.adopt_annotations(&bookkeeping)?;
            for (node, is_part) in set {
                resource.record_copy(node, value.source.clone(), is_part);
            }
            let missing = resource.remove_bookkeeping(&bookkeeping);
            resource.clear_bookkeeping(&missing);
            resources.count_growth(at, before)?;
        }
        resources.reindex(at);
    }
    if !has_selected {
        unmatched::warn_about_target(Code::UnmatchedReplacement, select, resources)?;
    } else if resources.journal.wants_lint {
        warn_about_rejects(target, &has_rejected, resources);
    }
    Ok(())
}

/// Warns about the selectors under `reject` that match nothing.
fn warn_about_rejects(target: &TargetSelector, has_rejected: &[bool], resources: &mut Resources) {
    for (reject, has_rejected) in target.reject.iter().flatten().zip(has_rejected) {
        if !has_rejected {
            unmatched::warn_about_reject(reject, resources);
        }
    }
}

/// Returns the current identity and the former ones, with their namespaces as written.
fn identities(resource: &Resource) -> Vec<ResId> {
    let gvk = resource.gvk();
    let former = resource.previous.iter().map(|previous| ResId {
        gvk: Gvk { kind: previous.kind.clone().into(), ..gvk.clone() },
        name: previous.name.to_string(),
        namespace: previous.namespace.clone(),
    });
    std::iter::once(resource.id()).chain(former).collect()
}

/// Sets the fields on a path in the resource at index `at`, whose document is `tree` and may take up to `limit` bytes. Returns
/// them, and whether each still contains parts of the previous value.
fn set_at_path(
    at: usize,
    tree: &mut Tree,
    value: &mut Value,
    (path, parts): (&Located<String>, &[Part]),
    options: Option<&FieldOptions>,
    limit: usize,
) -> Result<Vec<(NodeId, bool)>> {
    let value_root = value.tree.root();
    let create = options.filter(|options| options.create).map(|_| value.tree.kind(value_root));
    if let Some(field) = set_in_structured_text(tree, &value.tree, parts, create, options, limit)? {
        return Ok(vec![(field, true)]);
    }
    let verb = if create.is_some() { "find or create" } else { "find" };
    let message = format!("unable to {verb} field \"{}\" in replacement target", path.value);
    let root = tree.root();
    let found = path_matcher::find(tree, root, parts, create, path.position).map_err(|mut error| {
        error.message = format!("{message}: {}", error.message);
        error
    })?;
    if found.is_empty() {
        return Err(
            Diagnostic::error(Code::InvalidReplacement, message).at(tree.position(tree.root()), "in this resource")
        );
    }
    let is_part = options.is_some_and(|options| !options.delimiter.is_empty());
    let set = found.nodes.into_iter().map(|node| {
        value.refresh(at, tree);
        set_value(tree, node, &value.tree, options)?;
        check_memory(tree.memory(), limit)?;
        Ok((node, is_part))
    });
    set.collect()
}
