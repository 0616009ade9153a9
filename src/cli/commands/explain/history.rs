//! The history of a field, newest first.

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

/// How many histories may lie inside of each other: values are copied from fields that were copied.
const DEEPEST: usize = 8;

/// How many characters of a value are shown.
const WIDEST: usize = 120;

const HIDDEN: &str = "(hidden; --show-secrets shows it)";

/// The history of a field.
#[derive(Debug, Serialize)]
struct History {
    resource: String,
    field: String,
    /// Newest first.
    events: Vec<Change>,
}

/// Something that happened to a field.
#[derive(Debug, Serialize)]
struct Change {
    /// The field of a kustomization that did it, `resources` for manifests, or another step of a render.
    by: &'static str,
    /// What the field has been since; `None` if it was removed.
    value: Option<String>,
    /// What it had been before.
    before: Option<String>,
    /// Where the value was written, or what removed it.
    source: Option<Rc<Location>>,
    /// The entry in the kustomization, if that is elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<Rc<Location>>,
    /// The fields whose values are in this one.
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
        let missing = path.segments().get(followed).map_or("", Segment::word);
        let label = found.resource.label();
        match nearest(missing, names.iter().map(String::as_str)) {
            Some(near) => bail!("{label} has no `{missing}` there; did you mean `{near}`?"),
            None if names.is_empty() => bail!("{label} has nothing called `{missing}` there"),
            None => bail!("{label} has no `{missing}` there; there is {}", names.join(", ")),
        }
    }
    history.print(style, is_json)
}

/// Returns what happened to a resource as a whole.
///
/// # Errors
/// Fails when it cannot be written.
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
        // What removed a field is where it is written that it does.
        let position = event.after.as_ref().map_or(event.step.source, Value::position);
        let source = sources.location(position, hides_lines);
        // Elsewhere the value itself stands in the entry.
        let is_elsewhere = event.step.source != event.step.entry || event.step.field == "replacements";
        let entry = sources.location(event.step.entry, hides_lines).filter(|_| is_elsewhere);
        let mut from = Vec::new();
        if depth < DEEPEST {
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

    /// Says in a line what was done, and where that is written.
    fn summary(&self) -> String {
        let place = |location: &Location| format!("{}:{}:{}", location.file, location.line, location.column);
        let source = self.source.as_deref().map(place);
        let by = match self.by {
            Step::RESOURCES => "a manifest".to_string(),
            Step::NAME_HASH => "the hash of the content is added to the name".to_string(),
            Step::NAME_REFERENCE => "it follows the name of the resource that it refers to".to_string(),
            Step::OUTPUT => "what the output needs or leaves out".to_string(),
            field => format!("`{field}`"),
        };
        let (verb, at) = match (self.by, &self.value) {
            (_, None) => ("removed by ", " at "),
            (Step::NAME_HASH | Step::NAME_REFERENCE, _) => ("", ", written at "),
            (Step::RESOURCES, _) => ("written in ", " at "),
            (_, Some(_)) if self.before.is_some() => ("changed by ", " at "),
            _ => ("added by ", " at "),
        };
        let mut text = format!("{verb}{by}");
        if let Some(source) = source {
            text.push_str(&format!("{at}{source}"));
        }
        if let Some(entry) = &self.entry {
            text.push_str(&format!(", which is listed at {}", place(entry)));
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
        None if tree.is_mapping(node) => format!("(a mapping, {} entries)", tree.len(node)),
        None => format!("(a list, {} elements)", tree.len(node)),
    }
}

/// Returns the first line of a value, as far as it fits.
fn shortened(value: &str) -> String {
    let mut lines = value.trim_end_matches('\n').split('\n');
    let first = lines.next().unwrap_or_default();
    let more = lines.count();
    let mut shown: String = first.chars().take(WIDEST).collect();
    if shown.len() < first.len() {
        shown.push_str(" ...");
    }
    if more > 0 {
        shown.push_str(&format!("  (and {more} more {})", if more == 1 { "line" } else { "lines" }));
    }
    printable(&shown)
}
