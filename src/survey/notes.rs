//! What a kustomization does beside including others, in short.

use crate::kustomization::Kustomization;

use super::{Note, NoteValue};

/// Returns the fields that say something and include nothing, in the order of kustomize's transformers.
pub fn notes(kustomization: &Kustomization) -> Vec<Note> {
    let labels = kustomization.labels.iter().flat_map(|label| label.pairs.keys());
    let common_labels = kustomization.common_labels.iter().flat_map(|labels| labels.keys());
    let labels: Vec<&str> = labels.chain(common_labels).map(String::as_str).collect();
    let inline_replacements = kustomization.replacements.iter().filter(|replacement| replacement.path.is_empty());
    let notes = [
        text("namespace", &kustomization.namespace),
        text("namePrefix", &kustomization.name_prefix),
        text("nameSuffix", &kustomization.name_suffix),
        text("labels", &labels.join(", ")),
        count("commonAnnotations", kustomization.common_annotations.len()),
        count("replicas", kustomization.replicas.len()),
        count("images", kustomization.images.len()),
        count("replacements", inline_replacements.count()),
        count("vars", kustomization.vars.as_ref().map_or(0, Vec::len)),
    ];
    notes.into_iter().flatten().collect()
}

/// Returns a note of a value, unless it is empty.
pub fn text(field: &'static str, value: &str) -> Option<Note> {
    (!value.is_empty()).then(|| Note { field, value: NoteValue::Text(value.to_string()) })
}

/// Returns a note of how many there are, unless there are none.
pub fn count(field: &'static str, count: usize) -> Option<Note> {
    (count > 0).then_some(Note { field, value: NoteValue::Count(count) })
}
