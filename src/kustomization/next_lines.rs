//! U+0085 in the fields that kustomize passes to its built-in plugins as JSON, which it reads as YAML.

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::yaml::{
    Kind, MARKER_AFTER_NEXT_LINE, NEXT_LINE, NEXT_LINE_IN_A_KEY, NodeId, Tree, has_marker_after_next_line,
    may_have_next_lines, read_from_json,
};

/// The fields in lower case, since names of fields are not case-sensitive.
const FIELDS: [&str; 18] = [
    "commonannotations",
    "commonlabels",
    "configmapgenerator",
    "generatoroptions",
    "helmcharts",
    "helmglobals",
    "images",
    "imagetags",
    "labels",
    "nameprefix",
    "namespace",
    "namesuffix",
    "patches",
    "patchesjson6902",
    "patchesstrategicmerge",
    "replacements",
    "replicas",
    "secretgenerator",
];

/// Returns the kustomization with the texts that the plugins get; `None` if they are the same (fixture
/// `replacements/next-line-in-a-source-value`).
///
/// # Errors
/// Fails on a key with U+0085, and on a document marker after it.
pub fn read_next_lines(tree: &Tree) -> Result<Option<Tree>> {
    if !may_have_next_lines(tree.source()) {
        return Ok(None);
    }
    let mut nodes: Vec<NodeId> = tree
        .entries(tree.root())
        .filter(|(key, _)| FIELDS.contains(&tree.text(*key).to_ascii_lowercase().as_str()))
        .map(|(_, value)| value)
        .collect();
    let mut changed: Option<Tree> = None;
    while let Some(node) = nodes.pop() {
        match tree.kind(node) {
            Kind::Scalar if tree.text(node).contains(NEXT_LINE) => {
                if has_marker_after_next_line(tree.text(node)) {
                    let error = Diagnostic::error(Code::Unwritable, MARKER_AFTER_NEXT_LINE);
                    return Err(error.at(tree.position(node), "this value"));
                }
                let changed = changed.get_or_insert_with(|| tree.clone());
                changed.set_text(node, &read_from_json(tree.text(node)), tree.position(node));
            }
            Kind::Scalar => {}
            Kind::Sequence => nodes.extend(tree.children(node)),
            Kind::Mapping => {
                for (key, value) in tree.entries(node) {
                    if tree.text(key).contains(NEXT_LINE) {
                        let error = Diagnostic::error(Code::Unwritable, NEXT_LINE_IN_A_KEY);
                        return Err(error.at(tree.position(key), "this key"));
                    }
                    nodes.push(value);
                }
            }
        }
    }
    Ok(changed)
}
