//! Output of the history of a field, newest first.

use std::fmt::Write as _;
use std::rc::Rc;

use crate::diagnostic::nearest;
use crate::explain::{self, Event, Value};
use crate::resource::paths::{FieldPath, Segment};
use crate::resource::{Resource, Step};
use anyhow::bail;
use serde::Serialize;

use crate::cli::commands::explain::select::Found;
use crate::cli::commands::explain::sources::{Location, Sources};
use crate::cli::messages::style::{pretty_json, printable};
use crate::message::Style;

/// The maximum nesting depth of histories: a value may be copied from a field that was copied as well.
const MAX_DEPTH: usize = 8;

/// The maximum number of characters of a value that are shown.
const MAX_VALUE_LENGTH: usize = 120;

const HIDDEN: &str = "(hidden; use --show-secrets to show it)";

/// The history of a field.
#[derive(Debug, Serialize)]
struct History {
    resource: String,
    field: String,
    /// Newest first.
    events: Vec<Change>,
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
    /// The location where the value was written, or of the entry that removed it.
    source: Option<Rc<Location>>,
    /// The location of the entry in the kustomization, if it differs from `source`.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<Rc<Location>>,
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
    let history = History::new(found, path, sources, 0);
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
    History::new(found, &root, sources, 0).print(style, is_json)
}

impl History {
    fn new(found: &Found<'_>, path: &FieldPath, sources: &Sources<'_>, depth: usize) -> History {
        let resource = found.resource;
        let mut events = explain::history(resource, path);
        if let (Some(step), Some(last)) = (found.removed_by, events.first())
            && last.after.is_some()
        {
            let (before, trail) = (last.after.clone(), last.trail.clone());
            events.insert(0, Event { step, before, after: None, trail });
        }
        let field = events.first().map(|event| event.trail.to_string()).unwrap_or_default();
        let mut changes = Vec::new();
        for event in &events {
            changes.push(Change::new(event, resource, sources, depth));
        }
        History { resource: resource.label(), field, events: changes }
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
                writeln!(text, "\n{indent}      from {}", style.paint(&printable(&from.title()), "1"))?;
                from.write(text, &format!("{indent}      "), style)?;
            }
        }
        Ok(())
    }
}

impl Change {
    fn new(event: &Event, resource: &Resource, sources: &Sources<'_>, depth: usize) -> Change {
        let origin = match event.step.field {
            "replacements" | Step::NAME_REFERENCE => explain::copied_from(event, resource, sources.rendered),
            _ => None,
        };
        let is_secret =
            |value: &Option<Value>| value.as_ref().is_some_and(|v| sources.hidden(resource, &v.tree).contains(&v.node));
        let (hides_before, hides_after) = (is_secret(&event.before), is_secret(&event.after));
        let hides_lines = sources.hides_lines(resource)
            || hides_after
            || origin.as_ref().is_some_and(|(origin, _)| sources.hides_lines(origin));
        // The source of a removal is the entry that removed the field.
        let position = event.after.as_ref().map_or(event.step.source, Value::position);
        let source = sources.location(position, hides_lines);
        // Otherwise the entry contains the value itself.
        let is_separate = event.step.source != event.step.entry || event.step.field == "replacements";
        let entry = sources.location(event.step.entry, hides_lines).filter(|_| is_separate);
        let mut from = Vec::new();
        if depth < MAX_DEPTH {
            let copied = origin.map(|(origin, trail)| (origin, trail.to_path()));
            let variables = variables_in(event).into_iter().filter_map(|name| {
                let (resource, path) = sources.rendered.variable_source(name)?;
                Some((resource, path.parse().ok()?))
            });
            for (resource, path) in copied.into_iter().chain(variables) {
                from.push(History::new(&Found { resource, removed_by: None }, &path, sources, depth + 1));
            }
        }
        let text = |value: &Option<Value>, is_hidden| value.as_ref().map(|value| value_text(value, is_hidden));
        Change {
            by: event.step.field,
            value: text(&event.after, hides_after),
            before: text(&event.before, hides_before),
            source,
            entry,
            from,
        }
    }

    /// Returns a one-line summary of the change and its location.
    fn summary(&self) -> String {
        let shown = |location: &Location| format!("{}:{}:{}", location.file, location.line, location.column);
        let source = self.source.as_deref().map(shown);
        let by = match self.by {
            Step::RESOURCES => "a manifest".to_string(),
            Step::NAME_HASH => "content hash appended to the name".to_string(),
            Step::NAME_REFERENCE => "updated to the new name of the referenced resource".to_string(),
            Step::OUTPUT => "output processing".to_string(),
            field => format!("`{field}`"),
        };
        let (verb, at) = match (self.by, &self.value) {
            (_, None) => ("removed by ", " at "),
            (Step::NAME_HASH, _) => ("", " set at "),
            (Step::NAME_REFERENCE, _) => ("", ", set at "),
            (Step::RESOURCES, _) => ("set in ", " at "),
            (_, Some(_)) if self.before.is_some() => ("changed by ", " at "),
            _ => ("added by ", " at "),
        };
        let mut text = format!("{verb}{by}");
        if let Some(source) = source {
            text.push_str(&format!("{at}{source}"));
        }
        if let Some(entry) = &self.entry {
            text.push_str(&format!(", listed at {}", shown(entry)));
        }
        text
    }
}

/// Returns the names of the variables that were replaced.
fn variables_in(event: &Event) -> Vec<&str> {
    if event.step.field != Step::VARS {
        return Vec::new();
    }
    let text = event.before.as_ref().and_then(Value::text).unwrap_or_default();
    text.split("$(").skip(1).filter_map(|rest| rest.split_once(')').map(|(name, _)| name)).collect()
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
