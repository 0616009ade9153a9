//! The manifests line by line, as `diff -u` shows them.

use crate::diff::lines::{self, Line};
use crate::diff::{ResourceDiff, Status};

use crate::cli::comparison::report::{Comparison, Report};
use crate::cli::comparison::terminal::sign_color;
use crate::cli::comparison::values;
use crate::cli::messages::style::{printable, visible};
use crate::message::Style;

/// How many lines are shown around those that differ.
const CONTEXT: usize = 3;

/// Returns the report; nothing if there is no difference.
pub fn text(report: &Report, style: Style) -> String {
    let mut out = String::new();
    for comparison in report.differing() {
        for resource in comparison.diff.resources.iter().filter(|resource| resource.status() != Status::Follows) {
            out.push_str(&headings(comparison, resource, style));
            out.push_str(&body(resource, style));
            out.push_str(&sources(resource, style));
        }
    }
    out
}

/// Returns where the new values were written, as comments.
pub fn sources(resource: &ResourceDiff, style: Style) -> String {
    let lines = resource.changes.iter().filter_map(|change| {
        let line = format!("# {} is at {}", change.path, change.source.as_ref()?);
        Some(style.paint(&printable(&line), "2") + "\n")
    });
    lines.collect()
}

fn headings(comparison: &Comparison, resource: &ResourceDiff, style: Style) -> String {
    let line = |mark: &str, side: &Option<String>, is_there: bool| {
        let name = match side {
            Some(side) if is_there => format!("{side} {}", resource.label()),
            _ => "/dev/null".to_string(),
        };
        style.paint(&printable(&format!("{mark} {name}")), "1") + "\n"
    };
    let before = line("---", &comparison.before, resource.before.is_some());
    before + &line("+++", &comparison.after, resource.after.is_some())
}

/// Returns the stretches of a resource that differ.
pub fn body(resource: &ResourceDiff, style: Style) -> String {
    let (before, after) = values::texts(resource);
    let lines = lines::compare(&before, &after);
    let mut out = String::new();
    for hunk in lines::hunks(&lines, CONTEXT) {
        let hunk: &[Line<'_>] = &lines[hunk];
        out.push_str(&style.paint(&lines::hunk_heading(hunk), "36"));
        out.push('\n');
        for line in hunk {
            out.push_str(&style.paint(&visible(&format!("{}{}", line.sign.mark(), line.text)), sign_color(line.sign)));
            out.push('\n');
        }
    }
    out
}
