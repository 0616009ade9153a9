//! Transformer configuration: the fields that each transformer changes, by kind.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Index, IndexMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

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

/// The configurations that are known to add nothing to another one, by address. A component that is included many times
/// merges the same ones each time.
#[derive(Debug, Default)]
struct Absorbed(Mutex<HashMap<usize, Weak<TransformerConfig>>>);

impl Absorbed {
    fn lock(&self) -> MutexGuard<'_, HashMap<usize, Weak<TransformerConfig>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn contains(&self, config: &Arc<TransformerConfig>) -> bool {
        self.lock().contains_key(&(Arc::as_ptr(config) as usize))
    }

    fn insert(&self, config: &Arc<TransformerConfig>) {
        // The weak reference keeps the address from being used again.
        self.lock().insert(Arc::as_ptr(config) as usize, Arc::downgrade(config));
    }
}

impl Clone for Absorbed {
    /// The copy is about to be changed.
    fn clone(&self) -> Absorbed {
        Absorbed::default()
    }
}

/// The field specs of all transformers.
#[derive(Clone, Debug, Default)]
pub struct TransformerConfig {
    lists: [Vec<FieldSpec>; FieldList::COUNT],
    pub name_reference: Vec<NameReference>,
    /// Whether the field specs are the unchanged built-in tables.
    is_built_in: bool,
    /// Whether the lists are sorted.
    is_sorted: bool,
    /// Whether no field spec covers another one after it. Merging into an empty configuration has no effect then.
    is_reduced: bool,
    absorbed: Absorbed,
}

impl Index<FieldList> for TransformerConfig {
    type Output = Vec<FieldSpec>;

    fn index(&self, list: FieldList) -> &Vec<FieldSpec> {
        &self.lists[list as usize]
    }
}

impl IndexMut<FieldList> for TransformerConfig {
    fn index_mut(&mut self, list: FieldList) -> &mut Vec<FieldSpec> {
        (self.is_sorted, self.is_reduced) = (false, false);
        &mut self.lists[list as usize]
    }
}

impl TransformerConfig {
    /// Marks the configuration as the built-in one.
    pub fn into_built_in(self) -> TransformerConfig {
        TransformerConfig { is_built_in: true, is_sorted: true, ..self }
    }

    fn is_empty(&self) -> bool {
        self.name_reference.is_empty() && self.lists.iter().all(Vec::is_empty)
    }

    /// Adds name references, and returns whether there are new ones. The fields of a reference are merged with existing ones of
    /// the same type.
    ///
    /// # Errors
    /// Fails on conflicting field specs.
    fn add_name_references(&mut self, references: &[NameReference]) -> Result<bool> {
        let mut of_type: HashMap<Gvk, Vec<usize>> = HashMap::new();
        for (at, known) in self.name_reference.iter().enumerate().filter(|_| !references.is_empty()) {
            of_type.entry(known.gvk.clone()).or_default().push(at);
        }
        let before = self.name_reference.len();
        let mut added: BTreeMap<usize, Vec<&FieldSpec>> = BTreeMap::new();
        for reference in references {
            match of_type.get(&reference.gvk) {
                Some(known) => known.iter().for_each(|&at| added.entry(at).or_default().extend(&reference.fields)),
                None => {
                    of_type.insert(reference.gvk.clone(), vec![self.name_reference.len()]);
                    self.name_reference.push(reference.clone());
                }
            }
        }
        let mut is_changed = self.name_reference.len() > before;
        for (at, fields) in added {
            is_changed |= field_spec::merge_all(&mut self.name_reference[at].fields, fields)?;
        }
        Ok(is_changed)
    }

    /// Sorts all lists by the kinds in their field specs.
    pub fn sort(&mut self) {
        self.is_sorted = true;
        self.lists.iter_mut().for_each(|list| field_spec::sort(list));
        self.name_reference.sort_by_cached_key(|reference| reference.gvk.order_key());
    }

    /// Adds the field specs of another configuration, and returns whether there are new ones.
    ///
    /// # Errors
    /// Fails on conflicting field specs.
    pub fn add(&mut self, other: &TransformerConfig) -> Result<bool> {
        let mut is_changed = false;
        for (list, added) in self.lists.iter_mut().zip(&other.lists) {
            is_changed |= field_spec::merge_all(list, added)?;
        }
        Ok(self.add_name_references(&other.name_reference)? || is_changed)
    }
}

/// Merges two configurations. The result is the first one itself if the second one adds nothing.
///
/// # Errors
/// Fails if one creates a field and the other does not.
pub fn merge(first: &Arc<TransformerConfig>, second: &Arc<TransformerConfig>) -> Result<Arc<TransformerConfig>> {
    if Arc::ptr_eq(first, second) || second.is_empty() || first.absorbed.contains(second) {
        return Ok(first.clone());
    }
    if first.is_empty() && (second.is_built_in || second.is_reduced) {
        return Ok(second.clone());
    }
    // Merging into an empty configuration also drops field specs that an earlier one covers.
    let is_reduced = first.is_empty() && second.is_sorted;
    let mut merged = TransformerConfig { is_built_in: false, is_reduced, ..TransformerConfig::clone(first) };
    if !merged.add(second)? && first.is_sorted {
        first.absorbed.insert(second);
        return Ok(first.clone());
    }
    merged.sort();
    Ok(Arc::new(merged))
}
