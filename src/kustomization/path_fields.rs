//! The fields that name files, directories and URLs, in one table for all code that follows, checks or copies them. The
//! survey, which also shows the entries around them, is tested against it.

use crate::diagnostic::Result;
use crate::path::base_name;
use crate::yaml::{Kind, NodeId, Tree};

use super::decode::{Mode, decode};
use super::file::{Kustomization, Patch};
use super::located::Located;

/// The kind of path that a field contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    File,
    /// A file with an optional key: `KEY=PATH` or `PATH`.
    KeyedFile,
    /// A file, or inline content.
    FileOrInline,
    /// A values file of a Helm chart.
    ChartValues,
    /// A directory of charts.
    ChartHome,
    /// A file in a field that plugins ignore, and that kustomization files merge into another field.
    IgnoredFile,
    /// A directory with a kustomization.
    Directory,
    /// A directory with a component.
    Component,
    /// A file of resources, or a directory with a kustomization.
    Resource,
    /// A plugin configuration: a file, a directory with a kustomization, or inline content.
    Plugin,
}

impl PathKind {
    /// Returns whether the path may be a directory with a kustomization.
    pub fn may_be_kustomization(self) -> bool {
        matches!(self, PathKind::Directory | PathKind::Component | PathKind::Resource | PathKind::Plugin)
    }

    /// Returns whether the path can only be a data file.
    pub fn is_data(self) -> bool {
        matches!(self, PathKind::File | PathKind::KeyedFile | PathKind::FileOrInline)
    }
}

/// A field of a kustomization file that contains paths.
pub struct PathField {
    /// The field names from the outermost to the innermost, without the lists in between.
    pub names: &'static [&'static str],
    pub kind: PathKind,
    /// Returns the entries of a kustomization; none for deprecated fields, which have been merged into others.
    pub entries: fn(&Kustomization) -> Vec<&Located<String>>,
}

const fn field(
    names: &'static [&'static str],
    kind: PathKind,
    entries: fn(&Kustomization) -> Vec<&Located<String>>,
) -> PathField {
    PathField { names, kind, entries }
}

fn merged(_: &Kustomization) -> Vec<&Located<String>> {
    Vec::new()
}

/// The fields of a kustomization file that contain paths.
pub const PATH_FIELDS: &[PathField] = &[
    field(&["resources"], PathKind::Resource, |it| it.resources.iter().collect()),
    field(&["bases"], PathKind::Directory, merged),
    field(&["components"], PathKind::Component, |it| it.components.iter().collect()),
    field(&["configurations"], PathKind::File, |it| it.configurations.iter().collect()),
    field(&["crds"], PathKind::File, |it| it.crds.iter().collect()),
    field(&["openapi", "path"], PathKind::File, |it| it.openapi.get("path").into_iter().collect()),
    field(&["configMapGenerator", "env"], PathKind::File, merged),
    field(&["configMapGenerator", "envs"], PathKind::File, |it| {
        it.config_map_generator.iter().flat_map(|args| &args.envs).collect()
    }),
    field(&["configMapGenerator", "files"], PathKind::KeyedFile, |it| {
        it.config_map_generator.iter().flat_map(|args| &args.files).collect()
    }),
    field(&["secretGenerator", "env"], PathKind::File, merged),
    field(&["secretGenerator", "envs"], PathKind::File, |it| {
        it.secret_generator.iter().flat_map(|args| &args.envs).collect()
    }),
    field(&["secretGenerator", "files"], PathKind::KeyedFile, |it| {
        it.secret_generator.iter().flat_map(|args| &args.files).collect()
    }),
    field(&["helmChartInflationGenerator", "values"], PathKind::ChartValues, merged),
    field(&["helmChartInflationGenerator", "chartHome"], PathKind::ChartHome, merged),
    field(&["helmCharts", "valuesFile"], PathKind::ChartValues, |it| {
        it.helm_charts.iter().map(|chart| &chart.values_file).filter(|path| !path.is_empty()).collect()
    }),
    field(&["helmCharts", "additionalValuesFiles"], PathKind::ChartValues, |it| {
        it.helm_charts.iter().flat_map(|chart| &chart.additional_values_files).collect()
    }),
    // Charts are requested by name, not by the path of their home.
    field(&["helmGlobals", "chartHome"], PathKind::ChartHome, merged),
    field(&["patches", "path"], PathKind::File, |it| patch_files(&it.patches)),
    field(&["patchesJson6902", "path"], PathKind::File, |it| {
        patch_files(it.patches_json6902.as_deref().unwrap_or_default())
    }),
    field(&["patchesStrategicMerge"], PathKind::FileOrInline, |it| {
        it.patches_strategic_merge.iter().flatten().collect()
    }),
    field(&["replacements", "path"], PathKind::File, |it| {
        it.replacements.iter().map(|replacement| &replacement.path).filter(|path| !path.is_empty()).collect()
    }),
    field(&["generators"], PathKind::Plugin, |it| it.generators.iter().collect()),
    field(&["transformers"], PathKind::Plugin, |it| it.transformers.iter().collect()),
    field(&["validators"], PathKind::Plugin, |it| it.validators.iter().collect()),
];

fn patch_files(patches: &[Located<Patch>]) -> Vec<&Located<String>> {
    patches.iter().map(|patch| &patch.path).filter(|path| !path.is_empty()).collect()
}

/// The fields of a plugin configuration that contain paths.
pub type PluginFields = &'static [(&'static [&'static str], PathKind)];

/// The path fields of kustomize's built-in plugins, by the kind of the plugin.
pub const PLUGIN_FIELDS: &[(&str, PluginFields)] = &[
    ("ConfigMapGenerator", GENERATOR),
    ("SecretGenerator", GENERATOR),
    (
        "HelmChartInflationGenerator",
        &[
            (&["valuesFile"], PathKind::ChartValues),
            (&["additionalValuesFiles"], PathKind::ChartValues),
            (&["chartHome"], PathKind::ChartHome),
        ],
    ),
    ("PatchTransformer", &[(&["path"], PathKind::File)]),
    ("PatchJson6902Transformer", &[(&["path"], PathKind::File)]),
    ("PatchStrategicMergeTransformer", &[(&["paths"], PathKind::FileOrInline)]),
    ("ReplacementTransformer", &[(&["replacements", "path"], PathKind::File)]),
    ("ValueAddTransformer", &[(&["targetFilePath"], PathKind::File)]),
];

const GENERATOR: PluginFields =
    &[(&["env"], PathKind::IgnoredFile), (&["envs"], PathKind::File), (&["files"], PathKind::KeyedFile)];

/// Returns the path fields of a plugin configuration; none for plugins without such fields and for plugins that are not
/// built in.
pub fn plugin_fields(kind: &str) -> PluginFields {
    PLUGIN_FIELDS.iter().find(|(known, _)| *known == kind).map_or(&[], |(_, fields)| fields)
}

/// A path in a field.
#[derive(Clone, Debug)]
pub struct PathEntry {
    pub path: Located<String>,
    pub kind: PathKind,
}

impl PathEntry {
    /// Returns the entry without the key of a [`PathKind::KeyedFile`]; `None` if the entry is malformed.
    pub fn without_key(self) -> Option<PathEntry> {
        if self.kind != PathKind::KeyedFile {
            return Some(self);
        }
        let (_, path) = split_keyed_path(&self.path).ok()?;
        let path = Located { value: path.to_string(), position: self.path.position };
        Some(PathEntry { path, kind: PathKind::File })
    }
}

impl Kustomization {
    /// Iterates over all paths in the fields, with their kinds.
    pub fn paths(&self) -> impl Iterator<Item = (&Located<String>, PathKind)> {
        PATH_FIELDS.iter().flat_map(|field| (field.entries)(self).into_iter().map(|path| (path, field.kind)))
    }
}

/// Returns the paths in a plugin configuration, without empty ones.
///
/// # Errors
/// Fails on a path that is not a string.
pub fn plugin_paths(kind: &str, tree: &Tree) -> Result<Vec<PathEntry>> {
    let mut paths = Vec::new();
    for &(names, kind) in plugin_fields(kind) {
        collect(tree, tree.root(), names, kind, &mut paths)?;
    }
    paths.retain(|entry: &PathEntry| !entry.path.is_empty());
    Ok(paths)
}

fn collect(tree: &Tree, node: NodeId, names: &[&str], kind: PathKind, paths: &mut Vec<PathEntry>) -> Result<()> {
    match (tree.kind(node), names) {
        (Kind::Sequence, _) => tree.elements(node).try_for_each(|element| collect(tree, element, names, kind, paths)),
        (Kind::Mapping, [name, rest @ ..]) => {
            // As for typed values, names are not case-sensitive, and the last spelling counts.
            let spellings = tree.entries(node).filter(|&(key, _)| tree.text(key).eq_ignore_ascii_case(name));
            let value = spellings.max_by_key(|&(key, _)| tree.text(key));
            value.map_or(Ok(()), |(_, value)| collect(tree, value, rest, kind, paths))
        }
        (Kind::Scalar, []) => {
            paths.push(PathEntry { path: decode(tree, node, Mode::Lenient)?, kind });
            Ok(())
        }
        // The plugin reports values of the wrong type.
        _ => Ok(()),
    }
}

/// Splits an entry of a generator's `files` into its key and its path.
///
/// # Errors
/// Fails if the key or the path is missing, and if there is more than one `=`.
pub fn split_keyed_path(entry: &str) -> Result<(&str, &str), String> {
    let mut parts = entry.split('=');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(path), None, _) => Ok((base_name(path), path)),
        (Some(""), Some(path), None) => Err(format!("missing key name for file path \"{path}\" in source \"{entry}\"")),
        (Some(key), Some(""), None) => Err(format!("missing file path for key name \"{key}\" in source \"{entry}\"")),
        (Some(key), Some(path), None) => Ok((key, path)),
        _ => Err(format!("source \"{entry}\" key name or file path contains '='")),
    }
}
