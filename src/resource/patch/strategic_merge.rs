//! Strategic merge: a port in behaviour of the reference's merge2 walker, with its corners.
//!
//! The walk visits the whole resource, not only what the patch names, and that shows: empty nulls disappear, and lists
//! that merge by a key are brought in order even where the patch leaves them alone (fixtures `patches/merge-*`).

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::yaml::{Kind, NodeId, Style, Tree, resolves_to_non_string};

use crate::resource::limits::Work;
use crate::resource::paths::field_spec::wrong_kind;
use crate::resource::schema::{CustomSchema, Schema, SchemaNode};

/// Where elements that only the patch has go in a list that merges by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewElements {
    /// To the start, as in patches of resources.
    First,
    /// To the end, as in the values of helm charts.
    Last,
}

/// Merges `patch` into `tree`, and counts what it goes through. Returns false when the patch deletes the whole resource.
///
/// # Errors
/// Fails when patch and resource disagree on whether a field is a mapping, a sequence or a scalar, on unknown `$patch`
/// directives, on empty keys, on lists that merge by a key but have elements without keys, and where it is too much work.
pub fn merge(
    tree: &mut Tree,
    patch: &Tree,
    schema: &Schema,
    new_elements: NewElements,
    work: &mut Work,
) -> Result<bool> {
    let dest = tree.root();
    let origin = tree.copy_from(patch, patch.root());
    let comments: HashMap<NodeId, CustomSchema> = tree
        .json_comments()
        .iter()
        .filter_map(|(node, comment)| Some((*node, CustomSchema::from_comment(comment)?)))
        .collect();
    let mut walker = Walker { tree, schema, comments: &comments, new_elements, work };
    let result = walker.walk(Some(dest), Some(origin), None)?;
    Ok(result.is_some())
}

/// What `$patch` says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

/// The values of a field in the resource and in the patch, and its key in the patch.
type Field = ([Option<NodeId>; 2], Option<NodeId>);

const DIRECTIVE_KEY: &str = "$patch";

/// How many entries are looked at in the time in which a node is merged.
const ENTRIES_PER_NODE: usize = 16;

struct Walker<'a> {
    tree: &'a mut Tree,
    schema: &'a Schema,
    /// Schemas that stand in comments behind the keys of nodes.
    comments: &'a HashMap<NodeId, CustomSchema>,
    new_elements: NewElements,
    work: &'a mut Work,
}

impl<'a> Walker<'a> {
    fn is_missing_or_null(&self, node: Option<NodeId>) -> bool {
        node.is_none_or(|node| self.tree.is_null(node))
    }

    /// Merges two nodes, either of which may be missing. `None` means that the field goes away.
    fn walk(
        &mut self,
        dest: Option<NodeId>,
        origin: Option<NodeId>,
        schema: Option<SchemaNode<'a>>,
    ) -> Result<Option<NodeId>> {
        self.work.count(1)?;
        let schema = schema.or_else(|| self.schema_of_embedded_resource([dest, origin]));
        let kind = [dest, origin]
            .into_iter()
            .flatten()
            .find(|&node| !self.tree.is_null(node))
            .map_or(Kind::Mapping, |node| self.tree.kind(node));
        self.check_kind(dest, kind)?;
        self.check_kind(origin, kind)?;
        self.fill_in_style_of_patch(dest, origin);
        match kind {
            Kind::Mapping => self.walk_mapping(dest, origin, schema),
            Kind::Sequence if schema.is_some_and(|schema| schema.list_merge().merge) => {
                self.walk_associative(dest, origin, schema)
            }
            Kind::Sequence | Kind::Scalar => Ok(origin.or(dest)),
        }
    }

    /// Returns the schema of a node that says itself what it is, where its place does not.
    fn schema_of_embedded_resource(&self, sources: [Option<NodeId>; 2]) -> Option<SchemaNode<'a>> {
        sources.into_iter().flatten().find_map(|node| {
            let field = |name| self.tree.get(node, name).filter(|&field| !self.tree.is_null(field));
            let (kind, api_version) = (self.tree.text(field("kind")?), self.tree.text(field("apiVersion")?));
            if kind.is_empty() || api_version.is_empty() {
                return None;
            }
            self.schema.of_resource(api_version, kind)
        })
    }

    fn comment_schema(&self, node: NodeId) -> Option<SchemaNode<'a>> {
        self.comments.get(&node).map(CustomSchema::root)
    }

    fn check_kind(&self, node: Option<NodeId>, kind: Kind) -> Result<()> {
        let Some(node) = node.filter(|&node| !self.tree.is_null(node)) else { return Ok(()) };
        if self.tree.kind(node) == kind {
            return Ok(());
        }
        let expected = match kind {
            Kind::Scalar => "a scalar",
            Kind::Mapping => "a mapping",
            Kind::Sequence => "a sequence",
        };
        Err(wrong_kind(self.tree, node, expected))
    }

    /// Lets what the patch fills `{}` or `[]` with stand in block style if it does so in the patch (fixture
    /// `patches/merge-into-empty`).
    fn fill_in_style_of_patch(&mut self, dest: Option<NodeId>, origin: Option<NodeId>) {
        if let (Some(dest), Some(origin)) = (dest, origin)
            && !self.tree.is_scalar(dest)
            && self.tree.is_empty(dest)
        {
            self.tree.set_style(dest, self.tree.style(origin));
        }
    }

    // ---------------------------------------------------------------- mappings

    fn walk_mapping(
        &mut self,
        dest: Option<NodeId>,
        origin: Option<NodeId>,
        schema: Option<SchemaNode<'a>>,
    ) -> Result<Option<NodeId>> {
        let Some(dest) = self.visit_mapping(dest, origin)? else { return Ok(None) };
        // Nodes move from the patch to the resource on the way, so the fields are listed first.
        for (key, ([field, patch], patch_key)) in self.fields(dest, origin) {
            if key.is_empty() {
                return Err(self.empty_key(dest, origin));
            }
            let keeps_null =
                patch.is_none() && field.is_some_and(|f| self.tree.is_null(f) && !self.tree.text(f).is_empty());
            if keeps_null {
                continue;
            }
            let commented = [field, patch].into_iter().flatten().find_map(|node| self.comment_schema(node));
            let value = self.walk(field, patch, commented.or_else(|| schema?.field(&key)))?;
            if value.is_none_or(|value| self.tree.is_null(value)) {
                // To find what goes takes a look at all others.
                self.work.count(self.tree.len(dest) / ENTRIES_PER_NODE)?;
            }
            let key_style = patch_key.filter(|_| value == patch).and_then(|key| self.quotes(key));
            self.set_field(dest, &key, field, value, key_style);
        }
        Ok(Some(dest))
    }

    fn visit_mapping(&mut self, dest: Option<NodeId>, origin: Option<NodeId>) -> Result<Option<NodeId>> {
        if self.is_missing_or_null(dest) {
            let deletes = matches!(self.directive(origin), Ok(Directive::Delete));
            return Ok(if deletes { None } else { origin });
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

    /// Returns the fields of both nodes by name: the values, and the key of the patch.
    fn fields(&self, dest: NodeId, origin: Option<NodeId>) -> BTreeMap<String, Field> {
        let mut fields: BTreeMap<String, Field> = BTreeMap::new();
        for (side, node) in [Some(dest), origin].into_iter().enumerate() {
            for (key, value) in node.into_iter().flat_map(|node| self.tree.entries(node)) {
                let (values, patch_key) = fields.entry(self.tree.text(key).to_string()).or_default();
                values[side].get_or_insert(value);
                if side == 1 {
                    patch_key.get_or_insert(key);
                }
            }
        }
        fields
    }

    /// The reference takes a field without name for the mapping itself, which it cannot set (fixture
    /// `errors/empty-key-in-patched-resource`).
    fn empty_key(&self, dest: NodeId, origin: Option<NodeId>) -> Box<Diagnostic> {
        let mut entries = [Some(dest), origin].into_iter().flatten().flat_map(|node| self.tree.entries(node));
        let key = entries.find(|&(key, _)| self.tree.text(key).is_empty()).map(|(key, _)| key);
        Diagnostic::error(Code::InvalidPatch, "a mapping that has an empty key cannot be merged with a patch")
            .at(self.tree.position(key.unwrap_or(dest)), "this key is empty")
            .hint("give it a name, or change the resource with a JSON patch")
    }

    /// Returns the style of a key that is in quotes, which a new entry keeps.
    fn quotes(&self, key: NodeId) -> Option<Style> {
        Some(self.tree.style(key)).filter(|style| matches!(style, Style::SingleQuoted | Style::DoubleQuoted))
    }

    fn set_field(
        &mut self,
        dest: NodeId,
        key: &str,
        field: Option<NodeId>,
        value: Option<NodeId>,
        key_style: Option<Style>,
    ) {
        let Some(value) = value.filter(|&value| !self.tree.is_null(value)) else {
            self.tree.remove(dest, key);
            return;
        };
        if self.tree.is_string(value)
            && self.tree.style(value) == Style::Plain
            && resolves_to_non_string(self.tree.text(value))
        {
            self.tree.set_style(value, Style::DoubleQuoted);
        }
        match field {
            Some(field) if field == value => {}
            Some(field) => {
                self.tree.copy_style(value, field);
                self.tree.overwrite(field, value);
            }
            None => match key_style {
                Some(style) => self.tree.append_string_entry(dest, key, style, value),
                None => self.tree.append_entry(dest, key, value),
            },
        }
    }

    // ---------------------------------------------------------------- directives

    /// Reads the `$patch` directive of a patch node, and takes it out of the node.
    fn directive(&mut self, patch: Option<NodeId>) -> Result<Directive> {
        let Some(patch) = patch else { return Ok(Directive::Merge) };
        match self.tree.kind(patch) {
            Kind::Mapping => {
                let Some(value) = self.tree.get(patch, DIRECTIVE_KEY) else { return Ok(Directive::Merge) };
                let directive = self.parse_directive(value)?;
                self.tree.remove(patch, DIRECTIVE_KEY);
                Ok(directive)
            }
            Kind::Sequence => {
                let holder = self.tree.children(patch).find(|&element| self.tree.get(element, DIRECTIVE_KEY).is_some());
                let Some(holder) = holder.filter(|&holder| self.tree.len(holder) == 1) else {
                    return Ok(Directive::Merge);
                };
                let value = self.tree.get(holder, DIRECTIVE_KEY).expect("the holder was found by this key");
                let directive = self.parse_directive(value)?;
                let text = self.tree.text(value).to_string();
                let mut elements: Vec<NodeId> = self.tree.children(patch).collect();
                self.set_element(&mut elements, None, &[DIRECTIVE_KEY], &[text])?;
                self.tree.set_children(patch, &elements);
                Ok(directive)
            }
            Kind::Scalar => Err(Diagnostic::error(Code::InvalidPatch, "a scalar has no patch strategy")
                .at(self.tree.position(patch), "")),
        }
    }

    fn parse_directive(&self, value: NodeId) -> Result<Directive> {
        match self.tree.text(value) {
            "merge" => Ok(Directive::Merge),
            "replace" => Ok(Directive::Replace),
            "delete" => Ok(Directive::Delete),
            other => Err(Diagnostic::error(Code::InvalidPatch, format!("unknown patch strategy `{other}`"))
                .at(self.tree.position(value), "not a strategy")
                .hint("`$patch` takes `merge`, `replace` or `delete`")),
        }
    }

    // ---------------------------------------------------------------- lists that merge by key

    fn walk_associative(
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
    fn distinct_elements(&self, list: Option<NodeId>, key: &str) -> Option<HashMap<String, NodeId>> {
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
    fn merge_distinct(
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

    fn visit_list(&mut self, dest: Option<NodeId>, origin: Option<NodeId>) -> Result<Option<NodeId>> {
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
    fn is_in_order(&self, list: NodeId, keys: &[&str]) -> bool {
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

    fn walk_elements(&mut self, list: NodeId, schema: Option<SchemaNode<'a>>) -> Result<Option<NodeId>> {
        let elements: Vec<NodeId> = self.tree.children(list).collect();
        for element in elements {
            self.walk(Some(element), None, schema)?;
        }
        Ok(Some(list))
    }

    /// Returns the key values of all elements in the order that the merged list has, each combination once.
    fn element_values(&self, dest: NodeId, origin: Option<NodeId>, keys: &[&str]) -> Vec<Vec<String>> {
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

    fn key_value(&self, element: NodeId, key: &str) -> String {
        if key.is_empty() {
            return self.tree.text(element).to_string();
        }
        let value = self.tree.get(element, key).filter(|&value| !self.tree.is_null_or_empty(value));
        value.map(|value| self.tree.text(value).to_string()).unwrap_or_default()
    }

    fn merge_elements(
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
    fn set_elements(&mut self, list: NodeId, elements: &[NodeId]) {
        let mut placed = HashSet::new();
        let mut children = Vec::with_capacity(elements.len());
        for &element in elements {
            let is_new = placed.insert(element);
            children.push(if is_new { element } else { self.tree.copy(element) });
        }
        self.tree.set_children(list, &children);
    }

    fn is_missing_element(&self, element: NodeId) -> bool {
        self.tree.is_null(element) || self.tree.is_mapping(element) && self.tree.is_empty(element)
    }

    /// Finds the first element with these values; keys without a value are ignored.
    fn find_element(&self, list: NodeId, keys: &[&str], values: &[String]) -> Option<NodeId> {
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
    fn append_elements(&self, list: &mut Vec<NodeId>, elements: &[NodeId], keys: &[&str]) -> Result<()> {
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
    fn set_element(
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
    fn has_values(&self, element: NodeId, keys: &[&str], values: &[String]) -> Result<bool> {
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
    /// Fails on an element that has no keys (fixture `errors/list-element-without-keys`).
    fn key_field(&self, element: NodeId, key: &str) -> Result<Option<NodeId>> {
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
