//! The origin of resources, as shown by `buildMetadata`.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::path::clean;
use crate::remote;
use crate::yaml::{
    FileId, Kind, NodeId, ParseLimits, Style, Tag, Tree, parse_value, write_plain_or_quoted, yaml_1_1_bool,
};

/// The origin of a resource or a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub path: String,
    pub repo: String,
    pub git_ref: String,
    pub configured_in: String,
    pub configured_by: Option<ConfiguredBy>,
    /// The text that a patch has given to the annotation with the origin.
    pub patched: Option<Arc<str>>,
}

/// The generator or transformer that created a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfiguredBy {
    pub api_version: String,
    pub kind: String,
    pub name: String,
    pub namespace: String,
}

impl Origin {
    /// Returns the origin of a path inside this one.
    pub fn join(&self, path: &str) -> Origin {
        if let Some(spec) = remote::parse(path) {
            let path = clean(spec.path.trim_start_matches('/'));
            return Origin { path, repo: spec.url, git_ref: spec.git_ref, ..self.clone() };
        }
        let path = if self.path.is_empty() { clean(path) } else { clean(&format!("{}/{path}", self.path)) };
        Origin { path, ..self.clone() }
    }

    /// Returns the origin of resources that a field of the kustomization file in this directory creates.
    pub fn of_field(&self, file_name: &str, kind: &str) -> Origin {
        Origin {
            path: String::new(),
            patched: None,
            configured_in: self.join(file_name).path,
            configured_by: Some(ConfiguredBy {
                api_version: "builtin".to_string(),
                kind: kind.to_string(),
                ..ConfiguredBy::default()
            }),
            ..self.clone()
        }
    }

    /// Returns the origin as an item of a list of records.
    pub fn to_item(&self) -> String {
        let lines = self.to_lines("  ");
        if lines.is_empty() { "- {}\n".to_string() } else { format!("- {}", lines.trim_start()) }
    }

    /// Returns the origin as the YAML that kustomize writes, with each line after `indent`.
    pub fn to_lines(&self, indent: &str) -> String {
        let mut text = String::new();
        let mut line = |indent: &str, key: &str, value: &str| {
            if !value.is_empty() {
                let mut written = String::new();
                write_plain_or_quoted(&mut written, value);
                text.push_str(&format!("{indent}{key}: {written}\n"));
            }
        };
        line(indent, "path", &self.path);
        line(indent, "repo", &self.repo);
        line(indent, "ref", &self.git_ref);
        line(indent, "configuredIn", &self.configured_in);
        if let Some(by) = &self.configured_by {
            let inner = format!("{indent}  ");
            let mut by_lines = Vec::new();
            for (key, value) in
                [("apiVersion", &by.api_version), ("kind", &by.kind), ("name", &by.name), ("namespace", &by.namespace)]
            {
                by_lines.push((key, value));
            }
            text.push_str(&format!("{indent}configuredBy:\n"));
            for (key, value) in by_lines {
                if !value.is_empty() {
                    let mut written = String::new();
                    write_plain_or_quoted(&mut written, value);
                    text.push_str(&format!("{inner}{key}: {written}\n"));
                }
            }
        }
        text
    }
}

/// Checks that the text of an annotation is an origin.
///
/// # Errors
/// Fails on a text that kustomize could not read into the fields of an origin.
pub fn check(text: &str) -> Result<()> {
    match parse(text)? {
        Some(tree) => read(&tree, tree.root()).map(|_| ()),
        None => Ok(()),
    }
}

/// Returns the records of transformations in an annotation as kustomize writes them when it adds others (fixture
/// `buildMetadata/former-transformations`).
///
/// # Errors
/// Fails on a text that is not a list of origins.
pub fn rewrite_records(text: &str) -> Result<String> {
    let Some(tree) = parse(text)?.filter(|tree| !tree.is_null(tree.root())) else { return Ok(String::new()) };
    if tree.kind(tree.root()) != Kind::Sequence {
        return Err(invalid("expected a list of origins"));
    }
    let records = tree.children(tree.root()).map(|item| match read(&tree, item)? {
        None => Ok("- null\n".to_string()),
        Some(origin) => Ok(origin.to_item()),
    });
    records.collect()
}

fn parse(text: &str) -> Result<Option<Tree>> {
    let source = Arc::new(text.to_string());
    parse_value(&source, FileId::NONE, ParseLimits::default()).map_err(|error| invalid(&error.message))
}

/// Reads an origin, or `None` from a null. Other fields are ignored.
fn read(tree: &Tree, node: NodeId) -> Result<Option<Origin>> {
    if tree.is_null(node) {
        return Ok(None);
    }
    let mut origin = Origin::default();
    for (name, value) in fields(tree, node)? {
        match name.as_str() {
            "path" => origin.path = text_of(tree, value, &name)?,
            "repo" => origin.repo = text_of(tree, value, &name)?,
            "ref" => origin.git_ref = text_of(tree, value, &name)?,
            "configuredin" => origin.configured_in = text_of(tree, value, &name)?,
            "configuredby" if !tree.is_null(value) => origin.configured_by = Some(read_configured_by(tree, value)?),
            _ => {}
        }
    }
    Ok(Some(origin))
}

fn read_configured_by(tree: &Tree, node: NodeId) -> Result<ConfiguredBy> {
    let mut by = ConfiguredBy::default();
    for (name, value) in fields(tree, node)? {
        match name.as_str() {
            "apiversion" => by.api_version = string_of(tree, value, &name)?,
            "kind" => by.kind = string_of(tree, value, &name)?,
            "name" => by.name = string_of(tree, value, &name)?,
            "namespace" => by.namespace = string_of(tree, value, &name)?,
            _ => {}
        }
    }
    Ok(by)
}

/// Returns the entries of a mapping with their names in lower case, since Go's names of fields are not case-sensitive.
fn fields(tree: &Tree, node: NodeId) -> Result<Vec<(String, NodeId)>> {
    if !tree.is_mapping(node) {
        return Err(invalid("expected a mapping"));
    }
    Ok(tree.entries(node).map(|(key, value)| (tree.text(key).to_ascii_lowercase(), value)).collect())
}

/// Returns the text of a scalar. A boolean in any notation is `true` or `false`.
fn text_of(tree: &Tree, node: NodeId, name: &str) -> Result<String> {
    let boolean = boolean(tree, node).map(|value| value.to_string());
    match tree.kind(node) {
        Kind::Scalar if tree.is_null(node) => Ok(String::new()),
        Kind::Scalar => Ok(boolean.unwrap_or_else(|| tree.text(node).to_string())),
        _ => Err(invalid(&format!("`{name}` must be a string"))),
    }
}

/// Returns the text of a string inside of another field, where kustomize does not convert other scalars (fixture
/// `buildMetadata/former-transformations-of-a-boolean`).
fn string_of(tree: &Tree, node: NodeId, name: &str) -> Result<String> {
    let is_other = boolean(tree, node).is_some() || !matches!(tree.tag(node), Tag::Str | Tag::Null);
    if is_other { Err(invalid(&format!("`{name}` must be a string"))) } else { text_of(tree, node, name) }
}

/// Returns the value of a boolean of YAML 1.1.
fn boolean(tree: &Tree, node: NodeId) -> Option<bool> {
    let is_plain = tree.is_scalar(node) && tree.style(node) == Style::Plain;
    if is_plain { yaml_1_1_bool(tree.text(node)) } else { None }
}

fn invalid(reason: &str) -> Box<Diagnostic> {
    Diagnostic::error(Code::InvalidValue, format!("an annotation of `buildMetadata` has an invalid value: {reason}"))
}
