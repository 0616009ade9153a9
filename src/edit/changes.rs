//! Applies the edits of several fixes to the texts of files.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::yaml::{FileId, ParseLimits, decode_text, parse_stream};

/// The replacement of a range of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    /// The path of the file.
    pub file: String,
    /// The range in bytes of the text in which each line break is one byte.
    pub range: Range<usize>,
    /// The new text. Line breaks become those of the file.
    pub text: String,
}

/// The result of applying fixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The new contents of the files that change.
    pub contents: BTreeMap<String, Vec<u8>>,
    /// For each fix, whether it was applied.
    pub is_applied: Vec<bool>,
}

/// Applies fixes, each with all its edits or not at all. A fix is not applied if it overlaps or touches one before it, unless both
/// insert different texts at the same place, if it
/// edits a file that is not UTF-8, or if a file that was valid YAML would not be any longer.
///
/// # Example
/// ```
/// use boutique::edit::{FileEdit, apply_fixes};
///
/// let contents = [("a.yaml".to_string(), b"nam: shop # ours\r\n".to_vec())].into();
/// let fix = vec![FileEdit { file: "a.yaml".to_string(), range: 0..3, text: "name".to_string() }];
/// let applied = apply_fixes(&contents, &[fix.clone(), fix]);
/// assert_eq!(applied.contents["a.yaml"], b"name: shop # ours\r\n");
/// assert_eq!(applied.is_applied, [true, false]);
/// ```
pub fn apply_fixes(contents: &BTreeMap<String, Vec<u8>>, fixes: &[Vec<FileEdit>]) -> Applied {
    let mut is_applied = vec![false; fixes.len()];
    // The accepted edits of each file, by their positions.
    let mut accepted: BTreeMap<&str, BTreeMap<(usize, usize), &FileEdit>> = BTreeMap::new();
    for (fix, is_applied) in fixes.iter().zip(&mut is_applied) {
        let is_apart = |edit: &FileEdit| {
            let edits = accepted.get(edit.file.as_str());
            let before = edits.and_then(|edits| edits.range(..=(edit.range.end, usize::MAX)).next_back());
            let is_insertion =
                |other: &FileEdit| other.range.is_empty() && other.range == edit.range && other.text != edit.text;
            before.is_none_or(|(_, other)| other.range.end < edit.range.start || is_insertion(other))
        };
        if fix.iter().all(|edit| contents.contains_key(&edit.file) && is_apart(edit)) {
            *is_applied = true;
            for edit in fix {
                let edits = accepted.entry(&edit.file).or_default();
                edits.insert((edit.range.start, edits.len()), edit);
            }
        }
    }
    let mut applied = Applied { contents: BTreeMap::new(), is_applied };
    let mut refused = Vec::new();
    for (file, edits) in accepted {
        let old = &contents[file];
        match edited(old, edits.into_values()).filter(|new| is_yaml(new) || !is_yaml(old)) {
            Some(new) => drop(applied.contents.insert(file.to_string(), new)),
            None => refused.push(file.to_string()),
        }
    }
    if refused.is_empty() {
        return applied;
    }
    without(contents, fixes, applied, &refused)
}

/// Returns the result without the fixes that edit one of the refused files. If there are others, they are applied anew.
fn without(
    contents: &BTreeMap<String, Vec<u8>>,
    fixes: &[Vec<FileEdit>],
    mut applied: Applied,
    refused: &[String],
) -> Applied {
    let is_wanted = |fix: &Vec<FileEdit>| fix.iter().all(|edit| !refused.contains(&edit.file));
    let wanted: Vec<usize> = (0..fixes.len()).filter(|&at| applied.is_applied[at] && is_wanted(&fixes[at])).collect();
    let remaining: Vec<Vec<FileEdit>> = wanted.iter().map(|&at| fixes[at].clone()).collect();
    let again = apply_fixes(contents, &remaining);
    applied.is_applied.fill(false);
    for (at, is_applied) in wanted.into_iter().zip(again.is_applied) {
        applied.is_applied[at] = is_applied;
    }
    Applied { contents: again.contents, ..applied }
}

/// Returns the content with edits, which are sorted; `None` if it is not UTF-8 or a range is not in it.
fn edited<'a>(content: &[u8], edits: impl Iterator<Item = &'a FileEdit>) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(content).ok()?;
    // The offsets, in the text with short line breaks, of the line breaks that are two bytes in the file.
    let long: Vec<usize> = text.match_indices("\r\n").enumerate().map(|(nth, (at, _))| at - nth).collect();
    let in_file = |offset: usize| offset + long.partition_point(|&at| at < offset);
    let mut new = String::with_capacity(text.len());
    let mut position = 0;
    for FileEdit { range, text: replacement, .. } in edits {
        let (start, end) = (in_file(range.start), in_file(range.end));
        new.push_str(text.get(position..start)?);
        match long.is_empty() {
            true => new.push_str(replacement),
            false => new.push_str(&replacement.replace('\n', "\r\n")),
        }
        text.get(start..end)?;
        position = end;
    }
    new.push_str(text.get(position..)?);
    Some(new.into_bytes())
}

fn is_yaml(content: &[u8]) -> bool {
    let parses = |text: &Arc<String>| parse_stream(text, FileId::NONE, ParseLimits::default()).is_ok();
    decode_text(content).is_ok_and(|text| parses(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(file: &str, range: Range<usize>, text: &str) -> FileEdit {
        FileEdit { file: file.to_string(), range, text: text.to_string() }
    }

    fn apply(content: &[u8], fixes: &[Vec<FileEdit>]) -> (Vec<u8>, Vec<bool>) {
        let applied = apply_fixes(&[("a".to_string(), content.to_vec())].into(), fixes);
        (applied.contents.get("a").cloned().unwrap_or(content.to_vec()), applied.is_applied)
    }

    #[test]
    fn byte_order_marks_and_line_breaks_stay() {
        let content = "\u{feff}a: ä # c\r\nb: 1\r\nc: 2\n".as_bytes();
        let fixes = [vec![edit("a", 13..14, "bb")], vec![edit("a", 18..18, "# new\n")]];
        let (new, is_applied) = apply(content, &fixes);
        assert_eq!(String::from_utf8(new).unwrap(), "\u{feff}a: ä # c\r\nbb: 1\r\n# new\r\nc: 2\n");
        assert_eq!(is_applied, [true, true]);
    }

    #[test]
    fn fixes_that_cannot_be_applied_are_left_out() {
        let overlapping = [vec![edit("a", 0..1, "b")], vec![edit("a", 1..2, " :")], vec![edit("a", 3..4, "2")]];
        assert_eq!(apply(b"a: 1\n", &overlapping), (b"b: 2\n".to_vec(), vec![true, false, true]));
        let invalid = [vec![edit("a", 3..4, "[")]];
        assert_eq!(apply(b"a: 1\n", &invalid), (b"a: 1\n".to_vec(), vec![false]));
        let outside = [vec![edit("a", 30..40, "[")], vec![edit("b", 0..0, "")]];
        assert_eq!(apply(b"a: 1\n", &outside), (b"a: 1\n".to_vec(), vec![false, false]));
        assert_eq!(apply(b"\xff\xfea\0", &[vec![edit("a", 0..1, "b")]]).1, [false]);
    }

    #[test]
    fn one_broken_file_does_not_stop_the_others() {
        let contents: BTreeMap<_, _> =
            [("a".to_string(), b"a: 1\n".to_vec()), ("b".to_string(), b"b: 1\n".to_vec())].into();
        let fixes = [vec![edit("a", 3..4, "[")], vec![edit("b", 3..4, "2")]];
        let applied = apply_fixes(&contents, &fixes);
        assert_eq!(applied.is_applied, [false, true]);
        assert_eq!(applied.contents, [("b".to_string(), b"b: 2\n".to_vec())].into());
    }
}
