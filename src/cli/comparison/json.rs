//! The report as JSON. Its format is documented in the README; fields may be added, but not changed.

use crate::diff::{Change, ChangeKind, Counts, ResourceDiff, Side, Status};
use serde::Serialize;
use serde_json::Value;

use crate::cli::comparison::report::{Comparison, Report};
use crate::cli::messages::style::pretty_json;

#[derive(Serialize)]
struct Document<'a> {
    version: u8,
    summary: Summary,
    targets: Vec<Target<'a>>,
}

#[derive(Serialize)]
struct Summary {
    added: usize,
    changed: usize,
    removed: usize,
    #[serde(rename = "newHashesOnly")]
    new_hashes_only: usize,
    unchanged: usize,
    failed: usize,
}

#[derive(Serialize)]
struct Target<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    before: Option<&'a str>,
    after: Option<&'a str>,
    #[serde(rename = "note", skip_serializing_if = "Option::is_none")]
    remark: Option<&'a str>,
    resources: Vec<Resource<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource<'a> {
    status: &'static str,
    api_version: &'a str,
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    former_name: Option<&'a str>,
    changes: Vec<Field>,
    /// The paths of references that changed only because a name has a new hash.
    references: Vec<String>,
}

#[derive(Serialize)]
struct Field {
    status: &'static str,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Location>,
}

#[derive(Serialize)]
struct Location {
    file: String,
    line: usize,
    column: usize,
}

/// Returns the report as JSON.
///
/// # Errors
/// Fails on values that cannot be represented in JSON. Reports contain none.
pub fn text(report: &Report) -> anyhow::Result<String> {
    let Counts { added, changed, removed, new_hashes_only, unchanged } = report.counts();
    let summary = Summary { added, changed, removed, new_hashes_only, unchanged, failed: report.failed };
    let document = Document { version: 1, summary, targets: report.differing().map(target).collect() };
    pretty_json(&document)
}

fn target(comparison: &Comparison) -> Target<'_> {
    Target {
        name: comparison.name.as_deref(),
        before: comparison.before.as_deref(),
        after: comparison.after.as_deref(),
        remark: comparison.remark.as_deref(),
        resources: comparison.diff.resources.iter().filter_map(resource).collect(),
    }
}

fn resource(diff: &ResourceDiff) -> Option<Resource<'_>> {
    let shown = diff.shown()?;
    Some(Resource {
        status: match diff.status() {
            Status::Added => "added",
            Status::Changed => "changed",
            Status::Removed => "removed",
            Status::NewHashesOnly => "newHashesOnly",
        },
        api_version: shown.api_version(),
        kind: shown.kind(),
        namespace: shown.namespace(),
        name: shown.name(),
        former_name: diff.former_name(),
        changes: diff.changes.iter().map(field).collect(),
        references: diff.references.iter().map(|reference| reference.path.to_string()).collect(),
    })
}

fn field(change: &Change) -> Field {
    let value = |side: &Option<Side>| side.as_ref().map(|side| side.value.clone());
    Field {
        status: match change.kind {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Changed => "changed",
            ChangeKind::Reordered => "reordered",
        },
        path: change.path.to_string(),
        before: value(&change.before),
        after: value(&change.after),
        source: change.source.clone().map(|source| Location {
            file: source.path,
            line: source.line,
            column: source.column,
        }),
    }
}
