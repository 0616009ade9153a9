//! Parses a patch, which may be of either kind.

use std::collections::HashSet;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::inputs::File;
use crate::kustomization::{Located, Patch, Used, repeated_fields};
use crate::resource::patch::json6902 as json_patch;
use crate::resource::{Resource, Resources, manifest};
use crate::target::Target;
use crate::yaml::{ParseLimits, Position, Tree};

/// A parsed patch.
#[derive(Debug)]
pub enum ParsedPatch {
    StrategicMerge(Vec<Resource>),
    Json(Box<JsonPatch>),
}

/// A parsed JSON patch.
#[derive(Debug)]
pub struct JsonPatch {
    /// The list of operations.
    pub operations: Tree,
    /// Warnings about parts that have no effect.
    pub warnings: Vec<Diagnostic>,
}

impl ParsedPatch {
    /// Parses the patch of an entry, which may be of either kind.
    ///
    /// # Errors
    /// Fails on text that is a patch of neither kind, or of both.
    pub fn new(patch: &Located<Patch>, target: &Target) -> Result<ParsedPatch> {
        let text = Located { value: patch.patch.trim().to_string(), position: patch.patch.position };
        match (text.is_empty(), patch.path.is_empty()) {
            (true, true) => Err(Diagnostic::error(Code::InvalidPatch, "must specify one of patch and path")
                .at(patch.position, "this entry has neither")),
            (false, false) => {
                Err(Diagnostic::error(Code::InvalidPatch, "patch and path can't be set at the same time")
                    .at(patch.position, "this entry has both"))
            }
            (false, true) => ParsedPatch::from_inline(&text, target),
            (true, false) => ParsedPatch::from_file(target.file(&patch.path)?, target.limits),
        }
        .map_err(|mut error| {
            if error.labels.is_empty() {
                error = error.at(patch.position, "this patch");
            }
            error
        })
    }

    fn from_inline(patch: &Located<String>, target: &Target) -> Result<ParsedPatch> {
        let merge = target.file_of(patch).documents_inside(patch, target.limits).and_then(manifest::resources);
        let json = JsonPatch::inline(patch, target);
        ParsedPatch::from_attempts(merge, json)
    }

    fn from_file(file: &Arc<File>, limits: ParseLimits) -> Result<ParsedPatch> {
        let merge = file.resources(limits).map(<[Resource]>::to_vec);
        let json = JsonPatch::from_file(file, limits);
        ParsedPatch::from_attempts(merge, json)
    }

    fn from_attempts(merge: Result<Vec<Resource>>, json: Result<Option<JsonPatch>>) -> Result<ParsedPatch> {
        match (merge, json) {
            (Ok(merge), Ok(Some(json))) if !merge.is_empty() && !json.is_empty() => {
                Err(Diagnostic::error(Code::InvalidPatch, "illegally qualifies as both an SM and JSON patch")
                    .at(json.position(), ""))
            }
            (Ok(merge), _) => Ok(ParsedPatch::StrategicMerge(merge)),
            (Err(_), Ok(Some(json))) => Ok(ParsedPatch::Json(Box::new(json))),
            (Err(_), Ok(None)) => Ok(ParsedPatch::StrategicMerge(Vec::new())),
            (Err(error), Err(_)) if error.code == Code::TooDeep => Err(error),
            (Err(merge), Err(json)) => {
                // The more specific of the two errors: invalid operations in a list, or else invalid YAML.
                let cause = if json.code == Code::InvalidPatch { json } else { merge };
                let mut error = Diagnostic::error(
                    Code::InvalidPatch,
                    format!("unable to parse SM or JSON patch: {}", cause.message),
                );
                error.labels = cause.labels;
                error.help = cause.help;
                Err(error)
            }
        }
    }

    /// Returns the position of the patch.
    pub(super) fn position(&self) -> Position {
        match self {
            ParsedPatch::StrategicMerge(patches) => patches.first().map_or(Position::NONE, Resource::position),
            ParsedPatch::Json(patch) => patch.position(),
        }
    }

    /// Warns about parts of the patch that have no effect.
    pub fn warn(&self, resources: &mut Resources) {
        let warnings = match self {
            ParsedPatch::StrategicMerge(patches) => repeated_fields_of_merge_patches(patches),
            ParsedPatch::Json(patch) => patch.warnings.clone(),
        };
        warnings.into_iter().for_each(|warning| resources.warn(warning));
    }

    /// Returns the size of the patch in bytes.
    pub(super) fn memory(&self) -> usize {
        match self {
            ParsedPatch::StrategicMerge(patches) => patches.iter().map(Resource::memory).sum(),
            ParsedPatch::Json(patch) => patch.operations.memory(),
        }
    }

    /// Returns whether it only tests values, and so is not meant to change anything.
    pub(super) fn is_test(&self) -> bool {
        matches!(self, ParsedPatch::Json(patch) if json_patch::is_test(&patch.operations))
    }
}

impl JsonPatch {
    /// Parses the operations in a file; `None` for an empty document.
    ///
    /// # Errors
    /// Fails on text that is not a list of operations.
    pub(super) fn from_file(file: &File, limits: ParseLimits) -> Result<Option<JsonPatch>> {
        let patch = operations(file.text()?, || file.document(limits))?;
        Ok(patch.map(|patch| patch.with(file.ignored_document())))
    }

    /// Parses the operations in a value of a kustomization file; `None` for an empty document.
    ///
    /// # Errors
    /// Fails on text that is not a list of operations.
    pub(super) fn inline(text: &Located<String>, target: &Target) -> Result<Option<JsonPatch>> {
        let file = target.file_of(text);
        let patch = operations(&text.value, || file.document_inside(text, target.limits))?;
        Ok(patch.map(|patch| patch.with(file.ignored_document_inside(text))))
    }

    fn with(mut self, warning: Option<Diagnostic>) -> JsonPatch {
        self.warnings.extend(warning);
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.operations.is_empty(self.operations.root())
    }

    pub(super) fn position(&self) -> Position {
        self.operations.position(self.operations.root())
    }
}

/// Returns warnings about fields that strategic merge patches contain more than once.
pub(super) fn repeated_fields_of_merge_patches(patches: &[Resource]) -> Vec<Diagnostic> {
    // A file may be listed many times.
    let mut seen = HashSet::new();
    let distinct = patches.iter().filter(|patch| seen.insert(Arc::as_ptr(patch.shared_tree())));
    distinct.flat_map(|patch| repeated_fields(patch.tree(), Used::First)).collect()
}

/// Parses a list of operations: as JSON if it starts with a bracket, as YAML otherwise. Returns `None` for an empty
/// document.
fn operations(text: &str, parse: impl FnOnce() -> Result<Option<Tree>>) -> Result<Option<JsonPatch>> {
    if text.is_empty() {
        return Err(Diagnostic::error(Code::InvalidPatch, "empty json patch operations"));
    }
    let is_json = text.starts_with('[');
    if is_json {
        serde_json::from_str::<serde::de::IgnoredAny>(text)
            .map_err(|error| Diagnostic::error(Code::InvalidPatch, format!("invalid JSON: {error}")))?;
    }
    let Some(mut tree) = parse()? else { return Ok(None) };
    if !json_patch::is_operations(&tree) {
        return Err(Diagnostic::error(Code::NotAResource, "not a list of JSON patch operations")
            .at(tree.position(tree.root()), ""));
    }
    if !is_json {
        json_patch::read_as_yaml_1_1(&mut tree);
    }
    let warnings = repeated_fields(&tree, Used::Last);
    json_patch::keep_last_of_equal_keys(&mut tree);
    Ok(Some(JsonPatch { operations: tree, warnings }))
}
