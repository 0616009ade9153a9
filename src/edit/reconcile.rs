//! Finds the smallest edits that change the data of a text.

use std::ops::Range;

use granit_parser::ScalarStyle;
use serde_yaml::{Mapping, Value};

use super::align::{Step, align};
use super::document::{Content, Edit, Node};
use super::flow::{self, Notation};
use super::write::{self, STEP};

/// Collects edits.
pub struct Reconciler<'a> {
    text: &'a str,
    /// The indentation of lists in the file, relative to their keys.
    list_indent: usize,
    /// The notation of collections in flow style.
    notation: Notation,
    edits: Vec<Edit>,
}

impl<'a> Reconciler<'a> {
    pub fn new(text: &'a str, root: &Node) -> Reconciler<'a> {
        let mut reconciler = Reconciler { text, list_indent: 0, notation: Notation::of(root), edits: Vec::new() };
        reconciler.list_indent = reconciler.first_list_indent(root).unwrap_or(0);
        reconciler
    }

    pub fn into_edits(self) -> Vec<Edit> {
        self.edits
    }

    /// Returns the indentation of the first list in block style, if there is one.
    fn first_list_indent(&self, node: &Node) -> Option<usize> {
        let Content::Mapping { is_flow: false, entries } = &node.content else { return None };
        entries.iter().find_map(|(key, value)| match &value.content {
            Content::Sequence { is_flow: false, elements } => {
                let dash = self.dash(elements.first()?)?;
                self.column(dash).checked_sub(self.column(key.range.start))
            }
            _ => self.first_list_indent(value),
        })
    }

    // ---------------------------------------------------------------- positions

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Returns the start of the next line.
    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline + 1)
    }

    fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    /// Returns whether there are only spaces before a position on its line.
    fn is_first_on_line(&self, at: usize) -> bool {
        self.text[self.line_start(at)..at].trim_start_matches(' ').is_empty()
    }

    /// Returns the position of the dash before an element, if it is on the same line.
    fn dash(&self, element: &Node) -> Option<usize> {
        let line_start = self.line_start(element.range.start);
        let before = without_properties(&self.text[line_start..element.range.start]);
        before.ends_with('-').then(|| line_start + before.len() - 1)
    }

    /// Returns the position after the colon of a key.
    fn after_colon(&self, key: &Node) -> Option<usize> {
        let rest = &self.text[key.range.end..];
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        rest[spaces..].starts_with(':').then_some(key.range.end + spaces + 1)
    }

    /// Changes a collection in flow style.
    fn flow(&mut self, node: &Node, old: &Value, new: &Value) {
        self.edits.extend(flow::change(self.text, self.notation, node, old, new));
    }

    fn edit(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.edits.push(Edit { range, text: text.into() });
    }

    /// Inserts lines after the line of a position.
    fn insert_lines(&mut self, after: usize, lines: &str) {
        let at = self.line_end(after);
        let has_newline = at > 0 && self.text[..at].ends_with('\n');
        if has_newline {
            self.edit(at..at, lines);
        } else {
            self.edit(at..at, format!("\n{}", lines.trim_end_matches('\n')));
        }
    }

    // ---------------------------------------------------------------- mappings

    /// Changes the data of a mapping. `indent` is the column for its keys if it has none yet.
    pub fn mapping(&mut self, node: &Node, old: &Mapping, new: &Mapping, indent: usize) {
        let Content::Mapping { is_flow, entries } = &node.content else { return };
        if entries.len() != old.len() {
            return;
        }
        if *is_flow {
            return self.flow(node, &Value::Mapping(old.clone()), &Value::Mapping(new.clone()));
        }
        for (at, ((key, value), (name, old_value))) in entries.iter().zip(old).enumerate() {
            match new.get(name) {
                Some(new_value) if new_value == old_value => {}
                Some(new_value) => self.value(key, value, old_value, new_value),
                None if self.is_first_on_line(key.range.start) => {
                    self.edit(self.line_start(key.range.start)..self.line_end(value.range.end), "");
                }
                // The first key of an element follows the dash; the next remaining key replaces it.
                None => {
                    let mut following = entries.iter().zip(old).skip(at + 1);
                    let next = following.find(|(_, (name, _))| new.contains_key(*name));
                    let next = next.map_or(value.range.end, |((next, _), _)| next.range.start);
                    self.edit(key.range.start..next, "");
                }
            }
        }
        let indent = entries.first().map_or(indent, |(key, _)| self.column(key.range.start));
        let added: String = new
            .iter()
            .filter(|(name, _)| !old.contains_key(*name))
            .map(|(name, value)| write::entry(name, value, indent, self.list_indent))
            .collect();
        if let Some((_, last)) = entries.last().filter(|_| !added.is_empty()) {
            self.insert_lines(last.range.end, &added);
        }
    }

    /// Changes the data of a value.
    fn value(&mut self, key: &Node, node: &Node, old: &Value, new: &Value) {
        let indent = self.column(key.range.start);
        match (&node.content, old, new) {
            (Content::Mapping { .. }, Value::Mapping(old), Value::Mapping(new)) if !new.is_empty() => {
                self.mapping(node, old, new, indent + STEP);
            }
            (Content::Sequence { is_flow: true, elements }, Value::Sequence(_), Value::Sequence(changed))
                if !changed.is_empty() && !elements.is_empty() =>
            {
                self.flow(node, old, new);
            }
            (Content::Sequence { is_flow: false, elements }, Value::Sequence(old), Value::Sequence(new))
                if !new.is_empty() && elements.len() == old.len() =>
            {
                self.block_sequence(elements, old, new);
            }
            (Content::Scalar(style), _, new) if !is_collection(new) && !node.range.is_empty() => {
                self.edit(node.range.clone(), self.scalar(*style, new, indent + STEP));
            }
            _ => self.replace_value(key, node, new, indent),
        }
    }

    /// Replaces a value of any kind. A comment after the key is preserved.
    fn replace_value(&mut self, key: &Node, node: &Node, new: &Value, indent: usize) {
        let Some(colon) = self.after_colon(key) else { return };
        let lines = write::entry(&Value::String("k".to_string()), new, indent, self.list_indent);
        let old = colon..node.range.end.max(colon);
        match lines[indent + "k:".len()..].strip_prefix('\n') {
            // The lines of a block are inserted after the line of the key, so that a comment remains there.
            Some(block) if !self.text[old.clone()].contains('\n') => {
                self.edit(old, "");
                self.insert_lines(colon, block);
            }
            Some(block) => {
                let line = colon..self.line_end(colon) - 1;
                let after_colon = self.text[line.clone()].trim_start_matches([' ', '\t']);
                let keeps_line = after_colon.trim_end().is_empty() || after_colon.starts_with('#');
                let start = if keeps_line { line.end } else { colon };
                self.edit(start..old.end, format!("\n{}", block.trim_end_matches('\n')));
            }
            None => self.edit(old, lines[indent + "k:".len()..].trim_end_matches('\n')),
        }
    }

    // ---------------------------------------------------------------- sequences

    fn block_sequence(&mut self, elements: &[Node], old: &[Value], new: &[Value]) {
        let Some(first) = elements.first() else { return };
        let indent = self.dash(first).map_or(0, |dash| self.column(dash));
        for step in align(old, new) {
            match step {
                Step::Remove(at) => match self.dash(&elements[at]).filter(|&dash| self.is_first_on_line(dash)) {
                    Some(dash) => self.edit(self.line_start(dash)..self.line_end(elements[at].range.end), ""),
                    // A nested list that starts after a dash is not supported; the final check detects this.
                    None => return,
                },
                Step::Add { after, from } => {
                    let lines = write::element(&new[from], indent, self.list_indent);
                    match after {
                        Some(at) => self.insert_lines(elements[at].range.end, &lines),
                        None => {
                            let start = self.dash(first).map_or(first.range.start, |dash| self.line_start(dash));
                            self.edit(start..start, lines);
                        }
                    }
                }
                Step::Change { at, from } => self.element(&elements[at], &old[at], &new[from], indent),
            }
        }
    }

    fn element(&mut self, node: &Node, old: &Value, new: &Value, indent: usize) {
        match (&node.content, old, new) {
            (Content::Mapping { .. }, Value::Mapping(old), Value::Mapping(new))
                if old.keys().any(|name| new.contains_key(name)) =>
            {
                self.mapping(node, old, new, indent + STEP);
            }
            (Content::Scalar(style), _, new) if !is_collection(new) && !node.range.is_empty() => {
                self.edit(node.range.clone(), self.scalar(*style, new, indent + STEP));
            }
            _ => {
                let lines = write::element(new, indent, self.list_indent);
                self.edit(node.range.clone(), lines[indent + "- ".len()..].trim_end_matches('\n'));
            }
        }
    }

    // ---------------------------------------------------------------- scalars

    /// Returns a scalar, quoted like the one that it replaces.
    fn scalar(&self, style: ScalarStyle, new: &Value, indent: usize) -> String {
        write::quoted_like(style, new).unwrap_or_else(|| write::scalar(new, indent))
    }
}

/// Returns the text before a node without anchors and tags at its end.
fn without_properties(before: &str) -> &str {
    let mut before = before.trim_end_matches([' ', '\t']);
    while let Some(at) = before.rfind([' ', '\t']).filter(|&at| before[at + 1..].starts_with(['&', '!'])) {
        before = before[..at].trim_end_matches([' ', '\t']);
    }
    before
}

fn is_collection(value: &Value) -> bool {
    matches!(value, Value::Mapping(_) | Value::Sequence(_))
}
