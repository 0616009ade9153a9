//! The check of all objects.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::message::Message;
use crate::parallel;
use crate::policy::Comments;
use crate::resource::Resource;
use crate::validate::report::Finding;
use crate::validate::{Validator, diagnostics, names};
use crate::yaml::{Position, Tree};

use super::chain::Inclusions;
use super::sources::{Collected, Content, Source, Sources};
use crate::cli::messages::report::CommandWords;
use crate::cli::targets;

/// The result of checking an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Valid,
    Invalid,
    /// The kind is unknown.
    Skipped,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Status::Valid => "valid",
            Status::Invalid => "invalid",
            Status::Skipped => "skipped",
        }
    }
}

/// A checked object, or a source that could not be read.
pub struct CheckedObject {
    /// Kind and name.
    pub label: String,
    /// The target or file, as messages show it.
    pub source: String,
    pub status: Status,
    pub messages: Vec<Message>,
}

/// The result of checking everything.
#[derive(Default)]
pub struct Checked {
    pub objects: Vec<CheckedObject>,
    /// Messages about sources that could not be read.
    pub failures: Vec<Message>,
    /// The number of targets, and of plain manifests.
    sources: (usize, usize),
    /// Lines after the summary.
    pub notes: Vec<String>,
}

impl Checked {
    /// Returns all messages.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.failures.iter().chain(self.objects.iter().flat_map(|object| &object.messages))
    }

    pub fn has_errors(&self) -> bool {
        self.messages().any(Message::is_error)
    }

    /// Returns the objects by their sources.
    pub fn by_source(&self) -> BTreeMap<&str, Vec<&CheckedObject>> {
        let mut by_source: BTreeMap<_, Vec<_>> = BTreeMap::new();
        self.objects.iter().for_each(|object| by_source.entry(object.source.as_str()).or_default().push(object));
        by_source
    }

    fn count(&self, status: Status) -> usize {
        self.objects.iter().filter(|object| object.status == status).count()
    }

    /// Returns the line that sums everything up.
    pub fn summary(&self) -> String {
        let plural = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
        let (targets, files) = self.sources;
        let sources = match (targets, files) {
            (0, files) => plural(files, "file"),
            (targets, 0) => plural(targets, "target"),
            (targets, files) => format!("{} and {}", plural(targets, "target"), plural(files, "file")),
        };
        let [valid, invalid, skipped] =
            [Status::Valid, Status::Invalid, Status::Skipped].map(|status| self.count(status));
        let objects = plural(self.objects.len(), "object");
        format!("checked {objects} in {sources}: {valid} valid, {invalid} invalid, {skipped} skipped\n")
    }
}

/// Checks all objects.
pub fn check(collected: &Collected, sources: &Sources, validator: &Validator<'_>, is_strict: bool) -> Checked {
    let results = parallel::map(&collected.sources, targets::default_jobs(), |source| {
        check_source(source, sources, validator, is_strict)
    });
    let mut checked = Checked::default();
    for (objects, failures) in results {
        checked.objects.extend(objects);
        checked.failures.extend(failures);
    }
    let unreadable = collected.targets.unreadable.iter();
    checked.failures.extend(unreadable.map(|error| Message::without_location("error", error)));
    let targets = collected.sources.iter().filter(|source| source.target.is_some()).count();
    checked.sources = (targets, collected.sources.len() - targets);
    checked.notes = notes(collected, validator);
    checked
}

/// Returns lines about kinds that are not checked, or in part.
fn notes(collected: &Collected, validator: &Validator<'_>) -> Vec<String> {
    let mut kinds: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for tree in collected.sources.iter().flat_map(Source::trees) {
        *kinds.entry(names(tree)).or_default() += 1;
    }
    let name = |(api_version, kind): &(&str, &str)| format!("{kind} ({api_version})");
    let unknown: Vec<String> = kinds
        .iter()
        .filter(|((api_version, kind), _)| !kind.is_empty() && !validator.knows(api_version, kind))
        .map(|(kind, count)| format!("{count} {}", name(kind)))
        .collect();
    let with_rules: Vec<String> = kinds
        .keys()
        .filter(|(api_version, kind)| validator.unevaluated_rules(api_version, kind) > 0)
        .map(name)
        .collect();
    let mut notes = Vec::new();
    if !unknown.is_empty() {
        notes.push(format!("skipped objects of unknown kinds: {}", unknown.join(", ")));
    }
    if !with_rules.is_empty() {
        notes.push(format!("rules in the Common Expression Language were not evaluated: {}", with_rules.join(", ")));
    }
    notes.extend(collected.targets.left_out());
    notes
}

/// Checks the objects of a source. Returns them, and the messages about a source that could not be read.
fn check_source(
    source: &Source,
    sources: &Sources,
    validator: &Validator<'_>,
    is_strict: bool,
) -> (Vec<CheckedObject>, Vec<Message>) {
    let comments = Comments::new(&source.inputs);
    let messages = |diagnostics: Vec<Diagnostic>| -> Vec<Message> {
        let reported = match source.search.and_then(|at| sources.searches.get(at)) {
            Some(search) => search.policies.apply(diagnostics, &source.inputs, &comments),
            None => sources.policy.apply_with(diagnostics, &comments),
        };
        reported.iter().map(|diagnostic| Message::new(diagnostic, &source.inputs, &CommandWords)).collect()
    };
    let objects: Vec<(&Tree, String, Position)> = match &source.content {
        Content::Failed(errors) => return (Vec::new(), messages(errors.clone())),
        Content::Rendered(rendered) => rendered.resources().iter().map(of_resource).collect(),
        Content::Documents(documents) => documents.iter().map(of_document).collect(),
    };
    let mut inclusions = None;
    let mut checked = Vec::new();
    for (tree, label, fallback) in objects {
        let mut verdict = validator.check(tree);
        if verdict.is_skipped && is_strict {
            verdict.findings.push(unknown_kind(tree));
        }
        let mut found = diagnostics(tree, &label, &verdict.findings, fallback);
        if let (Some(target), false) = (&source.target, found.is_empty()) {
            let inclusions = inclusions.get_or_insert_with(|| Inclusions::new(&source.inputs, sources.options.limits));
            for diagnostic in &mut found {
                if let Some(label) = diagnostic.labels.first() {
                    diagnostic.chain = inclusions.of(label.span.start.file, target);
                }
            }
        }
        let messages = messages(found);
        let status = match messages.iter().any(Message::is_error) {
            true => Status::Invalid,
            false if verdict.is_skipped => Status::Skipped,
            false => Status::Valid,
        };
        checked.push(CheckedObject { label, source: source.name.clone(), status, messages });
    }
    (checked, Vec::new())
}

fn of_resource(resource: &Resource) -> (&Tree, String, Position) {
    (resource.tree(), resource.label(), resource.position())
}

fn of_document(tree: &Tree) -> (&Tree, String, Position) {
    let text = |path: &[&str]| tree.get_path(tree.root(), path).map_or("", |node| tree.text(node));
    (tree, format!("{}/{}", text(&["kind"]), text(&["metadata", "name"])), tree.position(tree.root()))
}

fn unknown_kind(tree: &Tree) -> Finding {
    let (api_version, kind) = names(tree);
    Finding {
        code: Code::UnknownKind,
        node: tree.get(tree.root(), "kind").unwrap_or(tree.root()),
        is_key: false,
        path: "kind".to_string(),
        message: format!("there is no schema for {kind} (`{api_version}`)"),
        help: Some("give its CustomResourceDefinition with --crds".to_string()),
        is_warning: false,
    }
}
