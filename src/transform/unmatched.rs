//! Warnings about entries without effect, which kustomize ignores silently.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::{Applicability, Code, Diagnostic, Help, Result, nearest, only_nearest};
use crate::kustomization::{Image, Kustomization, Located, SelectorConfig};
use crate::resource::{Resource, Resources};
use crate::yaml::{Position, Span, Tree, write};

use super::selector::Selector;
use super::unlisted_field;

/// The number of warnings with a hint. Searching for a hint takes time, and more warnings than this have a common cause.
const MAX_HINTS: usize = 100;

/// The number of nodes that are visited in the time in which a node is written as text.
const NODES_PER_WRITTEN_NODE: usize = 2;

/// The number of resources whose documents are compared by address in the time that a visit to a node takes.
const RESOURCES_PER_NODE: usize = 2;

/// Warns that a target selects nothing. The warning has the given code unless the labels are the cause.
///
/// # Errors
/// Fails on invalid patterns.
pub fn warn_about_target(code: Code, target: &Located<SelectorConfig>, resources: &mut Resources) -> Result<()> {
    let selector = Selector::new(target, resources.patterns())?;
    let schema = resources.schema().clone();
    let is_about_labels =
        !selector.is_metadata_empty && resources.iter().any(|resource| selector.matches_identity(resource, &schema));
    let warning = if is_about_labels {
        let field = match target.label_selector.is_empty() {
            true => &target.annotation_selector,
            false => &target.label_selector,
        };
        Diagnostic::warning(Code::UnmatchedSelector, format!("`{}` matches no resource", field.value))
            .at(Span::new(field.position, field.len()), "matches none of the target's resources")
    } else {
        let what = if code == Code::UnmatchedReplacement { "replacement" } else { "patch" };
        let span = most_specific(target).unwrap_or(target.position.into());
        Diagnostic::warning(code, format!("the target of this {what} matches no resource")).at(span, "matches nothing")
    };
    if is_about_labels {
        resources.warn(*warning);
        return Ok(());
    }
    let hint = suggestion(&target.kind, &target.name, resources);
    let warning = with_misspelling(with_hint(warning, hint), target, resources);
    resources.warn(*warning);
    Ok(())
}

/// Adds a hint to the warnings about selectors that name a label which the kustomization itself adds after its patches.
pub fn explain_later_labels(kustomization: &Kustomization, warnings: &mut [Diagnostic]) {
    let common = kustomization.common_labels.iter().flatten().map(|(key, _)| ("commonLabels", key));
    let labels = kustomization.labels.iter().flat_map(|label| label.pairs.keys()).map(|key| ("labels", key));
    let added: Vec<(&str, &String)> = common.chain(labels).collect();
    for warning in warnings.iter_mut().filter(|warning| warning.code == Code::UnmatchedSelector) {
        let is_part_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        let mut words = warning.message.split(|c| !is_part_of_name(c));
        let later = words.find_map(|word| added.iter().find(|(_, key)| *key == word));
        if let Some((field, key)) = later {
            warning.help = Some(Help::Text(format!(
                "`{field}` of this kustomization adds the label `{key}` after its patches; select by kind and name, or move \
                 the patch to a kustomization that includes this one"
            )));
        }
    }
}

/// Drops the warnings from an index on that a patch has no effect.
pub fn forget_unmatched(warnings: &mut Vec<Diagnostic>, from: usize) {
    let mut at = 0;
    warnings.retain(|warning| {
        at += 1;
        let is_unmatched =
            matches!(warning.code, Code::UnmatchedTarget | Code::UnmatchedSelector | Code::IneffectivePatch);
        at <= from || !is_unmatched
    });
}

/// Warns that an entry under `reject` has no effect.
pub fn warn_about_reject(reject: &SelectorConfig, resources: &mut Resources) {
    let warning = Diagnostic::warning(Code::UnmatchedReject, "this `reject` entry has no effect");
    resources.warn(*match most_specific(reject) {
        Some(span) => warning.at(span, "matches no selected resource"),
        None => warning,
    });
}

/// Warns that an entry of `images` matches nothing. `names` are the names of all images, with an image of each, and
/// `matches` is true for the images that the entry would change.
pub fn warn_about_image(
    entry: &Image,
    names: &BTreeMap<String, Span>,
    matches: &dyn Fn(&str) -> bool,
    resources: &mut Resources,
) {
    let name = &entry.name;
    let last_part = |name: &str| name.rsplit('/').next().map(ToString::to_string);
    let warning = Diagnostic::warning(Code::UnmatchedImage, format!("no image matches `{}`", name.value))
        .at(Span::new(name.position, name.len()), "matches nothing");
    if let Some(&image) = names.get(&name.value) {
        // The image has the name, so its tag or digest has a character that kustomize's pattern does not allow.
        let warning = warning.at(image, "kustomize does not recognize this tag or digest");
        resources.warn(*warning.hint("change this image with a patch"));
        return;
    }
    if name.contains('*') && !name.contains(".*") {
        let hint = "`name` is a regular expression, in which `*` repeats the character before it: `.*` matches any text, \
                    but `newName` replaces the whole name, so each image with a new name needs an entry";
        resources.warn(*warning.hint(hint));
        return;
    }
    let is_limited = resources.journal.warnings.len() > MAX_HINTS;
    let unlisted = if is_limited { None } else { unlisted_field::find_image(resources, matches) };
    if let Some(field) = unlisted {
        resources.warn(*warning.hint(match field.has_tag {
            true => format!("{} has its name and its tag in two fields: change them with a patch", field.resource),
            false => field.hint("images"),
        }));
        return;
    }
    let similar = nearest(name, names.keys().map(String::as_str)).map(ToString::to_string);
    let similar = similar.or_else(|| names.keys().find(|other| last_part(other) == last_part(name)).cloned());
    let warning = match only_nearest(name, names.keys().map(String::as_str)) {
        Some(meant) => warning.misspelled(name.position, name, meant, Applicability::Unsafe),
        None => warning,
    };
    resources.warn(*with_hint(warning, similar.map(|name| format!("did you mean `{name}`?"))));
}

fn with_hint(warning: Box<Diagnostic>, hint: Option<String>) -> Box<Diagnostic> {
    match hint {
        Some(hint) => warning.hint(hint),
        None => warning,
    }
}

/// Names the word in a selector that is misspelled: its name, or else its kind or its namespace.
pub fn with_misspelling(
    diagnostic: Box<Diagnostic>,
    selector: &SelectorConfig,
    resources: &Resources,
) -> Box<Diagnostic> {
    let SelectorConfig { kind, name, namespace, .. } = selector;
    match misspelling(kind, name, namespace, resources) {
        Some((word, meant)) => diagnostic.misspelled(word.position, word, &meant, Applicability::Unsafe),
        None => diagnostic,
    }
}

/// Returns the one word among a kind, a name and a namespace that no resource has, if a similar one would select a resource.
pub fn misspelling<'a>(
    kind: &'a Located<String>,
    name: &'a Located<String>,
    namespace: &'a Located<String>,
    resources: &Resources,
) -> Option<(&'a Located<String>, String)> {
    if resources.journal.warnings.len() > MAX_HINTS {
        return None;
    }
    let is = |word: &str, wanted: &str| wanted.is_empty() || word == wanted;
    let has_kind = |resource: &&Resource| is(resource.kind(), kind);
    let has_name = |resource: &&Resource| is(resource.name(), name);
    let has_namespace = |resource: &&Resource| is(resource.namespace(), namespace);
    let all = || resources.iter();
    let names = all().filter(has_kind).filter(has_namespace).map(Resource::name);
    let kinds = all().filter(has_name).filter(has_namespace).map(Resource::kind);
    let namespaces = all().filter(has_kind).filter(has_name).map(Resource::namespace);
    let meant = |word: &str, known: &mut dyn Iterator<Item = &str>| {
        let known: BTreeSet<&str> = known.filter(|known| !known.is_empty()).collect();
        only_nearest(word, known).filter(|meant| *meant != word && !word.is_empty()).map(ToString::to_string)
    };
    let mut found = Vec::new();
    found.extend(meant(name, &mut names.into_iter()).map(|meant| (name, meant)));
    found.extend(meant(kind, &mut kinds.into_iter()).map(|meant| (kind, meant)));
    found.extend(meant(namespace, &mut namespaces.into_iter()).map(|meant| (namespace, meant)));
    if found.len() == 1 { found.pop() } else { None }
}

/// Returns the span of the most specific part of a selector.
fn most_specific(selector: &SelectorConfig) -> Option<Span> {
    let SelectorConfig { group, version, kind, name, namespace, annotation_selector, label_selector } = selector;
    let parts = [name, label_selector, annotation_selector, namespace, kind, group, version];
    parts.into_iter().find(|part| !part.is_empty()).map(|part| Span::new(part.position, part.len()))
}

/// Returns a hint that names a resource or kind similar to the given kind and name, either of which may be empty.
pub fn suggestion(kind: &str, name: &str, resources: &mut Resources) -> Option<String> {
    if resources.journal.warnings.len() > MAX_HINTS {
        return None;
    }
    if let Some(&at) = resources.named(name).first() {
        return Some(format!("did you mean {}?", resources.get(at).id()));
    }
    let of_kind = resources.iter().filter(|resource| kind.is_empty() || resource.kind() == kind);
    if let Some(name) = nearest(name, of_kind.map(|resource| resource.name())) {
        return Some(match kind {
            "" => format!("did you mean `{name}`?"),
            kind => format!("did you mean the {kind} `{name}`?"),
        });
    }
    let kinds: BTreeSet<&str> = resources.iter().map(|resource| resource.kind()).collect();
    let kind = nearest(kind, kinds.iter().copied()).filter(|_| !kinds.contains(kind))?;
    Some(format!("did you mean the kind `{kind}`?"))
}

/// Runs a patch, and warns if it applies to a resource but changes nothing. The comparison takes time, so this is for lint.
///
/// # Errors
/// Fails if the patch does.
pub fn warn_if_unchanged(
    position: Position,
    resources: &mut Resources,
    patch: impl FnOnce(&mut Resources) -> Result<()>,
) -> Result<()> {
    if !resources.journal.wants_lint {
        return patch(resources);
    }
    let before: Vec<Arc<Tree>> = resources.iter().map(|resource| resource.shared_tree().clone()).collect();
    let warnings = resources.journal.warnings.len();
    patch(resources)?;
    let after: Vec<Arc<Tree>> = resources.iter().map(|resource| resource.shared_tree().clone()).collect();
    let mut is_unchanged = before.len() == after.len();
    for (before, after) in before.iter().zip(&after) {
        if is_unchanged && !Arc::ptr_eq(before, after) {
            resources.work.count(NODES_PER_WRITTEN_NODE * (before.node_count() + after.node_count()))?;
            is_unchanged = has_same_text(before, after);
        }
    }
    resources.work.count(before.len() / RESOURCES_PER_NODE)?;
    if is_unchanged && resources.journal.warnings.len() == warnings {
        resources.warn(
            *Diagnostic::warning(Code::IneffectivePatch, "this patch changes nothing")
                .at(position, "every value that it sets is already set"),
        );
    }
    Ok(())
}

/// Returns whether two documents have the same YAML text.
fn has_same_text(a: &Tree, b: &Tree) -> bool {
    let text = |tree| {
        let mut text = String::new();
        write(tree, &mut text).map(|()| text)
    };
    matches!((text(a), text(b)), (Ok(a), Ok(b)) if a == b)
}
