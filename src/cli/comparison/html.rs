//! The report as a self-contained HTML page with side-by-side diffs.

use std::fmt::Write as _;
use std::ops::Range;

use crate::diff::lines::{self, Line, Sign};
use crate::diff::{ResourceDiff, Status};

use crate::cli::comparison::report::{Comparison, Report};
use crate::cli::comparison::terminal::heading;
use crate::cli::comparison::values;
use crate::cli::messages::style::{escaped, visible};

/// The template of the page, with its style sheet and script.
const PAGE: &str = include_str!("page.html");

/// The number of context lines around changes; other lines are folded.
const CONTEXT: usize = 3;

/// Returns the page.
pub fn text(report: &Report) -> String {
    let mut content = String::new();
    for comparison in report.differing() {
        write_comparison(&mut content, comparison);
    }
    let summary = shown(&report.summary());
    let (start, rest) = PAGE.split_once("{summary}").expect("the template contains {summary}");
    let (middle, end) = rest.split_once("{content}").expect("the template contains {content}");
    [start, &summary, middle, &content, end].concat()
}

fn write_comparison(out: &mut String, comparison: &Comparison) {
    let remark = comparison.remark.as_ref().map_or(String::new(), |remark| format!("<p>{}</p>\n", shown(remark)));
    let _ = write!(out, "<section>\n<h2>{}</h2>\n{remark}", shown(&comparison.title()));
    for resource in comparison.diff.resources.iter().filter(|resource| resource.status() != Status::NewHashesOnly) {
        write_resource(out, resource);
    }
    out.push_str("</section>\n");
}

fn write_resource(out: &mut String, resource: &ResourceDiff) {
    let (class, word) = match resource.status() {
        Status::Added => ("added", "added"),
        Status::Removed => ("removed", "removed"),
        Status::Changed | Status::NewHashesOnly => ("changed", "changed"),
    };
    let title = shown(heading(resource, "").trim_start());
    let _ =
        write!(out, "<details open class=\"resource\">\n<summary><b class=\"{class}\">{word}</b> {title}</summary>\n");
    if !resource.referrers.is_empty() {
        let _ = writeln!(out, "<p>New name used in {}.</p>", shown(&resource.referrers.join(", ")));
    }
    let (before, after) = values::texts(resource);
    let is_two_sided = resource.before.is_some() && resource.after.is_some();
    let columns = "<col class=\"number\"><col>".repeat(if is_two_sided { 2 } else { 1 });
    let class = if is_two_sided { "sides" } else { "side" };
    let _ = writeln!(out, "<table class=\"{class}\">\n<colgroup>{columns}</colgroup>");
    write_rows(out, &lines::compare(&before, &after), is_two_sided);
    out.push_str("</table>\n");
    write_sources(out, resource);
    out.push_str("</details>\n");
}

fn write_sources(out: &mut String, resource: &ResourceDiff) {
    let sources = resource.changes.iter().filter_map(|change| Some((&change.path, change.source.as_ref()?)));
    let items: String = sources
        .map(|(path, source)| {
            format!(
                "<li><code>{}</code> at <code>{}</code></li>\n",
                shown(&path.to_string()),
                shown(&source.to_string())
            )
        })
        .collect();
    if !items.is_empty() {
        let _ = write!(out, "<ul>\n{items}</ul>\n");
    }
}

/// Writes the rows of a table. Lines that are not near a change are folded behind a button.
fn write_rows(out: &mut String, lines: &[Line<'_>], is_two_sided: bool) {
    let mut done = 0;
    for hunk in lines::hunks(lines, CONTEXT) {
        write_fold(out, lines, done..hunk.start, is_two_sided);
        out.push_str("<tbody>\n");
        write_lines(out, &lines[hunk.clone()], is_two_sided);
        out.push_str("</tbody>\n");
        done = hunk.end;
    }
    write_fold(out, lines, done..lines.len(), is_two_sided);
}

fn write_fold(out: &mut String, lines: &[Line<'_>], range: Range<usize>, is_two_sided: bool) {
    if range.is_empty() {
        return;
    }
    let count = range.len();
    let noun = if count == 1 { "unchanged line" } else { "unchanged lines" };
    let columns = if is_two_sided { 4 } else { 2 };
    let _ = writeln!(
        out,
        "<tbody class=\"fold\"><tr><td colspan=\"{columns}\"><button>{count} {noun}</button></td></tr></tbody>"
    );
    out.push_str("<tbody hidden>\n");
    write_lines(out, &lines[range], is_two_sided);
    out.push_str("</tbody>\n");
}

fn write_lines(out: &mut String, lines: &[Line<'_>], is_two_sided: bool) {
    let mut rest = lines;
    while let Some(first) = rest.first() {
        if first.sign == Sign::Both || !is_two_sided {
            write_row(out, Some(first), Some(first), is_two_sided);
            rest = &rest[1..];
            continue;
        }
        let count = |lines: &[Line<'_>], sign| lines.iter().take_while(|line| line.sign == sign).count();
        let removed = count(rest, Sign::Removed);
        let added = count(&rest[removed..], Sign::Added);
        for at in 0..removed.max(added) {
            let before = (at < removed).then(|| &rest[at]);
            let after = (at < added).then(|| &rest[removed + at]);
            write_row(out, before, after, is_two_sided);
        }
        rest = &rest[removed + added..];
    }
}

fn write_row(out: &mut String, before: Option<&Line<'_>>, after: Option<&Line<'_>>, is_two_sided: bool) {
    out.push_str("<tr>");
    let (old, new) = match (before, after) {
        (Some(before), Some(after)) if is_two_sided && before.sign != after.sign => {
            marked(&visible(before.text), &visible(after.text))
        }
        _ => (
            before.map_or(String::new(), |line| shown(line.text)),
            after.map_or(String::new(), |line| shown(line.text)),
        ),
    };
    let mut cells = |line: Option<&Line<'_>>, number: usize, text: &str, side: &str| {
        let class = match line.map(|line| line.sign) {
            None => "none",
            Some(Sign::Both) => "same",
            Some(Sign::Removed) => "old",
            Some(Sign::Added) => "new",
        };
        let number = if line.is_some() { number.to_string() } else { String::new() };
        let _ = write!(out, "<th class=\"{class} {side}\">{number}</th><td class=\"{class} {side}\">{text}</td>");
    };
    if is_two_sided {
        cells(before, before.map_or(0, |line| line.before), &old, "left");
        cells(after, after.map_or(0, |line| line.after), &new, "right");
    } else {
        // The other side has no lines, so the larger number belongs to this side.
        cells(after, after.map_or(0, |line| line.before.max(line.after)), &new, "right");
    }
    out.push_str("</tr>\n");
}

/// Returns two lines as HTML, with the text between their common start and end marked.
fn marked(before: &str, after: &str) -> (String, String) {
    let same = |(a, b): &(char, char)| a == b;
    let start: usize = before.chars().zip(after.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let (before_rest, after_rest) = (&before[start..], &after[start..]);
    let pairs = before_rest.chars().rev().zip(after_rest.chars().rev());
    let end: usize = pairs.take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let mark = |text: &str| {
        let (first, last) = (&text[..start], &text[text.len() - end..]);
        let middle = &text[start..text.len() - end];
        // Lines with nothing in common are not marked.
        let has_common = !first.trim().is_empty() || !last.is_empty();
        let is_marked = has_common && !middle.is_empty();
        let middle = if is_marked { format!("<mark>{}</mark>", escaped(middle)) } else { escaped(middle) };
        format!("{}{middle}{}", escaped(first), escaped(last))
    };
    (mark(before), mark(after))
}

fn shown(text: &str) -> String {
    escaped(&visible(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_differing_text_is_marked() {
        let (before, after) = marked("image: a<b:v1.0", "image: a<b:v2.0");
        assert_eq!(before, "image: a&lt;b:v<mark>1</mark>.0");
        assert_eq!(after, "image: a&lt;b:v<mark>2</mark>.0");
        assert_eq!(marked("aa", "a"), ("a<mark>a</mark>".to_string(), "a".to_string()));
        assert_eq!(marked("  äö", "  ß"), ("  äö".to_string(), "  ß".to_string()));
    }
}
