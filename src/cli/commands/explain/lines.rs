//! Output of a resource with the source of each line.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::explain::{self, Line, Values};
use crate::parallel::{self, Threads};
use crate::resource::{Resource, Step};
use crate::yaml::Position;
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
    source: Option<Arc<Location>>,
    /// The locations of the other parts of the value, such as those that a replacement or a prefix was added to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<Arc<Location>>,
}

/// A printable line of YAML with its source before it.
struct Labelled {
    label: String,
    /// The number of characters of the label.
    width: usize,
    yaml: String,
}

/// What separates a label from its line.
const SEPARATOR: &str = " | ";

/// The resources to explain, and what is needed to explain them.
pub struct Subject<'a> {
    pub resources: Vec<&'a Resource>,
    /// Makes the sources for a thread.
    pub sources: &'a (dyn Fn() -> Sources<'a> + Sync),
    pub threads: Threads,
}

impl Subject<'_> {
    /// Returns the resources as YAML, with the source before each line.
    ///
    /// # Errors
    /// Fails on values that cannot be represented in JSON.
    pub fn text(&self, style: Style) -> anyhow::Result<String> {
        let all = self.map(labelled)?;
        let width = all.iter().flatten().map(|line| line.width).max().unwrap_or(0);
        let blank = " ".repeat(width);
        let length = |line: &Labelled| line.label.len() + width + line.yaml.len() + SEPARATOR.len();
        let mut text = String::with_capacity(all.iter().flatten().map(length).sum());
        for (at, lines) in all.iter().enumerate() {
            if at > 0 {
                text.extend([&blank, "   ---\n"]);
            }
            for Labelled { label, width: shown, yaml } in lines {
                match style.is_plain() {
                    true => text.extend([label, &blank[*shown..]]),
                    false => text.push_str(&style.paint(&[label, &blank[*shown..]].concat(), "2")),
                }
                text.extend([SEPARATOR, yaml, "\n"]);
            }
        }
        Ok(text)
    }

    /// Returns the lines of the resources and their sources as JSON.
    ///
    /// # Errors
    /// Fails on values that cannot be represented in JSON.
    pub fn json(&self) -> anyhow::Result<String> {
        pretty_json(&self.map(located)?)
    }

    /// Applies a function to the resources, on several threads, and returns the results in their order.
    fn map<T: Send + Sync>(
        &self,
        apply: impl Fn(&Resource, &Sources<'_>) -> anyhow::Result<T> + Sync,
    ) -> anyhow::Result<Vec<T>> {
        let threads = self.threads.for_work(self.resources.len());
        let length = self.resources.len().div_ceil(threads).max(1);
        let parts: Vec<&[&Resource]> = self.resources.chunks(length).collect();
        let of_part = |part: &&[&Resource]| {
            let sources = (self.sources)();
            part.iter().map(|resource| apply(resource, &sources)).collect::<anyhow::Result<Vec<T>>>()
        };
        let results: anyhow::Result<Vec<Vec<T>>> = parallel::map(&parts, threads, of_part).into_iter().collect();
        Ok(results?.into_iter().flatten().collect())
    }
}

fn labelled(resource: &Resource, sources: &Sources<'_>) -> anyhow::Result<Vec<Labelled>> {
    let values = sources.explainer.values(resource);
    let lines = explain::lines(resource.tree()).map_err(|error| anyhow!(error.message))?;
    let hidden = hidden_lines(resource, &lines, sources);
    let labelled = lines.iter().zip(hidden).map(|(line, is_hidden)| {
        let (by, positions) = provenance(line, &values);
        let label = label(by, &positions, sources);
        let yaml = if is_hidden { &without_value(line) } else { &line.text };
        Labelled { width: label.chars().count(), label, yaml: printable(yaml) }
    });
    Ok(labelled.collect())
}

fn located(resource: &Resource, sources: &Sources<'_>) -> anyhow::Result<Lines> {
    let values = sources.explainer.values(resource);
    let hides_lines = sources.hides_lines(resource);
    let lines = explain::lines(resource.tree()).map_err(|error| anyhow!(error.message))?;
    let hidden = hidden_lines(resource, &lines, sources);
    let located = lines.iter().zip(hidden).map(|(line, is_hidden)| {
        let (by, positions) = provenance(line, &values);
        let location = |position| sources.location(position, is_hidden || hides_lines);
        Source {
            yaml: if is_hidden { without_value(line) } else { line.text.clone() },
            by,
            source: location(line.position),
            also: positions[1..].iter().copied().filter_map(location).collect(),
        }
    });
    Ok(Lines { resource: resource.label(), lines: located.collect() })
}

/// Returns for each line whether its value is hidden.
fn hidden_lines(resource: &Resource, lines: &[Line], sources: &Sources<'_>) -> Vec<bool> {
    let hidden = sources.hidden(resource, resource.tree());
    let mut is_hidden = false;
    let is_line_hidden = |line: &Line| {
        if let Some(node) = &line.node {
            is_hidden = hidden.contains(node);
        }
        is_hidden
    };
    lines.iter().map(is_line_hidden).collect()
}

/// Returns the step that set the value on a line, and the positions of the value and of its other parts.
fn provenance(line: &Line, values: &Values<'_, '_>) -> (Option<&'static str>, Vec<Position>) {
    let provenance = line.node.and_then(|node| values.provenance(node));
    let (by, mut sources) = provenance.map_or((None, Vec::new()), |found| (Some(found.step.field), found.sources));
    if sources.first() != Some(&line.position) {
        sources.retain(|&position| position != line.position);
        sources.insert(0, line.position);
    }
    (by, sources)
}

/// The capacity of a label that most fit into.
const TYPICAL_LABEL: usize = 80;

/// Returns the places of a value and the step that set it.
fn label(by: Option<&str>, positions: &[Position], sources: &Sources<'_>) -> String {
    let mut label = String::with_capacity(TYPICAL_LABEL);
    let mut places = Vec::new();
    for &position in positions {
        let Some(file) = sources.file(position.file) else { continue };
        let place = (position.file, file.line(position.offset as usize));
        if places.contains(&place) {
            continue;
        }
        places.push(place);
        let separator = if label.is_empty() { "" } else { ", " };
        write!(label, "{separator}{}:{}", file.path(), place.1).expect("strings can be written to");
    }
    if let Some(by) = by.filter(|by| *by != Step::RESOURCES) {
        write!(label, " ({by})").expect("strings can be written to");
    }
    label
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
