//! Finds the edits that change collections in flow style, such as those of JSON.

use std::collections::HashSet;
use std::ops::Range;

use granit_parser::ScalarStyle;
use serde_yaml::{Mapping, Value};

use super::align::{Step, align};
use super::document::{Content, Edit, Node};
use super::write;

/// The notation of new values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    Yaml,
    Json,
}

impl Notation {
    /// Returns the notation of a file: JSON if its root is in flow style, with quoted keys.
    pub fn of(root: &Node) -> Notation {
        match &root.content {
            Content::Mapping { is_flow: true, entries } if entries.iter().all(|(key, _)| is_double_quoted(key)) => {
                Notation::Json
            }
            _ => Notation::Yaml,
        }
    }

    fn write(self, value: &Value) -> String {
        let mut text = String::new();
        match self {
            Notation::Yaml => write::flow(value, &mut text),
            Notation::Json => write::json(value, &mut text),
        }
        text
    }

    fn write_entry(self, name: &Value, value: &Value) -> String {
        format!("{}: {}", self.write(name), self.write(value))
    }
}

fn is_double_quoted(node: &Node) -> bool {
    matches!(node.content, Content::Scalar(ScalarStyle::DoubleQuoted))
}

/// Returns the edits that change the data of a value in flow style.
pub fn change(text: &str, notation: Notation, node: &Node, old: &Value, new: &Value) -> Vec<Edit> {
    let mut changes = Changes { text, notation, edits: Vec::new() };
    changes.value(node, old, new);
    changes.edits
}

struct Changes<'a> {
    text: &'a str,
    notation: Notation,
    edits: Vec<Edit>,
}

impl Changes<'_> {
    fn edit(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.edits.push(Edit { range, text: text.into() });
    }

    fn value(&mut self, node: &Node, old: &Value, new: &Value) {
        match (&node.content, old, new) {
            _ if old == new => {}
            (Content::Mapping { entries, .. }, Value::Mapping(old), Value::Mapping(new))
                if entries.len() == old.len() && !entries.is_empty() =>
            {
                self.mapping(node, entries, old, new);
            }
            (Content::Sequence { elements, .. }, Value::Sequence(old), Value::Sequence(new))
                if elements.len() == old.len() && !elements.is_empty() =>
            {
                self.sequence(node, elements, old, new);
            }
            (Content::Scalar(style), ..) => {
                let quoted = write::quoted_like(*style, new).filter(|_| self.notation == Notation::Yaml);
                self.edit(node.range.clone(), quoted.unwrap_or_else(|| self.notation.write(new)));
            }
            _ => self.edit(node.range.clone(), self.notation.write(new)),
        }
    }

    fn mapping(&mut self, node: &Node, entries: &[(Node, Node)], old: &Mapping, new: &Mapping) {
        let mut steps = Vec::new();
        for (at, ((_, node), (name, old))) in entries.iter().zip(old).enumerate() {
            match new.get(name) {
                Some(new) => self.value(node, old, new),
                None => steps.push(Step::Remove(at)),
            }
        }
        let added = new.keys().enumerate().filter(|(_, name)| !old.contains_key(*name));
        steps.extend(added.map(|(from, _)| Step::Add { after: entries.len().checked_sub(1), from }));
        let ranges: Vec<_> =
            entries.iter().map(|(key, value)| key.range.start..value.range.end.max(key.range.end)).collect();
        let texts: Vec<String> = new.iter().map(|(name, value)| self.notation.write_entry(name, value)).collect();
        self.items(node, ranges, &steps, &texts);
    }

    fn sequence(&mut self, node: &Node, elements: &[Node], old: &[Value], new: &[Value]) {
        let steps = align(old, new);
        for step in &steps {
            if let Step::Change { at, from } = *step {
                self.value(&elements[at], &old[at], &new[from]);
            }
        }
        let ranges = elements.iter().map(|element| element.range.clone()).collect();
        let texts: Vec<String> = new.iter().map(|value| self.notation.write(value)).collect();
        self.items(node, ranges, &steps, &texts);
    }

    /// Removes and adds items of a collection. `texts` are those of all new items.
    fn items(&mut self, node: &Node, mut items: Vec<Range<usize>>, steps: &[Step], texts: &[String]) {
        let Some(interior) = self.interior(node) else { return };
        self.include_properties(&mut items, interior.start);
        let separator = self.separator(&interior, &items);
        let is_removed: HashSet<usize> =
            steps.iter().filter_map(|step| if let Step::Remove(at) = step { Some(*at) } else { None }).collect();
        let Some(first) = (0..items.len()).find(|at| !is_removed.contains(at)) else {
            let added: Vec<&str> = texts.iter().map(String::as_str).collect();
            let range = if added.is_empty() { interior } else { items[0].start..items[items.len() - 1].end };
            return self.edit(range, added.join(&separator));
        };
        for step in steps {
            match *step {
                Step::Change { .. } => {}
                Step::Remove(at) if at > first => self.edit(items[at - 1].end..items[at].end, ""),
                Step::Remove(at) => self.edit(items[at].start..items[at + 1].start, ""),
                Step::Add { after: Some(at), from } if at >= first => {
                    self.edit(items[at].end..items[at].end, format!("{separator}{}", texts[from]));
                }
                Step::Add { from, .. } => {
                    self.edit(items[first].start..items[first].start, format!("{}{separator}", texts[from]));
                }
            }
        }
    }

    /// Returns the range between the brackets of a collection.
    fn interior(&self, node: &Node) -> Option<Range<usize>> {
        let open = node.range.start + self.text[node.range.clone()].find(['{', '['])?;
        (node.range.end > open + 1).then_some(open + 1..node.range.end - 1)
    }

    /// Extends the ranges of items to their anchors and tags.
    fn include_properties(&self, items: &mut [Range<usize>], interior: usize) {
        let mut from = interior;
        for item in items {
            let before = self.text.get(from..item.start).unwrap_or_default();
            let properties = before.trim_start_matches([' ', '\t', '\n', '\r', ',']);
            if properties.starts_with(['&', '!']) {
                item.start -= properties.len();
            }
            from = item.end;
        }
    }

    /// Returns the text between two items: that between the first two if each is on its own line or if there is no space, or
    /// else the line break before the only item.
    fn separator(&self, interior: &Range<usize>, items: &[Range<usize>]) -> String {
        let blank = |text: &str| text.chars().all(char::is_whitespace);
        if let [first, second, ..] = items {
            let between = self.text.get(first.end..second.start).unwrap_or_default();
            let is_separator = between.split_once(',').is_some_and(|(before, after)| blank(before) && blank(after));
            if is_separator && (between.contains('\n') || between == ",") {
                return between.to_string();
            }
        }
        let before = items.first().and_then(|first| self.text.get(interior.start..first.start)).unwrap_or_default();
        if before.contains('\n') && blank(before) { format!(",{before}") } else { ", ".to_string() }
    }
}
