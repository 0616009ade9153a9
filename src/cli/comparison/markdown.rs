//! The report as a comment on a pull request: short at first sight, the manifests folded.

use crate::diff::{ResourceDiff, Status};

use crate::cli::comparison::report::{Comparison, Report};
use crate::cli::comparison::terminal::{heading, status_color};
use crate::cli::comparison::unified;
use crate::cli::messages::style::{escaped, printable};
use crate::message::Style;

/// How long a resource may be, in lines, to be shown unfolded, if there are not many of them.
const SHORT: usize = 15;
const FEW: usize = 10;

/// What is kept free for the line about what was left out.
const RESERVE: usize = 200;

/// Returns the report in at most `max_size` characters, unless its heading alone is longer.
pub fn text(report: &Report, max_size: usize) -> String {
    let mut out = format!("### {}\n\n", report.summary());
    let mut size = out.chars().count();
    let mut left_out = 0;
    let is_short = report.differing().map(|comparison| comparison.diff.resources.len()).sum::<usize>() <= FEW;
    for comparison in report.differing() {
        // A title stands before the first section that has room.
        let mut title = Some(title(comparison));
        let shown = comparison.diff.resources.iter().filter(|resource| resource.status() != Status::Follows);
        let sections = shown.map(|resource| section(resource, is_short)).collect::<Vec<String>>();
        let is_without = sections.is_empty();
        for section in sections.into_iter().chain(is_without.then(String::new)) {
            let part = title.clone().unwrap_or_default() + &section;
            let part_size = part.chars().count();
            if size + part_size + RESERVE > max_size {
                left_out += 1;
                continue;
            }
            size += part_size;
            out.push_str(&part);
            title = None;
        }
    }
    if left_out > 0 {
        let (noun, are) = if left_out == 1 { ("difference", "is") } else { ("differences", "are") };
        out.push_str(&format!(
            "**{left_out} more {noun} {are} left out, for the text to stay below {max_size} characters.**\n"
        ));
    }
    out
}

fn title(comparison: &Comparison) -> String {
    let note = comparison.remark.as_ref().map_or(String::new(), |note| format!("<p>{}</p>\n", shown(note)));
    // Between tags of a block, names are not read as markdown.
    format!("<h4><code>{}</code></h4>\n{note}\n", shown(&comparison.title()))
}

fn section(resource: &ResourceDiff, is_short: bool) -> String {
    let body = unified::body(resource, Style::plain()) + &unified::sources(resource, Style::plain());
    let open = if is_short && body.lines().count() <= SHORT { " open" } else { "" };
    let (_, mark) = status_color(resource.status());
    let fence = fence(&body);
    let referrers = match &resource.referrers[..] {
        [] => String::new(),
        referrers => format!("<p>Its new name is in <code>{}</code>.</p>\n\n", shown(&referrers.join(", "))),
    };
    format!(
        "<details{open}><summary><code>{}</code></summary>\n\n{fence}diff\n{body}{fence}\n\n{referrers}</details>\n\n",
        shown(&heading(resource, mark))
    )
}

/// Returns a fence that the text cannot end.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat((longest + 1).max(3))
}

fn shown(text: &str) -> String {
    escaped(&printable(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_fence() {
        assert_eq!(fence("a"), "```");
        assert_eq!(fence("a ``` b `````c"), "``````");
    }
}
