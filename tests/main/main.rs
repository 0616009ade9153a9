//! The integration tests: one binary, with a module for each subject. `tests/fixtures.rs` runs the fixtures.
#![cfg(feature = "cli")]
#![allow(clippy::disallowed_methods)]

mod architecture;
mod argocd;
#[cfg(unix)]
mod background;
#[cfg(unix)]
mod canaries;
mod cases;
mod cli;
mod compat;
mod corpora;
mod create;
mod diff;
mod differences;
#[cfg(unix)]
mod docs;
mod edit;
mod embedding;
mod explain;
mod explanations;
#[cfg(target_os = "linux")]
mod faults;
mod fix;
#[cfg(unix)]
mod functions;
mod fuzzing;
mod graph;
#[cfg(unix)]
mod helm;
#[cfg(unix)]
mod hostile;
mod lint;
mod lint_configuration;
mod lint_fixes;
mod lint_planted;
mod lint_references;
mod lint_values;
#[cfg(unix)]
mod localize;
mod many;
#[cfg(target_os = "linux")]
mod mutations;
mod properties;
mod provenance;
mod random;
#[cfg(unix)]
mod remote;
mod repository;
mod sandbox;
mod scanner;
#[cfg(unix)]
mod secrets;
mod shown;
mod snapshot;
mod validate;
mod validate_rules;
mod workflow;
