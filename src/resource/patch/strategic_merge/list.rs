//! Merging lists by the keys of their elements.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::Result;
use crate::resource::schema::SchemaNode;
use crate::yaml::{Kind, NodeId};

use super::walker::{Directive, NewElements, Walker};

impl<'a> Walker<'a> {
    pub(super) fn walk_associative(
        &mut self,
        dest: Option<NodeId>,
        origin: Option<NodeId>,
        schema: Option<SchemaNode<'a>>,
    ) -> Result<Option<NodeId>> {
        let Some(dest) = self.visit_list(dest, origin)? else { return Ok(None) };
        let element_schema = schema.and_then(SchemaNode::elements);
        let keys = schema.map(|schema| schema.list_merge().keys).unwrap_or_default();
        if origin.is_none() && self.is_in_order(dest, &keys) {
            return self.walk_elements(dest, element_schema);
        }
        let keys = if keys.is_empty() { vec![""] } else { keys };
        let values = self.element_values(dest, origin, &keys);
        if let &[key] = &keys[..]
            && let Some(old) = self.distinct_elements(Some(dest), key)
            && let Some(new) = self.distinct_elements(origin, key)
        {
            return self.merge_distinct(dest, [old, new], values, element_schema);
        }
        self.merge_elements(dest, origin, values, &keys, element_schema)
    }

    /// Returns the elements of a list by their keys, if each has one of its own.
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

    /// Merges lists whose elements have keys of their own. This is what [`Walker::merge_elements`] does with them, but
    /// finds each by its key.
    pub(super) fn merge_distinct(
        &mut self,
        dest: NodeId,
        [old, new]: [HashMap<String, NodeId>; 2],
        values_list: Vec<Vec<String>>,
        schema: Option<SchemaNode<'a>>,
    ) -> Result<Option<NodeId>> {
        let mut merged = Vec::with_capacity(values_list.len());
        for key in values_list.iter().flatten() {
            let (found_dest, found_origin) = (old.get(key).copied(), new.get(key).copied());
            let value = self.walk(found_dest, found_origin, schema)?;
            let Some(value) = value.filter(|&value| !self.is_missing_element(value)) else { continue };
            if self.tree.is_scalar(value) {
                self.tree.drop_tag(value);
            }
            // The reference puts the elements of the old list in the place of those that were merged.
            let kept = found_dest.filter(|_| self.new_elements == NewElements::First);
            merged.push(kept.unwrap_or(value));
        }
        self.tree.set_children(dest, &merged);
        Ok(Some(dest))
    }

    pub(super) fn visit_list(&mut self, dest: Option<NodeId>, origin: Option<NodeId>) -> Result<Option<NodeId>> {
        if self.is_missing_or_null(dest) {
            return Ok(origin);
        }
        if origin.is_some_and(|origin| self.tree.is_null(origin)) {
            return Ok(None);
        }
        Ok(match self.directive(origin)? {
            Directive::Delete => None,
            Directive::Replace => origin,
            Directive::Merge => dest,
        })
    }

    /// Returns whether merging nothing into a list leaves its elements where they are: one key, present in all, no two
    /// alike.
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

    /// Returns the key values of all elements in the order that the merged list has, each combination once.
    pub(super) fn element_values(&self, dest: NodeId, origin: Option<NodeId>, keys: &[&str]) -> Vec<Vec<String>> {
        let mut seen = HashSet::new();
        let lists = match self.new_elements {
            NewElements::First => [origin, Some(dest)],
            NewElements::Last => [Some(dest), origin],
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
        dest: NodeId,
        origin: Option<NodeId>,
        mut values_list: Vec<Vec<String>>,
        keys: &[&str],
        schema: Option<SchemaNode<'a>>,
    ) -> Result<Option<NodeId>> {
        // All are compared with all; those without a key, with each merge more.
        let elements = self.tree.len(dest) + origin.map_or(0, |origin| self.tree.len(origin));
        let counted = self.work.count(elements.saturating_mul(elements));
        counted.map_err(|error| error.at(self.tree.position(dest), "in this list"))?;
        if keys.len() > 1 {
            complete_values(&mut values_list);
        }
        let valid = valid_keys(&values_list, keys);
        let valid_keys: Vec<&str> = valid.iter().map(|&at| keys[at]).collect();
        let mut merged: Vec<NodeId> = Vec::new();
        for values in &values_list {
            let valid_values: Vec<String> = valid.iter().map(|&at| values[at].clone()).collect();
            let found_dest = self.find_element(dest, &valid_keys, &valid_values);
            let found_origin = origin.and_then(|origin| self.find_element(origin, &valid_keys, &valid_values));
            let value = self.walk(found_dest, found_origin, schema)?;
            let Some(value) = value.filter(|&value| !self.is_missing_element(value)) else {
                let mut elements: Vec<NodeId> = self.tree.children(dest).collect();
                self.set_element(&mut elements, None, &valid_keys, &valid_values)?;
                self.tree.set_children(dest, &elements);
                continue;
            };
            if self.tree.is_scalar(value) && !self.tree.text(value).is_empty() {
                // The key of a scalar is the scalar itself. The reference sets it, which forgets a tag that was written out.
                self.tree.drop_tag(value);
            }
            self.set_element(&mut merged, Some(value), &valid_keys, &valid_values)?;
        }
        if !values_list.is_empty() {
            let mut elements: Vec<NodeId> = self.tree.children(dest).collect();
            match self.new_elements {
                NewElements::First => {
                    self.append_elements(&mut merged, &elements, &valid_keys)?;
                    self.set_elements(dest, &merged);
                }
                NewElements::Last => {
                    self.append_elements(&mut elements, &merged, &valid_keys)?;
                    self.set_elements(dest, &elements);
                }
            }
        }
        Ok(Some(dest))
    }

    /// Puts elements into a list. Some may be there several times: the reference puts an element in the place of all that
    /// have its key, and where the key has no value, that is all that have the key.
    pub(super) fn set_elements(&mut self, list: NodeId, elements: &[NodeId]) {
        let mut placed = HashSet::new();
        let mut children = Vec::with_capacity(elements.len());
        for &element in elements {
            let is_new = placed.insert(element);
            children.push(if is_new { element } else { self.tree.copy(element) });
        }
        self.tree.set_children(list, &children);
    }

    pub(super) fn is_missing_element(&self, element: NodeId) -> bool {
        self.tree.is_null(element) || self.tree.is_mapping(element) && self.tree.is_empty(element)
    }

    /// Finds the first element with these values; keys without a value are ignored.
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

    /// Puts elements into a list: in the place of those with the same key values, or else at the end.
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

    /// Replaces the elements that have the given key values by `element`, or removes them; appends it if there are none.
    /// Without any value all elements go. Null and empty elements disappear on the way.
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

    /// Returns whether an element has key values; an empty one stands for any value of a field.
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

    /// Returns the field of an element that holds a key; for the empty key, which lists of scalars have, the element.
    ///
    /// # Errors
    /// Fails on an element that has no keys (fixture `patches/merge-element-not-a-mapping`).
    pub(super) fn key_field(&self, element: NodeId, key: &str) -> Result<Option<NodeId>> {
        if key.is_empty() {
            self.check_kind(Some(element), Kind::Scalar)?;
            return Ok(Some(element));
        }
        self.check_kind(Some(element), Kind::Mapping)?;
        Ok(self.tree.get(element, key))
    }
}

/// Fills in the values that one element leaves out and another, alike in the rest, has. Each is compared as it was before
/// its turn, so the last one alike wins (fixture `patches/merge-elements-without-keys`).
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

/// Returns which keys any element has a value for; all of them if none has.
fn valid_keys(values_list: &[Vec<String>], keys: &[&str]) -> Vec<usize> {
    let valid: Vec<usize> =
        (0..keys.len()).filter(|&at| values_list.iter().any(|values| !values[at].is_empty())).collect();
    if valid.is_empty() { (0..keys.len()).collect() } else { valid }
}
