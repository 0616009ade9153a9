//! Merges two values of a field that a mapping contains twice.

use std::ops::Range;

use super::document::{self, Content, Node};
use super::without_bom;

/// A text in which a field is no longer repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    pub text: String,
    /// Whether the remaining value is another one than the one that was used.
    pub has_effect: bool,
}

/// Merges the value of the field whose key is at the offset `ignored` into that of the same field at `used`, in the order of the
/// text. A scalar, and a list whose elements are all in the other one, is removed.
///
/// Returns `None` for mappings in flow style or with common keys, for values of different types, and where a comment, an anchor
/// or a tag would be lost.
pub fn merge(text: &str, ignored: usize, used: usize) -> Option<Merged> {
    let body = without_bom(text);
    let bom = text.len() - body.len();
    let root = document::read(body).ok()??;
    let (ignored, used) = pair(&root, ignored.checked_sub(bom)?, used.checked_sub(bom)?)?;
    let source = Source(body);
    source.is_first_on_line(ignored.0.range.start).then_some(())?;
    let (edits, has_effect) = source.merge(ignored, used)?;
    let mut new = body.to_string();
    let mut edits = edits;
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, replacement) in edits {
        new.replace_range(range, &replacement);
    }
    Some(Merged { text: format!("{}{new}", &text[..bom]), has_effect })
}

type Entry = (Node, Node);

/// Returns the entries of a block mapping whose keys are at two offsets.
fn pair(node: &Node, first: usize, second: usize) -> Option<(&Entry, &Entry)> {
    match &node.content {
        Content::Mapping { is_flow, entries } => {
            let at = |offset: usize| entries.iter().find(|(key, _)| key.range.start == offset);
            match (at(first), at(second)) {
                (Some(first), Some(second)) => (!is_flow).then_some((first, second)),
                _ => entries.iter().find_map(|(_, value)| pair(value, first, second)),
            }
        }
        Content::Sequence { elements, .. } => elements.iter().find_map(|element| pair(element, first, second)),
        _ => None,
    }
}

fn is_empty_collection(node: &Node) -> bool {
    match &node.content {
        Content::Mapping { entries, .. } => entries.is_empty(),
        Content::Sequence { elements, .. } => elements.is_empty(),
        _ => false,
    }
}

/// The edits of a text.
type Edits = Vec<(Range<usize>, String)>;

struct Source<'a>(&'a str);

impl Source<'_> {
    /// Returns the edits, and whether they have an effect.
    fn merge(&self, ignored: &Entry, used: &Entry) -> Option<(Edits, bool)> {
        let removal = (self.lines(ignored), String::new());
        if !matches!(ignored.1.content, Content::Scalar(_)) {
            self.has_plain_start(ignored)?;
        }
        if is_empty_collection(&used.1) && !is_empty_collection(&ignored.1) {
            let lines = self.lines(used);
            let is_removable = self.is_first_on_line(used.0.range.start) && !self.0[lines.clone()].contains('#');
            return is_removable.then_some((vec![(lines, String::new())], true));
        }
        let is_before = ignored.0.range.start < used.0.range.start;
        match (&ignored.1.content, &used.1.content) {
            (Content::Scalar(_), Content::Scalar(_)) => {
                (!self.0[removal.0.clone()].contains('#')).then_some((vec![removal], false))
            }
            (Content::Sequence { elements, .. }, Content::Sequence { elements: others, .. }) => {
                let texts = |elements: &[Node]| elements.iter().map(|it| &self.0[it.range.clone()]).collect::<Vec<_>>();
                let (own, others) = (texts(elements), texts(others));
                if own.iter().all(|element| others.contains(element)) {
                    return (!self.0[removal.0.clone()].contains('#')).then_some((vec![removal], false));
                }
                Some((vec![removal, self.merge_lists(ignored, used, is_before)?], true))
            }
            (Content::Mapping { is_flow: false, entries }, Content::Mapping { is_flow: false, entries: others }) => {
                let has = |key: &Node| others.iter().any(|(other, _)| self.word(other) == self.word(key));
                if entries.iter().any(|(key, _)| has(key)) {
                    return None;
                }
                let (from, to) = (entries.first()?.0.range.start, others.first()?.0.range.start);
                Some((vec![removal, self.moved(ignored, used, from, to, is_before)?], true))
            }
            _ => None,
        }
    }

    /// Returns the edit that adds the elements of one list to another one.
    fn merge_lists(&self, ignored: &Entry, used: &Entry, is_before: bool) -> Option<(Range<usize>, String)> {
        let (Content::Sequence { is_flow, elements }, Content::Sequence { is_flow: is_flow_used, elements: others }) =
            (&ignored.1.content, &used.1.content)
        else {
            return None;
        };
        let first = others.first()?;
        match (is_flow, is_flow_used) {
            (false, false) => {
                let (from, to) = (self.dash(elements.first()?)?, self.dash(first)?);
                self.moved(ignored, used, from, to, is_before)
            }
            (true, false) => {
                self.has_plain_start(ignored)?;
                self.one_line(&ignored.1.range)?;
                let indent = " ".repeat(self.column(self.dash(first)?));
                let line = |element: &Node| format!("{indent}- {}\n", &self.0[element.range.clone()]);
                let lines: String = elements.iter().map(line).collect();
                self.insertion(used, lines, is_before)
            }
            (_, true) => {
                self.has_plain_start(used)?;
                self.one_line(&used.1.range)?;
                let is_simple = |element: &&Node| {
                    let text = &self.0[element.range.clone()];
                    matches!(element.content, Content::Scalar(_))
                        && !text.contains(['\n', ',', '[', ']', '{', '}', '#'])
                };
                let is_lossless = !self.0[self.lines(ignored)].contains('#');
                (is_lossless && elements.iter().all(|element| is_simple(&element))).then_some(())?;
                let texts: Vec<&str> = elements.iter().map(|element| &self.0[element.range.clone()]).collect();
                let added = texts.join(", ");
                match is_before {
                    true => Some((first.range.start..first.range.start, added + ", ")),
                    false => {
                        let end = others.last()?.range.end;
                        Some((end..end, format!(", {added}")))
                    }
                }
            }
        }
    }

    /// Returns the edit that inserts the lines after a key, which start in the column of `from`, in the column of `to`.
    fn moved(
        &self,
        ignored: &Entry,
        used: &Entry,
        from: usize,
        to: usize,
        is_before: bool,
    ) -> Option<(Range<usize>, String)> {
        for entry in [ignored, used] {
            self.has_plain_start(entry)?;
        }
        let start = self.line_end(ignored.0.range.end);
        let lines = self.0.get(start..self.line_end(ignored.1.range.end))?;
        let (from, to) = (self.column(from), self.column(to));
        let mut indented = String::new();
        for line in lines.split_inclusive('\n') {
            match line.trim().is_empty() {
                true => indented.push_str(line),
                false => {
                    let spaces = line.len() - line.trim_start_matches(' ').len();
                    indented.push_str(&" ".repeat((spaces + to).checked_sub(from)?));
                    indented.push_str(&line[spaces..]);
                }
            }
        }
        self.insertion(used, indented, is_before)
    }

    /// Returns the edit that inserts lines before or after those of a value in block style.
    fn insertion(&self, entry: &Entry, mut lines: String, is_before: bool) -> Option<(Range<usize>, String)> {
        let at = self.line_end(if is_before { entry.0.range.end } else { entry.1.range.end });
        if !lines.ends_with('\n') {
            lines.push('\n');
        }
        if !self.0[..at].ends_with('\n') {
            lines.insert(0, '\n');
        }
        Some((at..at, lines))
    }

    /// Checks that there is nothing but a line break and spaces between the colon and a value.
    fn has_plain_start(&self, (key, value): &Entry) -> Option<()> {
        let first = match &value.content {
            Content::Sequence { is_flow: false, elements } => self.dash(elements.first()?)?,
            _ => value.range.start,
        };
        let between = self.0.get(key.range.end..first)?;
        let line = between.split('\n').next().unwrap_or_default();
        (line.trim() == ":").then_some(())
    }

    fn one_line(&self, range: &Range<usize>) -> Option<()> {
        (!self.0[range.clone()].contains(['\n', '#'])).then_some(())
    }

    /// Returns the text of a key without quotes.
    fn word(&self, key: &Node) -> &str {
        self.0[key.range.clone()].trim_matches(['"', '\''])
    }

    fn dash(&self, element: &Node) -> Option<usize> {
        let start = self.line_start(element.range.start);
        let before = self.0[start..element.range.start].trim_end_matches(' ');
        (before.trim_start_matches(' ') == "-").then(|| start + before.len() - 1)
    }

    /// Returns the range of the lines of an entry.
    fn lines(&self, (key, value): &Entry) -> Range<usize> {
        self.line_start(key.range.start)..self.line_end(value.range.end.max(key.range.end))
    }

    fn is_first_on_line(&self, at: usize) -> bool {
        self.0[self.line_start(at)..at].trim_start_matches(' ').is_empty()
    }

    fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    fn line_start(&self, at: usize) -> usize {
        self.0[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    fn line_end(&self, at: usize) -> usize {
        self.0[at..].find('\n').map_or(self.0.len(), |newline| at + newline + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(text: &str) -> Option<(String, bool)> {
        let key = text.trim_start_matches('\u{feff}').split(':').next().unwrap();
        let first = text.find(key).unwrap();
        let second = text.rfind(&format!("\n{key}:")).unwrap() + 1;
        merge(text, first, second).map(|merged| (merged.text, merged.has_effect))
    }

    #[test]
    fn lists_are_concatenated() {
        for (text, expected) in [
            ("r:\n- a # one\n# two\n- b\nn: x\nr:\n  - c\n", "n: x\nr:\n  - a # one\n  # two\n  - b\n  - c\n"),
            ("r: [a]\nr: [b, c] # comment\n", "r: [a, b, c] # comment\n"),
            ("r: [a, b]\nr:\n- c", "r:\n- a\n- b\n- c"),
            ("r:\n- a\nr: [b]\n", "r: [a, b]\n"),
            ("\u{feff}r:\n- a\nr:\n- b\n", "\u{feff}r:\n- a\n- b\n"),
            ("r: [a]\nn: x\nr: []\n", "r: [a]\nn: x\n"),
            ("r:\n  a: 1\nr:\n    b: 2\n", "r:\n    a: 1\n    b: 2\n"),
        ] {
            assert_eq!(merged(text), Some((expected.to_string(), true)), "{text}");
        }
    }

    #[test]
    fn what_has_no_effect_is_removed() {
        for (text, expected) in [("n: a\nr: []\nn: b\n", "r: []\nn: b\n"), ("r: [a]\nr: [b, a]\n", "r: [b, a]\n")] {
            assert_eq!(merged(text), Some((expected.to_string(), false)), "{text}");
        }
    }

    #[test]
    fn nothing_is_lost() {
        for text in [
            "r: # why\n- a\nr:\n- b\n",
            "r: &a\n- a\nr:\n- b\n",
            "r: &a\n- a\nr: [b]\n",
            "r: &a [a]\nr: [b]\n",
            "r:\n  a: 1\nr:\n  a: 2\n",
            "r: {a: 1}\nr: {b: 1}\n",
            "n: a # why\nn: b\n",
            "r:\n- {a: 1}\nr: [b]\n",
            "r: [a]\nr: b\n",
        ] {
            assert_eq!(merged(text), None, "{text}");
        }
    }
}
