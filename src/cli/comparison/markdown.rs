//! The report as Markdown for a pull request comment, with folded manifests.

use crate::diff::{ResourceDiff, Status};

use crate::cli::comparison::report::{Comparison, Report};
use crate::cli::comparison::terminal::{heading, status_color};
use crate::cli::comparison::unified;
use crate::cli::messages::style::{escaped, printable};
use crate::message::Style;

/// The maximum number of lines of a resource that is shown unfolded.
const MAX_UNFOLDED_LINES: usize = 15;

/// The maximum number of resources in a report that shows any of them unfolded.
const MAX_UNFOLDED_RESOURCES: usize = 10;

/// The number of characters reserved for the line about omitted differences.
const RESERVE: usize = 200;

/// Returns the report in at most `max_size` characters, unless its heading alone is longer.
pub fn text(report: &Report, max_size: usize) -> String {
    let mut out = format!("### {}\n\n", report.summary());
    let mut size = out.chars().count();
    let mut omitted = 0;
    let count: usize = report.differing().map(|comparison| comparison.diff.resources.len()).sum();
    let is_short = count <= MAX_UNFOLDED_RESOURCES;
    for comparison in report.differing() {
        // The title precedes the first section that fits.
        let mut title = Some(title(comparison));
        let shown = comparison.diff.resources.iter().filter(|resource| resource.status() != Status::NewHashesOnly);
        let sections = shown.map(|resource| section(resource, is_short)).collect::<Vec<String>>();
        let has_no_sections = sections.is_empty();
        for section in sections.into_iter().chain(has_no_sections.then(String::new)) {
            let part = title.clone().unwrap_or_default() + &section;
            let part_size = part.chars().count();
            if size + part_size + RESERVE > max_size {
                omitted += 1;
                continue;
            }
            size += part_size;
            out.push_str(&part);
            title = None;
        }
    }
    if omitted > 0 {
        let noun = if omitted == 1 { "difference" } else { "differences" };
        out.push_str(&format!("**{omitted} more {noun} omitted to stay within {max_size} characters.**\n"));
    }
    out
}

fn title(comparison: &Comparison) -> String {
    let remark = comparison.remark.as_ref().map_or(String::new(), |remark| format!("<p>{}</p>\n", shown(remark)));
    // In an HTML block, names are not parsed as Markdown.
    format!("<h4><code>{}</code></h4>\n{remark}\n", shown(&comparison.title()))
}

fn section(resource: &ResourceDiff, is_short: bool) -> String {
    let body = unified::body(resource, Style::plain()) + &unified::sources(resource, Style::plain());
    let open = if is_short && body.lines().count() <= MAX_UNFOLDED_LINES { " open" } else { "" };
    let (_, mark) = status_color(resource.status());
    let fence = fence(&body);
    let referrers = match &resource.referrers[..] {
        [] => String::new(),
        referrers => format!("<p>New name used in <code>{}</code>.</p>\n\n", shown(&referrers.join(", "))),
    };
    format!(
        "<details{open}><summary><code>{}</code></summary>\n\n{fence}diff\n{body}{fence}\n\n{referrers}</details>\n\n",
        shown(&heading(resource, mark))
    )
}

/// Returns a code fence longer than any run of backticks in the text.
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
    fn fences_are_longer_than_runs_in_the_text() {
        assert_eq!(fence("a"), "```");
        assert_eq!(fence("a ``` b `````c"), "``````");
    }
}
