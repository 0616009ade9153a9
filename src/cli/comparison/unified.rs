//! The report in the unified format of `diff -u`.

use crate::diff::lines::{self, Line};
use crate::diff::{ResourceDiff, Status};

use crate::cli::comparison::report::{Comparison, Report};
use crate::cli::comparison::terminal::sign_color;
use crate::cli::comparison::values;
use crate::cli::messages::style::{printable, visible};
use crate::message::Style;

/// The number of context lines around changes.
const CONTEXT: usize = 3;

/// Returns the report; empty if there are no differences.
pub fn text(report: &Report, style: Style) -> String {
    let mut out = String::new();
    for comparison in report.differing() {
        for resource in comparison.diff.resources.iter().filter(|resource| resource.status() != Status::NewHashesOnly) {
            out.push_str(&headings(comparison, resource, style));
            out.push_str(&body(resource, style));
            out.push_str(&sources(resource, style));
        }
    }
    out
}

/// Returns the sources of the new values, as comments.
pub fn sources(resource: &ResourceDiff, style: Style) -> String {
    let lines = resource.changes.iter().filter_map(|change| {
        let line = format!("# {} is set at {}", change.path, change.source.as_ref()?);
        Some(style.paint(&printable(&line), "2") + "\n")
    });
    lines.collect()
}

fn headings(comparison: &Comparison, resource: &ResourceDiff, style: Style) -> String {
    let line = |mark: &str, side: &Option<String>, exists: bool| {
        let name = match side {
            Some(side) if exists => format!("{side} {}", resource.label()),
            _ => "/dev/null".to_string(),
        };
        style.paint(&printable(&format!("{mark} {name}")), "1") + "\n"
    };
    let before = line("---", &comparison.before, resource.before.is_some());
    before + &line("+++", &comparison.after, resource.after.is_some())
}

/// Returns the hunks of a resource.
pub fn body(resource: &ResourceDiff, style: Style) -> String {
    let (before, after) = values::texts(resource);
    let lines = lines::compare(&before, &after);
    let mut out = String::new();
    for hunk in lines::hunks(&lines, CONTEXT) {
        let hunk: &[Line<'_>] = &lines[hunk];
        out.push_str(&style.paint(&lines::hunk_header(hunk), "36"));
        out.push('\n');
        for line in hunk {
            out.push_str(&style.paint(&visible(&format!("{}{}", line.sign.mark(), line.text)), sign_color(line.sign)));
            out.push('\n');
        }
    }
    out
}
