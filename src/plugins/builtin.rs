//! The built-in plugins of kustomize, which have `apiVersion: builtin`, by kind.

use serde::Deserialize;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::generate::{config_map_generator, helm_charts, secret_generator};
use crate::kustomization::{
    FieldSpecConfig, GeneratorArgs, GeneratorOptions, Image, Located, Metadata, Mode, Patch, PatchOptions,
    ReplacementField, Replica, SelectorConfig, StringMap, decode,
};
use crate::resolve::name_hash;
use crate::resource::{FieldSpec, Resource, Resources};
use crate::target::{HELM_PLUGIN_KIND, Target};
use crate::transform::namespace::{NamespaceArgs, Subjects, set_namespace};
use crate::transform::{common_annotations, images, name_prefix, name_suffix, patches, replacements, replicas};

use super::configuration::{as_plugin_input, is_builtin, read, read_as};
use super::{iam_policy, value_add};

/// A built-in plugin.
pub struct BuiltIn {
    pub kind: &'static str,
    pub role: Role,
}

/// The role of a plugin, with its function.
pub enum Role {
    Generator(fn(&Resource, &Target) -> Result<Vec<Resource>>),
    Transformer(fn(&Resource, &Target, &mut Resources) -> Result<()>),
}

const fn generator(kind: &'static str, run: fn(&Resource, &Target) -> Result<Vec<Resource>>) -> BuiltIn {
    BuiltIn { kind, role: Role::Generator(run) }
}

const fn transformer(kind: &'static str, run: fn(&Resource, &Target, &mut Resources) -> Result<()>) -> BuiltIn {
    BuiltIn { kind, role: Role::Transformer(run) }
}

/// All built-in plugins. There is none for the order of the output, which only the outermost kustomization determines.
pub const BUILT_INS: &[BuiltIn] = &[
    transformer("AnnotationsTransformer", annotations),
    generator("ConfigMapGenerator", config_map),
    transformer("HashTransformer", |_, _, resources| name_hash::add_hashes(resources)),
    generator(HELM_PLUGIN_KIND, helm_chart),
    generator("IAMPolicyGenerator", |configuration, _| iam_policy::generate(configuration)),
    transformer("ImageTagTransformer", image_tag),
    transformer("LabelTransformer", labels),
    transformer("NamespaceTransformer", namespace),
    transformer("PatchJson6902Transformer", patch_json6902),
    transformer("PatchStrategicMergeTransformer", patch_strategic_merge),
    transformer("PatchTransformer", patch),
    transformer("PrefixSuffixTransformer", prefix_suffix),
    transformer("PrefixTransformer", prefix),
    transformer("ReplacementTransformer", replacement),
    transformer("ReplicaCountTransformer", replica_count),
    generator("SecretGenerator", secret),
    transformer("SuffixTransformer", suffix),
    transformer("ValueAddTransformer", value_add::transform),
];

/// Returns the built-in plugin of a configuration.
pub fn find(configuration: &Resource) -> Option<&'static BuiltIn> {
    if !is_builtin(configuration) {
        return None;
    }
    BUILT_INS.iter().find(|plugin| plugin.kind == configuration.kind())
}

fn field_specs(configs: &[FieldSpecConfig]) -> Vec<FieldSpec> {
    configs.iter().map(FieldSpecConfig::to_field_spec).collect()
}

// -------------------------------------------------------------------- labels, annotations, names

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct EntriesConfig {
    labels: StringMap,
    annotations: StringMap,
    field_specs: Vec<FieldSpecConfig>,
}

fn annotations(configuration: &Resource, _: &Target, resources: &mut Resources) -> Result<()> {
    let config: EntriesConfig = read(configuration)?;
    common_annotations::set_entries(&config.annotations, &field_specs(&config.field_specs), resources)
}

fn labels(configuration: &Resource, _: &Target, resources: &mut Resources) -> Result<()> {
    let config: EntriesConfig = read(configuration)?;
    common_annotations::set_entries(&config.labels, &field_specs(&config.field_specs), resources)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AffixConfig {
    prefix: Located<String>,
    suffix: Located<String>,
    field_specs: Option<Vec<FieldSpecConfig>>,
}

impl AffixConfig {
    fn read(configuration: &Resource) -> Result<(AffixConfig, Vec<FieldSpec>)> {
        // (fixture `transformers/prefix-in-another-case`)
        let config: AffixConfig = read_as(configuration, Mode::LenientExact)?;
        let Some(specs) = &config.field_specs else {
            return Err(Diagnostic::error(Code::InvalidValue, "fieldSpecs is not expected to be nil")
                .at(configuration.position(), "missing `fieldSpecs`"));
        };
        let specs = field_specs(specs);
        Ok((config, specs))
    }
}

fn prefix(configuration: &Resource, _: &Target, resources: &mut Resources) -> Result<()> {
    let (config, specs) = AffixConfig::read(configuration)?;
    name_prefix::add_prefix(&config.prefix, &specs, resources)
}

fn suffix(configuration: &Resource, _: &Target, resources: &mut Resources) -> Result<()> {
    let (config, specs) = AffixConfig::read(configuration)?;
    name_suffix::add_suffix(&config.suffix, &specs, resources)
}

fn prefix_suffix(configuration: &Resource, target: &Target, resources: &mut Resources) -> Result<()> {
    prefix(configuration, target, resources)?;
    suffix(configuration, target, resources)
}

// -------------------------------------------------------------------- namespaces, images, replicas

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NamespaceConfig {
    metadata: Metadata,
    field_specs: Vec<FieldSpecConfig>,
    unset_only: bool,
    set_role_binding_subjects: Located<String>,
}

fn namespace(configuration: &Resource, _: &Target, resources: &mut Resources) -> Result<()> {
    let config: NamespaceConfig = read(configuration)?;
    let subjects = match config.set_role_binding_subjects.as_str() {
        "" | "defaultOnly" => Subjects::DefaultOnly,
        "allServiceAccounts" => Subjects::AllServiceAccounts,
        "none" => Subjects::None,
        other => {
            return Err(Diagnostic::error(
                Code::InvalidValue,
                format!("invalid value \"{other}\" for setRoleBindingSubjects"),
            )
            .at(config.set_role_binding_subjects.position, "unknown mode")
            .hint("the valid modes are: defaultOnly, none, allServiceAccounts"));
        }
    };
    let args = NamespaceArgs {
        namespace: &config.metadata.namespace,
        fields: &field_specs(&config.field_specs),
        subjects,
        unset_only: config.unset_only,
    };
    set_namespace(&args, resources)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ImageConfig {
    image_tag: Located<Image>,
    field_specs: Vec<FieldSpecConfig>,
}

fn image_tag(configuration: &Resource, _: &Target, resources: &mut Resources) -> Result<()> {
    let config: ImageConfig = read(configuration)?;
    images::set_images(std::slice::from_ref(&config.image_tag), &field_specs(&config.field_specs), resources)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ReplicaConfig {
    replica: Located<Replica>,
    field_specs: Vec<FieldSpecConfig>,
}

fn replica_count(configuration: &Resource, _: &Target, resources: &mut Resources) -> Result<()> {
    let config: ReplicaConfig = read(configuration)?;
    replicas::set_count(&config.replica, &field_specs(&config.field_specs), resources)
}

// -------------------------------------------------------------------- patches, replacements

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PatchConfig {
    path: Located<String>,
    patch: Located<String>,
    json_op: Located<String>,
    target: Option<Located<SelectorConfig>>,
    options: Option<PatchOptions>,
}

impl PatchConfig {
    fn into_patch(self, configuration: &Resource, text: Located<String>) -> Located<Patch> {
        let value = Patch { path: self.path, patch: text, target: self.target, options: self.options };
        Located { value, position: configuration.position() }
    }
}

fn patch(configuration: &Resource, target: &Target, resources: &mut Resources) -> Result<()> {
    let config: PatchConfig = read(configuration)?;
    let text = config.patch.clone();
    let entry = config.into_patch(configuration, text);
    let patch = patches::ParsedPatch::new(&entry, target)?;
    patch.warn(resources);
    patch.apply(&entry, resources)
}

fn patch_json6902(configuration: &Resource, target: &Target, resources: &mut Resources) -> Result<()> {
    let config: PatchConfig = read(configuration)?;
    let text = config.json_op.clone();
    let entry = config.into_patch(configuration, text);
    patches::json6902::apply_entry(&entry, target, resources)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StrategicMergeConfig {
    paths: Vec<Located<String>>,
    patches: Located<String>,
}

fn patch_strategic_merge(configuration: &Resource, target: &Target, resources: &mut Resources) -> Result<()> {
    let config: StrategicMergeConfig = read(configuration)?;
    if config.paths.is_empty() && config.patches.is_empty() {
        return Err(Diagnostic::error(Code::InvalidPatch, "empty file path and empty patch content")
            .at(configuration.position(), "this plugin has neither"));
    }
    patches::strategic_merge::apply_entries(&config.paths, Some(&config.patches), target, resources)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename = "embeds:replacements", rename_all = "camelCase", default)]
struct ReplacementConfig {
    replacements: Vec<Located<ReplacementField>>,
}

fn replacement(configuration: &Resource, target: &Target, resources: &mut Resources) -> Result<()> {
    let config: ReplacementConfig = read(configuration)?;
    replacements::apply(&replacements::read(&config.replacements, target)?, resources)
}

// -------------------------------------------------------------------- generators

/// Returns a generator's arguments. The name and namespace default to those of the configuration.
fn generator_args(configuration: &Resource) -> Result<Located<GeneratorArgs>> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct WithMetadata {
        metadata: NamedMetadata,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct NamedMetadata {
        name: Located<String>,
        namespace: Located<String>,
    }

    let mut tree = as_plugin_input(configuration)?;
    if configuration.kind() != "SecretGenerator" {
        // `type` is an unknown field here, which may have any value (fixture `generators/type-of-a-config-map`).
        tree.remove(tree.root(), "type");
    }
    let mut args: Located<GeneratorArgs> = decode(&tree, tree.root(), Mode::Lenient)?;
    let WithMetadata { metadata } = decode(&tree, tree.root(), Mode::Lenient)?;
    if args.name.is_empty() {
        args.value.name = metadata.name;
    }
    if args.namespace.is_empty() {
        args.value.namespace = metadata.namespace;
    }
    // Deprecated fields are migrated only in kustomization files.
    args.value.env = Located::default();
    Ok(args)
}

const NO_OPTIONS: Option<&GeneratorOptions> = None;

fn config_map(configuration: &Resource, target: &Target) -> Result<Vec<Resource>> {
    Ok(vec![config_map_generator::generate(&generator_args(configuration)?, NO_OPTIONS, target)?])
}

fn secret(configuration: &Resource, target: &Target) -> Result<Vec<Resource>> {
    Ok(vec![secret_generator::generate(&generator_args(configuration)?, NO_OPTIONS, target)?])
}

fn helm_chart(configuration: &Resource, target: &Target) -> Result<Vec<Resource>> {
    match target.plugin_charts.get(&configuration.id()) {
        Some(chart) => helm_charts::generate(chart, target.limits),
        // Loading inflates the charts of all generators.
        None => Err(Diagnostic::error(Code::NotAllowed, "the chart has not been inflated")
            .at(configuration.position(), "this plugin")),
    }
}
