//! Merging mappings.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::resource::schema::SchemaNode;
use crate::yaml::{NodeId, Style, resolves_to_non_string};

use super::walker::{Directive, ENTRIES_PER_NODE, Field, Walker};

impl<'a> Walker<'a> {
    pub(super) fn walk_mapping(
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

    pub(super) fn visit_mapping(&mut self, dest: Option<NodeId>, origin: Option<NodeId>) -> Result<Option<NodeId>> {
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
    pub(super) fn fields(&self, dest: NodeId, origin: Option<NodeId>) -> BTreeMap<String, Field> {
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
    /// `patches/empty-key-in-a-merge`).
    pub(super) fn empty_key(&self, dest: NodeId, origin: Option<NodeId>) -> Box<Diagnostic> {
        let mut entries = [Some(dest), origin].into_iter().flatten().flat_map(|node| self.tree.entries(node));
        let key = entries.find(|&(key, _)| self.tree.text(key).is_empty()).map(|(key, _)| key);
        Diagnostic::error(Code::InvalidPatch, "a mapping that has an empty key cannot be merged with a patch")
            .at(self.tree.position(key.unwrap_or(dest)), "this key is empty")
            .hint("give it a name, or change the resource with a JSON patch")
    }

    /// Returns the style of a key that is in quotes, which a new entry keeps.
    pub(super) fn quotes(&self, key: NodeId) -> Option<Style> {
        Some(self.tree.style(key)).filter(|style| matches!(style, Style::SingleQuoted | Style::DoubleQuoted))
    }

    pub(super) fn set_field(
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
}
