//! Finds the smallest edits that change the data of a text.

use std::collections::HashSet;
use std::ops::Range;

use granit_parser::ScalarStyle;
use serde_yaml::{Mapping, Value};

use super::document::{Content, Node};
use super::write::{self, STEP};

/// The replacement of a range of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub range: Range<usize>,
    pub text: String,
}

/// Collects edits.
pub struct Reconciler<'a> {
    text: &'a str,
    /// The indentation of lists in the file, relative to their keys.
    list_indent: usize,
    edits: Vec<Edit>,
}

impl<'a> Reconciler<'a> {
    pub fn new(text: &'a str, root: &Node) -> Reconciler<'a> {
        let mut reconciler = Reconciler { text, list_indent: 0, edits: Vec::new() };
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
        let before = self.text[line_start..element.range.start].trim_end_matches([' ', '\t']);
        before.ends_with('-').then(|| line_start + before.len() - 1)
    }

    /// Returns the position after the colon of a key.
    fn after_colon(&self, key: &Node) -> Option<usize> {
        let rest = &self.text[key.range.end..];
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        rest[spaces..].starts_with(':').then_some(key.range.end + spaces + 1)
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
            return self.flow_mapping(node, entries, old, new);
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
            (Content::Sequence { is_flow, elements }, Value::Sequence(old), Value::Sequence(new))
                if !new.is_empty() && elements.len() == old.len() && !(*is_flow && elements.is_empty()) =>
            {
                if *is_flow {
                    self.flow_sequence(node, elements, old, new);
                } else {
                    self.block_sequence(elements, old, new);
                }
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

    // ---------------------------------------------------------------- flow style

    fn flow_mapping(&mut self, node: &Node, entries: &[(Node, Node)], old: &Mapping, new: &Mapping) {
        let is_changed = |(name, value): (&Value, &Value)| new.get(name).is_some_and(|new| new != value);
        if old.keys().any(|name| !new.contains_key(name)) || old.iter().any(is_changed) || entries.is_empty() {
            let parts = new.iter().map(|(name, value)| {
                let kept = entries.iter().zip(old).find(|(_, (old_name, old))| *old_name == name && *old == value);
                match kept {
                    Some(((key, value), _)) => self.text[key.range.start..value.range.end].to_string(),
                    None => flow_entry(name, value),
                }
            });
            let text = format!("{{{}}}", parts.collect::<Vec<_>>().join(", "));
            return self.edit(node.range.clone(), text);
        }
        let added = new.iter().filter(|(name, _)| !old.contains_key(*name));
        let added: String = added.map(|(name, value)| format!(", {}", flow_entry(name, value))).collect();
        if let Some((_, last)) = entries.last() {
            self.edit(last.range.end..last.range.end, added);
        }
    }

    fn flow_sequence(&mut self, node: &Node, elements: &[Node], old: &[Value], new: &[Value]) {
        if let (Some(added), Some(last)) = (new.strip_prefix(old), elements.last()) {
            let mut text = String::new();
            for value in added {
                text.push_str(", ");
                write::flow(value, &mut text);
            }
            return self.edit(last.range.end..last.range.end, text);
        }
        let parts = new.iter().map(|value| match old.iter().position(|old| old == value) {
            Some(at) => self.text[elements[at].range.clone()].to_string(),
            None => {
                let mut text = String::new();
                write::flow(value, &mut text);
                text
            }
        });
        let text = format!("[{}]", parts.collect::<Vec<_>>().join(", "));
        self.edit(node.range.clone(), text);
    }

    // ---------------------------------------------------------------- scalars

    /// Returns a scalar, quoted like the one that it replaces.
    fn scalar(&self, style: ScalarStyle, new: &Value, indent: usize) -> String {
        let plain = write::scalar(new, indent);
        let Value::String(text) = new else { return plain };
        let is_simple = !text.contains(['\'', '"', '\\']) && text.chars().all(|c| !c.is_control());
        match style {
            ScalarStyle::SingleQuoted if is_simple => format!("'{text}'"),
            ScalarStyle::DoubleQuoted if is_simple => format!("\"{text}\""),
            _ => plain,
        }
    }
}

fn is_collection(value: &Value) -> bool {
    matches!(value, Value::Mapping(_) | Value::Sequence(_))
}

fn flow_entry(name: &Value, value: &Value) -> String {
    let mut text = String::new();
    write::flow(name, &mut text);
    text.push_str(": ");
    write::flow(value, &mut text);
    text
}

/// A step from an old list to a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Remove(usize),
    /// Adds an element of the new list after one of the old list, or before all of them.
    Add {
        after: Option<usize>,
        from: usize,
    },
    Change {
        at: usize,
        from: usize,
    },
}

/// Returns the steps that convert one list to another. Common elements remain if their order does not change.
fn align(old: &[Value], new: &[Value]) -> Vec<Step> {
    let in_new: HashSet<&Value> = new.iter().collect();
    let in_old: HashSet<&Value> = old.iter().collect();
    let (mut at, mut from) = (0, 0);
    let mut steps = Vec::new();
    let previous = |at: usize| at.checked_sub(1);
    while at < old.len() && from < new.len() {
        match (in_new.contains(&old[at]), in_old.contains(&new[from])) {
            _ if old[at] == new[from] => {
                at += 1;
                from += 1;
            }
            (false, false) => {
                steps.push(Step::Change { at, from });
                at += 1;
                from += 1;
            }
            (false, true) => {
                steps.push(Step::Remove(at));
                at += 1;
            }
            (true, false) => {
                steps.push(Step::Add { after: previous(at), from });
                from += 1;
            }
            // A moved element is removed here and added at its new position.
            (true, true) => {
                steps.push(Step::Remove(at));
                at += 1;
            }
        }
    }
    steps.extend((at..old.len()).map(Step::Remove));
    steps.extend((from..new.len()).map(|from| Step::Add { after: old.len().checked_sub(1), from }));
    steps
}
