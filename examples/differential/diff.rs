//! A unified diff of two texts, for people.

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// Texts longer than this are not compared line by line.
const LONGEST: usize = 4000;

/// Returns a unified diff.
pub fn unified(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    if old.len() > LONGEST || new.len() > LONGEST {
        return "the outputs are too long to show how they differ\n".to_string();
    }
    let lines = edits(&old, &new);
    let shown = |index: usize| {
        let around = index.saturating_sub(CONTEXT)..(index + CONTEXT + 1).min(lines.len());
        lines[around].iter().any(|(sign, _)| *sign != ' ')
    };
    let mut out = String::from("--- reference\n+++ boutique\n");
    let mut gap = false;
    for (index, (sign, line)) in lines.iter().enumerate() {
        if shown(index) {
            if gap {
                out.push_str("@@\n");
            }
            out.push(*sign);
            out.push_str(line);
            out.push('\n');
        }
        gap = !shown(index);
    }
    out
}

/// Returns all lines of both texts, marked with what happened to them.
pub fn edits<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    // The length of the longest common subsequence of what is left from each pair of lines on.
    let width = new.len() + 1;
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
    let mut lines = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((' ', old[i]));
            i += 1;
            j += 1;
        } else if i < old.len() && (j == new.len() || common[(i + 1) * width + j] >= common[i * width + j + 1]) {
            lines.push(('-', old[i]));
            i += 1;
        } else {
            lines.push(('+', new[j]));
            j += 1;
        }
    }
    lines
}
