//! Line-by-line comparison of two texts.

use std::ops::Range;

use similar::DiffTag;

use super::align::{MAX_EFFORT, align};

/// The side of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Both,
    Removed,
    Added,
}

impl Sign {
    /// Returns the character that marks such a line in a unified diff.
    pub fn mark(self) -> char {
        match self {
            Sign::Both => ' ',
            Sign::Removed => '-',
            Sign::Added => '+',
        }
    }
}

/// A line of one or both texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    pub sign: Sign,
    /// The text without its line break.
    pub text: &'a str,
    /// Whether it is the last line and has no line break.
    pub lacks_line_break: bool,
    /// The numbers of the line, from 1. On the side that lacks the line, the number of the line before.
    pub before: usize,
    pub after: usize,
}

/// Compares two texts. Removed lines come before those that replace them.
pub fn compare<'a>(before: &'a str, after: &'a str) -> Vec<Line<'a>> {
    let before: Vec<&str> = before.split_inclusive('\n').collect();
    let after: Vec<&str> = after.split_inclusive('\n').collect();
    let (mut lines, mut old, mut new) = (Vec::new(), 0, 0);
    let mut push = |sign: Sign, texts: &[&'a str]| {
        for text in texts {
            old += usize::from(sign != Sign::Added);
            new += usize::from(sign != Sign::Removed);
            let (text, lacks_line_break) = text.strip_suffix('\n').map_or((*text, true), |text| (text, false));
            lines.push(Line { sign, text, lacks_line_break, before: old, after: new });
        }
    };
    for step in align(&before, &after, &mut { MAX_EFFORT }) {
        match step.tag() {
            DiffTag::Equal => push(Sign::Both, &before[step.old_range()]),
            _ => {
                push(Sign::Removed, &before[step.old_range()]);
                push(Sign::Added, &after[step.new_range()]);
            }
        }
    }
    lines
}

/// Returns the hunks of a unified diff: the lines that differ, with `context` lines around them.
pub fn hunks(lines: &[Line<'_>], context: usize) -> Vec<Range<usize>> {
    let mut hunks: Vec<Range<usize>> = Vec::new();
    for (index, _) in lines.iter().enumerate().filter(|(_, line)| line.sign != Sign::Both) {
        let (start, end) = (index.saturating_sub(context), (index + 1 + context).min(lines.len()));
        match hunks.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => hunks.push(start..end),
        }
    }
    hunks
}

/// Returns the header of a hunk in a unified diff.
pub fn hunk_header(hunk: &[Line<'_>]) -> String {
    let side = |lacks: Sign, first: Option<usize>| {
        let count = hunk.iter().filter(|line| line.sign != lacks).count();
        let lacks_first = hunk.first().is_some_and(|line| line.sign == lacks);
        // An empty range has the number of the line before it.
        let first = first.unwrap_or(0) + usize::from(lacks_first && count > 0);
        format!("{first},{count}")
    };
    let before = side(Sign::Added, hunk.first().map(|line| line.before));
    let after = side(Sign::Removed, hunk.first().map(|line| line.after));
    format!("@@ -{before} +{after} @@")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_in_a_unified_diff() {
        let before = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let after = "a\nB\nc\nd\ne\nf\ng\nh\ni";
        let lines = compare(before, after);
        let hunks = hunks(&lines, 1);
        let shown: Vec<String> = hunks
            .iter()
            .map(|hunk| {
                let lines = &lines[hunk.clone()];
                let text: Vec<String> = lines.iter().map(|line| format!("{}{}", line.sign.mark(), line.text)).collect();
                format!("{} {}", hunk_header(lines), text.join("|"))
            })
            .collect();
        assert_eq!(shown, ["@@ -1,3 +1,3 @@  a|-b|+B| c", "@@ -8,1 +8,2 @@  h|+i"]);
        assert!(lines.last().is_some_and(|line| line.lacks_line_break));
    }

    #[test]
    fn an_empty_side_starts_at_zero() {
        assert_eq!(hunk_header(&compare("", "a\nb\n")), "@@ -0,0 +1,2 @@");
        assert_eq!(hunk_header(&compare("a\n", "")), "@@ -1,1 +0,0 @@");
    }
}
