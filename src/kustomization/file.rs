//! The fields of a kustomization file, as kustomize's documentation names them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::diagnostic::{Applicability, Code, Diagnostic, Result, nearest};
use crate::resource::identity::{Gvk, ResId};
use crate::yaml::{NodeId, Position, Span, Tree};

use super::decode::{Mode, decode};
use super::helm::{HelmChart, HelmChartArgs, HelmGlobals};
use super::located::Located;
use super::misplaced;
use super::next_lines::read_next_lines;

/// The names that a kustomization file may have.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Names of files that are likely meant as kustomization files.
pub const SIMILAR_FILE_NAMES: [&str; 6] = [
    "Kustomization.yaml",
    "Kustomization.yml",
    "kustomize.yaml",
    "kustomize.yml",
    "kustomization",
    "kustomization.json",
];

/// The values that `buildMetadata` accepts.
pub const BUILD_METADATA_OPTIONS: [&str; 3] = ["originAnnotations", "transformerAnnotations", "managedByLabel"];

pub const KUSTOMIZATION_KIND: &str = "Kustomization";
pub const COMPONENT_KIND: &str = "Component";
pub const KUSTOMIZATION_VERSION: &str = "kustomize.config.k8s.io/v1beta1";
pub const COMPONENT_VERSION: &str = "kustomize.config.k8s.io/v1alpha1";

/// A mapping of strings with the position of each value.
pub type StringMap = BTreeMap<String, Located<String>>;

/// A kustomization file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Kustomization {
    pub kind: Located<String>,
    pub api_version: Located<String>,
    pub metadata: Option<Metadata>,
    pub openapi: StringMap,
    pub name_prefix: Located<String>,
    pub name_suffix: Located<String>,
    pub namespace: Located<String>,
    pub common_labels: Option<StringMap>,
    pub labels: Vec<Label>,
    pub common_annotations: StringMap,
    pub patches_strategic_merge: Option<Vec<Located<String>>>,
    #[serde(rename = "patchesJson6902")]
    pub patches_json6902: Option<Vec<Located<Patch>>>,
    pub patches: Vec<Located<Patch>>,
    pub images: Vec<Located<Image>>,
    pub image_tags: Option<Vec<Located<Image>>>,
    pub replacements: Vec<Located<ReplacementField>>,
    pub replicas: Vec<Located<Replica>>,
    pub vars: Option<Vec<Located<Var>>>,
    pub sort_options: Option<SortOptions>,
    pub resources: Vec<Located<String>>,
    pub components: Vec<Located<String>>,
    pub crds: Vec<Located<String>>,
    pub bases: Option<Vec<Located<String>>>,
    pub config_map_generator: Vec<Located<GeneratorArgs>>,
    pub secret_generator: Vec<Located<GeneratorArgs>>,
    pub helm_globals: Option<HelmGlobals>,
    pub helm_charts: Vec<Located<HelmChart>>,
    pub helm_chart_inflation_generator: Option<Vec<Located<HelmChartArgs>>>,
    pub generator_options: Option<GeneratorOptions>,
    pub configurations: Vec<Located<String>>,
    pub generators: Vec<Located<String>>,
    pub transformers: Vec<Located<String>>,
    pub validators: Vec<Located<String>>,
    pub build_metadata: Vec<Located<String>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    pub name: String,
    pub namespace: Located<String>,
    pub labels: StringMap,
    pub annotations: StringMap,
}

/// An entry of `labels`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Label {
    pub pairs: StringMap,
    pub include_selectors: bool,
    pub include_templates: bool,
    pub include_volume_claim_templates: bool,
    pub fields: Vec<FieldSpecConfig>,
}

/// A field spec in a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename = "embeds:group,version,kind", rename_all = "camelCase", default)]
pub struct FieldSpecConfig {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub path: String,
    pub create: bool,
}

impl FieldSpecConfig {
    pub fn to_field_spec(&self) -> crate::resource::FieldSpec {
        crate::resource::FieldSpec::new(Gvk::new(&self.group, &self.version, &self.kind), &self.path, self.create)
    }
}

/// An entry of `patches` or `patchesJson6902`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Patch {
    pub path: Located<String>,
    pub patch: Located<String>,
    pub target: Option<Located<SelectorConfig>>,
    pub options: Option<PatchOptions>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PatchOptions {
    pub allow_name_change: bool,
    pub allow_kind_change: bool,
}

/// A selector in a file.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename = "embeds:group,version,kind,name,namespace", rename_all = "camelCase", default)]
pub struct SelectorConfig {
    pub group: Located<String>,
    pub version: Located<String>,
    pub kind: Located<String>,
    pub name: Located<String>,
    pub namespace: Located<String>,
    pub annotation_selector: Located<String>,
    pub label_selector: Located<String>,
}

impl SelectorConfig {
    pub fn id(&self) -> ResId {
        ResId {
            gvk: Gvk::new(&self.group, &self.version, &self.kind),
            name: self.name.value.clone(),
            namespace: self.namespace.value.clone(),
        }
    }
}

/// An entry of `images`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Image {
    pub name: Located<String>,
    pub new_name: Located<String>,
    pub tag_suffix: Located<String>,
    pub new_tag: Located<String>,
    pub digest: Located<String>,
}

/// An entry of `replicas`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Replica {
    pub name: String,
    pub count: Located<i64>,
}

/// An entry of `replacements`: inline, or the path of a file with one replacement or a list of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplacementField {
    pub source: Option<Located<SourceSelector>>,
    pub targets: Option<Vec<Located<TargetSelector>>>,
    pub source_value: Option<Located<String>>,
    pub path: Located<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename = "embeds:group,version,kind,name,namespace", rename_all = "camelCase", default)]
pub struct SourceSelector {
    pub group: String,
    pub version: String,
    pub kind: Located<String>,
    pub name: Located<String>,
    pub namespace: String,
    pub field_path: Located<String>,
    pub options: Option<FieldOptions>,
}

impl SourceSelector {
    pub fn id(&self) -> ResId {
        ResId {
            gvk: Gvk::new(&self.group, &self.version, &self.kind),
            name: self.name.value.clone(),
            namespace: self.namespace.clone(),
        }
    }

    /// Returns the span of the name or, if there is none, of the kind.
    pub fn span(&self) -> Option<Span> {
        let parts = [&self.name, &self.kind];
        parts.into_iter().find(|part| !part.is_empty()).map(|part| Span::new(part.position, part.len()))
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TargetSelector {
    pub select: Option<Located<SelectorConfig>>,
    pub reject: Vec<Option<SelectorConfig>>,
    pub field_paths: Vec<Located<String>>,
    pub options: Option<FieldOptions>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FieldOptions {
    pub delimiter: String,
    pub index: i64,
    pub encoding: String,
    pub create: bool,
}

/// An entry of `vars`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Var {
    pub name: String,
    #[serde(rename = "objref")]
    pub object: VarTarget,
    #[serde(rename = "fieldref")]
    pub field: VarField,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VarTarget {
    pub api_version: String,
    pub group: String,
    pub version: String,
    pub kind: String,
    pub name: String,
    pub namespace: String,
}

impl VarTarget {
    /// Returns the type, which may be written in several forms.
    pub fn gvk(&self) -> Gvk {
        match self.api_version.split('/').collect::<Vec<_>>()[..] {
            [group, version] => Gvk::new(group, version, &self.kind),
            [version] if !version.is_empty() => Gvk::new(&self.group, version, &self.kind),
            _ => Gvk::new(&self.group, &self.version, &self.kind),
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VarField {
    pub field_path: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SortOptions {
    pub order: Located<String>,
    pub legacy_sort_options: Option<LegacySortOptions>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LegacySortOptions {
    pub order_first: Vec<String>,
    pub order_last: Vec<String>,
}

/// An entry of `configMapGenerator` or `secretGenerator`; `type` is for Secrets only.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename = "embeds:*", rename_all = "camelCase", default)]
pub struct GeneratorArgs {
    pub namespace: Located<String>,
    pub name: Located<String>,
    pub behavior: Located<String>,
    pub literals: Vec<Located<String>>,
    pub files: Vec<Located<String>>,
    pub envs: Vec<Located<String>>,
    pub env: Located<String>,
    pub options: Option<GeneratorOptions>,
    #[serde(rename = "type")]
    pub secret_type: Located<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GeneratorOptions {
    pub labels: StringMap,
    pub annotations: StringMap,
    pub disable_name_suffix_hash: bool,
    pub immutable: Located<bool>,
}

/// Deprecated fields and their successors, in the order in which kustomize warns about them.
pub const DEPRECATED: [(&str, &str); 6] = [
    ("bases", "resources"),
    ("commonLabels", "labels"),
    ("imageTags", "images"),
    ("patchesJson6902", "patches"),
    ("patchesStrategicMerge", "patches"),
    ("vars", "replacements"),
];

impl Kustomization {
    /// Decodes and checks a kustomization file, and migrates deprecated fields to their successors. Returns a warning for
    /// each deprecated field.
    ///
    /// # Errors
    /// Fails on unknown fields, values of the wrong type, an empty file, and an unknown kind or version.
    pub fn from_tree(tree: &Tree) -> Result<(Kustomization, Vec<Diagnostic>)> {
        let changed = read_next_lines(tree)?;
        let tree = changed.as_ref().unwrap_or(tree);
        let root = tree.root();
        let decoded = decode(tree, root, Mode::Strict).and_then(|kustomization: Kustomization| {
            // kustomize reports an unknown type of an otherwise empty file as an empty file.
            kustomization.check_type()?;
            Ok(kustomization)
        });
        let mut kustomization = decoded.map_err(|error| misplaced::explain(tree, error))?;
        if is_empty(tree, root) {
            let message = match tree.entries(root).next() {
                Some(_) => "the kustomization file sets no field other than `apiVersion` and `kind`",
                None => "the kustomization file is empty",
            };
            return Err(Diagnostic::error(Code::EmptyKustomization, message)
                .at(tree.position(root), "")
                .hint("list manifests under `resources`"));
        }
        kustomization.check_generators()?;
        let mut warnings = deprecation_warnings(tree, &kustomization);
        warnings.extend(kustomization.unknown_build_metadata());
        kustomization.migrate_deprecated_fields();
        Ok((kustomization, warnings))
    }

    pub fn is_component(&self) -> bool {
        self.kind.value == COMPONENT_KIND
    }

    fn check_type(&self) -> Result<()> {
        let kind = &self.kind;
        if !matches!(kind.as_str(), "" | KUSTOMIZATION_KIND | COMPONENT_KIND) {
            return Err(Diagnostic::error(
                Code::InvalidValue,
                format!("kind should be {KUSTOMIZATION_KIND} or {COMPONENT_KIND}"),
            )
            .at(Span::new(kind.position, kind.len()), "unsupported kind"));
        }
        let required = if self.is_component() { COMPONENT_VERSION } else { KUSTOMIZATION_VERSION };
        if !self.api_version.is_empty() && self.api_version.value != required {
            let kind = if self.is_component() { COMPONENT_KIND } else { KUSTOMIZATION_KIND };
            return Err(Diagnostic::error(Code::InvalidValue, format!("apiVersion for {kind} should be {required}"))
                .at(Span::new(self.api_version.position, self.api_version.len()), "unsupported version"));
        }
        Ok(())
    }

    /// Checks that only Secrets have a type; both generators have the same struct of arguments.
    fn check_generators(&self) -> Result<()> {
        let types = self.config_map_generator.iter().map(|args| &args.secret_type);
        match types.into_iter().find(|secret_type| secret_type.position != Position::NONE) {
            Some(secret_type) => {
                Err(Diagnostic::error(Code::UnknownField, "unknown field `type` in `configMapGenerator`")
                    .at(Span::new(secret_type.position, secret_type.len()), "only Secrets have a type"))
            }
            None => Ok(()),
        }
    }

    fn migrate_deprecated_fields(&mut self) {
        self.resources.extend(self.bases.take().unwrap_or_default());
        self.images.extend(self.image_tags.take().unwrap_or_default());
        for generator in self.config_map_generator.iter_mut().chain(&mut self.secret_generator) {
            let env = std::mem::take(&mut generator.value.env);
            if !env.is_empty() {
                generator.value.envs.push(env);
            }
        }
        // kustomize drops empty lists when it passes replacements to its plugin (fixture `replacements/empty-targets`).
        for replacement in &mut self.replacements {
            replacement.value.targets.take_if(|targets| targets.is_empty());
        }
        let old_charts = self.helm_chart_inflation_generator.take().unwrap_or_default();
        let mut globals = HelmGlobals::default();
        for old in old_charts {
            if !old.helm_home.is_empty() {
                globals.config_home.clone_from(&old.helm_home);
            }
            if !old.chart_home.is_empty() {
                globals.chart_home.clone_from(&old.chart_home);
            }
            let Located { value: old, position } = old;
            let value = HelmChart {
                name: old.chart_name,
                version: old.chart_version,
                repo: old.chart_repo_url,
                values_file: old.values,
                values_inline: old.values_local,
                values_merge: old.values_merge,
                release_name: old.release_name,
                ..HelmChart::default()
            };
            self.helm_charts.push(Located { value, position });
        }
        if self.helm_globals.is_none() && !(globals.chart_home.is_empty() && globals.config_home.is_empty()) {
            self.helm_globals = Some(globals);
        }
    }

    /// Returns a warning for each entry of `buildMetadata` that is not an option, which kustomize ignores silently.
    fn unknown_build_metadata(&self) -> Vec<Diagnostic> {
        let unknown = self.build_metadata.iter().filter(|entry| !BUILD_METADATA_OPTIONS.contains(&entry.as_str()));
        let warning = |entry: &Located<String>| {
            let message = format!("unknown `buildMetadata` option `{}`", entry.value);
            let warning = Diagnostic::warning(Code::UnknownOption, message)
                .at(Span::new(entry.position, entry.len().max(1)), "has no effect");
            *match nearest(entry, BUILD_METADATA_OPTIONS) {
                Some(option) => warning.hint(format!("did you mean `{option}`?")).misspelled(
                    entry.position,
                    entry,
                    option,
                    Applicability::Unsafe,
                ),
                None => warning.hint(format!("the options are: {}", BUILD_METADATA_OPTIONS.join(", "))),
            }
        };
        unknown.map(warning).collect()
    }

    pub fn has_build_metadata(&self, option: &str) -> bool {
        self.build_metadata.iter().any(|known| known.value == option)
    }

    /// Returns the position of an entry of `buildMetadata`, if there is one.
    pub fn build_metadata_position(&self, option: &str) -> Position {
        let entry = self.build_metadata.iter().find(|known| known.value == option);
        entry.map_or(Position::NONE, |entry| entry.position)
    }
}

/// Returns whether a kustomization has no content besides its type. As in kustomize, empty lists and mappings count as
/// content, but nulls and empty strings do not.
fn is_empty(tree: &Tree, root: NodeId) -> bool {
    tree.entries(root).all(|(key, value)| {
        matches!(tree.text(key).to_ascii_lowercase().as_str(), "kind" | "apiversion")
            || tree.is_null(value)
            || tree.is_scalar(value) && tree.text(value).is_empty()
    })
}

fn deprecation_warnings(tree: &Tree, kustomization: &Kustomization) -> Vec<Diagnostic> {
    let is_set = [
        kustomization.bases.is_some(),
        kustomization.common_labels.is_some(),
        kustomization.image_tags.is_some(),
        kustomization.patches_json6902.is_some(),
        kustomization.patches_strategic_merge.is_some(),
        kustomization.vars.is_some(),
    ];
    let position = |field: &str| {
        let key = tree.entries(tree.root()).find(|&(key, _)| tree.text(key).eq_ignore_ascii_case(field));
        key.map_or(Position::NONE, |(key, _)| tree.position(key))
    };
    DEPRECATED
        .iter()
        .zip(is_set)
        .filter(|(_, is_set)| *is_set)
        .map(|((field, successor), _)| {
            let span = Span::new(position(field), field.len());
            *Diagnostic::warning(Code::DeprecatedField, format!("`{field}` is deprecated"))
                .at(span, format!("use `{successor}` instead"))
        })
        .collect()
}
