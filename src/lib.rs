//! boutique renders kustomization trees exactly as kustomize does, and knows where every value came from.
//!
//! # The pipeline
//! A render is a pure function from [`Inputs`] (answers about the world) and [`Options`] to [`Rendered`]:
//!
//! 1. [`load`]: from a directory to a [`target::Target`], the tree of parsed kustomizations with all files they refer to.
//!    What is not in the inputs is asked for with [`Halt::Needs`]; after this phase nothing is looked up.
//! 2. [`accumulate`]: recursion over bases and components, innermost first. Each kustomization runs its
//!    generators ([`generate`]) and its transformers ([`transform`], a table in kustomize's order) over the
//!    [`resource::Resources`] collected so far.
//! 3. [`resolve`]: hashes in names, references to renamed resources, variables.
//! 4. [`order`] and [`emit`]: the order of the documents, what is left out of them, and their text.
//!
//! [`provenance`] says of the result where each value came from, [`references`] how its objects refer to each other, and
//! [`structure`] what a kustomization includes. [`lint`] finds what renders, but hardly is what was meant.
//! [`diff`] compares two renders, and [`secret`] says what may be shown of a Secret. [`edit`] changes kustomization files,
//! and [`localize`] says what a tree would be without remotes.
//!
//! [`io`] is the only place that touches the world: it answers [`request`]s and renders again until nothing is missing.
//! [`yaml`] turns text into trees and back, and knows nothing of Kubernetes. Mistakes are [`Diagnostic`]s: data, with
//! the place they are about; a [`policy`] says which of them are told. [`path`] and [`remote`] read what names files and
//! repositories.
//!
//! # Example
//! ```
//! use boutique::{Options, io};
//!
//! let host = io::MemoryHost::new([
//!     ("/app/kustomization.yaml", "namePrefix: dev-\nresources: [config.yaml]\n"),
//!     ("/app/config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"),
//! ]);
//! let outcome = io::render(&host, "/app", &Options::default());
//! assert_eq!(
//!     outcome.result.expect("the tree is correct").to_yaml().expect("all values are writable"),
//!     "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: dev-settings\n",
//! );
//! ```
#![forbid(unsafe_code)]

pub mod accumulate;
pub mod accumulated;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
pub mod diagnostic;
pub mod diff;
pub mod edit;
pub mod emit;
pub mod generate;
pub mod halt;
pub mod inputs;
pub mod io;
pub mod kustomization;
pub mod lint;
pub mod load;
pub mod localize;
pub mod options;
pub mod order;
pub mod parallel;
pub mod path;
pub mod plugins;
pub mod policy;
#[doc(hidden)]
pub mod properties;
pub mod provenance;
pub mod references;
pub mod remote;
pub mod render;
pub mod request;
pub mod resolve;
pub mod resource;
pub mod secret;
pub mod structure;
pub mod target;
pub mod transform;
pub mod world;
pub mod yaml;

pub use diagnostic::{Code, Diagnostic, Severity};
pub use halt::Halt;
pub use inputs::Inputs;
pub use options::{LoadRestrictions, Options, Reorder};
pub use render::{Rendered, render};
pub use request::{Answer, Request};
