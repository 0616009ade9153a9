//! Output of the history of a field, newest first.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::diagnostic::nearest;
use crate::explain::{Event, Origin, Value};
use crate::resource::paths::{FieldPath, Segment};
use crate::resource::{Resource, Step};
use anyhow::bail;
use serde::Serialize;

use crate::cli::commands::explain::select::Found;
use crate::cli::commands::explain::sources::{Location, Sources};
use crate::cli::messages::style::{pretty_json, printable};
use crate::message::Style;

/// The maximum nesting depth of histories: a value may be copied from a field that was copied as well.
const MAX_DEPTH: usize = 100;

/// The maximum number of characters of a value that are shown.
const MAX_VALUE_LENGTH: usize = 120;

const HIDDEN: &str = "(hidden; use --show-secrets to show it)";

/// The history of a field.
#[derive(Debug, Serialize)]
struct History {
    resource: String,
    field: String,
    /// Whether the same history, with its events, is shown before.
    #[serde(rename = "shownBefore", skip_serializing_if = "std::ops::Not::not")]
    is_shown_before: bool,
    /// Newest first.
    events: Vec<Change>,
}

/// A history by its resource, its field, and the number of events until the value was copied.
type Key = (*const Resource, String, usize);

/// Builds histories, each only once: a value may be copied to many places.
struct Builder<'s, 'a> {
    sources: &'s Sources<'a>,
    built: HashSet<Key>,
}

/// A change of a field.
#[derive(Debug, Serialize)]
struct Change {
    /// The kustomization field that made the change, `resources` for manifests, or another step of a render.
    by: &'static str,
    /// The new value; `None` if the field was removed.
    value: Option<String>,
    /// The previous value.
    before: Option<String>,
    /// Whether the change wrote the text that was there.
    #[serde(skip)]
    is_repeated: bool,
    /// The path from which the change moved the value.
    #[serde(rename = "movedFrom", skip_serializing_if = "Option::is_none")]
    moved_from: Option<String>,
    /// The location where the value was written, or of the entry that removed or moved it.
    source: Option<Arc<Location>>,
    /// The location of the entry in the kustomization, if it differs from `source`.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<Arc<Location>>,
    /// The fields that the value was copied from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    from: Vec<History>,
}

/// Returns the history of a field as text or JSON.
///
/// # Errors
/// Fails when the resource never had the field.
pub fn of_field(
    found: &Found<'_>,
    path: &FieldPath,
    sources: &Sources<'_>,
    style: Style,
    is_json: bool,
) -> anyhow::Result<String> {
    let history = History::new(found, path, sources);
    if history.events.is_empty() {
        let (followed, names) = path.nearest(found.resource.tree());
        let segment = path.segments().get(followed);
        let missing = match segment {
            Some(Segment::Name(name)) => format!("field `{name}`"),
            Some(Segment::Selector(_)) => format!("list element `{}`", segment.map_or("", Segment::word)),
            Some(Segment::Index(index)) => format!("list element {index}"),
            None => "value at this path".to_string(),
        };
        let label = found.resource.label();
        match nearest(segment.map_or("", Segment::word), names.iter().map(String::as_str)) {
            Some(near) => bail!("{label} has no {missing}; did you mean `{near}`?"),
            None if names.is_empty() => bail!("{label} has no {missing}"),
            None => bail!("{label} has no {missing}; available: {}", names.join(", ")),
        }
    }
    history.print(style, is_json)
}

/// Returns the history of a resource as a whole, as text or JSON.
///
/// # Errors
/// Fails when it cannot be formatted.
pub fn of_resource(found: &Found<'_>, sources: &Sources<'_>, style: Style, is_json: bool) -> anyhow::Result<String> {
    let root = FieldPath::default();
    History::new(found, &root, sources).print(style, is_json)
}

impl History {
    fn new(found: &Found<'_>, path: &FieldPath, sources: &Sources<'_>) -> History {
        let resource = found.resource;
        let mut events = sources.explainer.history(resource, path);
        if let (Some(step), Some(last)) = (found.removed_by, events.first())
            && last.after.is_some()
        {
            let mut removal = last.clone();
            (removal.before, removal.after) = (removal.after, None);
            (removal.step, removal.source, removal.moved_from) = (step, step.source, None);
            events.insert(0, removal);
        }
        Builder { sources, built: HashSet::new() }.history(resource, &events, 0)
    }

    fn print(&self, style: Style, is_json: bool) -> anyhow::Result<String> {
        if is_json {
            return pretty_json(self);
        }
        let mut text = format!("{}\n", style.paint(&printable(&self.title()), "1"));
        self.write(&mut text, "", style)?;
        Ok(text)
    }

    fn title(&self) -> String {
        let separator = if self.field.is_empty() { "" } else { "  " };
        format!("{}{separator}{}", self.resource, self.field)
    }

    fn write(&self, text: &mut String, indent: &str, style: Style) -> std::fmt::Result {
        for (at, change) in self.events.iter().enumerate() {
            let when = match &change.value {
                None => style.paint("gone", "1;31"),
                Some(_) if at == 0 => style.paint("now ", "1;32"),
                Some(_) => style.paint("was ", "1;33"),
            };
            let value = change.value.as_deref().map(shortened).unwrap_or_default();
            writeln!(text, "\n{}", format!("{indent}{when}  {value}").trim_end())?;
            writeln!(text, "{indent}      {}", change.summary())?;
            for location in change.source.iter().chain(&change.entry) {
                if let Some(line) = &location.text {
                    let number = style.paint(&format!("{:>5} |", location.line), "1;34");
                    writeln!(text, "{}", format!("{indent}{number} {line}").trim_end())?;
                }
            }
            for from in &change.from {
                let note = if from.is_shown_before { " (shown above)" } else { "" };
                writeln!(text, "\n{indent}      from {}{note}", style.paint(&printable(&from.title()), "1"))?;
                from.write(text, &format!("{indent}      "), style)?;
            }
        }
        Ok(())
    }
}

fn key(resource: &Resource, events: &[Event]) -> Key {
    let field = events.first().map(|event| event.path.to_string()).unwrap_or_default();
    (std::ptr::from_ref(resource), field, events.len())
}

impl Builder<'_, '_> {
    fn history(&mut self, resource: &Resource, events: &[Event], depth: usize) -> History {
        let key = key(resource, events);
        let field = key.1.clone();
        let is_shown_before = !self.built.insert(key);
        let events = if is_shown_before { &[] } else { events };
        let events = events.iter().map(|event| self.change(event, resource, depth)).collect();
        History { resource: resource.label(), field, is_shown_before, events }
    }

    fn change(&mut self, event: &Event, resource: &Resource, depth: usize) -> Change {
        let sources = self.sources;
        let mut origins = if depth < MAX_DEPTH { sources.explainer.origins(resource, event) } else { Vec::new() };
        let mut known = HashSet::new();
        origins.retain(|origin| known.insert(key(origin.resource, &origin.history)));
        let is_secret =
            |value: &Option<Value>| value.as_ref().is_some_and(|v| sources.hidden(resource, &v.tree).contains(&v.node));
        let (hides_before, hides_after) = (is_secret(&event.before), is_secret(&event.after));
        let hides_lines = sources.hides_lines(resource)
            || hides_after
            || origins.iter().any(|origin| sources.hides_lines(origin.resource));
        let source = sources.location(event.source, hides_lines);
        // Otherwise the entry contains the value itself.
        let is_separate = event.step.source != event.step.entry || event.step.field == "replacements";
        let entry = sources.location(event.step.entry, hides_lines).filter(|_| is_separate);
        let from = |Origin { resource, history, .. }| self.history(resource, &history, depth + 1);
        let text = |value: &Option<Value>, is_hidden| value.as_ref().map(|value| value_text(value, is_hidden));
        let is_hidden = hides_before || hides_after;
        let scalar = |value: &Option<Value>| {
            let Value { tree, node, .. } = value.as_ref()?;
            tree.is_scalar(*node).then(|| (tree.tag(*node), tree.text(*node).to_string()))
        };
        let is_same = scalar(&event.before).is_some_and(|before| scalar(&event.after) == Some(before));
        Change {
            by: event.step.field,
            is_repeated: is_same && !is_hidden,
            value: text(&event.after, hides_after),
            before: text(&event.before, hides_before),
            moved_from: event.moved_from.as_ref().map(ToString::to_string),
            source,
            entry,
            from: origins.into_iter().map(from).collect(),
        }
    }
}

impl Change {
    /// Returns a one-line summary of the change and its location.
    fn summary(&self) -> String {
        let shown = |location: &Location| format!("{}:{}:{}", location.file, location.line, location.column);
        let source = self.source.as_deref().map(shown);
        let by = match self.by {
            Step::RESOURCES => "a manifest".to_string(),
            Step::NAME_HASH => "content hash appended to the name".to_string(),
            Step::NAME_REFERENCE => "updated to the new name of the referenced resource".to_string(),
            Step::OUTPUT => "the conversion of annotations to strings".to_string(),
            field => format!("`{field}`"),
        };
        let (verb, at) = match (self.by, &self.value) {
            (_, None) => ("removed by ", " at "),
            _ if self.moved_from.is_some() => ("moved by ", " at "),
            (Step::NAME_HASH, _) => ("", " set at "),
            (Step::NAME_REFERENCE, _) => ("", ", set at "),
            (Step::RESOURCES, _) => ("set in ", " at "),
            _ if self.is_repeated => ("set to the same value by ", " at "),
            (_, Some(_)) if self.before.is_some() => ("changed by ", " at "),
            _ => ("added by ", " at "),
        };
        let mut text = format!("{verb}{by}");
        if let Some(path) = &self.moved_from {
            text.push_str(&format!(" from {}", printable(path)));
        }
        if let Some(source) = source {
            text.push_str(&format!("{at}{source}"));
        }
        if let Some(entry) = &self.entry {
            text.push_str(&format!(", listed at {}", shown(entry)));
        }
        text
    }
}

fn value_text(value: &Value, is_secret: bool) -> String {
    if is_secret {
        return HIDDEN.to_string();
    }
    let (tree, node) = (&value.tree, value.node);
    match value.text() {
        Some(text) => text.to_string(),
        None if tree.is_mapping(node) => format!("(mapping with {})", count(tree.len(node), "entry", "entries")),
        None => format!("(list with {})", count(tree.len(node), "element", "elements")),
    }
}

fn count(count: usize, singular: &str, plural: &str) -> String {
    format!("{count} {}", if count == 1 { singular } else { plural })
}

/// Returns the first line of a value, truncated, and the number of further lines.
fn shortened(value: &str) -> String {
    let mut lines = value.trim_end_matches('\n').split('\n');
    let first = lines.next().unwrap_or_default();
    let more = lines.count();
    let mut shown: String = first.chars().take(MAX_VALUE_LENGTH).collect();
    if shown.len() < first.len() {
        shown.push_str(" ...");
    }
    if more > 0 {
        shown.push_str(&format!("  (and {more} more {})", if more == 1 { "line" } else { "lines" }));
    }
    printable(&shown)
}
