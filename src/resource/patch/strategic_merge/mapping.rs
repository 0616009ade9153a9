//! Merging of mappings.

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::resource::schema::SchemaNode;
use crate::yaml::{NodeId, Style, resolves_to_non_string};

use super::walker::{Directive, ENTRIES_PER_NODE, Field, Walker};

impl<'a> Walker<'a> {
    pub(super) fn walk_mapping(
        &mut self,
        existing: Option<NodeId>,
        patch: Option<NodeId>,
        schema: Option<SchemaNode<'a>>,
    ) -> Result<Option<NodeId>> {
        let Some(existing) = self.visit_mapping(existing, patch)? else { return Ok(None) };
        // The loop moves nodes from the patch to the resource, so the fields are listed first.
        for ([field, patch_value], [field_key, patch_key]) in self.fields(existing, patch) {
            let Some(key) = field_key.or(patch_key).filter(|&key| !self.tree.text(key).is_empty()) else {
                return Err(self.empty_key(existing, patch));
            };
            let keeps_null =
                patch_value.is_none() && field.is_some_and(|f| self.tree.is_null(f) && !self.tree.text(f).is_empty());
            if keeps_null {
                continue;
            }
            let commented = [field, patch_value].into_iter().flatten().find_map(|node| self.comment_schema(node));
            let field_schema = commented.or_else(|| schema?.field(self.tree.text(key)));
            let value = self.walk(field, patch_value, field_schema)?;
            if value.is_none_or(|value| self.tree.is_null(value)) {
                // The removal of an entry searches the mapping.
                self.work.count(self.tree.len(existing) / ENTRIES_PER_NODE)?;
            }
            let patch_key = patch_key.filter(|_| value == patch_value);
            self.set_field(existing, key, field.zip(field_key), value, patch_key);
        }
        Ok(Some(existing))
    }

    pub(super) fn visit_mapping(&mut self, existing: Option<NodeId>, patch: Option<NodeId>) -> Result<Option<NodeId>> {
        if self.is_missing_or_null(existing) {
            let deletes = matches!(self.directive(patch), Ok(Directive::Delete));
            return Ok(if deletes { None } else { patch });
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

    /// Returns the fields of both nodes, sorted by name: both values, and both keys. Of equal keys, the first counts.
    pub(super) fn fields(&self, existing: NodeId, patch: Option<NodeId>) -> Vec<Field> {
        let entries = |side: usize, node| self.tree.entries(node).map(move |entry| (side, entry));
        let mut sides: Vec<_> = entries(0, existing).collect();
        sides.extend(patch.into_iter().flat_map(|patch| entries(1, patch)));
        let text = |&(_, (key, _)): &(usize, (NodeId, NodeId))| self.tree.text(key);
        sides.sort_by(|a, b| text(a).cmp(text(b)));
        let mut fields: Vec<Field> = Vec::with_capacity(sides.len());
        for same in sides.chunk_by(|a, b| text(a) == text(b)) {
            let (mut values, mut keys) = ([None; 2], [None; 2]);
            for &(side, (key, value)) in same {
                values[side].get_or_insert(value);
                keys[side].get_or_insert(key);
            }
            fields.push((values, keys));
        }
        fields
    }

    /// Returns the error for an empty key, which kustomize interprets as the mapping itself (fixture
    /// `patches/empty-key-in-a-merge`).
    pub(super) fn empty_key(&self, existing: NodeId, patch: Option<NodeId>) -> Box<Diagnostic> {
        let mut entries = [Some(existing), patch].into_iter().flatten().flat_map(|node| self.tree.entries(node));
        let key = entries.find(|&(key, _)| self.tree.text(key).is_empty()).map(|(key, _)| key);
        Diagnostic::error(Code::InvalidPatch, "a mapping with an empty key cannot be merged with a patch")
            .at(self.tree.position(key.unwrap_or(existing)), "empty key")
            .hint("rename the key, or use a JSON patch")
    }

    /// Returns the style of a quoted key, which a new entry inherits.
    pub(super) fn quotes(&self, key: NodeId) -> Option<Style> {
        Some(self.tree.style(key)).filter(|style| matches!(style, Style::SingleQuoted | Style::DoubleQuoted))
    }

    pub(super) fn set_field(
        &mut self,
        existing: NodeId,
        name: NodeId,
        field: Option<(NodeId, NodeId)>,
        value: Option<NodeId>,
        patch_key: Option<NodeId>,
    ) {
        let Some(value) = value.filter(|&value| !self.tree.is_null(value)) else {
            let name = self.tree.text(name).to_string();
            self.tree.remove(existing, &name);
            return;
        };
        if self.tree.is_string(value)
            && self.tree.style(value) == Style::Plain
            && resolves_to_non_string(self.tree.text(value))
        {
            self.tree.set_style(value, Style::DoubleQuoted);
        }
        let key = match field {
            Some((field, _)) if field == value => return,
            Some((field, key)) => {
                self.tree.copy_style(value, field);
                self.tree.overwrite(field, value);
                key
            }
            None => {
                let name = self.tree.text(name).to_string();
                match patch_key.and_then(|key| self.quotes(key)) {
                    Some(style) => self.tree.append_string_entry(existing, &name, style, value),
                    None => self.tree.append_entry(existing, &name, value),
                }
            }
        };
        // A collection is written where its key is.
        if let Some(patch_key) = patch_key.filter(|_| !self.tree.is_scalar(value)) {
            self.tree.set_position(key, self.tree.position(patch_key));
        }
    }
}
