//! Properties of what looks at renders: explain, diff and lint.

use crate::Options;
use crate::diff::{self, Counts, Secrets};
use crate::explain::{self, Explainer};
use crate::inputs::Inputs;
use crate::io::{self, MemoryHost, Outcome};
use crate::lint;
use crate::render::Rendered;
use crate::resource::paths::FieldPath;
use crate::resource::{RenderLimits, Resource};
use crate::yaml::{self, NodeId, Tree};

use super::{LIMITS, PropertyResult, RENDER_LIMITS, files};

/// The number of fields of a resource that are explained. Each is compared with all states of the resource.
const MAX_FIELDS: usize = 200;

/// Renders a tree in memory with histories; `None` if it is invalid.
fn render(input: &[u8], target: &str) -> Option<(Rendered, Inputs)> {
    let host = MemoryHost::new(files(input));
    // Histories are kept in memory, so the limit is lower.
    let render_limits = RenderLimits { resources: 1000, memory: 16 << 20, work: 1_000_000, ..RENDER_LIMITS };
    let options = Options { limits: LIMITS, render_limits, trace: true, lint: true, ..Options::default() };
    let Outcome { result, inputs } = io::render(&host, target, &options);
    Some((result.ok()?, inputs))
}

/// Explains every field of a tree, given as in [`render_never_panics`](super::render_never_panics). Checks that the lines are
/// those of the output, that the newest event of a field has its current value, and that all positions are in files.
///
/// # Errors
/// Fails if the property is violated.
pub fn explanations_fit_the_output(input: &[u8]) -> PropertyResult {
    let Some((rendered, inputs)) = render(input, "/app") else { return Ok(()) };
    let explainer = Explainer::new(&rendered);
    for resource in rendered.resources() {
        let mut text = String::new();
        if yaml::write(resource.tree(), &mut text).is_err() {
            continue;
        }
        let lines = explain::lines(resource.tree()).map_err(|error| error.message)?;
        if !lines.iter().map(|line| line.text.as_str()).eq(text.lines()) {
            return Err(format!("the lines are not those of\n{text}"));
        }
        for line in &lines {
            inputs.location(line.position);
        }
        for (path, node) in fields(resource.tree()).into_iter().take(MAX_FIELDS) {
            explain_field(&explainer, resource, &inputs, &path, node)?;
        }
    }
    Ok(())
}

fn explain_field(
    explainer: &Explainer<'_>,
    resource: &Resource,
    inputs: &Inputs,
    path: &FieldPath,
    node: NodeId,
) -> PropertyResult {
    let tree = resource.tree();
    for position in explainer.values(resource).provenance(node).into_iter().flat_map(|found| found.sources) {
        inputs.location(position);
    }
    let history = explainer.history(resource, path);
    // A path may be ambiguous: the first of several elements with the same name is meant.
    if path.find(tree) != Some(node) {
        return Ok(());
    }
    let newest = history.first().ok_or_else(|| format!("{path} of {} has no history", resource.label()))?;
    let text = newest.after.as_ref().and_then(|value| value.text());
    if tree.is_scalar(node) && text != Some(tree.text(node)) {
        return Err(format!("the newest value of {path} is {text:?} instead of {:?}", tree.text(node)));
    }
    for event in &history {
        explainer.origins(resource, event);
    }
    Ok(())
}

/// Returns the fields of a document with their paths.
fn fields(tree: &Tree) -> Vec<(FieldPath, NodeId)> {
    let mut found = Vec::new();
    let mut open = vec![(FieldPath::new(Vec::new()), tree.root())];
    while let Some((path, node)) = open.pop() {
        open.extend(tree.entries(node).map(|(key, value)| (path.join(tree.text(key)), value)));
        let elements = tree.elements(node).enumerate();
        open.extend(elements.map(|(at, element)| (path.join_element(tree, element, at), element)));
        if !path.segments().is_empty() {
            found.push((path, node));
        }
    }
    found
}

/// Compares the targets `/app` and `/old` of a tree. Checks that a comparison with itself finds nothing, and that a comparison
/// in the other direction finds the same resources.
///
/// # Errors
/// Fails if the property is violated.
pub fn differences_are_symmetric(input: &[u8]) -> PropertyResult {
    let Some((after, _)) = render(input, "/app") else { return Ok(()) };
    let before = render(input, "/old").map(|(rendered, _)| rendered);
    let before: &[Resource] = before.as_ref().map_or(&[], Rendered::resources);
    let after = after.resources();
    for secrets in [Secrets::Masked, Secrets::Shown] {
        for side in [before, after] {
            let same = diff::compare(side, side, secrets);
            if !same.is_empty() || same.counts().unchanged != side.len() {
                return Err(format!("a render differs from itself: {:?}", same.counts()));
            }
        }
        let Counts { added, removed, .. } = diff::compare(before, after, secrets).counts();
        let back = diff::compare(after, before, secrets).counts();
        if (added, removed) != (back.removed, back.added) || before.len() + added != after.len() + removed {
            return Err(format!("{added} resources are added and {removed} removed, but in reverse: {back:?}"));
        }
    }
    Ok(())
}

/// Lints a tree. Checks that each finding has a message, and that every file can be checked whether it is unused.
///
/// # Errors
/// Fails if the property is violated.
pub fn lint_never_panics(input: &[u8]) -> PropertyResult {
    let Some((rendered, inputs)) = render(input, "/app") else { return Ok(()) };
    let in_tree = lint::check_target("/app/prod", &rendered, &[]).into_iter().map(|finding| finding.diagnostic);
    let unused = inputs.files().filter_map(|file| lint::unused(file, true, LIMITS));
    let all = lint::check(&rendered).into_iter().chain(in_tree).chain(unused);
    match all.into_iter().find(|diagnostic| diagnostic.message.is_empty()) {
        Some(diagnostic) => Err(format!("{} has no message", diagnostic.code.as_str())),
        None => Ok(()),
    }
}
