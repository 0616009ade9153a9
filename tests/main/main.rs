//! The integration tests: one binary, one module a subject.
#![cfg(feature = "cli")]
#![allow(clippy::disallowed_methods)]

mod cases;
mod cli;
mod diff;
mod differences;
mod explain;
mod fixtures;
#[cfg(unix)]
mod functions;
mod graph;
#[cfg(unix)]
mod helm;
mod lint;
mod many;
mod properties;
mod provenance;
#[cfg(unix)]
mod remote;
mod sandbox;
mod scanner;
mod snapshot;
