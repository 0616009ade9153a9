//! The fields of a kustomization that include nothing.

use crate::kustomization::Kustomization;

use super::{Setting, SettingValue};

/// Returns the fields that are set and include nothing, in the order of kustomize's transformers.
pub fn settings(kustomization: &Kustomization) -> Vec<Setting> {
    let labels = kustomization.labels.iter().flat_map(|label| label.pairs.keys());
    let common_labels = kustomization.common_labels.iter().flat_map(|labels| labels.keys());
    let labels: Vec<&str> = labels.chain(common_labels).map(String::as_str).collect();
    let inline_replacements = kustomization.replacements.iter().filter(|replacement| replacement.path.is_empty());
    let settings = [
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
    settings.into_iter().flatten().collect()
}

/// Returns the setting of a value; `None` if the value is empty.
pub fn text(field: &'static str, value: &str) -> Option<Setting> {
    (!value.is_empty()).then(|| Setting { field, value: SettingValue::Text(value.to_string()) })
}

/// Returns the setting of a number of entries; `None` if there are none.
pub fn count(field: &'static str, count: usize) -> Option<Setting> {
    (count > 0).then_some(Setting { field, value: SettingValue::Count(count) })
}
