//! What a check finds, and where: findings with the paths of the API server.

use std::collections::HashSet;
use std::fmt;

use crate::diagnostic::Code;
use crate::yaml::NodeId;

/// The number of findings that are kept for an object.
const MAX_FINDINGS: usize = 1_000;

/// The path of a value in an object, in the API server's notation: `spec.containers[0].name`.
///
/// It is a list on the stack, from the value up to the root, and is written only for a finding.
#[derive(Clone, Copy, Debug)]
pub enum Path<'a> {
    /// The object itself.
    Root,
    /// A field. The name may have several parts: `template.spec`.
    Field(&'a Path<'a>, &'a str),
    /// An element of a list.
    Index(&'a Path<'a>, usize),
    /// An entry of a map: `data[key]`.
    Key(&'a Path<'a>, &'a str),
}

impl Path<'_> {
    /// Returns whether the path is that of a field of the object, or leads into it.
    pub fn is_in(&self, field: &str) -> bool {
        match self {
            Path::Root => false,
            Path::Field(Path::Root, name) => *name == field,
            Path::Field(parent, _) | Path::Index(parent, _) | Path::Key(parent, _) => parent.is_in(field),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Field(Path::Root, name) => out.write_str(name),
            Path::Field(parent, name) => write!(out, "{parent}.{name}"),
            Path::Index(parent, index) => write!(out, "{parent}[{index}]"),
            Path::Key(parent, key) => write!(out, "{parent}[{key}]"),
        }
    }
}

/// A fault of an object, or a warning about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The kind of finding.
    pub code: Code,
    /// The node that is at fault, or the innermost one that should contain what is missing.
    pub node: NodeId,
    /// Whether the node is the key of an entry.
    pub is_key: bool,
    /// The path of the value in the API server's notation.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether an API server accepts the object nevertheless.
    pub is_warning: bool,
}

/// The findings of one object. A value has at most one: the first.
#[derive(Clone, Debug, Default)]
pub struct Report {
    findings: Vec<Finding>,
    places: HashSet<(NodeId, String)>,
}

impl Report {
    /// Adds a finding unless its value has one already. A report that is full stays as it is.
    pub fn add(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS && self.places.insert((finding.node, finding.path.clone())) {
            self.findings.push(finding);
        }
    }

    /// Adds an error.
    pub fn error(&mut self, code: Code, node: NodeId, path: &Path<'_>, message: impl Into<String>) {
        let (path, message) = (path.to_string(), message.into());
        self.add(Finding { code, node, is_key: false, path, message, help: None, is_warning: false });
    }

    /// Adds an error about the key of an entry.
    pub fn key_error(&mut self, code: Code, node: NodeId, path: &Path<'_>, message: impl Into<String>) {
        let (path, message) = (path.to_string(), message.into());
        self.add(Finding { code, node, is_key: true, path, message, help: None, is_warning: false });
    }

    /// Returns whether a value around an absent one is reported as missing.
    pub fn misses(&self, node: NodeId, path: &Path<'_>) -> bool {
        let path = path.to_string();
        let mut ends = path.match_indices(['.', '[']).map(|(end, _)| &path[..end]);
        ends.any(|outer| {
            let place = (node, outer.to_string());
            self.places.contains(&place)
        })
    }

    /// Adds a warning.
    pub fn warning(&mut self, code: Code, node: NodeId, path: &Path<'_>, message: impl Into<String>) {
        let (path, message) = (path.to_string(), message.into());
        self.add(Finding { code, node, is_key: false, path, message, help: None, is_warning: true });
    }

    /// Returns the findings in the order in which they were made.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns whether an API server refuses the object.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| !finding.is_warning)
    }

    /// Returns the findings in the order in which they were made.
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_as_the_api_server_writes_them() {
        let spec = Path::Field(&Path::Root, "spec.template.spec");
        let containers = Path::Field(&spec, "containers");
        let container = Path::Index(&containers, 2);
        let requests = Path::Field(&container, "resources.requests");
        assert_eq!(Path::Root.to_string(), "");
        assert_eq!(Path::Key(&requests, "cpu").to_string(), "spec.template.spec.containers[2].resources.requests[cpu]");
    }
}
