//! Writes collections in flow style.

use super::{Context, Writer, replace_if_any};
use crate::yaml::tree::NodeId;

impl Writer<'_> {
    fn open_flow(&mut self, bracket: &str) {
        self.indicator(bracket, true, true, false);
        self.indent = Some(self.indent.map_or(2, |indent| indent + 2));
        self.flow_level += 1;
    }

    fn close_flow(&mut self, bracket: &str) {
        self.indicator(bracket, false, false, false);
        self.line_comment();
        self.foot_comment();
    }

    /// Writes a comma at once if a comment follows, and returns whether it did.
    fn comma_before_comment(&mut self) -> bool {
        let has_comment = self.has_trailing_comment();
        if has_comment {
            self.indicator(",", false, false, false);
        }
        has_comment
    }

    fn has_trailing_comment(&self) -> bool {
        !(self.waiting.line.is_empty() && self.waiting.foot.is_empty() && self.tail.is_empty())
    }

    pub(super) fn flow_sequence(&mut self, node: NodeId) {
        let outer = self.indent;
        self.open_flow("[");
        let mut needs_comma = false;
        for element in self.tree.children(node) {
            self.start_event(element);
            if needs_comma {
                self.indicator(",", false, false, false);
            }
            self.head_comment();
            if self.column == 0 {
                self.write_indent();
            }
            needs_comma = !self.has_trailing_comment();
            self.start(element, Context::FlowElement);
            self.comma_before_comment();
            self.line_comment();
            self.foot_comment();
            self.children(element, Context::FlowElement);
        }
        self.end_event(node);
        self.flow_level -= 1;
        self.indent = outer;
        if self.column == 0 {
            self.write_indent();
        }
        self.close_flow("]");
    }

    pub(super) fn flow_mapping(&mut self, node: NodeId) {
        let outer = self.indent;
        self.open_flow("{");
        let mut needs_comma = false;
        let mut after_entry = "";
        for (key, value) in self.tree.entries(node) {
            after_entry = self.key_event(key, after_entry);
            if needs_comma {
                self.indicator(",", false, false, false);
            }
            self.head_comment();
            if self.column == 0 {
                self.write_indent();
            }
            let is_simple = self.is_simple_key(key);
            self.key(key, is_simple, false);
            self.start_event(value);
            self.indicator(":", !is_simple, false, false);
            needs_comma = !self.has_trailing_comment();
            self.start(value, Context::Entry);
            self.comma_before_comment();
            self.line_comment();
            self.foot_comment();
            self.children(value, Context::Entry);
        }
        replace_if_any(&mut self.tail, after_entry);
        self.end_event(node);
        let has_comment = !(self.waiting.head.is_empty() && self.waiting.foot.is_empty() && self.tail.is_empty());
        if has_comment && needs_comma {
            self.indicator(",", false, false, false);
        }
        self.head_comment();
        self.flow_level -= 1;
        self.indent = outer;
        self.close_flow("}");
    }
}
