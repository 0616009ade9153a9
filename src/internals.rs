//! What the tests, benches and fuzz targets of this repository use beside the public items. It may change at any time.

use std::sync::Arc;

use crate::accumulate::accumulate;
use crate::accumulated::Accumulated;
use crate::diagnostic::{Diagnostic, Result};
use crate::inputs::Inputs;
use crate::options::Options;
use crate::order;
use crate::render::{Rendered, load_with};
use crate::request::GitRequest;
use crate::resolve::{name_hash, name_reference};
use crate::resource::patch::json6902;
use crate::resource::{Resource, Schema, manifest};
use crate::target::{Cache, Source, Target};
use crate::transform;
use crate::world::World;
use crate::yaml::{self, FileId, ParseLimits, Tree};

pub use crate::diff::{Change, FollowedReference};
pub use crate::kustomization::FILE_NAMES;
pub use crate::references::{Detail, DetailKind, ObjectReference, Referent, Relation};
pub use crate::remote::transport::fetch_arguments;

/// Returns the text of bytes.
///
/// # Errors
/// Fails on bytes that are not text.
pub fn decode_text(bytes: &[u8]) -> Result<Arc<String>, String> {
    yaml::decode_text(bytes).map_err(|(_, message)| message)
}

/// Returns the documents of a stream.
///
/// # Errors
/// Fails on what is not YAML.
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
/// Fails where an operation does.
pub fn apply_json_patch(tree: &mut Tree, patch: &Tree) -> Result<()> {
    json6902::apply(tree, patch, usize::MAX)
}

/// Returns the fields in which two documents differ, and the references that follow a new hash.
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
pub fn references(rendered: &Rendered) -> Vec<ObjectReference> {
    crate::references::references(rendered.resources(), rendered.config())
}

/// Returns what is asked for when a repository is cloned.
pub fn git_request(url: &str, revision: &str, timeout_seconds: u64) -> GitRequest {
    GitRequest { url: url.to_string(), reference: revision.to_string(), submodules: true, timeout_seconds }
}

/// A loaded overlay on one base, and the steps of its render one by one, for the benches.
pub struct Steps {
    inputs: Inputs,
    options: Options,
    target: Arc<Target>,
}

/// What a step works on.
pub struct Work(Accumulated);

impl Steps {
    /// Loads an overlay from inputs that lack nothing.
    pub fn new(inputs: Inputs, target: &str) -> Steps {
        let options = Options::default();
        let target = load(&inputs, target);
        Steps { inputs, options, target }
    }

    /// Returns what the first base amounts to, with no resource shared.
    pub fn base(&self) -> Work {
        match &self.target.resources[0].source {
            Source::Directory(base) => self.accumulate(base),
            Source::Manifest(_) => unreachable!("the overlay lists a directory"),
        }
    }

    /// Returns what the overlay amounts to before names are resolved.
    pub fn overlay(&self) -> Work {
        self.accumulate(&self.target)
    }

    fn accumulate(&self, target: &Target) -> Work {
        let world = World { inputs: &self.inputs, options: &self.options, cache: &Cache::default() };
        Work(accumulate(target, world, None).unwrap_or_else(|halt| panic!("{halt:?}")))
    }

    /// Runs the transformers of the overlay.
    pub fn transform(&self, work: &mut Work) {
        transform::run(&self.target, &work.0.config, None, &mut work.0.resources).unwrap_or_else(failed);
    }

    /// Updates the names of renamed resources.
    pub fn fix_references(&self, work: &mut Work) {
        name_reference::fix_references(&mut work.0).unwrap_or_else(failed);
    }

    /// Adds hashes to names.
    pub fn add_hashes(&self, work: &mut Work) {
        name_hash::add_hashes(&mut work.0.resources).unwrap_or_else(failed);
    }

    /// Sorts the resources.
    pub fn sort(&self, work: &mut Work) {
        order::sort(&mut work.0.resources, self.target.kustomization(), &self.options).unwrap_or_else(failed);
    }
}

/// Loads a target from inputs that lack nothing, and returns how many resources it lists.
pub fn load_only(inputs: &Inputs, target: &str) -> usize {
    load(inputs, target).resources.len()
}

fn load(inputs: &Inputs, target: &str) -> Arc<Target> {
    load_with(inputs, target, &Options::default(), &Cache::default()).unwrap_or_else(|halt| panic!("{halt:?}"))
}

fn failed<T>(error: Box<Diagnostic>) -> T {
    panic!("{error}")
}
