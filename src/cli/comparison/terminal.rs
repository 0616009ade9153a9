//! The report for terminals: changed fields with both values.

use crate::diff::lines::{self, Sign};
use crate::diff::{Change, ChangeKind, ResourceDiff, Secrets, Side, Status};
use crate::parallel::Threads;
use serde_json::Value;

use crate::cli::comparison::report::{Comparison, Report};
use crate::cli::comparison::side::Resources;
use crate::cli::comparison::values;
use crate::cli::messages::style::{style_of, visible};
use crate::message::Style;

/// The maximum width of a line with both values.
const MAX_LINE_WIDTH: usize = 100;

/// The number of context lines around changes in a multiline string.
const CONTEXT: usize = 2;

const BOLD: &str = "1";
const GREEN: &str = "32";
const RED: &str = "31";
const YELLOW: &str = "33";
const DIM: &str = "2";

/// Returns the report, with a summary at the end.
pub fn text(report: &Report, style: Style) -> String {
    let mut view = Text { out: String::new(), style };
    for comparison in report.differing() {
        view.comparison(comparison);
    }
    view.line(0, &report.summary(), BOLD);
    view.out
}

/// Returns the text of a single comparison.
pub fn one(comparison: &Comparison, style: Style) -> String {
    let mut view = Text { out: String::new(), style };
    view.comparison(comparison);
    view.out
}

/// Returns the first resource that differs between two renders, with its changed fields, as text for standard error; `None`
/// if the output is identical. Secrets are masked.
pub fn first_difference(before: (&str, &Resources), after: (&str, &Resources)) -> Option<String> {
    let text = |side: &Resources| crate::emit::to_yaml(&side.resources, Threads::default());
    if let (Ok(before), Ok(after)) = (text(before.1), text(after.1))
        && before == after
    {
        return None;
    }
    let mut diff = crate::diff::compare(&before.1.resources, &after.1.resources, Secrets::Masked);
    diff.resources.truncate(1);
    let remark = diff.is_empty().then(|| "the output differs only in order or formatting".to_string());
    let (before, after) = (Some(before.0.to_string()), Some(after.0.to_string()));
    Some(one(&Comparison { name: None, before, after, diff, remark }, style_of(&std::io::stderr())))
}

/// Returns the color and the sign for the status of a resource.
pub fn status_color(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Added => (GREEN, "+"),
        Status::Removed => (RED, "-"),
        Status::Changed | Status::NewHashesOnly => (YELLOW, "~"),
    }
}

/// Returns the color for a line of a diff.
pub fn sign_color(sign: Sign) -> &'static str {
    match sign {
        Sign::Both => "",
        Sign::Added => GREEN,
        Sign::Removed => RED,
    }
}

/// Returns whether two resources have identical changes.
fn has_same_changes(a: &ResourceDiff, b: &ResourceDiff) -> bool {
    let value = |side: &Option<Side>| side.as_ref().map(|side| side.value.clone());
    let is_same = |(a, b): (&Change, &Change)| {
        (&a.path, a.kind, &a.source) == (&b.path, b.kind, &b.source)
            && value(&a.before) == value(&b.before)
            && value(&a.after) == value(&b.after)
    };
    a.status() == b.status()
        && a.changes.len() == b.changes.len()
        && a.referrers == b.referrers
        && a.changes.iter().zip(&b.changes).all(is_same)
}

struct Text {
    out: String,
    style: Style,
}

impl Text {
    fn line(&mut self, indent: usize, text: &str, color: &str) {
        let text = visible(text).replace('\n', " ");
        let text = self.style.paint(text.trim_end(), color);
        self.out.push_str(&format!("{:indent$}{text}\n", ""));
    }

    fn comparison(&mut self, comparison: &Comparison) {
        self.line(0, &comparison.title(), BOLD);
        if let Some(remark) = &comparison.remark {
            self.line(2, remark, YELLOW);
        }
        let shown = comparison.diff.resources.iter().filter(|resource| resource.status() != Status::NewHashesOnly);
        let mut shown: &[&ResourceDiff] = &shown.collect::<Vec<_>>();
        let mut previous_was_block = false;
        while let Some(first) = shown.first() {
            // Identical changes of consecutive resources are shown once.
            let identical = shown.iter().take_while(|resource| has_same_changes(first, resource)).count();
            let is_block = !first.changes.is_empty() || !first.referrers.is_empty();
            if is_block || previous_was_block {
                self.out.push('\n');
            }
            for resource in &shown[..identical] {
                let (color, mark) = status_color(resource.status());
                self.line(0, &heading(resource, mark), color);
            }
            self.changes(first);
            previous_was_block = is_block;
            shown = &shown[identical..];
        }
        self.out.push('\n');
    }

    fn changes(&mut self, resource: &ResourceDiff) {
        for change in &resource.changes {
            self.change(change);
        }
        if !resource.referrers.is_empty() {
            self.line(4, &format!("(new name used in {})", resource.referrers.join(", ")), DIM);
        }
    }

    fn change(&mut self, change: &Change) {
        let path = change.path.to_string();
        let value = |side: &Option<Side>| side.as_ref().map_or(Value::Null, |side| side.value.clone());
        let (before, after) = (value(&change.before), value(&change.after));
        match change.kind {
            ChangeKind::Added => self.one_sided(Sign::Added, &path, &after),
            ChangeKind::Removed => self.one_sided(Sign::Removed, &path, &before),
            ChangeKind::Reordered => {
                let order = |value: &Value| {
                    let names = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                    names.collect::<Vec<&str>>().join(", ")
                };
                self.two_sided(&format!("{path} (order)"), &[order(&before)], &[order(&after)]);
            }
            ChangeKind::Changed => match (before.as_str(), after.as_str()) {
                (Some(before), Some(after)) if before.contains('\n') || after.contains('\n') => {
                    self.multiline(&path, before, after);
                }
                _ => self.two_sided(&path, &values::lines(&before), &values::lines(&after)),
            },
        }
        if let Some(source) = &change.source {
            self.line(6, &format!("at {source}"), DIM);
        }
    }

    fn one_sided(&mut self, sign: Sign, path: &str, value: &Value) {
        let lines = values::lines(value);
        let color = sign_color(sign);
        let is_collection = value.as_object().is_some_and(|value| !value.is_empty())
            || value.as_array().is_some_and(|value| !value.is_empty());
        match &lines[..] {
            [line] if !is_collection => self.line(2, &format!("{} {path}: {line}", sign.mark()), color),
            _ => {
                self.line(2, &format!("{} {path}:", sign.mark()), color);
                for line in &lines {
                    self.line(2, &format!("{}   {line}", sign.mark()), color);
                }
            }
        }
    }

    fn two_sided(&mut self, path: &str, before: &[String], after: &[String]) {
        if let ([before], [after]) = (before, after) {
            let width = 4 + path.chars().count() + before.chars().count() + after.chars().count() + ":  -> ".len();
            if width <= MAX_LINE_WIDTH {
                let before = self.style.paint(&visible(before), RED);
                let after = self.style.paint(&visible(after), GREEN);
                self.out.push_str(&format!("    {}: {before} -> {after}\n", visible(path)));
                return;
            }
        }
        self.line(4, &format!("{path}:"), "");
        for (sign, lines) in [(Sign::Removed, before), (Sign::Added, after)] {
            for line in lines {
                self.line(6, &format!("{} {line}", sign.mark()), sign_color(sign));
            }
        }
    }

    /// Shows the changes between two multiline strings.
    fn multiline(&mut self, path: &str, before: &str, after: &str) {
        self.line(4, &format!("{path}:"), "");
        let lines = lines::compare(before, after);
        for (at, hunk) in lines::hunks(&lines, CONTEXT).into_iter().enumerate() {
            if at > 0 {
                self.line(6, "...", DIM);
            }
            for line in &lines[hunk] {
                self.line(6, &format!("{} {}", line.sign.mark(), line.text), sign_color(line.sign));
                if line.lacks_line_break {
                    self.line(6, "\\ no newline at end", DIM);
                }
            }
        }
    }
}

/// Returns the heading of a resource: a sign for its status, its label and its former name.
pub fn heading(resource: &ResourceDiff, mark: &str) -> String {
    let renamed = resource.former_name().map_or(String::new(), |name| format!(" (was {name})"));
    format!("{mark} {}{renamed}", resource.label())
}
