//! Transformer configuration: which fields of which kinds the transformers touch. The built-in tables, merged with the
//! files that `configurations` lists.

use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use crate::diagnostic::{Result, invalid_yaml};
use crate::kustomization::{FieldSpecConfig, Located, Mode, decode};
use crate::load::Target;
use crate::resolve::{
    default_references::{DEFAULT_REFERENCES, DefaultReference},
    vars,
};
use crate::resource::field_spec::{self, DefaultFieldSpec, FieldSpec};
use crate::resource::gvk::Gvk;
use crate::transform::{common_annotations, images, labels, name_prefix, name_suffix, namespace, replicas};
use crate::yaml::parse_strict;

/// The fields that hold names of resources of one type.
#[derive(Clone, Debug)]
pub struct NameReference {
    pub gvk: Gvk,
    pub fields: Vec<FieldSpec>,
}

/// The field specs of all transformers.
#[derive(Clone, Debug, Default)]
pub struct TransformerConfig {
    pub name_prefix: Vec<FieldSpec>,
    pub name_suffix: Vec<FieldSpec>,
    pub namespace: Vec<FieldSpec>,
    pub common_labels: Vec<FieldSpec>,
    pub labels: Vec<FieldSpec>,
    pub template_labels: Vec<FieldSpec>,
    pub volume_claim_template_labels: Vec<FieldSpec>,
    pub common_annotations: Vec<FieldSpec>,
    pub name_reference: Vec<NameReference>,
    pub var_reference: Vec<FieldSpec>,
    pub images: Vec<FieldSpec>,
    pub replicas: Vec<FieldSpec>,
    /// These are the built-in tables, unchanged.
    is_built_in: bool,
}

/// A file that `configurations` lists.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ConfigFile {
    name_prefix: Vec<Located<FieldSpecConfig>>,
    name_suffix: Vec<Located<FieldSpecConfig>>,
    namespace: Vec<Located<FieldSpecConfig>>,
    common_labels: Vec<Located<FieldSpecConfig>>,
    labels: Vec<Located<FieldSpecConfig>>,
    template_labels: Vec<Located<FieldSpecConfig>>,
    volume_claim_template_labels: Vec<Located<FieldSpecConfig>>,
    common_annotations: Vec<Located<FieldSpecConfig>>,
    name_reference: Vec<NameReferenceConfig>,
    var_reference: Vec<Located<FieldSpecConfig>>,
    images: Vec<Located<FieldSpecConfig>>,
    replicas: Vec<Located<FieldSpecConfig>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NameReferenceConfig {
    group: String,
    version: String,
    kind: String,
    field_specs: Vec<Located<FieldSpecConfig>>,
}

impl TransformerConfig {
    /// Returns the built-in tables, which are made once.
    pub fn built_in() -> &'static Arc<TransformerConfig> {
        static BUILT_IN: LazyLock<Arc<TransformerConfig>> =
            LazyLock::new(|| Arc::new(TransformerConfig::from_tables()));
        &BUILT_IN
    }

    /// The tables are in the order in which the reference works, and say nothing twice.
    fn from_tables() -> TransformerConfig {
        let table = |table: &[DefaultFieldSpec]| table.iter().map(FieldSpec::from).collect();
        let reference = |reference: &DefaultReference| NameReference {
            gvk: Gvk::built_in(reference.group, reference.version, reference.kind),
            fields: reference.field_specs().map(|spec| FieldSpec::from(&spec)).collect(),
        };
        TransformerConfig {
            name_prefix: table(name_prefix::DEFAULT_FIELDS),
            name_suffix: table(name_suffix::DEFAULT_FIELDS),
            namespace: table(namespace::DEFAULT_FIELDS),
            common_labels: table(labels::DEFAULT_FIELDS),
            labels: Vec::new(),
            template_labels: table(labels::DEFAULT_TEMPLATE_FIELDS),
            volume_claim_template_labels: table(labels::DEFAULT_VOLUME_CLAIM_TEMPLATE_FIELDS),
            common_annotations: table(common_annotations::DEFAULT_FIELDS),
            name_reference: DEFAULT_REFERENCES.iter().map(reference).collect(),
            var_reference: table(vars::DEFAULT_FIELDS),
            images: table(images::DEFAULT_FIELDS),
            replicas: table(replicas::DEFAULT_FIELDS),
            is_built_in: true,
        }
    }

    fn lists(&self) -> [&Vec<FieldSpec>; 11] {
        [
            &self.name_prefix,
            &self.name_suffix,
            &self.namespace,
            &self.common_labels,
            &self.labels,
            &self.template_labels,
            &self.volume_claim_template_labels,
            &self.common_annotations,
            &self.var_reference,
            &self.images,
            &self.replicas,
        ]
    }

    fn lists_mut(&mut self) -> [&mut Vec<FieldSpec>; 11] {
        [
            &mut self.name_prefix,
            &mut self.name_suffix,
            &mut self.namespace,
            &mut self.common_labels,
            &mut self.labels,
            &mut self.template_labels,
            &mut self.volume_claim_template_labels,
            &mut self.common_annotations,
            &mut self.var_reference,
            &mut self.images,
            &mut self.replicas,
        ]
    }

    fn is_empty(&self) -> bool {
        self.name_reference.is_empty() && self.lists().iter().all(|list| list.is_empty())
    }

    /// Adds a reference, to the type it refers to if that is known.
    ///
    /// # Errors
    /// Fails on contradicting field specs.
    pub fn add_name_reference(&mut self, reference: NameReference) -> Result<()> {
        let mut found = false;
        for known in self.name_reference.iter_mut().filter(|known| known.gvk == reference.gvk) {
            found = true;
            for field in &reference.fields {
                field_spec::merge_one(&mut known.fields, field.clone())?;
            }
        }
        if !found {
            self.name_reference.push(reference);
        }
        Ok(())
    }

    fn sort(&mut self) {
        self.lists_mut().into_iter().for_each(|list| field_spec::sort(list));
        self.name_reference.sort_by_cached_key(|reference| reference.gvk.order_key());
    }

    fn add(&mut self, other: &TransformerConfig) -> Result<()> {
        for (list, added) in self.lists_mut().into_iter().zip(other.lists()) {
            for spec in added {
                field_spec::merge_one(list, spec.clone())?;
            }
        }
        other.name_reference.iter().try_for_each(|reference| self.add_name_reference(reference.clone()))
    }
}

/// Merges two configurations.
///
/// # Errors
/// Fails when one creates a field and the other does not.
pub fn merge(first: &Arc<TransformerConfig>, second: &Arc<TransformerConfig>) -> Result<Arc<TransformerConfig>> {
    if Arc::ptr_eq(first, second) || second.is_empty() {
        return Ok(first.clone());
    }
    if first.is_empty() && second.is_built_in {
        return Ok(second.clone());
    }
    // Also into an empty one: that drops what a more special field spec before it covers.
    let mut merged = TransformerConfig { is_built_in: false, ..TransformerConfig::clone(first) };
    merged.add(second)?;
    merged.sort();
    Ok(Arc::new(merged))
}

/// Returns the built-in tables merged with the files that the kustomization lists.
///
/// # Errors
/// Fails on unknown fields, on keys that are there twice, and where `merge` does.
pub fn load(target: &Target, defaults: &Arc<TransformerConfig>) -> Result<Arc<TransformerConfig>> {
    let mut loaded = Arc::new(TransformerConfig::default());
    for path in &target.kustomization().configurations {
        let file = target.file(path)?;
        let parsed = parse_strict(file.text()?, file.id, target.limits).map_err(invalid_yaml)?;
        let Some(tree) = parsed else { continue };
        let config: ConfigFile = decode(&tree, tree.root(), Mode::KnownFields)?;
        let specs = |list: Vec<Located<FieldSpecConfig>>| {
            list.iter().map(|spec| spec.to_field_spec().written_at(spec.position)).collect::<Vec<_>>()
        };
        let mut file_config = TransformerConfig {
            name_prefix: specs(config.name_prefix),
            name_suffix: specs(config.name_suffix),
            namespace: specs(config.namespace),
            common_labels: specs(config.common_labels),
            labels: specs(config.labels),
            template_labels: specs(config.template_labels),
            volume_claim_template_labels: specs(config.volume_claim_template_labels),
            common_annotations: specs(config.common_annotations),
            name_reference: config
                .name_reference
                .into_iter()
                .map(|reference| NameReference {
                    gvk: Gvk::new(&reference.group, &reference.version, &reference.kind),
                    fields: specs(reference.field_specs),
                })
                .collect(),
            var_reference: specs(config.var_reference),
            images: specs(config.images),
            replicas: specs(config.replicas),
            is_built_in: false,
        };
        // In order, a general field spec comes before most that are covered by it (fixture `configurations/sorted-first`).
        file_config.sort();
        loaded = merge(&loaded, &Arc::new(file_config))?;
    }
    merge(defaults, &loaded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_tables_are_sorted_and_say_nothing_twice() {
        let built_in = TransformerConfig::built_in();
        let mut merged = TransformerConfig::default();
        merged.add(built_in).unwrap();
        for reference in &built_in.name_reference {
            let mut fields = Vec::new();
            reference.fields.iter().try_for_each(|field| field_spec::merge_one(&mut fields, field.clone())).unwrap();
            assert!(fields == reference.fields, "{} is told twice", reference.gvk);
        }
        merged.sort();
        for (list, sorted) in built_in.lists().into_iter().zip(merged.lists()) {
            let wrong = list.iter().zip(sorted).find(|(spec, sorted)| spec != sorted);
            assert!(list.len() == sorted.len() && wrong.is_none(), "{wrong:?}");
        }
        let kinds = |config: &TransformerConfig| -> Vec<String> {
            config.name_reference.iter().map(|reference| reference.gvk.to_string()).collect()
        };
        assert_eq!(kinds(built_in), kinds(&merged));
    }
}
