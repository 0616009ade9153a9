//! Internal items for the tests, benches and fuzz targets of this repository. They may change at any time.

use std::sync::Arc;

use crate::accumulate::accumulate;
use crate::accumulated::Accumulated;
use crate::cache::Cache;
use crate::diagnostic::{Diagnostic, Result};
use crate::inputs::{File, Found, Inputs, KnownAnswer};
use crate::io::{self, Host, Outcome};
use crate::options::Options;
use crate::order;
use crate::render::{Rendered, load_with};
use crate::request::{Answer, GitRequest};
use crate::resolve::{name_hash, name_reference};
use crate::resource::patch::json6902;
use crate::resource::{Resource, Schema, manifest};
use crate::target::{Source, Target};
use crate::transform;
use crate::world::World;
use crate::yaml::{self, FileId, ParseLimits, Tree};

pub use crate::diff::{Change, FollowedReference};
pub use crate::kustomization::FILE_NAMES;
pub use crate::references::{Detail, DetailKind, ObjectReference, Referent, Relation};
pub use crate::remote::transport::fetch_arguments;

/// Returns bytes as text.
///
/// # Errors
/// Fails on bytes that are not text.
pub fn decode_text(bytes: &[u8]) -> Result<Arc<String>, String> {
    yaml::decode_text(bytes).map_err(|(_, message)| message)
}

/// Returns the documents of a stream.
///
/// # Errors
/// Fails on invalid YAML.
pub fn parse_stream(text: &Arc<String>) -> Result<Vec<Tree>, String> {
    yaml::parse_stream(text, FileId(1), ParseLimits::default()).map_err(|error| error.message)
}

/// Appends a document to a text.
///
/// # Errors
/// Fails on values that have no JSON form.
pub fn write(tree: &Tree, out: &mut String) -> Result<(), String> {
    yaml::write(tree, out).map_err(|error| error.message)
}

/// Returns the resources in the documents of a manifest.
///
/// # Errors
/// Fails on documents that are not resources.
pub fn resources(documents: Vec<Tree>) -> Result<Vec<Resource>> {
    manifest::resources(documents)
}

/// Applies a JSON patch.
///
/// # Errors
/// Fails if an operation fails.
pub fn apply_json_patch(tree: &mut Tree, patch: &Tree) -> Result<()> {
    json6902::apply(tree, patch, usize::MAX)
}

/// Returns the fields in which two documents differ, and the references that changed because a name hash did.
pub fn changes(before: &Resource, after: &Resource) -> (Vec<Change>, Vec<FollowedReference>) {
    use crate::diff::{align, tree};
    tree::compare(before, after, &tree::Renamed::default(), &Schema::default(), &mut { align::MAX_EFFORT })
}

/// Returns a document as JSON.
pub fn json_value(tree: &Tree) -> serde_json::Value {
    use crate::diff::value::{ValueNode, value};
    value(tree, ValueNode::root(tree))
}

/// Returns the references between the resources of an output.
///
/// # Panics
/// Panics if there are too many.
pub fn references(rendered: &Rendered) -> Vec<ObjectReference> {
    crate::references::references(rendered.resources(), rendered.config()).unwrap_or_else(failed)
}

/// Returns the request for a clone of a repository.
pub fn git_request(url: &str, revision: &str, timeout_seconds: u64) -> GitRequest {
    GitRequest { url: url.to_string(), git_ref: revision.to_string(), submodules: true, timeout_seconds }
}

/// A loaded overlay with one base, whose render steps can be run one by one, for the benches.
pub struct Steps {
    inputs: Inputs,
    options: Options,
    target: Arc<Target>,
}

/// The state that the steps change.
pub struct StepState(Accumulated);

impl Steps {
    /// Loads an overlay from complete inputs.
    pub fn new(inputs: Inputs, target: &str) -> Steps {
        let options = Options::default();
        let target = load(&inputs, target);
        Steps { inputs, options, target }
    }

    /// Returns the accumulated first base. Its resources are not shared with other results.
    pub fn base(&self) -> StepState {
        match &self.target.resources[0].source {
            Source::Directory(base) => self.accumulate(base),
            Source::Manifest(_) => unreachable!("the overlay lists a directory"),
        }
    }

    /// Returns the accumulated overlay before names are resolved.
    pub fn overlay(&self) -> StepState {
        self.accumulate(&self.target)
    }

    fn accumulate(&self, target: &Target) -> StepState {
        let activity = self.options.budget.begin(&target.directory);
        let world =
            World { inputs: &self.inputs, options: &self.options, cache: &Cache::default(), activity: &activity };
        StepState(accumulate(target, world, None).unwrap_or_else(|halt| panic!("{halt:?}")))
    }

    /// Runs the transformers of the overlay.
    pub fn transform(&self, state: &mut StepState) {
        transform::run(&self.target, &state.0.config, None, &mut state.0.resources).unwrap_or_else(failed);
    }

    /// Updates the names of renamed resources.
    pub fn fix_references(&self, state: &mut StepState) {
        name_reference::fix_references(&mut state.0).unwrap_or_else(failed);
    }

    /// Adds hashes to names.
    pub fn add_hashes(&self, state: &mut StepState) {
        name_hash::add_hashes(&mut state.0.resources).unwrap_or_else(failed);
    }

    /// Sorts the resources.
    pub fn sort(&self, state: &mut StepState) {
        order::sort(&mut state.0.resources, self.target.kustomization(), &self.options).unwrap_or_else(failed);
    }
}

/// Renders again after the content of a file changed. The other files are not parsed again.
pub fn render_changed(
    inputs: &Inputs,
    (changed, bytes): (&File, &[u8]),
    host: &dyn Host,
    target: &str,
    options: &Options,
) -> Outcome<Rendered> {
    let mut answers = inputs.with_shared_ids();
    for (request, known) in inputs.answers() {
        match known {
            KnownAnswer::Found(Found::File(file)) if file.id == changed.id => {
                let answer = Answer::File { real: file.real.clone(), bytes: bytes.to_vec() };
                answers.insert(request.clone(), answer);
            }
            known => answers.insert_known(request.clone(), known.clone()),
        }
    }
    io::resume(host, answers, target, options, &Cache::shared())
}

/// Loads a target from complete inputs, and returns the number of entries in its `resources`.
pub fn load_only(inputs: &Inputs, target: &str) -> usize {
    load(inputs, target).resources.len()
}

fn load(inputs: &Inputs, target: &str) -> Arc<Target> {
    load_with(inputs, target, &Options::default(), &Cache::default()).unwrap_or_else(|halt| panic!("{halt:?}"))
}

fn failed<T>(error: Box<Diagnostic>) -> T {
    panic!("{error}")
}
