//! boutique renders kustomization trees exactly as kustomize does, and knows where every value comes from.
//!
//! # Example
//! Render a tree that is in memory. [`OsHost`](io::OsHost) reads files from disk instead, and runs git, helm and
//! functions if they are allowed.
//! ```
//! use boutique::{Options, io};
//!
//! let host = io::MemoryHost::new([
//!     ("/app/kustomization.yaml", "namePrefix: dev-\nresources: [config.yaml]\n"),
//!     ("/app/config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"),
//! ]);
//! let outcome = io::render(&host, "/app", &Options::default());
//! assert_eq!(
//!     outcome.result.expect("the tree is valid").to_yaml().expect("all values have a JSON form"),
//!     "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: dev-settings\n",
//! );
//! ```
//!
//! Errors are data. Their text is what the command prints:
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
//! # Overview
//! - [`render()`], a pure function: it requests what its [`Inputs`] lack with [`Halt::Needs`]. [`io::render`] answers
//!   the requests from a [`Host`](io::Host) until nothing is missing, and [`io::Workspace`] renders many targets at
//!   once.
//! - [`explain`]: the origin of every value in the output.
//! - [`diff`]: the differences between two renders.
//! - [`lint`]: common problems that kustomize ignores silently.
//! - [`edit`]: format-preserving edits of kustomization files.
//! - [`localize`]: copies of trees without remote content.
//! - [`survey`]: what a kustomization includes.
//!
//! # The pipeline
//! A render is a pure function from [`Inputs`] (answers about the outside world) and [`Options`] to [`Rendered`]. It
//! has the following steps, each in a module of the same name:
//!
//! 1. `load`: builds a `Target` from a directory: the tree of parsed kustomizations with all files that they refer to.
//!    Files that are not in the inputs are requested; later steps look nothing up.
//! 2. `accumulate`: recurses over bases and components, innermost first. Each kustomization runs its generators
//!    (`generate`) and its transformers (`transform`, a table in kustomize's order) over the resources collected so
//!    far.
//! 3. `resolve`: adds hashes to names, updates references to renamed resources, and replaces variables.
//! 4. `order` and `emit`: sort the documents, drop those that are not part of the output, and write the rest.
//!
//! Each module imports only from the modules below it; `tests/main/architecture.rs` lists them in order.
//!
//! # Terms
//! - **kustomize**: the program whose output boutique reproduces, byte for byte, in version [`KUSTOMIZE_API_VERSION`].
//! - **target**: a loaded kustomization; also the directory given to a render. A patch or a replacement has *selected
//!   resources*, and a name has a *referent*.
//! - **base**, **overlay**: an included kustomization, and the one that includes it.
//! - **origin**: where a resource comes from, as `buildMetadata` shows it.
//! - **position**, **span**: an offset in a file, and a range that starts at one. A **location** is a position as path,
//!   line and column; an **index** counts the elements of a list.
//! - **diagnostic**: an error, a warning or advice; see [`Level`].
//! - **former name**, **former identity**: the name and identity of a resource before transformers changed them.
//!
//! # Stability
//! The items in this documentation follow semantic versioning. Types marked `#[non_exhaustive]` gain fields and
//! variants in minor versions. [`edit`] uses the types of serde_yaml (the crate yaml_serde 0.10) and [`diff`] those of
//! serde_json 1; a new major version of one of these is a new major version of boutique. The wording of messages may
//! change in any version; codes do not. Everything hidden from the documentation, such as `internals`, may change at
//! any time.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
// Without the commands, the items that only they use are dead code.
#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports))]

/// The example of the documentation is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/src/library.md")]
mod guide {}

mod accumulate;
mod accumulated;
mod budget;
mod cache;
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
mod merge_keys;
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
#[allow(missing_docs)]
#[doc(hidden)]
pub mod validate;
mod world;
pub mod yaml;

pub use budget::{Budget, Phase, Task};
pub use diagnostic::{
    Applicability, Code, Diagnostic, Fix, Help, Label, Level, Limit, NewFile, Permission, Severity, TextEdit,
};
pub use emit::{KUSTOMIZE_API_VERSION, KUSTOMIZE_VERSION};
pub use halt::Halt;
pub use inputs::{File, Found, Inputs, KnownAnswer, Output, SourceLocation};
pub use options::{HelmOptions, LoadRestrictions, Options, PluginOptions, Reorder};
pub use parallel::Threads;
pub use render::{Rendered, render};
pub use request::{
    Answer, Failure, GitRequest, HelmChartRequest, HelmTemplateRequest, Mount, Program, ProgramRequest, Request,
};
pub use resource::paths::{FieldPath, Segment};
pub use resource::{Gvk, RenderLimits, ResId, Resource};
