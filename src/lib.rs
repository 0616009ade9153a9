//! boutique renders kustomization trees exactly as kustomize does, and knows where every value came from.
//!
//! # Example
//! Render a tree that is in memory. [`OsHost`](io::OsHost) reads the operating system's files instead, and runs git, helm and
//! functions where that is allowed.
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
//!
//! Errors are data, and have the text that the command prints:
//! ```
//! use boutique::{Code, Options, io};
//!
//! let host = io::MemoryHost::new([("/app/kustomization.yaml", "resources: [deployment.yaml]\n")]);
//! let outcome = io::render(&host, "/app", &Options::default());
//! let errors = outcome.result.expect_err("the file is missing");
//! assert_eq!(errors[0].code, Code::NotFound);
//! assert_eq!(
//!     errors[0].to_text(&outcome.inputs),
//!     "\
//! error[not-found]: no such file or directory: `deployment.yaml`
//!   --> /app/kustomization.yaml:1:13
//!   |
//! 1 | resources: [deployment.yaml]
//!   |             ^^^^^^^^^^^^^^^ not found
//! ",
//! );
//! ```
//!
//! # What there is
//! - [`render()`], a pure function: what it does not find in its [`Inputs`] it asks for with [`Halt::Needs`]. [`io::render`]
//!   answers from a [`Host`](io::Host) until nothing is missing, and [`io::Workspace`] renders many targets at once.
//! - [`explain`]: where every value of the output comes from.
//! - [`diff`]: the differences between two renders.
//! - [`lint`]: common mistakes that kustomize ignores silently.
//! - [`edit`]: format-preserving edits of kustomization files.
//! - [`localize`]: copies of trees without remote content.
//! - [`survey`]: what a kustomization includes.
//!
//! # The pipeline
//! A render is a pure function from [`Inputs`] (answers about the world) and [`Options`] to [`Rendered`]. These are its steps,
//! each of which is a module of the same name in the source:
//!
//! 1. `load`: from a directory to a `Target`, the tree of parsed kustomizations with all files that they refer to. What is not
//!    in the inputs is requested; after this phase nothing is looked up.
//! 2. `accumulate`: recursion over bases and components, innermost first. Each kustomization runs its generators (`generate`)
//!    and its transformers (`transform`, a table in kustomize's order) over the resources collected so far.
//! 3. `resolve`: hashes in names, references to renamed resources, variables.
//! 4. `order` and `emit`: the order of the documents, what is left out of them, and their text.
//!
//! The modules import only from those below them; `tests/main/architecture.rs` has the order.
//!
//! # Terms
//! - **kustomize**: the program whose output this one reproduces, byte for byte. Which version: [`KUSTOMIZE_API_VERSION`].
//! - **target**: a loaded kustomization; also the directory given to a render. What a patch or a replacement selects is its
//!   *selected resources*, what a name refers to is the *referent*.
//! - **base**, **overlay**: an included kustomization, and the one that includes it.
//! - **origin**: where a resource comes from, as `buildMetadata` shows it.
//! - **position**, **span**: an offset in a file, and a stretch from there on. A **location** is a position as path, line and
//!   column; an **index** counts the elements of a list.
//! - **diagnostic**: an error, a warning or advice; see [`Level`].
//! - **former name**, **former identity**: what a resource was called before transformers renamed it.
//!
//! # Stability
//! The items that this documentation shows follow semantic versioning. Types marked `#[non_exhaustive]` gain fields and
//! variants in minor versions. The wording of messages may change in any version; codes do not. Everything hidden from the
//! documentation, `internals` above all, may change at any time.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
// What only the commands use is still compiled without them.
#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports))]

/// The example of the documentation is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/src/library.md")]
mod guide {}

mod accumulate;
mod accumulated;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod diagnostic;
pub mod diff;
pub mod edit;
mod emit;
pub mod explain;
mod generate;
mod halt;
mod inputs;
#[doc(hidden)]
pub mod internals;
pub mod io;
mod kustomization;
pub mod lint;
mod load;
pub mod localize;
mod message;
mod options;
mod order;
mod parallel;
mod path;
mod plugins;
mod policy;
#[doc(hidden)]
#[allow(missing_docs)]
pub mod properties;
mod references;
mod remote;
mod render;
mod request;
mod resolve;
mod resource;
mod secret;
pub mod survey;
mod target;
mod transform;
mod world;
pub mod yaml;

pub use diagnostic::{Code, Diagnostic, Help, Label, Level, Limit, Permission, Severity};
pub use emit::KUSTOMIZE_API_VERSION;
pub use halt::Halt;
pub use inputs::{File, Found, Inputs, Known, Output, SourceLocation};
pub use options::{HelmOptions, LoadRestrictions, Options, PluginOptions, Reorder};
pub use parallel::Threads;
pub use render::{Rendered, render};
pub use request::{
    Answer, Failure, GitRequest, HelmChartRequest, HelmTemplateRequest, Mount, Program, ProgramRequest, Request,
};
pub use resource::paths::{FieldPath, Segment};
pub use resource::{Gvk, RenderLimits, ResId, Resource};
