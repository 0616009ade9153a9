//! The origin of resources, as shown by `buildMetadata`.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::path::clean;
use crate::remote;
use crate::yaml::{FileId, Kind, NodeId, ParseLimits, Tree, parse_value, write_plain_or_quoted};

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
    let source = Arc::new(text.to_string());
    let tree = parse_value(&source, FileId::NONE, ParseLimits::default());
    let Some(tree) = tree.map_err(|error| invalid(&error.message))? else { return Ok(()) };
    check_fields(&tree, tree.root(), "an origin")?;
    match tree.get(tree.root(), "configuredBy") {
        Some(by) => check_fields(&tree, by, "`configuredBy`"),
        None => Ok(()),
    }
}

/// Checks that a node is null or a mapping with scalars, `configuredBy` aside.
fn check_fields(tree: &Tree, node: NodeId, what: &str) -> Result<()> {
    if tree.is_null(node) {
        return Ok(());
    }
    if !tree.is_mapping(node) {
        return Err(invalid(&format!("{what} must be a mapping")));
    }
    let fields = ["path", "repo", "ref", "configuredIn", "apiVersion", "kind", "name", "namespace"];
    for (key, value) in tree.entries(node) {
        let key = tree.text(key);
        if fields.contains(&key) && tree.kind(value) != Kind::Scalar {
            return Err(invalid(&format!("`{key}` must be a string")));
        }
    }
    Ok(())
}

fn invalid(reason: &str) -> Box<Diagnostic> {
    Diagnostic::error(
        Code::InvalidValue,
        format!("the annotation `config.kubernetes.io/origin` is not an origin: {reason}"),
    )
}
