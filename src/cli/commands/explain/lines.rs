//! Output of a resource with the source of each line.

use std::rc::Rc;

use crate::explain::{self, Line};
use crate::resource::{Resource, Step};
use anyhow::anyhow;
use serde::Serialize;

use crate::cli::commands::explain::sources::{Location, Sources};
use crate::cli::messages::style::{pretty_json, printable};
use crate::message::Style;

/// A resource and the lines of its YAML.
#[derive(Debug, Serialize)]
struct Lines {
    resource: String,
    lines: Vec<Source>,
}

/// A line of YAML and its source.
#[derive(Debug, Serialize)]
struct Source {
    yaml: String,
    /// The step that last changed the value; `None` for the continuation lines of a string.
    by: Option<&'static str>,
    source: Option<Rc<Location>>,
    /// The locations of the other parts of the value, such as those that a replacement or a prefix was added to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<Rc<Location>>,
}

/// Returns resources as YAML, with the source before each line.
///
/// # Errors
/// Fails on values that cannot be represented in JSON.
pub fn text(resources: &[&Resource], sources: &Sources<'_>, style: Style) -> anyhow::Result<String> {
    // The labels do not contain the lines of the sources.
    let all = all(resources, sources, true)?;
    let labels: Vec<Vec<String>> =
        all.iter().map(|resource| resource.lines.iter().map(Source::label).collect()).collect();
    let width = labels.iter().flatten().map(|label| label.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (at, (resource, labels)) in all.iter().zip(labels).enumerate() {
        if at > 0 {
            text.extend(std::iter::repeat_n(' ', width));
            text.push_str("   ---\n");
        }
        for (line, mut label) in resource.lines.iter().zip(labels) {
            label.extend(std::iter::repeat_n(' ', width - label.chars().count()));
            text.push_str(&style.paint(&printable(&label), "2"));
            text.push_str(" | ");
            text.push_str(&printable(&line.yaml));
            text.push('\n');
        }
    }
    Ok(text)
}

/// Returns the lines of resources and their sources as JSON.
///
/// # Errors
/// Fails on values that cannot be represented in JSON.
pub fn json(resources: &[&Resource], sources: &Sources<'_>) -> anyhow::Result<String> {
    pretty_json(&all(resources, sources, false)?)
}

fn all(resources: &[&Resource], sources: &Sources<'_>, hides_lines: bool) -> anyhow::Result<Vec<Lines>> {
    let lines = |resource: &&Resource| of_resource(resource, sources, hides_lines || sources.hides_lines(resource));
    resources.iter().map(lines).collect()
}

fn of_resource(resource: &Resource, sources: &Sources<'_>, hides_lines: bool) -> anyhow::Result<Lines> {
    let mut lines = Vec::new();
    let hidden = sources.hidden(resource, resource.tree());
    let mut is_hidden = false;
    for line in explain::lines(resource.tree()).map_err(|error| anyhow!(error.message))? {
        if let Some(node) = &line.node {
            is_hidden = hidden.contains(node);
        }
        lines.push(Source::new(&line, resource, sources, is_hidden, hides_lines));
    }
    Ok(Lines { resource: resource.label(), lines })
}

impl Source {
    fn new(line: &Line, resource: &Resource, sources: &Sources<'_>, is_hidden: bool, hides_lines: bool) -> Source {
        let location = |position| sources.location(position, is_hidden || hides_lines);
        let all = line.node.map(|node| sources.explainer.sources(resource, node)).unwrap_or_default();
        Source {
            yaml: if is_hidden { without_value(line) } else { line.text.clone() },
            by: line.node.and_then(|node| sources.explainer.step(resource, node)).map(|step| step.field),
            source: location(line.position),
            also: all.into_iter().filter(|&position| position != line.position).filter_map(location).collect(),
        }
    }

    fn label(&self) -> String {
        let mut places: Vec<String> = Vec::new();
        for location in self.source.iter().chain(&self.also) {
            let place = format!("{}:{}", location.file, location.line);
            if !places.contains(&place) {
                places.push(place);
            }
        }
        let mut label = places.join(", ");
        if let Some(by) = self.by.filter(|by| *by != Step::RESOURCES) {
            label.push_str(&format!(" ({by})"));
        }
        label
    }
}

/// Returns a line with its value hidden.
fn without_value(line: &Line) -> String {
    match line.text.split_once(": ") {
        Some((key, _)) if line.node.is_some() => format!("{key}: (hidden)"),
        _ if line.text.ends_with(':') && line.node.is_some() => line.text.clone(),
        _ => {
            let indent = line.text.len() - line.text.trim_start().len();
            format!("{}(hidden)", " ".repeat(indent))
        }
    }
}
