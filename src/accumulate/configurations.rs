//! The `configurations` field: the built-in transformer configuration, merged with the files that the field lists.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::diagnostic::{Result, invalid_yaml};
use crate::inputs::File;
use crate::kustomization::{FieldSpecConfig, Located, Mode, decode};
use crate::resolve::{
    default_references::{DEFAULT_REFERENCES, DefaultReference},
    vars,
};
use crate::resource::Gvk;
use crate::resource::paths::field_spec::{DefaultFieldSpec, FieldSpec};
use crate::resource::transformer_config::{FieldList, NameReference, TransformerConfig, merge};
use crate::target::Target;
use crate::transform::{common_annotations, images, labels, name_prefix, name_suffix, namespace, replicas};
use crate::yaml::{FileId, ParseLimits, parse_strict};

/// Each field list with its key in a configuration file and its built-in field specs, which are in kustomize's order and
/// without duplicates.
const TABLES: [(FieldList, &str, &[DefaultFieldSpec]); FieldList::COUNT] = [
    (FieldList::NamePrefix, "namePrefix", name_prefix::DEFAULT_FIELDS),
    (FieldList::NameSuffix, "nameSuffix", name_suffix::DEFAULT_FIELDS),
    (FieldList::Namespace, "namespace", namespace::DEFAULT_FIELDS),
    (FieldList::CommonLabels, "commonLabels", labels::DEFAULT_FIELDS),
    (FieldList::Labels, "labels", &[]),
    (FieldList::TemplateLabels, "templateLabels", labels::DEFAULT_TEMPLATE_FIELDS),
    (FieldList::VolumeClaimTemplateLabels, "volumeClaimTemplateLabels", labels::DEFAULT_VOLUME_CLAIM_TEMPLATE_FIELDS),
    (FieldList::CommonAnnotations, "commonAnnotations", common_annotations::DEFAULT_FIELDS),
    (FieldList::VarReference, "varReference", vars::DEFAULT_FIELDS),
    (FieldList::Images, "images", images::DEFAULT_FIELDS),
    (FieldList::Replicas, "replicas", replicas::DEFAULT_FIELDS),
];

const NAME_REFERENCE: &str = "nameReference";

/// All keys of a configuration file.
const KEYS: [&str; FieldList::COUNT + 1] = {
    let mut keys = [NAME_REFERENCE; FieldList::COUNT + 1];
    let mut index = 0;
    while index < FieldList::COUNT {
        keys[index] = TABLES[index].1;
        index += 1;
    }
    keys
};

/// Returns the built-in configuration, which is created once.
pub fn built_in() -> &'static Arc<TransformerConfig> {
    static BUILT_IN: LazyLock<Arc<TransformerConfig>> = LazyLock::new(|| Arc::new(from_tables()));
    &BUILT_IN
}

fn from_tables() -> TransformerConfig {
    let mut config = TransformerConfig::default();
    for (list, _, fields) in TABLES {
        config[list] = fields.iter().map(FieldSpec::from).collect();
    }
    let reference = |reference: &DefaultReference| NameReference {
        gvk: Gvk::built_in(reference.group, reference.version, reference.kind),
        fields: reference.field_specs().map(|spec| FieldSpec::from(&spec)).collect(),
    };
    config.name_reference = DEFAULT_REFERENCES.iter().map(reference).collect();
    config.into_built_in()
}

/// A file listed under `configurations`.
struct ConfigFile(TransformerConfig);

#[derive(Debug, Default, Deserialize)]
#[serde(rename = "embeds:group,version,kind", rename_all = "camelCase", default)]
struct NameReferenceConfig {
    group: String,
    version: String,
    kind: String,
    field_specs: Vec<Located<FieldSpecConfig>>,
}

impl NameReferenceConfig {
    fn into_name_reference(self) -> NameReference {
        NameReference { gvk: Gvk::new(&self.group, &self.version, &self.kind), fields: field_specs(&self.field_specs) }
    }
}

fn field_specs(configs: &[Located<FieldSpecConfig>]) -> Vec<FieldSpec> {
    configs.iter().map(|config| config.to_field_spec().written_at(config.position)).collect()
}

impl<'de> Deserialize<'de> for ConfigFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ConfigFile, D::Error> {
        struct ConfigVisitor;

        impl<'de> Visitor<'de> for ConfigVisitor {
            type Value = ConfigFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a transformer configuration")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<ConfigFile, A::Error> {
                let mut config = TransformerConfig::default();
                while let Some(key) = entries.next_key::<String>()? {
                    if let Some((list, ..)) = TABLES.iter().find(|(_, known, _)| *known == key) {
                        config[*list] = field_specs(&entries.next_value::<Vec<_>>()?);
                    } else if key == NAME_REFERENCE {
                        let references: Vec<NameReferenceConfig> = entries.next_value()?;
                        config.name_reference =
                            references.into_iter().map(NameReferenceConfig::into_name_reference).collect();
                    } else {
                        entries.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(ConfigFile(config))
            }
        }

        deserializer.deserialize_struct("ConfigFile", &KEYS, ConfigVisitor)
    }
}

/// Returns the built-in configuration, merged with the files that a kustomization lists.
///
/// # Errors
/// Fails on unknown fields, on duplicate keys, and on conflicting field specs.
pub fn load(target: &Target, defaults: &Arc<TransformerConfig>) -> Result<Arc<TransformerConfig>> {
    let mut loaded = Arc::new(TransformerConfig::default());
    // A file may be listed many times.
    let mut parsed: HashMap<FileId, Arc<TransformerConfig>> = HashMap::new();
    for path in &target.kustomization().configurations {
        let file = target.file(path)?;
        let config = match parsed.get(&file.id) {
            Some(config) => config,
            None => parsed.entry(file.id).or_insert(Arc::new(parse(file, target.limits)?)),
        };
        loaded = merge(&loaded, config)?;
    }
    merge(defaults, &loaded)
}

fn parse(file: &File, limits: ParseLimits) -> Result<TransformerConfig> {
    let parsed = parse_strict(file.text()?, file.id, limits).map_err(invalid_yaml)?;
    let Some(tree) = parsed else { return Ok(TransformerConfig::default()) };
    let ConfigFile(mut config) = decode(&tree, tree.root(), Mode::KnownFields)?;
    // Sorting puts a general field spec before most of those that it covers (fixture `configurations/sorted-first`).
    config.sort();
    Ok(config)
}

#[cfg(test)]
mod tests {
    use crate::resource::paths::field_spec;

    use super::*;

    #[test]
    fn built_in_tables_are_sorted_and_have_no_duplicates() {
        let built_in = built_in();
        let mut merged = TransformerConfig::default();
        merged.add(built_in).unwrap();
        for reference in &built_in.name_reference {
            let mut fields = Vec::new();
            field_spec::merge_all(&mut fields, &reference.fields).unwrap();
            assert!(fields == reference.fields, "{} has a duplicate", reference.gvk);
        }
        merged.sort();
        for (list, key, _) in TABLES {
            let (list, sorted) = (&built_in[list], &merged[list]);
            let wrong = list.iter().zip(sorted).find(|(spec, sorted)| spec != sorted);
            assert!(list.len() == sorted.len() && wrong.is_none(), "{key}: {wrong:?}");
        }
        let kinds = |config: &TransformerConfig| -> Vec<String> {
            config.name_reference.iter().map(|reference| reference.gvk.to_string()).collect()
        };
        assert_eq!(kinds(built_in), kinds(&merged));
    }
}
