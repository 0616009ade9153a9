//! The `$patch` directive.

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::yaml::{Kind, NodeId};

use super::walker::{DIRECTIVE_KEY, Directive, Walker};

impl Walker<'_> {
    /// Removes the `$patch` directive from a patch node and returns it.
    pub(super) fn directive(&mut self, patch: Option<NodeId>) -> Result<Directive> {
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
            Kind::Scalar => Err(Diagnostic::error(Code::InvalidPatch, "a scalar cannot have a patch strategy")
                .at(self.tree.position(patch), "")),
        }
    }

    pub(super) fn parse_directive(&self, value: NodeId) -> Result<Directive> {
        match self.tree.text(value) {
            "merge" => Ok(Directive::Merge),
            "replace" => Ok(Directive::Replace),
            "delete" => Ok(Directive::Delete),
            other => Err(Diagnostic::error(Code::InvalidPatch, format!("unknown patch strategy `{other}`"))
                .at(self.tree.position(value), "unknown strategy")
                .hint("use `merge`, `replace` or `delete`")),
        }
    }
}
