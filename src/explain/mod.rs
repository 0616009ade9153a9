//! The provenance of values: the history of a field, and the source of each line of the output.
//!
//! Each node of a document has the file and the offset of its value. With [`Options::trace`](crate::Options::trace), each
//! resource also stores its document after every step of the render. The history of a field consists of the changes from
//! each of these documents to the next.
//!
//! # Example
//! ```
//! use boutique::{FieldPath, Options, explain, io};
//!
//! let host = io::MemoryHost::new([
//!     ("/dev/kustomization.yaml", "resources: [../base]\nreplicas:\n- name: shop\n  count: 3\n"),
//!     ("/base/kustomization.yaml", "resources: [shop.yaml]\n"),
//!     ("/base/shop.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec: {replicas: 1}\n"),
//! ]);
//! let mut options = Options::default();
//! options.trace = true;
//! let io::Outcome { result, inputs } = io::render(&host, "/dev", &options);
//! let rendered = result.expect("the tree is valid");
//!
//! let path: FieldPath = "spec.replicas".parse().expect("it is a path");
//! let history = explain::history(&rendered.resources()[0], &path);
//! let newest = history[0].after.as_ref().expect("the field is there");
//! assert_eq!(history[0].step.field, "replicas");
//! assert_eq!(newest.text(), Some("3"));
//! let location = inputs.location(newest.position()).expect("the value is written in a file");
//! assert_eq!(location.to_string(), "/dev/kustomization.yaml:4:10");
//! ```
//!
//! The same as text, oldest first, and the source of every line of the output:
//! ```
//! use boutique::explain::{self, Event, Line, Step, Value};
//! use boutique::{FieldPath, Inputs, Options, io};
//!
//! fn describe(Event { step, after, .. }: &Event) -> String {
//!     let Step { field, .. } = step;
//!     let text = after.as_ref().and_then(Value::text).unwrap_or("nothing");
//!     format!("{field}: {text}")
//! }
//!
//! fn annotated(Line { text, position, .. }: &Line, inputs: &Inputs) -> String {
//!     match inputs.location(*position) {
//!         Some(location) => format!("{text}  # {location}"),
//!         None => text.clone(),
//!     }
//! }
//!
//! let host = io::MemoryHost::new([
//!     ("/kustomization.yaml", "namePrefix: dev-\nresources: [a.yaml]\n"),
//!     ("/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
//! ]);
//! let mut options = Options::default();
//! options.trace = true;
//! let io::Outcome { result, inputs } = io::render(&host, "/", &options);
//! let rendered = result.expect("the tree is valid");
//! let resource = &rendered.resources()[0];
//!
//! let path: FieldPath = "metadata.name".parse().expect("it is a path");
//! let history: Vec<String> = explain::history(resource, &path).iter().rev().map(describe).collect();
//! assert_eq!(history, ["resources: a", "namePrefix: dev-a"]);
//!
//! let lines = explain::lines(resource.tree()).expect("it can be written");
//! let lines: Vec<String> = lines.iter().map(|line| annotated(line, &inputs)).collect();
//! assert_eq!(lines[3], "  name: dev-a  # /kustomization.yaml:1:13");
//! ```

mod event;
mod explainer;
mod lineage;
mod lines;
mod pairing;

use crate::resource::Resource;
use crate::resource::paths::FieldPath;

pub use crate::resource::Step;
pub use event::{Event, Value};
pub use explainer::{Explainer, Origin, Provenance, Values};
pub use lines::{Line, lines};

use lineage::Lineage;

/// Returns the changes to a field of a resource, newest first. There are none if the resource never had the field, or if it
/// was rendered without [`Options::trace`](crate::Options::trace).
pub fn history(resource: &Resource, path: &FieldPath) -> Vec<Event> {
    Lineage::new(resource).history(path)
}
