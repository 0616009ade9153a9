//! Merging of lists by the keys of their elements.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::Result;
use crate::resource::schema::SchemaNode;
use crate::yaml::{Kind, NodeId, Position};

use super::walker::{Directive, NewElements, Walker};

/// The number of nodes that are visited in the time in which the key of an element is read and compared.
const NODES_PER_ELEMENT: usize = 32;

impl<'a> Walker<'a> {
    /// Merges two lists by the keys of their elements.
    pub(super) fn walk_associative(
        &mut self,
        existing: Option<NodeId>,
        patch: Option<NodeId>,
        schema: Option<SchemaNode<'a>>,
    ) -> Result<Option<NodeId>> {
        let Some(existing) = self.visit_list(existing, patch)? else { return Ok(None) };
        let element_schema = schema.and_then(SchemaNode::elements);
        let keys = schema.map(|schema| schema.list_merge().keys).unwrap_or_default();
        if patch.is_none() && self.is_in_order(existing, &keys) {
            return self.walk_elements(existing, element_schema);
        }
        let keys = if keys.is_empty() { vec![""] } else { keys };
        let elements = self.tree.len(existing) + patch.map_or(0, |patch| self.tree.len(patch));
        self.work.count(elements.saturating_mul(NODES_PER_ELEMENT))?;
        let values = self.element_values(existing, patch, &keys);
        if let &[key] = &keys[..]
            && let Some(old) = self.distinct_elements(Some(existing), key)
            && let Some(new) = self.distinct_elements(patch, key)
        {
            return self.merge_distinct(existing, [old, new], values, key, element_schema);
        }
        self.merge_elements(existing, patch, values, &keys, element_schema)
    }

    /// Returns the elements of a list by their keys; `None` unless each element has a distinct key.
    pub(super) fn distinct_elements(&self, list: Option<NodeId>, key: &str) -> Option<HashMap<String, NodeId>> {
        let mut elements = HashMap::new();
        for element in list.into_iter().flat_map(|list| self.tree.elements(list)) {
            let field = if key.is_empty() { element } else { self.tree.get(element, key)? };
            let text = self.tree.text(field);
            let is_key = self.tree.is_scalar(field) && !self.tree.is_null(field) && !text.is_empty();
            if !is_key || elements.insert(text.to_string(), element).is_some() {
                return None;
            }
        }
        Some(elements)
    }

    /// Merges lists whose elements have distinct keys. The result is that of [`Walker::merge_elements`], but elements
    /// are looked up by key.
    pub(super) fn merge_distinct(
        &mut self,
        existing: NodeId,
        [old, new]: [HashMap<String, NodeId>; 2],
        values_list: Vec<Vec<String>>,
        merge_key: &str,
        schema: Option<SchemaNode<'a>>,
    ) -> Result<Option<NodeId>> {
        let mut merged = Vec::with_capacity(values_list.len());
        for key in values_list.iter().flatten() {
            let (found_existing, found_patch) = (old.get(key).copied(), new.get(key).copied());
            let value = self.walk_element(found_existing, found_patch, &[merge_key], schema)?;
            let Some(value) = value.filter(|&value| !self.is_missing_element(value)) else { continue };
            if self.tree.is_scalar(value) {
                self.tree.drop_tag(value);
            }
            // kustomize replaces the merged elements by those of the old list.
            let kept = found_existing.filter(|_| self.new_elements == NewElements::First);
            merged.push(kept.unwrap_or(value));
        }
        self.tree.set_children(existing, &merged);
        Ok(Some(existing))
    }

    /// Merges two elements. The patch only repeats the keys, so these keep their positions.
    fn walk_element(
        &mut self,
        existing: Option<NodeId>,
        patch: Option<NodeId>,
        keys: &[&str],
        schema: Option<SchemaNode<'a>>,
    ) -> Result<Option<NodeId>> {
        let tree = &*self.tree;
        let repeated = existing.filter(|_| patch.is_some());
        let fields = repeated.into_iter().flat_map(|element| keys.iter().filter_map(move |key| tree.get(element, key)));
        let positions: Vec<(NodeId, Position)> = fields.map(|field| (field, tree.position(field))).collect();
        let merged = self.walk(existing, patch, schema)?;
        if merged == existing {
            positions.into_iter().for_each(|(field, position)| self.tree.set_position(field, position));
        }
        Ok(merged)
    }

    pub(super) fn visit_list(&mut self, existing: Option<NodeId>, patch: Option<NodeId>) -> Result<Option<NodeId>> {
        if self.is_missing_or_null(existing) {
            return Ok(patch);
        }
        if patch.is_some_and(|patch| self.tree.is_null(patch)) {
            return Ok(None);
        }
        Ok(match self.directive(patch)? {
            Directive::Delete => None,
            Directive::Replace => patch,
            Directive::Merge => existing,
        })
    }

    /// Returns whether a merge without a patch keeps the order of a list: there is one key, and each element has a
    /// distinct value for it.
    pub(super) fn is_in_order(&self, list: NodeId, keys: &[&str]) -> bool {
        let [key] = keys else { return false };
        let mut seen = HashSet::new();
        self.tree.children(list).all(|element| {
            self.tree.get(element, key).is_some_and(|value| {
                self.tree.is_scalar(value)
                    && !self.tree.is_null(value)
                    && !self.tree.text(value).is_empty()
                    && seen.insert(self.tree.text(value))
            })
        })
    }

    pub(super) fn walk_elements(&mut self, list: NodeId, schema: Option<SchemaNode<'a>>) -> Result<Option<NodeId>> {
        let elements: Vec<NodeId> = self.tree.children(list).collect();
        for element in elements {
            self.walk(Some(element), None, schema)?;
        }
        Ok(Some(list))
    }

    /// Returns the distinct key values of all elements in the order of the merged list.
    pub(super) fn element_values(&self, existing: NodeId, patch: Option<NodeId>, keys: &[&str]) -> Vec<Vec<String>> {
        let mut seen = HashSet::new();
        let lists = match self.new_elements {
            NewElements::First => [patch, Some(existing)],
            NewElements::Last => [Some(existing), patch],
        };
        lists
            .into_iter()
            .flatten()
            .flat_map(|list| self.tree.elements(list))
            .map(|element| keys.iter().map(|key| self.key_value(element, key)).collect::<Vec<_>>())
            .filter(|values| seen.insert(values.clone()))
            .collect()
    }

    pub(super) fn key_value(&self, element: NodeId, key: &str) -> String {
        if key.is_empty() {
            return self.tree.text(element).to_string();
        }
        let value = self.tree.get(element, key).filter(|&value| !self.tree.is_null_or_empty(value));
        value.map(|value| self.tree.text(value).to_string()).unwrap_or_default()
    }

    pub(super) fn merge_elements(
        &mut self,
        existing: NodeId,
        patch: Option<NodeId>,
        mut values_list: Vec<Vec<String>>,
        keys: &[&str],
        schema: Option<SchemaNode<'a>>,
    ) -> Result<Option<NodeId>> {
        // Each element is compared with each other, and the number of elements without a key grows with each merge.
        let elements = self.tree.len(existing) + patch.map_or(0, |patch| self.tree.len(patch));
        let counted = self.work.count(elements.saturating_mul(elements));
        counted.map_err(|error| error.at(self.tree.position(existing), "in this list"))?;
        if keys.len() > 1 {
            complete_values(&mut values_list);
        }
        let valid = valid_keys(&values_list, keys);
        let valid_keys: Vec<&str> = valid.iter().map(|&at| keys[at]).collect();
        let mut merged: Vec<NodeId> = Vec::new();
        for values in &values_list {
            let valid_values: Vec<String> = valid.iter().map(|&at| values[at].clone()).collect();
            let found_existing = self.find_element(existing, &valid_keys, &valid_values);
            let found_patch = patch.and_then(|patch| self.find_element(patch, &valid_keys, &valid_values));
            let value = self.walk_element(found_existing, found_patch, keys, schema)?;
            let Some(value) = value.filter(|&value| !self.is_missing_element(value)) else {
                let mut elements: Vec<NodeId> = self.tree.children(existing).collect();
                self.set_element(&mut elements, None, &valid_keys, &valid_values)?;
                self.tree.set_children(existing, &elements);
                continue;
            };
            if self.tree.is_scalar(value) && !self.tree.text(value).is_empty() {
                // The key of a scalar is the scalar itself. kustomize sets it, which removes its tag.
                self.tree.drop_tag(value);
            }
            self.set_element(&mut merged, Some(value), &valid_keys, &valid_values)?;
        }
        if !values_list.is_empty() {
            let mut elements: Vec<NodeId> = self.tree.children(existing).collect();
            match self.new_elements {
                NewElements::First => {
                    self.append_elements(&mut merged, &elements, &valid_keys)?;
                    self.set_elements(existing, &merged);
                }
                NewElements::Last => {
                    self.append_elements(&mut elements, &merged, &valid_keys)?;
                    self.set_elements(existing, &elements);
                }
            }
        }
        Ok(Some(existing))
    }

    /// Sets the elements of a list, which may contain duplicates: kustomize replaces all elements with the same key by
    /// the merged one, and an empty key matches every element that has the key.
    pub(super) fn set_elements(&mut self, list: NodeId, elements: &[NodeId]) {
        let mut seen = HashSet::new();
        let mut children = Vec::with_capacity(elements.len());
        for &element in elements {
            let is_new = seen.insert(element);
            children.push(if is_new { element } else { self.tree.linked_subtree(element) });
        }
        self.tree.set_children(list, &children);
    }

    pub(super) fn is_missing_element(&self, element: NodeId) -> bool {
        self.tree.is_null(element) || self.tree.is_mapping(element) && self.tree.is_empty(element)
    }

    /// Returns the first element with these key values. Empty values are ignored.
    pub(super) fn find_element(&self, list: NodeId, keys: &[&str], values: &[String]) -> Option<NodeId> {
        if keys == [""] {
            return self.tree.elements(list).find(|&element| self.tree.text(element) == values[0]);
        }
        let any = values.iter().any(|value| !value.is_empty());
        self.tree.elements(list).find(|&element| {
            self.tree.is_mapping(element)
                && keys
                    .iter()
                    .zip(values)
                    .filter(|(_, value)| !any || !value.is_empty())
                    .all(|(key, value)| self.tree.get(element, key).is_some_and(|field| self.tree.text(field) == value))
        })
    }

    /// Adds elements to a list. An element replaces those with the same key values, or else is appended.
    pub(super) fn append_elements(&self, list: &mut Vec<NodeId>, elements: &[NodeId], keys: &[&str]) -> Result<()> {
        for &element in elements {
            let mut values = Vec::new();
            for key in keys {
                match self.key_field(element, key)? {
                    Some(value) => values.push(self.tree.text(value).to_string()),
                    None => list.push(element),
                }
            }
            if keys.len() > 1 {
                self.set_element(list, None, keys, &values)?;
            }
            self.set_element(list, Some(element), keys, &values)?;
        }
        Ok(())
    }

    /// Replaces the elements with the given key values by `element`, or removes them. If there are none, appends
    /// `element`. Without values, replaces all elements. Null and empty elements are always removed.
    pub(super) fn set_element(
        &self,
        list: &mut Vec<NodeId>,
        element: Option<NodeId>,
        keys: &[&str],
        values: &[String],
    ) -> Result<()> {
        let element = element.filter(|&element| !self.tree.is_null(element));
        if values.is_empty() {
            *list = element.into_iter().collect();
            return Ok(());
        }
        let is_mapping_setter = !keys[0].is_empty() && !values[0].is_empty();
        let mut result = Vec::with_capacity(list.len() + 1);
        let mut found_any = false;
        for &candidate in list.iter().filter(|&&candidate| !self.is_missing_element(candidate)) {
            if !self.tree.is_mapping(candidate) && is_mapping_setter {
                result.push(candidate);
            } else if self.has_values(candidate, keys, values)? {
                found_any = true;
                result.extend(element);
            } else {
                result.push(candidate);
            }
        }
        if !found_any {
            result.extend(element);
        }
        *list = result;
        Ok(())
    }

    /// Returns whether an element has these key values. An empty value matches any value of a field.
    pub(super) fn has_values(&self, element: NodeId, keys: &[&str], values: &[String]) -> Result<bool> {
        for (key, value) in keys.iter().zip(values) {
            let field = self.key_field(element, key)?;
            let is_equal = |field| self.tree.text(field) == value || value.is_empty() && !key.is_empty();
            if !field.is_some_and(is_equal) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the field of an element that contains a key. For the empty key of lists of scalars, returns the element.
    ///
    /// # Errors
    /// Fails on an element that cannot have keys (fixture `patches/merge-element-not-a-mapping`).
    pub(super) fn key_field(&self, element: NodeId, key: &str) -> Result<Option<NodeId>> {
        if key.is_empty() {
            self.check_kind(Some(element), Kind::Scalar)?;
            return Ok(Some(element));
        }
        self.check_kind(Some(element), Kind::Mapping)?;
        Ok(self.tree.get(element, key))
    }
}

/// Completes missing key values of an element with those of another element that has the same other values. Each
/// element is compared in its original form, so the last match wins (fixture `patches/merge-elements-without-keys`).
fn complete_values(values_list: &mut [Vec<String>]) {
    for i in 0..values_list.len() {
        let values = values_list[i].clone();
        for j in 0..values_list.len() {
            if let Some(both) = combine(&values, &values_list[j]) {
                values_list[i].clone_from(&both);
                values_list[j] = both;
            }
        }
    }
}

fn combine(a: &[String], b: &[String]) -> Option<Vec<String>> {
    let mut common = false;
    let mut result = Vec::new();
    for (x, y) in a.iter().zip(b) {
        if x == y {
            common = true;
        } else if !x.is_empty() && !y.is_empty() {
            return None;
        }
        result.push(if x.is_empty() { y.clone() } else { x.clone() });
    }
    common.then_some(result)
}

/// Returns the indexes of the keys for which any element has a value, or of all keys if there are no values.
fn valid_keys(values_list: &[Vec<String>], keys: &[&str]) -> Vec<usize> {
    let valid: Vec<usize> =
        (0..keys.len()).filter(|&at| values_list.iter().any(|values| !values[at].is_empty())).collect();
    if valid.is_empty() { (0..keys.len()).collect() } else { valid }
}
