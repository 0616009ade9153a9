//! Migrates deprecated fields of a kustomization file to their successors.
//!
//! Values are converted as in kustomize's `edit fix`. The caller has to check that the output does not change: some fields
//! are applied at another time than their successors.

mod vars;

use serde_yaml::{Mapping, Value};

use super::{Error, fields};
use crate::kustomization::{COMPONENT_KIND, COMPONENT_VERSION, KUSTOMIZATION_KIND, KUSTOMIZATION_VERSION};

pub use vars::{VarsFile, replace_vars};

/// The order of the patches from deprecated fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchOrder {
    /// The order in kustomize's `edit fix`: `patches`, `patchesJson6902`, `patchesStrategicMerge`.
    AsKustomize,
    /// The order of application: `patchesStrategicMerge`, `patches`, `patchesJson6902`.
    AsApplied,
}

/// A kustomization file without deprecated fields.
#[derive(Clone, Debug)]
pub struct Fixed {
    pub text: String,
    /// The replaced fields with their successors.
    pub replaced: Vec<(&'static str, &'static str)>,
}

/// A function that returns whether a path is a file.
type IsFile<'a> = &'a dyn Fn(&str) -> bool;

/// A function that converts the value of a field to elements of its successor.
type Convert = fn(Value, IsFile<'_>) -> Vec<Value>;

/// The migration of a field to its successor.
struct Move {
    from: &'static str,
    to: &'static str,
    convert: Convert,
    /// Whether the elements are inserted before the existing ones.
    prepends: bool,
}

const BASES: Move = Move { from: "bases", to: "resources", convert: unchanged, prepends: false };
const IMAGE_TAGS: Move = Move { from: "imageTags", to: "images", convert: unchanged, prepends: false };
const COMMON_LABELS: Move = Move { from: "commonLabels", to: "labels", convert: label, prepends: false };
const JSON_PATCHES: Move = Move { from: "patchesJson6902", to: "patches", convert: unchanged, prepends: false };
const MERGE_PATCHES: Move = Move { from: "patchesStrategicMerge", to: "patches", convert: patches, prepends: false };
const HELM_CHARTS: Move =
    Move { from: "helmChartInflationGenerator", to: "helmCharts", convert: charts, prepends: false };

/// Returns all moves.
fn moves(order: PatchOrder) -> [Move; 6] {
    let (json, merge) = match order {
        PatchOrder::AsKustomize => (JSON_PATCHES, MERGE_PATCHES),
        PatchOrder::AsApplied => (JSON_PATCHES, Move { prepends: true, ..MERGE_PATCHES }),
    };
    [BASES, IMAGE_TAGS, json, merge, COMMON_LABELS, HELM_CHARTS]
}

/// Migrates deprecated fields, and adds the type of the file if it is missing. `is_file` returns whether an entry of
/// `patchesStrategicMerge` is the path of a file.
///
/// # Errors
/// Fails on a file that cannot be edited in place, and if a label is in both `commonLabels` and `labels`.
pub fn fix(text: &str, order: PatchOrder, is_file: IsFile<'_>) -> Result<Fixed, Error> {
    let old = super::read(text)?;
    let mut new = old.clone();
    let mut text = text.to_string();
    let mut replaced = Vec::new();
    check_labels(&old)?;
    add_helm_globals(&mut new);
    for step in moves(order) {
        if step.apply(&mut text, &old, &mut new, is_file)? {
            replaced.push((step.from, step.to));
        }
    }
    for generator in ["configMapGenerator", "secretGenerator"] {
        if fix_generators(&mut new, generator) {
            replaced.push(("env", "envs"));
        }
    }
    replaced.dedup();
    text = super::update(&text, &new)?;
    let missing = missing_type(&new);
    if !missing.is_empty() {
        text = super::prepend(&text, &missing)?;
    }
    Ok(Fixed { text, replaced })
}

/// Migrates the deprecated field that kustomize merges into a field, so that a change applies to both: `bases` for
/// `resources`, `imageTags` for `images`.
///
/// # Errors
/// Fails on a file that cannot be edited in place.
pub fn move_into(text: &str, field: &str) -> Result<String, Error> {
    let Some(step) = [BASES, IMAGE_TAGS].into_iter().find(|step| step.to == field) else { return Ok(text.to_string()) };
    let old = super::read(text)?;
    let (mut text, mut new) = (text.to_string(), old.clone());
    step.apply(&mut text, &old, &mut new, &|_| false)?;
    super::update(&text, &new)
}

impl Move {
    /// Migrates the field in the data. Returns whether the field exists. If its successor does not exist, the field is also
    /// renamed in the text, to preserve its comments.
    fn apply(
        &self,
        text: &mut String,
        old: &Mapping,
        new: &mut Mapping,
        is_file: &dyn Fn(&str) -> bool,
    ) -> Result<bool, Error> {
        let Some(value) = fields::take(new, self.from) else { return Ok(false) };
        let moved = (self.convert)(value, is_file);
        if moved.is_empty() {
            return Ok(true);
        }
        match fields::get_mut(new, self.to) {
            Some(Value::Sequence(existing)) if self.prepends => {
                existing.splice(0..0, moved);
            }
            Some(Value::Sequence(existing)) => existing.extend(moved),
            _ => {
                let key = fields::spelling(old, self.from).unwrap_or_default();
                if fields::get(old, self.to).is_none() {
                    *text = super::rename(text, &key, self.to)?;
                }
                fields::set(new, self.to, moved);
            }
        }
        Ok(true)
    }
}

/// Returns the fields for the type of the file that are missing.
fn missing_type(data: &Mapping) -> Mapping {
    let is_component = fields::text(data, "kind") == COMPONENT_KIND;
    let version = if is_component { COMPONENT_VERSION } else { KUSTOMIZATION_VERSION };
    let fields = [("apiVersion", version), ("kind", KUSTOMIZATION_KIND)];
    let missing = fields.into_iter().filter(|(name, _)| fields::get(data, name).is_none());
    missing.map(|(name, value)| (name.into(), value.into())).collect()
}

/// Checks that no label is defined twice, which kustomize also rejects.
fn check_labels(data: &Mapping) -> Result<(), Error> {
    let Some(common) = fields::get(data, "commonLabels").and_then(Value::as_mapping) else { return Ok(()) };
    let labels = fields::get(data, "labels").and_then(Value::as_sequence).map_or(&[][..], |labels| labels);
    let pairs = labels.iter().filter_map(|label| fields::get(label.as_mapping()?, "pairs")?.as_mapping());
    match pairs.flat_map(Mapping::keys).find(|name| common.contains_key(*name)) {
        Some(name) => Err(Error::DuplicateLabel(name.as_str().unwrap_or_default().to_string())),
        None => Ok(()),
    }
}

fn unchanged(value: Value, _: IsFile<'_>) -> Vec<Value> {
    match value {
        Value::Sequence(elements) => elements,
        _ => Vec::new(),
    }
}

fn label(value: Value, _: IsFile<'_>) -> Vec<Value> {
    match value {
        Value::Mapping(pairs) if !pairs.is_empty() => {
            vec![mapping([("pairs", Value::Mapping(pairs)), ("includeSelectors", true.into())])]
        }
        _ => Vec::new(),
    }
}

fn patches(value: Value, is_file: IsFile<'_>) -> Vec<Value> {
    let patch = |value: Value| {
        let name = if value.as_str().is_some_and(is_file) { "path" } else { "patch" };
        mapping([(name, value)])
    };
    unchanged(value, is_file).into_iter().map(patch).collect()
}

/// The old and new names of the fields of a chart. Other old fields had no effect.
const CHART_FIELDS: [(&str, &str); 7] = [
    ("chartName", "name"),
    ("chartVersion", "version"),
    ("chartRepoUrl", "repo"),
    ("values", "valuesFile"),
    ("valuesLocal", "valuesInline"),
    ("valuesMerge", "valuesMerge"),
    ("releaseName", "releaseName"),
];

fn charts(value: Value, is_file: IsFile<'_>) -> Vec<Value> {
    let chart = |value: Value| {
        let Value::Mapping(old) = value else { return value };
        let fields = CHART_FIELDS.map(|(from, to)| Some((to, fields::get(&old, from)?.clone())));
        mapping(fields.into_iter().flatten())
    };
    unchanged(value, is_file).into_iter().map(chart).collect()
}

/// Adds `helmGlobals` with the directories of deprecated charts. The last chart that sets a directory counts.
fn add_helm_globals(new: &mut Mapping) {
    let charts = fields::get(new, "helmChartInflationGenerator").and_then(Value::as_sequence);
    if fields::get(new, "helmGlobals").is_some() {
        return;
    }
    let mut globals = Mapping::new();
    for chart in charts.into_iter().flatten().filter_map(Value::as_mapping) {
        for (from, to) in [("chartHome", "chartHome"), ("helmHome", "configHome")] {
            let directory = fields::text(chart, from);
            if !directory.is_empty() {
                fields::set(&mut globals, to, directory);
            }
        }
    }
    if !globals.is_empty() {
        fields::set(new, "helmGlobals", globals);
    }
}

/// Migrates `env` of generators to `envs`. Returns whether there was an `env`.
fn fix_generators(new: &mut Mapping, field: &str) -> bool {
    let Some(Value::Sequence(generators)) = fields::get_mut(new, field) else { return false };
    let mut has_env = false;
    for generator in generators.iter_mut().filter_map(Value::as_mapping_mut) {
        let Some(env) = fields::take(generator, "env") else { continue };
        has_env = true;
        match fields::get_mut(generator, "envs") {
            _ if env.as_str().is_none_or(str::is_empty) => {}
            Some(Value::Sequence(envs)) => envs.push(env),
            _ => fields::set(generator, "envs", vec![env]),
        }
    }
    has_env
}

fn mapping<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Mapping(entries.into_iter().map(|(name, value)| (name.into(), value)).collect())
}
