//! Output of a resource with the source of each line.

use std::rc::Rc;
use std::sync::Arc;

use crate::explain::{self, Line};
use crate::resource::{Resource, State, Step};
use crate::yaml::NodeId;
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
}

/// Returns resources as YAML, with the source before each line.
///
/// # Errors
/// Fails on values that cannot be represented in JSON.
pub fn text(resources: &[&Resource], sources: &Sources<'_>, style: Style) -> anyhow::Result<String> {
    let all = all(resources, sources)?;
    let labels: Vec<Vec<String>> =
        all.iter().map(|resource| resource.lines.iter().map(Source::label).collect()).collect();
    let width = labels.iter().flatten().map(|label| label.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (at, (resource, labels)) in all.iter().zip(&labels).enumerate() {
        if at > 0 {
            text.push_str(&format!("{:width$}   ---\n", ""));
        }
        for (line, label) in resource.lines.iter().zip(labels) {
            let label = style.paint(&printable(&format!("{label:width$}")), "2");
            text.push_str(&format!("{label} | {}\n", printable(&line.yaml)));
        }
    }
    Ok(text)
}

/// Returns the lines of resources and their sources as JSON.
///
/// # Errors
/// Fails on values that cannot be represented in JSON.
pub fn json(resources: &[&Resource], sources: &Sources<'_>) -> anyhow::Result<String> {
    pretty_json(&all(resources, sources)?)
}

fn all(resources: &[&Resource], sources: &Sources<'_>) -> anyhow::Result<Vec<Lines>> {
    resources.iter().map(|resource| of_resource(resource, sources)).collect()
}

fn of_resource(resource: &Resource, sources: &Sources<'_>) -> anyhow::Result<Lines> {
    let mut lines = Vec::new();
    let hidden = sources.hidden(resource, resource.tree());
    let mut is_hidden = false;
    for line in explain::lines(resource.tree()).map_err(|error| anyhow!(error.message))? {
        if let Some(node) = &line.node {
            is_hidden = hidden.contains(node);
        }
        lines.push(Source::new(&line, resource, sources, is_hidden));
    }
    Ok(Lines { resource: resource.label(), lines })
}

impl Source {
    fn new(line: &Line, resource: &Resource, sources: &Sources<'_>, is_hidden: bool) -> Source {
        Source {
            yaml: if is_hidden { without_value(line) } else { line.text.clone() },
            by: line.node.and_then(|node| last_step(resource.history(), node)).map(|step| step.field),
            source: sources.location(line.position, is_hidden || sources.hides_lines(resource)),
        }
    }

    fn label(&self) -> String {
        let mut label = match &self.source {
            Some(location) => format!("{}:{}", location.file, location.line),
            None => String::new(),
        };
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

/// Returns the step that gave a node its current value. Nodes keep their ids when a document is copied and changed.
fn last_step(states: &[State], node: NodeId) -> Option<Step> {
    let tree = &states.last()?.tree;
    let has_current_value = |state: &State| {
        Arc::ptr_eq(&state.tree, tree)
            || state.tree.contains(node)
                && state.tree.kind(node) == tree.kind(node)
                && state.tree.position(node) == tree.position(node)
                && state.tree.text(node) == tree.text(node)
    };
    states.iter().rev().take_while(|state| has_current_value(state)).last().map(|state| state.step)
}
