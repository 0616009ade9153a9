//! A unified diff of small texts, for the messages of failing tests.

use std::fmt::Write as _;

/// How many equal lines are shown around a difference.
const CONTEXT: usize = 3;

enum Change<'a> {
    Same(&'a str),
    Removed(&'a str),
    Added(&'a str),
}

/// Returns how to get from `expected` to `actual`, or nothing if they are equal. Lines without newline say so.
pub fn unified(expected: &str, actual: &str) -> String {
    let changes = changes(&lines(expected), &lines(actual));
    let is_change = |change: &Change<'_>| !matches!(change, Change::Same(_));
    let mut text = String::new();
    let mut shown_to = 0;
    for (at, change) in changes.iter().enumerate() {
        let near = &changes[at.saturating_sub(CONTEXT)..changes.len().min(at + CONTEXT + 1)];
        if !near.iter().any(is_change) {
            continue;
        }
        if at > shown_to {
            text.push_str("  ...\n");
        }
        shown_to = at + 1;
        let (sign, line) = match change {
            Change::Same(line) => (' ', line),
            Change::Removed(line) => ('-', line),
            Change::Added(line) => ('+', line),
        };
        let (line, note) = match line.strip_suffix('\n') {
            Some(line) => (line, ""),
            None => (*line, " (no newline)"),
        };
        writeln!(text, "{sign} {line}{note}").expect("writing to a string");
    }
    text
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn changes<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Change<'a>> {
    let width = new.len() + 1;
    // The length of the longest common subsequence of what is left of both.
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut changes = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            changes.push(Change::Same(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1] {
            changes.push(Change::Removed(old[i]));
            i += 1;
        } else {
            changes.push(Change::Added(new[j]));
            j += 1;
        }
    }
    changes
}

#[test]
fn differences_are_shown_with_context() {
    assert_eq!(unified("a\nb\n", "a\nb\n"), "");
    let old = "1\n2\n3\n4\n5\n6\n7\n8\n";
    let new = "1\n2\n3\n4\nfive\n6\n7\n8";
    assert_eq!(unified(old, new), "  ...\n  2\n  3\n  4\n- 5\n+ five\n  6\n  7\n- 8\n+ 8 (no newline)\n");
}
