//! Transformer configuration: the fields that each transformer changes, by kind.

use std::ops::{Index, IndexMut};
use std::sync::Arc;

use crate::diagnostic::Result;
use crate::resource::identity::Gvk;
use crate::resource::paths::field_spec::{self, FieldSpec};

/// The fields that refer to resources of one type by name.
#[derive(Clone, Debug)]
pub struct NameReference {
    pub gvk: Gvk,
    pub fields: Vec<FieldSpec>,
}

/// A list of field specs in a [`TransformerConfig`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldList {
    NamePrefix,
    NameSuffix,
    Namespace,
    CommonLabels,
    Labels,
    TemplateLabels,
    VolumeClaimTemplateLabels,
    CommonAnnotations,
    VarReference,
    Images,
    Replicas,
}

impl FieldList {
    /// The number of lists.
    pub const COUNT: usize = FieldList::Replicas as usize + 1;
}

/// The field specs of all transformers.
#[derive(Clone, Debug, Default)]
pub struct TransformerConfig {
    lists: [Vec<FieldSpec>; FieldList::COUNT],
    pub name_reference: Vec<NameReference>,
    /// Whether the field specs are the unchanged built-in tables.
    is_built_in: bool,
}

impl Index<FieldList> for TransformerConfig {
    type Output = Vec<FieldSpec>;

    fn index(&self, list: FieldList) -> &Vec<FieldSpec> {
        &self.lists[list as usize]
    }
}

impl IndexMut<FieldList> for TransformerConfig {
    fn index_mut(&mut self, list: FieldList) -> &mut Vec<FieldSpec> {
        &mut self.lists[list as usize]
    }
}

impl TransformerConfig {
    /// Marks the configuration as the built-in one.
    pub fn into_built_in(self) -> TransformerConfig {
        TransformerConfig { is_built_in: true, ..self }
    }

    fn is_empty(&self) -> bool {
        self.name_reference.is_empty() && self.lists.iter().all(Vec::is_empty)
    }

    /// Adds a name reference. Its fields are merged with existing ones of the same type.
    ///
    /// # Errors
    /// Fails on conflicting field specs.
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

    /// Sorts all lists by the kinds in their field specs.
    pub fn sort(&mut self) {
        self.lists.iter_mut().for_each(|list| field_spec::sort(list));
        self.name_reference.sort_by_cached_key(|reference| reference.gvk.order_key());
    }

    /// Adds the field specs of another configuration.
    ///
    /// # Errors
    /// Fails on conflicting field specs.
    pub fn add(&mut self, other: &TransformerConfig) -> Result<()> {
        for (list, added) in self.lists.iter_mut().zip(&other.lists) {
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
/// Fails if one creates a field and the other does not.
pub fn merge(first: &Arc<TransformerConfig>, second: &Arc<TransformerConfig>) -> Result<Arc<TransformerConfig>> {
    if Arc::ptr_eq(first, second) || second.is_empty() {
        return Ok(first.clone());
    }
    if first.is_empty() && second.is_built_in {
        return Ok(second.clone());
    }
    // Merging into an empty configuration also drops field specs that an earlier one covers.
    let mut merged = TransformerConfig { is_built_in: false, ..TransformerConfig::clone(first) };
    merged.add(second)?;
    merged.sort();
    Ok(Arc::new(merged))
}
