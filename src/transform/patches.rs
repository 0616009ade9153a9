//! The `patches`, `patchesStrategicMerge` and `patchesJson6902` fields.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::inputs::File;
use crate::kustomization::{Located, Patch, PatchOptions, SelectorConfig};
use crate::resource::bookkeeping::is_internal;
use crate::resource::identity::group_version_kind;
use crate::resource::manifest;
use crate::resource::metadata::{normalize_metadata_map, set_text_field};
use crate::resource::patch::json6902 as json_patch;
use crate::resource::patch::strategic_merge::{self as merge, NewElements};
use crate::resource::{Resource, Resources, Selector, Step, Wanted};
use crate::target::Target;
use crate::yaml::{ParseLimits, Position, Span, Tree};

use super::{Run, idle};

// -------------------------------------------------------------------- patchesStrategicMerge

/// Applies `patchesStrategicMerge`: files or inline text, each patch to the resource it names.
///
/// # Errors
/// Fails on unreadable patches and on patches that name no resource.
pub fn strategic_merge(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let entries = run.kustomization().patches_strategic_merge.as_deref().unwrap_or_default();
    let Some(first) = entries.first() else { return Ok(()) };
    apply_strategic_merge(entries, None, run.target, resources)?;
    run.end(1, Step::new("patchesStrategicMerge", first.position), resources);
    Ok(())
}

/// Applies patches from files or inline entries, and from one more text, each to the resource it names.
///
/// # Errors
/// Fails on unreadable patches, on patches that name no resource, and when there is no patch at all.
pub fn apply_strategic_merge(
    entries: &[Located<String>],
    text: Option<&Located<String>>,
    target: &Target,
    resources: &mut Resources,
) -> Result<()> {
    let mut patches = Vec::new();
    for entry in entries {
        // For legacy reasons the entry is first tried as the patch itself.
        let inline = target.file.documents_inside(entry, target.limits).and_then(manifest::resources);
        match inline {
            Ok(inline) => patches.extend(inline),
            Err(error) if error.code == Code::TooDeep => return Err(error),
            Err(_) => patches.extend(target.file(entry)?.resources(target.limits)?.iter().cloned()),
        }
    }
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        patches.extend(manifest::resources(target.file.documents_inside(text, target.limits)?)?);
    }
    if patches.is_empty() {
        return match entries.first().or(text) {
            Some(entry) => Err(Diagnostic::error(Code::InvalidPatch, "patch appears to be empty")
                .at(entry.position, "no patch in here")),
            None => Ok(()),
        };
    }
    apply_in_turn(&patches, |patch| {
        idle::watch(patch.position(), resources, |resources| {
            let at = find_target(patch, resources)?;
            apply_to_selected(&[at], patch, PatchOptions::default(), resources)
        })?;
        resources.record(Step::new("patchesStrategicMerge", patch.position()));
        Ok(())
    })
}

/// Applies patches one after the other. All that name no resource are told, but nothing that may come of it.
fn apply_in_turn<T>(patches: &[T], mut apply: impl FnMut(&T) -> Result<()>) -> Result<()> {
    let mut mistakes = Vec::new();
    for patch in patches {
        match apply(patch) {
            Err(error) if error.code == Code::NoTarget => mistakes.push(error),
            Err(error) if mistakes.is_empty() => return Err(error),
            Err(_) => break,
            Ok(()) => {}
        }
    }
    Diagnostic::together(mistakes)
}

// -------------------------------------------------------------------- patches

/// Applies `patches`.
///
/// # Errors
/// Fails on unreadable patches, and on patches without target that name no resource.
pub fn patches(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let mut parsed = Vec::new();
    let mut mistakes = Vec::new();
    for patch in &run.kustomization().patches {
        match ParsedPatch::new(patch, run.target) {
            Ok(read) => parsed.push((patch, read)),
            Err(error) => mistakes.push(error),
        }
    }
    Diagnostic::together(mistakes)?;
    apply_in_turn(&parsed, |(patch, parsed)| {
        parsed.apply(patch, resources)?;
        run.end(1, Step { source: parsed.position(), ..Step::new("patches", patch.position) }, resources);
        Ok(())
    })
}

/// A patch after reading.
#[derive(Debug)]
pub enum ParsedPatch {
    StrategicMerge(Vec<Resource>),
    Json(Box<Tree>),
}

impl ParsedPatch {
    /// Reads the patch of an entry, which may be either kind.
    ///
    /// # Errors
    /// Fails on text that is neither, or both.
    pub fn new(patch: &Located<Patch>, target: &Target) -> Result<ParsedPatch> {
        let text = Located { value: patch.patch.trim().to_string(), position: patch.patch.position };
        match (text.is_empty(), patch.path.is_empty()) {
            (true, true) => Err(Diagnostic::error(Code::InvalidPatch, "must specify one of patch and path")
                .at(patch.position, "this entry has neither")),
            (false, false) => {
                Err(Diagnostic::error(Code::InvalidPatch, "patch and path can't be set at the same time")
                    .at(patch.position, "this entry has both"))
            }
            (false, true) => ParsedPatch::from_inline(&text, target),
            (true, false) => ParsedPatch::from_file(target.file(&patch.path)?, target.limits),
        }
        .map_err(|mut error| {
            if error.labels.is_empty() {
                error = error.at(patch.position, "this patch");
            }
            error
        })
    }

    fn from_inline(patch: &Located<String>, target: &Target) -> Result<ParsedPatch> {
        let merge = target.file.documents_inside(patch, target.limits).and_then(manifest::resources);
        let json = operations(&patch.value, || target.file.document_inside(patch, target.limits));
        ParsedPatch::from_attempts(merge, json)
    }

    fn from_file(file: &Arc<File>, limits: ParseLimits) -> Result<ParsedPatch> {
        let merge = file.resources(limits).map(<[Resource]>::to_vec);
        let json = file.text().and_then(|text| operations(text, || file.document(limits)));
        ParsedPatch::from_attempts(merge, json)
    }

    fn from_attempts(merge: Result<Vec<Resource>>, json: Result<Option<Tree>>) -> Result<ParsedPatch> {
        match (merge, json) {
            (Ok(merge), Ok(Some(json))) if !merge.is_empty() && !json.is_empty(json.root()) => {
                Err(Diagnostic::error(Code::InvalidPatch, "illegally qualifies as both an SM and JSON patch")
                    .at(json.position(json.root()), ""))
            }
            (Ok(merge), _) => Ok(ParsedPatch::StrategicMerge(merge)),
            (Err(_), Ok(Some(json))) => Ok(ParsedPatch::Json(Box::new(json))),
            (Err(_), Ok(None)) => Ok(ParsedPatch::StrategicMerge(Vec::new())),
            (Err(error), Err(_)) if error.code == Code::TooDeep => Err(error),
            (Err(merge), Err(json)) => {
                // The more telling of the two: not YAML at all, or not the operations that a list looks like.
                let cause = if json.code == Code::InvalidPatch { json } else { merge };
                let mut error = Diagnostic::error(
                    Code::InvalidPatch,
                    format!("unable to parse SM or JSON patch: {}", cause.message),
                );
                error.labels = cause.labels;
                error.hint = cause.hint;
                Err(error)
            }
        }
    }

    /// Returns where the patch starts.
    fn position(&self) -> Position {
        match self {
            ParsedPatch::StrategicMerge(patches) => patches.first().map_or(Position::NONE, Resource::position),
            ParsedPatch::Json(tree) => tree.position(tree.root()),
        }
    }

    /// Applies the patch to the resources that its entry or the patch itself names.
    ///
    /// # Errors
    /// Fails when a patch without target names no resource, and where a patch does not apply.
    pub fn apply(&self, entry: &Located<Patch>, resources: &mut Resources) -> Result<()> {
        if self.is_test() {
            return self.apply_unwatched(entry, resources);
        }
        idle::watch(entry.position, resources, |resources| self.apply_unwatched(entry, resources))
    }

    /// Returns whether it changes nothing on purpose.
    fn is_test(&self) -> bool {
        matches!(self, ParsedPatch::Json(patch) if json_patch::is_test(patch))
    }

    fn apply_unwatched(&self, entry: &Located<Patch>, resources: &mut Resources) -> Result<()> {
        let options = entry.options.unwrap_or_default();
        match (self, &entry.target) {
            (ParsedPatch::StrategicMerge(patches), Some(target)) => {
                let [patch] = &patches[..] else {
                    return match patches.is_empty() {
                        true => Ok(()),
                        false => Err(Diagnostic::error(
                            Code::InvalidPatch,
                            "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field",
                        )
                        .at(target.position, "this target")
                        .hint("give each patch an entry of its own, or leave the target out")),
                    };
                };
                let selected = select(target, resources)?;
                if deletes(patch) && **target == SelectorConfig::default() {
                    resources.warn(*deletes_everything(patch, target));
                }
                apply_to_selected(&selected, patch, options, resources)
            }
            (ParsedPatch::StrategicMerge(patches), None) => apply_each(patches, options, resources),
            (ParsedPatch::Json(patch), Some(target)) => {
                let selected = select(target, resources)?;
                let schema = resources.schema().clone();
                for at in selected {
                    resources.get_mut(at).store_previous_id(&schema);
                    apply_json(patch, at, resources).map_err(|error| error.at(entry.position, "applied here"))?;
                }
                Ok(())
            }
            (ParsedPatch::Json(patch), None) => {
                Err(Diagnostic::error(Code::InvalidPatch, "must specify a target for JSON patch")
                    .at(patch.position(patch.root()), "a JSON patch")
                    .hint("add `target:` with kind and name to this entry"))
            }
        }
    }
}

/// Reads a list of operations: JSON if it starts like it, else YAML. `None` for an empty document.
fn operations(text: &str, parse: impl FnOnce() -> Result<Option<Tree>>) -> Result<Option<Tree>> {
    if text.is_empty() {
        return Err(Diagnostic::error(Code::InvalidPatch, "empty json patch operations"));
    }
    let is_json = text.starts_with('[');
    if is_json {
        serde_json::from_str::<serde::de::IgnoredAny>(text)
            .map_err(|error| Diagnostic::error(Code::InvalidPatch, format!("invalid JSON: {error}")))?;
    }
    let Some(mut tree) = parse()? else { return Ok(None) };
    if !json_patch::is_operations(&tree) {
        return Err(Diagnostic::error(Code::NotAResource, "not a list of JSON patch operations")
            .at(tree.position(tree.root()), ""));
    }
    if !is_json {
        json_patch::read_as_yaml_1_1(&mut tree);
    }
    json_patch::keep_last_of_equal_keys(&mut tree);
    Ok(Some(tree))
}

fn select(target: &Located<SelectorConfig>, resources: &mut Resources) -> Result<Vec<usize>> {
    let selector = Selector::new(target, resources.limits().pattern)?;
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
        idle::warn_of_target(Code::UnmatchedTarget, target, resources)?;
    }
    Ok(selected)
}

fn deletes(patch: &Resource) -> bool {
    patch.tree().get(patch.root(), "$patch").is_some_and(|directive| patch.tree().is_text(directive, "delete"))
}

fn deletes_everything(patch: &Resource, target: &Located<SelectorConfig>) -> Box<Diagnostic> {
    Diagnostic::warning(Code::DeletesEverything, "this patch deletes every resource")
        .at(target.position, "a target without criterion matches everything")
        .hint(format!("leave the target out to delete {} only", patch.id()))
}

/// Finds the one resource that has or had the identity of the patch.
fn find_target(patch: &Resource, resources: &mut Resources) -> Result<usize> {
    let (group, version, kind) = group_version_kind(patch.tree());
    let schema = resources.schema().clone();
    let namespace = patch.effective_namespace(&schema);
    let found = resources.find_any(Wanted { group, version, kind, name: patch.name(), namespace });
    match found[..] {
        [at] => Ok(at),
        [] => {
            let mut error = Diagnostic::error(
                Code::NoTarget,
                format!("no resource matches strategic merge patch \"{}\": no matches for Id {0}", patch.id()),
            )
            .at(patch.position(), "this patch");
            if let Some(near) = idle::near(patch.kind(), patch.name(), resources) {
                error = error.hint(near);
            }
            Err(error)
        }
        _ => Err(Diagnostic::error(Code::AmbiguousTarget, format!("multiple matches for Id {}", patch.id()))
            .at(patch.position(), "this patch")
            .hint("name its namespace, or give the entry a target")),
    }
}

/// Applies a patch to selected resources: it is made to fit each of them, and its labels and annotations are strings.
fn apply_to_selected(
    selected: &[usize],
    patch: &Resource,
    options: PatchOptions,
    resources: &mut Resources,
) -> Result<()> {
    let mut fitted = patch.clone();
    for field in ["labels", "annotations"] {
        normalize_metadata_map(fitted.tree_mut(), field, |_| false)?;
    }
    // The reference sets the name to itself, after which it has no type (fixture `patches/name-without-type`).
    let name = fitted.name().to_string();
    fitted.set_name(&name, patch.name_position())?;
    let mut deleted = HashSet::new();
    for &at in selected {
        let resource = resources.get(at);
        let api_version = resource.gvk().api_version();
        let position = resource.field_position(&["apiVersion"]);
        let mut patch = fitted.clone();
        let root = patch.root();
        set_text_field(patch.tree_mut(), root, "apiVersion", &api_version, position);
        if !apply_merge(&patch, options, at, resources)? {
            deleted.insert(at);
        }
    }
    remove(&deleted, resources);
    if selected.is_empty() { Ok(()) } else { resources.check_unique() }
}

/// Applies each patch to the resource it names.
fn apply_each(patches: &[Resource], options: PatchOptions, resources: &mut Resources) -> Result<()> {
    let mut deleted = HashSet::new();
    apply_in_turn(patches, |patch| {
        if !deleted.is_empty() {
            remove(&std::mem::take(&mut deleted), resources);
        }
        let at = find_target(patch, resources)?;
        let mut patch = Cow::Borrowed(patch);
        if options.allow_name_change || options.allow_kind_change {
            // The options are noted in the patch's annotations, which turns them into strings.
            normalize_metadata_map(patch.to_mut().tree_mut(), "annotations", |_| false)?;
        }
        if !apply_merge(&patch, options, at, resources)? {
            deleted.insert(at);
        }
        Ok(())
    })?;
    remove(&deleted, resources);
    Ok(())
}

fn remove(deleted: &HashSet<usize>, resources: &mut Resources) {
    if deleted.is_empty() {
        return;
    }
    let mut at = 0;
    resources.retain(|_| {
        at += 1;
        !deleted.contains(&(at - 1))
    });
}

/// Merges a patch into a resource, which keeps its kind, name and namespace unless the options allow otherwise. Returns
/// false when the patch deletes it.
fn apply_merge(patch: &Resource, options: PatchOptions, at: usize, resources: &mut Resources) -> Result<bool> {
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
    let (name_position, namespace_position) = (position(resource, "name"), position(resource, "namespace"));
    let type_positions = ["apiVersion", "kind"].map(|field| (field, resource.field_position(&[field])));
    if options.allow_name_change || options.allow_kind_change {
        resource.store_previous_id(&schema);
        resource.mark_annotated();
    }
    let notes = if touches_annotations(patch) { resource.write_notes() } else { Vec::new() };
    if !merge::merge(resource.tree_mut(), patch.tree(), &schema, NewElements::First, &mut work)? || is_gone(resource) {
        return Ok(false);
    }
    let lost = resource.remove_notes(&notes);
    resource.forget(&lost);
    if !options.allow_kind_change {
        resource.set_kind(&kind);
    }
    // By its type the patch finds the resource; it is the resource that says it.
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
    }
    resource.set_namespace(&namespace, namespace_position)?;
    resources.work = work;
    if options.allow_kind_change || options.allow_name_change {
        resources.reindex(at);
    }
    resources.count_growth(at, before)?;
    Ok(true)
}

fn is_gone(resource: &Resource) -> bool {
    resource.tree().is_null_or_empty(resource.root())
}

fn touches_annotations(patch: &Resource) -> bool {
    let tree = patch.tree();
    tree.get(tree.root(), "metadata").is_some_and(|metadata| {
        tree.is_null(metadata) || tree.get(metadata, "$patch").is_some() || tree.get(metadata, "annotations").is_some()
    })
}

/// How many operations find their places in the time in which a document is gone through.
const OPERATIONS_PER_WALK: usize = 16;

fn apply_json(patch: &Tree, at: usize, resources: &mut Resources) -> Result<()> {
    let left = resources.growth_left();
    // An operation looks at the entries on its way only, which are as many at most.
    let operations = 1 + patch.len(patch.root()) / OPERATIONS_PER_WALK;
    resources.work.count(resources.get(at).tree().nodes_in_document().saturating_mul(operations))?;
    let resource = resources.get_mut(at);
    let before = resource.tree().memory();
    let notes = resource.write_notes();
    json_patch::apply(resource.tree_mut(), patch, before.saturating_add(left))?;
    let mut lost = resource.remove_notes(&notes);
    // The reference puts back what is internal, which the build metadata is not.
    lost.retain(|note| !is_internal(note));
    resource.forget(&lost);
    normalize_metadata_map(resource.tree_mut(), "annotations", |_| false)?;
    resources.reindex(at);
    resources.count_growth(at, before)
}

// -------------------------------------------------------------------- patchesJson6902

/// Applies `patchesJson6902`.
///
/// # Errors
/// Fails on entries without target or patch, and where a patch does not apply.
pub fn json6902(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let entries = run.kustomization().patches_json6902.iter().flatten();
    entries.clone().try_for_each(|entry| read_json_patch(entry, run.target).map(|_| ()))?;
    for entry in entries {
        apply_json6902(entry, run.target, resources)?;
        run.end(1, Step::new("patchesJson6902", entry.position), resources);
    }
    Ok(())
}

/// Applies an entry of `patchesJson6902`.
///
/// # Errors
/// Fails on entries without target or patch, and where the patch does not apply.
pub fn apply_json6902(entry: &Located<Patch>, target: &Target, resources: &mut Resources) -> Result<()> {
    let (selector, patch) = read_json_patch(entry, target)?;
    let apply = |resources: &mut Resources| {
        for at in select(selector, resources)? {
            apply_json(&patch, at, resources).map_err(|error| error.at(entry.position, "applied here"))?;
        }
        Ok(())
    };
    match json_patch::is_test(&patch) {
        true => apply(resources),
        false => idle::watch(entry.position, resources, apply),
    }
}

/// Reads an entry of `patchesJson6902`: its target and its operations.
///
/// # Errors
/// Fails on entries without target or patch.
fn read_json_patch<'a>(entry: &'a Located<Patch>, target: &Target) -> Result<(&'a Located<SelectorConfig>, Tree)> {
    let invalid = |message: &str| Diagnostic::error(Code::InvalidPatch, message).at(entry.position, "this entry");
    let selector = entry.target.as_ref().filter(|selector| !selector.name.is_empty());
    let selector = selector.ok_or_else(|| invalid("must specify the target name"))?;
    let tree = match (entry.path.is_empty(), entry.patch.is_empty()) {
        (true, true) => return Err(invalid("empty file path and empty jsonOp")),
        (false, false) => return Err(invalid("must specify a file path or jsonOp, not both")),
        (false, true) => {
            let file = target.file(&entry.path)?;
            operations(file.text()?, || file.document(target.limits))?
        }
        (true, false) => operations(&entry.patch, || target.file.document_inside(&entry.patch, target.limits))?,
    };
    match tree {
        Some(tree) if !tree.is_empty(tree.root()) => Ok((selector, tree)),
        _ => Err(invalid("patch appears to be empty")),
    }
}

/// Returns the stretch of a located text, for diagnostics.
pub fn span(text: &Located<String>) -> Span {
    Span::new(text.position, text.value.lines().next().unwrap_or_default().len())
}
